"""Sending mails, and what SES reports of them."""
