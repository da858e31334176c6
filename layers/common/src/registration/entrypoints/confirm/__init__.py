"""Confirming an address: the link of a mail, and a new link."""
