"""Shared by the tests: a cloud built from the template, a clock, requests, people."""
