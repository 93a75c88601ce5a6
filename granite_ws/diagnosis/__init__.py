"""Pure judgement: a log and its limits in, a verdict out. It knows no settings and no faults."""
