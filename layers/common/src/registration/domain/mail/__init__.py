"""Mails: what kinds there are, and what became of each."""
