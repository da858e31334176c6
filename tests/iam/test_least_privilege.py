"""Least privilege: what the roles in the template must not allow."""

from collections.abc import Iterator
from types import FunctionType
from typing import get_type_hints

import pytest

from registration.adapters.directory.items import all_customers, some_customers
from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.timelines import DynamoDBTimeline
from registration.domain.customers import Origin, Status
from registration.domain.mail.mails import Lane
from tests.iam.policies import LEADING_KEYS, Statement, is_text_like
from tests.iam.requests import FILLED
from tests.iam.roles import roles_of

ROLES = roles_of({})
PUBLIC = (
    "RegisterFunction",
    "ConfirmFunction",
    "SignInFunction",
    "AccountFunction",
    "CartsFunction",
)
TABLES = {ROLES.stack.attributes[table, "Arn"] for table in ("Customers", "Outbox")}
# Actions that do not address a single item.
WITHOUT_KEYS = {"dynamodb:Scan"}


def all_statements() -> Iterator[tuple[str, Statement]]:
    for function, statements in ROLES.of_functions.items():
        for statement in statements:
            yield function, statement


def of_tables(statement: Statement) -> bool:
    return any(
        arn == r or r.startswith(f"{arn}/index/") for r in statement.resources for arn in TABLES
    )


@pytest.mark.parametrize("function", ROLES.of_functions)
def test_items_are_read_and_written_by_their_partition_keys_only(function: str) -> None:
    for statement in filter(of_tables, ROLES.of_functions[function]):
        if set(statement.actions) <= WITHOUT_KEYS:
            continue
        assert not set(statement.actions) & WITHOUT_KEYS, f"{statement.name}: no key limits a scan"
        assert statement.leading_keys, statement.name


def test_leading_keys_are_compared_each_and_as_patterns() -> None:
    for _, statement in all_statements():
        for condition in statement.conditions:
            if condition.key == LEADING_KEYS:
                assert (condition.qualifier, condition.operator) == ("ForAllValues", "StringLike")


def test_no_condition_uses_a_key_unknown_to_the_judge() -> None:
    used = {c.key for _, statement in all_statements() for c in statement.conditions}

    assert used <= FILLED


def made_partitions() -> set[str]:
    """Return a partition key of each kind in the module ``keys``."""
    examples = {str: "0a1b2c3d#some", int: 1}
    made = set()
    for name, function in vars(keys).items():
        if name.startswith("_") or not isinstance(function, FunctionType):
            continue
        hints = get_type_hints(function, localns={"AttributeValueTypeDef": object})
        hints.pop("return")
        if set(hints.values()) <= set(examples):
            made |= set(_partitions(function(*(examples[each] for each in hints.values()))))
    named = [DynamoDBTimeline("table", "AUDIT"), all_customers("table")]
    named += (some_customers("table", each, Origin.API) for each in Status)
    made |= {each.partitions[0] for each in named}
    lanes = [*(lane.value for lane in Lane), "parked"]
    return made | {shard for lane in lanes for shard in keys.waiting_in(lane)}


def _partitions(found: object) -> Iterator[str]:
    if isinstance(found, dict):
        yield found["PK"]["S"]
    elif isinstance(found, str) and "#" in found:
        yield found
    elif isinstance(found, list):
        yield from found


def test_each_pattern_of_leading_keys_is_a_prefix_that_the_module_makes() -> None:
    partitions = made_partitions()
    assert "CUSTOMER#0a1b2c3d#some" in partitions
    for _, statement in all_statements():
        for pattern in statement.leading_keys:
            assert pattern.endswith("#*"), f"{statement.name}: {pattern}"
            prefix = pattern.removesuffix("*")
            assert "*" not in prefix, f"{statement.name}: {pattern}"
            assert "?" not in prefix, f"{statement.name}: {pattern}"
            assert any(pk.startswith(prefix) for pk in partitions), f"{statement.name}: {pattern}"


# Staff and the audit record, imports, the directory, suppressions.
NOT_PUBLIC = [
    *("STAFF#1", "AUDIT#1", "IMPORT#1", "IMPORTS#1", "FILE#1"),
    *("DIRECTORY-VERIFIED#1", "SEARCH#so#1", "SUPPRESSED#1"),
]


# The page that waits reads whether the address that its browser signed up takes mail; customers are
# told whether their own does.
READ_ALONE = {
    ("ConfirmFunction", "SUPPRESSED#1"): {"dynamodb:BatchGetItem"},
    ("AccountFunction", "SUPPRESSED#1"): {"dynamodb:GetItem"},
}


@pytest.mark.parametrize("key", NOT_PUBLIC)
@pytest.mark.parametrize("function", PUBLIC)
def test_public_functions_have_no_access_to_staffs_data(function: str, key: str) -> None:
    for statement in ROLES.of_functions[function]:
        if set(statement.actions) == READ_ALONE.get((function, key)):
            continue
        for pattern in statement.leading_keys:
            assert not is_text_like(pattern, key), statement.name
