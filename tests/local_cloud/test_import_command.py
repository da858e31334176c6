"""`make import`: its output, the saved reports, and the exit status."""

import json
import os
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from boto3.dynamodb.conditions import Attr

from local import package
from local.cloud import Cloud
from tests.local_cloud.test_end_to_end import scan
from tests.support.imports.files import a_file, a_row, read_report
from tests.support.stack import ROOT

CLOSED, REFUSED_OR_FAILED, WITH_REJECTS = 0, 1, 3


@pytest.fixture
def port(cloud: Cloud) -> int:
    """Return the port of the running emulator."""
    return urlsplit(cloud.endpoint).port or 0


def make_import(file: Path, port: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command behind `make import` with a developer's own AWS settings."""
    package.build()
    libraries = next((package.BUILD / "cloud" / "lib").glob("python*/site-packages"))
    return subprocess.run(
        [
            package.BUILD / "cloud" / "bin" / "python",
            *("-m", "local.import_file", "--cloud-port", str(port)),
            *(*options, "--", str(file)),
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{libraries}:{package.BUILD / 'layer' / 'local' / 'python'}",
            "AWS_PROFILE": "somebody",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def saved(folder: Path, name: str, content: bytes) -> Path:
    """Return a new file."""
    file = folder / name
    file.write_bytes(content)
    return file


def test_rows_that_were_rejected_are_told_and_saved_and_mended(port: int, tmp_path: Path) -> None:
    rows = [a_row(n, email=f"command{n}@example.com") for n in range(8)]
    for row in rows[1:]:
        row["gender"] = "?"
    file = saved(tmp_path, "command.csv", a_file(*rows, delimiter=";"))

    first = make_import(file, port, "--out", str(tmp_path / "out"))

    assert first.returncode == WITH_REJECTS, first.stderr
    printed = first.stdout.splitlines()
    assert "8 rows: 1 created, 0 exists, 0 duplicate, 7 rejected" in printed
    assert "Line 3, gender: This gender is not known. Use Male, Female or n/a." in printed
    assert "2 more in failed.csv." in printed
    assert "\x1b" not in first.stdout
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["created"] == 1
    failed = (tmp_path / "out" / "failed.csv").read_bytes()
    assert len(read_report(failed, delimiter=";")) == 7

    mended = saved(tmp_path, "mended.csv", failed.replace(b";?;", b";Female;"))
    second = make_import(mended, port)

    assert second.returncode == CLOSED, second.stdout
    assert "7 rows: 7 created, 0 exists, 0 duplicate, 0 rejected" in second.stdout


def test_the_same_file_again_has_nothing_to_do(port: int, tmp_path: Path) -> None:
    content = a_file(a_row(1, email="same@example.com"))

    first = make_import(saved(tmp_path, "first.csv", content), port)
    again = make_import(saved(tmp_path, "again.csv", content), port)

    assert (first.returncode, again.returncode) == (CLOSED, CLOSED)
    assert "Nothing to do: already imported as first.csv" in again.stdout


def test_a_dry_run_makes_no_customer(cloud: Cloud, port: int, tmp_path: Path) -> None:
    file = saved(tmp_path, "dry.csv", a_file(a_row(1, email="dry@example.com")))

    tried = make_import(file, port, "--dry-run")

    assert tried.returncode == CLOSED, tried.stderr
    assert "1 rows: 1 created" in tried.stdout
    assert "A dry run: no customer was made, no mail was sent." in tried.stdout
    assert not scan(cloud.table(cloud.customers_table), Attr("email").eq("dry@example.com"))


def test_a_file_that_is_refused_is_a_failure_with_the_reason(port: int, tmp_path: Path) -> None:
    refused = make_import(saved(tmp_path, "customers.xlsx", b"PK\x03\x04 xl/"), port)

    assert refused.returncode == REFUSED_OR_FAILED
    assert "Refused, and nothing was written: The file is an Excel workbook" in refused.stdout


def test_a_file_without_rows_is_told(port: int, tmp_path: Path) -> None:
    nothing = make_import(saved(tmp_path, "header.csv", a_file()), port)

    assert nothing.returncode == CLOSED
    assert "The file has a header and no rows" in nothing.stdout


def test_a_file_that_is_not_there_and_a_cloud_that_does_not_run(port: int, tmp_path: Path) -> None:
    nowhere = make_import(tmp_path / "nowhere.csv", port)
    file = saved(tmp_path, "file.csv", a_file())
    silent = make_import(file, 1)

    assert (nowhere.returncode, silent.returncode) == (REFUSED_OR_FAILED, REFUSED_OR_FAILED)
    assert "nowhere.csv cannot be read: No such file" in nowhere.stderr
    assert "make run" in silent.stderr
