"""Random ids."""

import secrets

_BYTES = 12


def new_id() -> str:
    """Return a new id: 96 random bits as 16 characters of ``A-Za-z0-9_-``."""
    return secrets.token_urlsafe(_BYTES)
