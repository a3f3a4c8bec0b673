"""Who talks to whom: the one place where concrete parts are chosen."""
