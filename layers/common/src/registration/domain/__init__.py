"""The rules of registration: addresses, passwords, links and customers."""
