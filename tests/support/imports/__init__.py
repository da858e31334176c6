"""Files to import, runs of imports, and a model of the outcome."""
