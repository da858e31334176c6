"""Signing up: by the API and by the form."""
