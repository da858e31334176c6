"""Each template of a page gets what it uses, and nothing else.

``WebApp.show`` and ``PageWriter.page`` take whatever they are given, and a template fails only
when it is rendered. So the calls in the code are held against the variables of the templates.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import meta, nodes

import registration
from registration.entrypoints.back_office import pages as back_office
from registration.entrypoints.rendering.page_writing import FORM_FIELDS
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.web import pages
from tests.support.every_page import ADA

ENTRYPOINTS = Path(registration.__file__).parent / "entrypoints"
# What every page gets from the writer, and every page of the Back Office besides. The Back
# Office's layout asks whether there is an ``error``, and for the ``room`` of a ``member``.
OF_ALL = {"page", "say", "visit", "guard", "lang", "dir", "shop_name", "shortest_password"}
OF_ALL |= {"errors", "summary", "focus", "brand", "icon_path", "links", "acceptance"}
OF_ALL |= {"common_domains", "likely_meant"}
OF_BACK_OFFICE = {
    *("member", "at", "reason_in_words", "error", "room", "fields", "label", "in_words"),
}
# What all pages of a cart get, whether they show it or not.
OF_CARTS = {"cart", "lines", "has_shop", "largest_quantity"}
# What calls pass on with ``**``.
SPREAD = {
    "sign_up_form": set(pages.sign_up_form("en_US")),
    "profile_form": set(pages.profile_form("en_US", ADA)),
    "customer_form": set(back_office.customer_form("en_US")),
}


def tree_of(name: str) -> nodes.Template:
    environment = templates("pages")
    assert environment.loader
    return environment.parse(environment.loader.get_source(environment, name)[0])


def used(name: str) -> set[str]:
    """Return the variables that a template uses, itself or in what it extends or imports."""
    tree = tree_of(name)
    found = meta.find_undeclared_variables(tree)
    for other in meta.find_referenced_templates(tree):
        assert other, f"{name} includes what no test can know"
        found |= used(other)
    # A block does not see what stands above it; when it is rendered, it does.
    imports = [each for node in tree.find_all(nodes.FromImport) for each in node.names]
    imported = {each if isinstance(each, str) else each[1] for each in imports}
    macros = {node.name for node in tree.find_all(nodes.Macro)}
    targets = (node.target for node in tree.find_all(nodes.Assign))
    assigned = {target.name for target in targets if isinstance(target, nodes.Name)}
    return found - imported - macros - assigned


def passed_on(function: ast.FunctionDef, variable: ast.expr) -> set[str]:
    """Return the names in ``**variable``: of a call, or of a dictionary assigned before."""
    if isinstance(variable, ast.Call):
        return SPREAD[ast.unparse(variable.func)]
    name = ast.unparse(variable)
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            if isinstance(node.value, ast.Dict):
                return {str(ast.literal_eval(key)) for key in node.value.keys if key}
            return passed_on(function, node.value)
    raise AssertionError(f"{function.name}: **{name}")


def shown_by(call: ast.Call) -> str | None:
    """Return the page that a call shows, if it shows one that it names."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in {"show", "page", "_cart"}:
        return None
    names = call.args[1:] if ast.unparse(call.func) == "PageWriter.page" else call.args
    name = names[0] if names else None
    return str(name.value) if isinstance(name, ast.Constant) and name.value else None


def calls() -> Iterator[tuple[str, str, set[str]]]:
    """Yield where pages are shown: the place, the template, what it gets."""
    for file in sorted(ENTRYPOINTS.rglob("*.py")):
        folder = "back_office/" if file.parent.name == "back_office" else ""
        nodes_of = ast.walk(ast.parse(file.read_text()))
        for function in (node for node in nodes_of if isinstance(node, ast.FunctionDef)):
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if not (name := shown_by(call)):
                    continue
                given = {word.arg for word in call.keywords if word.arg}
                for word in call.keywords:
                    given |= set() if word.arg else passed_on(function, word.value)
                if ast.unparse(call.func) == "self._cart":
                    given = given - {"mistake"} | OF_CARTS
                yield f"{file.parent.name}/{file.name}:{call.lineno}", f"{folder}{name}", given


CALLS = list(calls())


@pytest.mark.parametrize(("name", "given"), [call[1:] for call in CALLS], ids=[c[0] for c in CALLS])
def test_a_template_gets_what_it_uses_and_nothing_else(name: str, given: set[str]) -> None:
    wanted = used(f"{name}.html")
    of_all = OF_ALL | (OF_BACK_OFFICE if name.startswith("back_office/") else set())

    assert wanted - of_all <= given
    assert given - of_all - OF_CARTS <= wanted


def test_every_template_of_a_page_is_shown() -> None:
    every = templates("pages").list_templates(["html"])
    parts = {part for name in every for part in meta.find_referenced_templates(tree_of(name))}
    # Shown by what all writers share.
    shown = {f"{name}.html" for _, name, _ in CALLS} | {"back_office/problem.html"}

    assert set(every) - parts == shown


def test_only_pages_that_are_shown_have_fields() -> None:
    assert set(FORM_FIELDS) <= {name for _, name, _ in CALLS}
