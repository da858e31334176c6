"""Shared by all tables: keys, items, expressions, batches, transactions, retries."""
