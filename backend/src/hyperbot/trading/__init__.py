"""trading: events in, actions out; no I/O, no clock, no mode."""
