"""The rules of registering: what an address, a password, a link and a customer are."""
