"""Several processes run the tests with a cloud; what a module of tests builds, one process builds."""

from pathlib import Path

import pytest

from tests.support.stack import ROOT

MODULES = [
    file
    for folder in ("browser", "glue", "local_cloud")
    for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))
]
BUILDING = [file for file in MODULES if 'scope="module"' in file.read_text("utf-8")]


@pytest.mark.parametrize("module", BUILDING, ids=lambda module: module.stem)
def test_a_module_that_builds_something_once_is_one_group(module: Path) -> None:
    text = module.read_text("utf-8")

    assert "pytest.mark.xdist_group(" in text or "OTHER_CLOUD" in text


def test_groups_stay_together() -> None:
    (command,) = (line for line in (ROOT / "Makefile").read_text().splitlines() if "-n 3" in line)

    assert len(BUILDING) > 3
    assert "--dist loadgroup" in command
