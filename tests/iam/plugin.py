"""Writes the used grants of the tests of a process to a folder, if one is set.

`make test` sets it: after all phases :mod:`tests.iam.grants` finds the grants that none used.
"""

import os
from pathlib import Path

from tests.iam.judge import USES

FOLDER = "IAM_USES"
"""The environment variable with the folder."""


def pytest_sessionfinish() -> None:
    """Write at the end of each process: of each worker, and of their parent."""
    if folder := os.environ.get(FOLDER):
        USES.save(Path(folder))
