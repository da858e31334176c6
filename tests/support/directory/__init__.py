"""Large shops for the directory, and rounds of calls."""
