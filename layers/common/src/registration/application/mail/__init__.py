"""Sending mails, and the delivery reports of SES."""
