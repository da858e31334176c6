"""What all tables share: keys, items, batches, transactions, retries."""
