"""What importing each function brings in, in a fresh process: a budget of each.

Imports are most of a cold start. A library that is not in a function's list, or more modules than
its budget has, is imported where it is needed, or has to be worth what `make bench` tells of it.
"""

import json
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from functools import cache

import pytest

from tests.support.stack import ROOT

LIBRARIES = sysconfig.get_path("purelib")
# What all functions import anyway is imported once; each then goes on in a process of its own.
PROBE = """
import json, os, sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import registration.entrypoints.function_app
for folder in sys.argv[3:]:
    if not os.fork():
        sys.path.insert(0, folder)
        import handler
        found = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
        print(json.dumps([os.path.basename(folder), found]), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0, folder
"""
EVERYWHERE = frozenset(
    (
        *("aws_lambda_powertools", "jmespath", "typing_extensions"),
        *("botocore", "urllib3"),
        *("argon2", "_argon2_cffi_bindings", "_cffi_backend", "bcrypt", "itsdangerous"),
    )
)
# In this environment only: the layer has it not, and PyJWT takes it where it finds it.
NOT_DEPLOYED = "cryptography"


@dataclass(frozen=True)
class Budget:
    """Modules of our own, modules of all, and the libraries that not every function has."""

    own: int
    all: int
    libraries: frozenset[str] = field(default_factory=frozenset)


PAGES = frozenset({"markupsafe"})
TOKENS = PAGES | {"jwt"}
MODELS = frozenset({"annotated_types", "pydantic", "pydantic_core", "typing_inspection"})
BUDGETS = {
    "account": Budget(136, 570, TOKENS),
    "back_office": Budget(153, 570, PAGES),
    "carts": Budget(112, 545, TOKENS),
    "confirm": Budget(121, 540, PAGES),
    "documentation": Budget(107, 525, PAGES),
    "import_csv": Budget(113, 415),
    "index_customers": Budget(70, 370),
    "invite_staff": Budget(83, 440, MODELS),
    "record_delivery": Budget(69, 370),
    "register": Budget(115, 550, TOKENS),
    "send_email": Budget(91, 395, PAGES),
    "sign_in": Budget(110, 545, TOKENS),
    "unrouted": Budget(96, 515, PAGES),
}


@cache
def imported() -> dict[str, dict[str, str | None]]:
    """Return the modules that each function imports, and their files."""
    folders = sorted(str(path.parent) for path in (ROOT / "functions").glob("*/handler.py"))
    paths = (str(ROOT / "layers" / "common" / "src"), LIBRARIES, *folders)
    command = [sys.executable, "-I", "-S", "-c", PROBE, *paths]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(line) for line in done.stdout.splitlines())


def test_every_function_has_a_budget() -> None:
    assert set(imported()) == set(BUDGETS)


@pytest.mark.parametrize("function", BUDGETS)
def test_a_function_imports_no_library_that_it_seldom_needs(function: str) -> None:
    found = {
        name.partition(".")[0]
        for name, file in imported()[function].items()
        if file and file.startswith(LIBRARIES)
    }

    assert found - {NOT_DEPLOYED} <= EVERYWHERE | BUDGETS[function].libraries


@pytest.mark.parametrize("function", BUDGETS)
def test_a_function_imports_few_modules(function: str) -> None:
    found = [name for name in imported()[function] if name.partition(".")[0] != NOT_DEPLOYED]
    own = [name for name in found if name.partition(".")[0] == "registration"]

    assert len(own) <= BUDGETS[function].own
    assert len(found) <= BUDGETS[function].all


@pytest.mark.parametrize("function", BUDGETS)
def test_a_budget_is_not_much_more_than_is_needed(function: str) -> None:
    found = imported()[function]

    # PyJWT's optional library brings some of the standard library's modules along.
    assert len(found) > BUDGETS[function].all * 0.9
    assert set(BUDGETS[function].libraries) <= {name.partition(".")[0] for name in found}
