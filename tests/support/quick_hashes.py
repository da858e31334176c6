"""Passwords hashed in no time: what is tested is who may come in, not how long guessing takes.

A hash names the parameters that it was made with, so those of any cost are checked alike.
"""

import argon2

from registration.domain import passwords

# What the service hashes with.
REAL = passwords._hasher


def hasten() -> None:
    """Hash with the least that Argon2 takes, for as long as the process lives."""
    passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
