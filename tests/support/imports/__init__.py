"""Files to import, their runs, and a model of the outcome."""
