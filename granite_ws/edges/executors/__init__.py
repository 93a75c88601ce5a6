"""Where a forecast runs: in its handler, in a thread, in a worker process, or in a worker of the
job queue on Redis. One module each; ``choice`` makes the one that the settings name.
"""
