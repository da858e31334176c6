"""Importing a file: planning, processing its chunks, closing."""
