"""The use cases, one module each, and the ports that they need."""
