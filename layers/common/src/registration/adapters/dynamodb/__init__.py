"""Shared by all tables: keys, items, batches, transactions, retries."""
