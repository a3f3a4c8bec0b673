"""domain: what we talk about. Plain values, no I/O."""
