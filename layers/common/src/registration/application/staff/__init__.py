"""The use cases of staff: invite, log in, manage customers; and the audit record."""
