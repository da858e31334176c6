"""Packing for the local cloud, also while another command packs another shop."""

import fcntl
import io
import subprocess
import zipfile
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


def test_a_function_imports_a_layer_that_is_not_unpacked_for_it(tmp_path: Path) -> None:
    copy, unpacked = tmp_path / "copy", tmp_path / "unpacked"

    with zipfile.ZipFile(io.BytesIO(package.layer(copy))) as archive:
        assert len(archive.namelist()) == 1
        archive.extractall(unpacked)

    # As the emulator's runtime does it, where the libraries of the emulator come after the layer's.
    (folder,) = (unpacked / "python" / "lib").glob("*/site-packages")
    program = (
        f"import site; site.addsitedir({str(folder)!r})\n"
        "import botocore, urllib3, registration.entrypoints.clock as clock\n"
        "print(botocore.__file__, urllib3.__file__, clock.__file__, sep='\\n')"
    )
    python = package.BUILD / "cloud" / "bin" / "python"
    told = subprocess.check_output([python, "-c", program], text=True, env={})
    assert all(Path(line).is_relative_to(copy) for line in told.split())
