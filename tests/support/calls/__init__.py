"""The calls that functions make: answered by moto, watched, and counted."""
