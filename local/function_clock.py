"""The time of the functions in the local cloud: that of the machine, moved on.

`local/package.py` puts this module in the place of `registration/entrypoints/clock.py`, and only in
the local cloud's layer.
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path


def utc_now() -> datetime:
    """Return the time."""
    seconds = Path(os.environ["LOCAL_CLOCK"]).read_text(encoding="ascii")
    return datetime.now(UTC) + timedelta(seconds=int(seconds))
