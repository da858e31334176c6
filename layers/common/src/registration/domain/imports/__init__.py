"""Imports: the file, its rows, the plan and the reports."""
