"""The comparison with Glue has each call, attribute, header and error, and compares it rightly."""

import re
from collections.abc import Iterator
from typing import Any

from registration.domain.errors import RegistrationError
from registration.entrypoints.openapi.document import document
from tests.support import contract_errors
from tests.support.contract_table import CALLS
from tests.support.stack import ROOT, source

# What Spryker's generated description of Glue and its modules' configurations name, of the
# resources that are here too.
ATTRIBUTES = {
    "customers": "firstName lastName gender dateOfBirth salutation createdAt updatedAt email "
    "password confirmPassword acceptedTerms",
    "customer-confirmation": "registrationKey",
    "customer-forgotten-password": "email",
    "customer-password": "password newPassword confirmPassword",
    "customer-restore-password": "restorePasswordKey password confirmPassword",
    "access-tokens": "username password tokenType expiresIn accessToken refreshToken idCompanyUser",
    "refresh-tokens": "refreshToken tokenType expiresIn accessToken idCompanyUser",
    "carts": "priceMode currency store name isDefault discounts totals thresholds",
    "guest-carts": "priceMode currency store name isDefault discounts totals thresholds",
}
_ITEM = (
    "sku quantity groupKey abstractSku amount calculations configuredBundle configuredBundleItem "
    "productConfigurationInstance selectedProductOptions salesUnit idPromotionalItem productOptions"
)
ATTRIBUTES |= {"items": _ITEM, "guest-cart-items": _ITEM}
ERRORS = """
001/401 002/403 003/401 004/401 005/400 005/428 006/412 101/404 102/422 103/404 104/400 105/422
106/422 107/422 109/400 110/422 111/422 112/422 113/422 114/422 115/403 116/422 117/422 118/422
119/422 400/422 401/500 402/404 405/400 406/422 407/400 408/400 410/422 411/403 413/400 414/400
415/422 416/422 417/422 418/400 419/400 420/400 421/400 422/400 423/422 424/400 425/400 802/403
901/422
"""

COMPARED = {"same", "ours", "left out"}
PAGE = (ROOT / "docs" / "glue.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the rows of the first table below a heading."""
    lines = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0].splitlines()
    table = [line for line in lines if line.startswith("| ")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in table[1:]]


def names(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def compared(ours: set[str], glues: set[str]) -> dict[str, str]:
    """Return how each name has to be compared."""
    return {
        name: "same" if name in ours & glues else "ours" if name in ours else "left out"
        for name in ours | glues
    }


def described(node: Any) -> Iterator[tuple[str, str]]:
    """Find the types of resources in a JSON schema, each with one of its attributes."""
    if isinstance(node, dict):
        properties = node.get("properties", {})
        if {"type", "attributes"} <= properties.keys():
            kind = properties["type"]["const"]
            yield from ((kind, name) for name in properties["attributes"].get("properties", {}))
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, dict | list):
            yield from described(child)


def calls() -> set[str]:
    """Return the calls of the API."""
    return {
        f"{method.upper()} {path}"
        for path, operations in document()["paths"].items()
        for method in operations
        if method in {"get", "post", "patch", "delete"}
    }


def test_each_call_is_compared() -> None:
    told = [name for row in rows("Calls") for name in names(row[0])]

    assert sorted(told) == sorted(calls())
    assert {row[1] for row in rows("Calls")} <= COMPARED


def test_each_call_and_each_error_is_sent_over_http() -> None:
    sent = {re.sub(r"{\w+}", "{}", call) for call in (*CALLS, "POST /token")}
    table = {**contract_errors.ERRORS, **contract_errors.ERRORS_AS_GLUE}
    caused = {f"{code}/{status}" for _, status, code, _ in table.values() if code}

    assert sent == {re.sub(r"{\w+}", "{}", call) for call in calls()}
    # It takes 50 carts, an expired key, and many attempts to cause these.
    assert caused == set(errors(RegistrationError)) - {"107/422", "407/400", "429/429"}


def test_each_attribute_is_compared() -> None:
    ours: dict[str, set[str]] = {}
    for kind, name in described(document()["components"]["schemas"]):
        ours.setdefault(kind, set()).add(name)
    told: dict[str, dict[str, str]] = {}
    for cell, attributes, answer, _ in rows("Attributes"):
        for kind in names(cell):
            found = told.setdefault(kind, {})
            assert found.keys().isdisjoint(names(attributes))
            found |= dict.fromkeys(names(attributes), answer)

    kinds = ours.keys() | ATTRIBUTES.keys()
    assert told == {
        kind: compared(ours.get(kind, set()), set(ATTRIBUTES.get(kind, "").split()))
        for kind in kinds
    }


def errors(error: type[RegistrationError]) -> Iterator[str]:
    """Return the codes with their status that an error and those below it have."""
    if error.code and not error.on_pages_only:
        yield f"{error.code}/{error.status}"
    for below in error.__subclasses__():
        yield from errors(below)


def test_each_error_with_a_code_is_compared() -> None:
    told = {f"{names(row[0])[0]}/{row[1]}": row[2] for row in rows("Errors")}

    assert told == compared(set(errors(RegistrationError)), set(ERRORS.split()))


def test_each_header_that_pages_of_other_origins_may_send_or_read_is_compared() -> None:
    api = source()["Resources"]["Api"]["Properties"]["CorsConfiguration"]["Fn::If"][1]
    told = {name.lower() for row in rows("Headers") for name in names(row[0])}

    allowed = {*api["allowHeaders"], *api["exposeHeaders"]}
    assert {name.lower() for name in allowed} <= told
    assert {row[2] for row in rows("Headers")} <= COMPARED


def test_a_difference_has_its_reason() -> None:
    for heading in ("Calls", "Attributes", "Headers", "Errors"):
        for row in rows(heading):
            assert "same" in row or row[-1], row
