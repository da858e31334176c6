"""What is a shop's own: read from the folder ``shop/`` once per process."""
