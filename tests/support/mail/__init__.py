"""Mails promised and sent in tests."""
