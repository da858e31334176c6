"""Fast password hashing: the tests check authentication, not the cost of guessing.

A hash contains its parameters, so hashes of any cost are checked in the same way.
"""

import argon2

from registration.domain import passwords

# The service's hasher.
REAL = passwords._hasher


def hasten() -> None:
    """Hash with the lowest parameters of Argon2 as long as the process lives."""
    passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
