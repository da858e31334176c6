"""What CONTRIBUTING.md names is there: files, folders, tests, make targets."""

import re

import pytest

from tests.support.stack import ROOT

GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
PACKAGE = "layers/common/src/"
QUOTED = sorted(set(re.findall(r"`([^`\n]+)`", GUIDE)))
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
# A path, or the name of a file; no command, no route, no name of the code.
PATH = re.compile(r"[\w<][\w<>.-]*(/[\w<>.-]+)*(/|\.(py|md|html|txt|toml|yaml|json))")


def paths() -> list[str]:
    found = {word for text in QUOTED for word in text.split() if PATH.fullmatch(word)}
    # Files of a folder that the same sentence names.
    return sorted(found - {"subject.txt", "body.txt", "body.html", "back_office/layout.html"})


def named_tests() -> list[str]:
    return [text for text in QUOTED if re.fullmatch(r"test_\w+", text)]


@pytest.fixture(scope="module")
def known_tests() -> set[str]:
    defined = re.compile(r"^def (test_\w+)", re.MULTILINE)
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in defined.findall(file.read_text("utf-8"))}


def test_it_names_files_tests_and_targets() -> None:
    assert len(paths()) > 50
    assert len(named_tests()) > 20
    assert "make run" in QUOTED


@pytest.mark.parametrize("path", paths())
def test_every_file_that_is_named_exists(path: str) -> None:
    """``registration/`` is the package; ``<locale>`` stands for any name."""
    whole = PACKAGE + path if path.startswith("registration/") else path

    assert any(ROOT.glob(re.sub(r"<\w+>", "*", whole).rstrip("/")))


@pytest.mark.parametrize("name", named_tests())
def test_every_test_that_is_named_exists(name: str, known_tests: set[str]) -> None:
    assert name in known_tests


def test_every_make_target_that_is_named_exists() -> None:
    rules = re.findall(r"^([a-z_-]+(?: [a-z_-]+)*):", MAKEFILE, re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    named = set(re.findall(r"\bmake ([a-z_-]+)", " ".join(QUOTED)))

    assert named <= targets


def test_every_recipe_is_in_the_list_of_recipes() -> None:
    recipes = re.findall(r"^### (.+)$", GUIDE, re.MULTILINE)

    assert re.findall(r"^- \[(.+?)\]\(#", GUIDE, re.MULTILINE) == recipes
    for title, anchor in re.findall(r"^- \[(.+?)\]\(#(.+)\)$", GUIDE, re.MULTILINE):
        assert anchor == re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
