"""The use cases of customers: register, confirm, log in, edit and delete the account."""
