"""Promised and sent mails in tests."""
