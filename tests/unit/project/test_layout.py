"""The map of the code: folders that somebody finds their way in, each saying what lives there."""

import ast
import inspect
from pathlib import Path

import pytest

from registration.entrypoints.function_app import handler_of
from tests.support.stack import ROOT

MOST_MODULES = 15
PACKAGE = ROOT / "layers" / "common" / "src" / "registration"
HELPERS = [ROOT / "tests" / "support", ROOT / "tests" / "fakes"]
FOLDERS = sorted(
    {init.parent for root in (PACKAGE, *HELPERS) for init in root.rglob("__init__.py")}
)


def spelled(folder: Path) -> str:
    return str(folder.relative_to(ROOT))


def test_there_are_folders() -> None:
    assert {"domain", "application", "adapters", "entrypoints"} <= {f.name for f in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=spelled)
def test_a_folder_has_no_more_modules_than_one_looks_through(folder: Path) -> None:
    modules = [file.name for file in folder.glob("*.py") if file.name != "__init__.py"]

    assert len(modules) <= MOST_MODULES, modules


@pytest.mark.parametrize("folder", FOLDERS, ids=spelled)
def test_a_folders_docstring_describes_its_content(folder: Path) -> None:
    said = ast.get_docstring(ast.parse((folder / "__init__.py").read_text()))

    assert said
    assert "\n" not in said or said.splitlines()[0].endswith(".")


@pytest.mark.parametrize("root", [PACKAGE, *HELPERS], ids=spelled)
def test_each_folder_with_modules_is_a_package(root: Path) -> None:
    found = {file.parent for file in root.rglob("*.py")}

    assert [spelled(folder) for folder in sorted(found - set(FOLDERS))] == []


HANDLERS = sorted((ROOT / "functions").glob("*/handler.py"))


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.parent.name)
def test_a_handler_makes_an_app_and_hands_it_the_event(handler: Path) -> None:
    text = handler.read_text()
    *before, last = ast.parse(text).body

    assert ast.unparse(last) == "lambda_handler = handler_of(app)"
    assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in before)
    assert len(text.splitlines()) < 15


def test_a_handler_hands_its_app_each_event() -> None:
    source = inspect.getsource(handler_of)
    (answering,) = (
        n for n in ast.walk(ast.parse(source)) if getattr(n, "name", "") == "lambda_handler"
    )

    assert isinstance(answering, ast.FunctionDef)
    assert ast.unparse(answering.body[-1]) == "return app(event, context)"


def test_there_are_handlers() -> None:
    assert len(HANDLERS) > 10


TESTS = sorted({test.parent for test in (ROOT / "tests").rglob("test_*.py")})


@pytest.mark.parametrize("folder", TESTS, ids=spelled)
def test_a_folder_of_tests_has_no_more_modules_than_one_looks_through(folder: Path) -> None:
    assert len(list(folder.glob("test_*.py"))) <= MOST_MODULES
