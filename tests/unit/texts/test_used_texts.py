"""Every text is used by a template or by the code, and what they use is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import nodes

import registration
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.shop.texts import our_texts

ENTRYPOINTS = Path(registration.__file__).parent / "entrypoints"
KEYS = {
    table if f"{table}.one" in our_texts(ENGLISH) else key
    for key in our_texts(ENGLISH)
    for table in [key.rpartition(".")[0]]
}
_ANYTHING = r"[\w.-]+"


def of_template(node: nodes.Node) -> Iterator[str]:
    """Yield the patterns of the keys that an expression can be; ``.+`` for each that it may be."""
    if isinstance(node, nodes.Const):
        yield re.escape(str(node.value))
    elif isinstance(node, nodes.Concat):
        parts = (next(of_template(part)) for part in node.nodes)
        yield "".join(parts)
    elif isinstance(node, nodes.CondExpr):
        yield from of_template(node.expr1)
        if node.expr2:
            yield from of_template(node.expr2)
    else:
        yield _ANYTHING


def in_templates(folder: str) -> Iterator[str]:
    """Yield the patterns of what templates say."""
    environment = templates(folder)
    for name in environment.list_templates(["html", "txt"]):
        assert environment.loader
        tree = environment.parse(environment.loader.get_source(environment, name)[0])
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                yield from of_template(call.args[0])
        for assigned in tree.find_all(nodes.Assign):
            pattern = next(of_template(assigned.node))
            if r"\." in pattern:
                yield pattern + _ANYTHING


def in_code() -> Iterator[str]:
    """Yield the patterns of texts in the code that begin like keys."""
    for file in sorted(ENTRYPOINTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield re.escape(node.value)
            if isinstance(node, ast.JoinedStr) and re.match(r"f.[a-z_]+\.", ast.unparse(node)):
                yield "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else _ANYTHING
                    for part in node.values
                )
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "nearest_key":
                yield re.escape(ast.literal_eval(node.args[1])) + r"\." + _ANYTHING


def of_mails() -> set[str]:
    """Return the names of what mails say."""
    return {*in_templates("mails"), "subject"}


def test_every_text_is_used() -> None:
    pages, code = set(in_templates("pages")), set(in_code())
    # ``way ~ ".problem"`` is for the ways that the code names.
    open_ended = {each for each in pages if each.startswith(_ANYTHING)}
    mails = {rf"mail\.(\w+\.)?{name}" for name in of_mails()}
    # Found by their English text; see test_import_reasons.py.
    reasons = {r"import_reason\..+"}
    whole = re.compile("|".join((pages - open_ended) | code | mails | reasons))
    ends = re.compile("|".join(open_ended - {_ANYTHING}))

    def is_used(key: str) -> bool:
        named = re.escape(key.rpartition(".")[0]) in code and ends.fullmatch(key)
        return bool(named or whole.fullmatch(key))

    assert [key for key in sorted(KEYS) if not is_used(key)] == []


def test_every_text_that_a_template_uses_is_there() -> None:
    missing = [
        pattern
        for pattern in set(in_templates("pages"))
        if not any(re.fullmatch(pattern, key) for key in KEYS)
    ]
    assert missing == []
    for kind in MailKind:
        for name in of_mails():
            assert {f"mail.{kind}.{name}", f"mail.{name}"} & KEYS or name == "after", (kind, name)
