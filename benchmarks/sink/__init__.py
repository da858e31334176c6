"""A stand-in for AWS in a benchmark, in a separate process."""
