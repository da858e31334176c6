"""Packing for the local cloud, while another command packs another shop."""

import fcntl
from pathlib import Path

import pytest

from local import package
from local.cloud import Cloud
from tests.local_cloud.test_end_to_end import wait_for
from tests.support.stack import ROOT


def test_nobody_changes_the_layer_while_functions_are_imported_with_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_locked() -> bool:
        with (package.BUILD / "layer" / "local" / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    seen: list[bool] = []
    monkeypatch.setattr(package, "_import_each", lambda _: seen.append(is_locked()))
    stamp: Path = package.BUILD / "layer" / "local" / "imports.key"
    checked = stamp.read_text()

    assert package.check_imports([(ROOT / "functions" / "register", "handler.lambda_handler")])
    stamp.write_text(checked)

    assert seen == [True]
    wait_for(lambda: not is_locked())  # another cloud may build its layer at this moment
