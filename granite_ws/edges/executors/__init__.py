"""Where a forecast runs: in the handler that asks, in a thread, in a worker process, or in a worker
that takes its jobs from Redis. One module each; ``choice`` makes the one that the settings name.
"""
