"""What customers do with their own accounts: by the API, and on pages."""
