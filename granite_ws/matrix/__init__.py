"""What a sweep runs and what came of it: cells, thresholds, records. Pure."""
