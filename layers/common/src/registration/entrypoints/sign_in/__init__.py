"""Signing in and out, by the API and on pages; the files that all pages load."""
