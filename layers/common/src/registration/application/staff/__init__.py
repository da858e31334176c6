"""What staff do: invite, log in, manage customers; and the record of it."""
