"""Mails and their delivery."""
