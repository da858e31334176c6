"""Runs the checkers of templates without network, telemetry or an account."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT

SAM = os.environ.get("SAM", "sam")
CFN_LINT = str(Path(sys.executable).parent / "cfn-lint")


def run(*command: str) -> None:
    """Run a checker; fail with its output."""
    environment = {
        **os.environ,
        "SAM_CLI_TELEMETRY": "0",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
