"""Reads the files of a shop and checks them, with pydantic, when the layer is built."""
