"""What all HTTP functions share: the app, forms, documents, identity."""
