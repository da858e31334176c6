"""Canary strings in every personal and secret field, and a watch on everything that is told."""
