"""The adapters of the ports on AWS."""
