"""Imports: the file, its rows, the plan, the reports."""
