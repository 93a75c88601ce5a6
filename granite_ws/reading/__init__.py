"""Plain logs of any app, read as the events that a recording would have."""
