"""Shops of tests: folders of what is a shop's own."""
