"""Spryker's storefront packages are pinned: by exact versions and digests, from no named place."""

import json
import re
from typing import Any

from tests.support.stack import ROOT

FOLDER = ROOT / "requirements" / "storefront"


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def test_versions_are_exact() -> None:
    manifest = read("package.json")
    versions = [*manifest["dependencies"].values(), *manifest["overrides"].values()]

    assert [v for v in versions if not re.fullmatch(r"(npm:[\w-]+@)?\d+\.\d+\.\d+", v)] == []


def test_each_package_has_a_digest_and_no_address_or_script() -> None:
    root, *packages = read("package-lock.json")["packages"].values()

    assert root["dependencies"] == read("package.json")["dependencies"]
    assert len(packages) > 10
    for package in packages:
        assert package["integrity"].startswith("sha512-")
        assert package.keys().isdisjoint({"resolved", "hasInstallScript", "link"})
