"""Packages for Node are pinned: by exact versions and digests, from no named place."""

import json
import re
from typing import Any

import pytest

from tests.support.stack import ROOT

folders = pytest.mark.parametrize("folder", ["requirements/storefront", "benchmarks/peers"])


def read(folder: str, name: str) -> Any:
    return json.loads((ROOT / folder / name).read_text())


@folders
def test_versions_are_exact(folder: str) -> None:
    manifest = read(folder, "package.json")
    versions = [*manifest["dependencies"].values(), *manifest.get("overrides", {}).values()]

    assert [v for v in versions if not re.fullmatch(r"(npm:[\w-]+@)?\d+\.\d+\.\d+", v)] == []


@folders
def test_each_package_has_a_digest_and_no_address_or_script(folder: str) -> None:
    root, *packages = read(folder, "package-lock.json")["packages"].values()

    assert root["dependencies"] == read(folder, "package.json")["dependencies"]
    assert len(packages) > 10
    for package in packages:
        assert package["integrity"].startswith("sha512-")
        assert package.keys().isdisjoint({"resolved", "hasInstallScript", "link"})
