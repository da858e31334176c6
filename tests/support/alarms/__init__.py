"""Alarms, their evaluation, and the metrics that they watch."""
