"""Several processes run tests with a cloud; what a module builds once, one process builds."""

from pathlib import Path

import pytest

from tests.local_cloud.plugin import GROUPS
from tests.support.stack import ROOT

MODULES = [
    file
    for folder in ("browser", "glue", "local_cloud")
    for file in sorted((ROOT / "tests" / folder).glob("test_*.py"))
]
BUILDING = [file for file in MODULES if 'scope="module"' in file.read_text("utf-8")]


@pytest.mark.parametrize("module", BUILDING, ids=lambda module: module.stem)
def test_a_module_that_builds_something_once_is_one_group(module: Path) -> None:
    assert any(start.startswith(str(module.relative_to(ROOT))) for start in GROUPS)


def test_each_group_has_tests() -> None:
    modules = {str(file.relative_to(ROOT)) for file in MODULES}

    assert len(BUILDING) > 3
    assert {start.partition(".*")[0] for start in GROUPS} <= modules


def test_make_keeps_groups_together() -> None:
    (command,) = (line for line in (ROOT / "Makefile").read_text().splitlines() if "-n 3" in line)

    assert "--dist loadgroup" in command
