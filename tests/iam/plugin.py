"""Writes what the tests of a process have used of their roles, where somebody asks for it.

`make test` does: after all phases :mod:`tests.iam.grants` looks for what none of them used.
"""

import os
from pathlib import Path

from tests.iam.judge import USES

FOLDER = "IAM_USES"
"""The variable that names the folder."""


def pytest_sessionfinish() -> None:
    """Write at the end of each process: of each worker, and of the one that starts them."""
    if folder := os.environ.get(FOLDER):
        USES.save(Path(folder))
