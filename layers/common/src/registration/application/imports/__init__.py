"""Importing a file: planning, processing chunks, closing."""
