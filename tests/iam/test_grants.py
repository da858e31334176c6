"""Unused grants are found."""

from pathlib import Path

from tests.iam.grants import Report, grants_of, main, report
from tests.iam.policies import Json, Request, Statement, statements_of
from tests.iam.uses import Uses, uses_in

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
LEADING = "dynamodb:LeadingKeys"
KEYS = {
    "Sid": "Keys",
    "Effect": "Allow",
    "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
    "Resource": TABLE,
    "Condition": {"ForAllValues:StringLike": {LEADING: ["CUSTOMER#*", "EMAIL#*"]}},
}


def role(*bodies: Json) -> list[Statement]:
    return list(statements_of({"Statement": list(bodies)}, "policy"))


def asked(action: str, *keys: str) -> Request:
    return Request(f"dynamodb:{action}", TABLE, {LEADING: keys})


def found(statements: list[Statement], *used: Request) -> list[str]:
    result = report({"Function": statements}, {"Function": used}, {})
    return [str(grant) for _, grant in result.unused]


def test_each_action_is_wanted_with_each_key() -> None:
    assert found(
        role(KEYS),
        asked("GetItem", "CUSTOMER#1"),
        asked("PutItem", "CUSTOMER#1"),
        asked("GetItem", "EMAIL#a"),
    ) == [f"policy/Keys: dynamodb:PutItem on {TABLE} with keys EMAIL#*"]


def test_a_request_of_several_keys_uses_them_all() -> None:
    used = [asked("GetItem", "CUSTOMER#1", "EMAIL#a"), asked("PutItem", "CUSTOMER#1", "EMAIL#a")]

    assert found(role(KEYS), *used) == []


def test_a_grant_in_two_statements_is_not_needed_twice() -> None:
    again = {**KEYS, "Sid": "Again", "Action": "dynamodb:GetItem"}
    used = [asked("GetItem", "CUSTOMER#1", "EMAIL#a"), asked("PutItem", "CUSTOMER#1", "EMAIL#a")]

    assert {line.partition(":")[0] for line in found(role(KEYS, again), *used)} == {
        "policy/Keys",
        "policy/Again",
    }


def test_each_resource_counts() -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Resource": ["arn:aws:sqs:eu-central-1:1:a", "arn:aws:sqs:eu-central-1:1:b"],
    }

    assert found(role(statement), Request("sqs:SendMessage", "arn:aws:sqs:eu-central-1:1:a")) == [
        "policy/0: sqs:SendMessage on arn:aws:sqs:eu-central-1:1:b"
    ]


def test_a_reason_excuses_a_grant_and_one_for_nothing_is_found() -> None:
    reasons = {("Function", "dynamodb:PutItem"): "why", ("Function", "dynamodb:GetItem"): "why"}
    used = {"Function": [asked("GetItem", "CUSTOMER#1", "EMAIL#a")]}

    result = report({"Function": role(KEYS)}, used, reasons)

    assert result == Report(4, [], [("Function", "dynamodb:GetItem")])
    assert not result.is_good
    assert "a reason for nothing: Function, dynamodb:GetItem" in str(result)


def test_grants_are_counted_one_by_one() -> None:
    deny = {**KEYS, "Effect": "Deny"}

    assert len(list(grants_of(role(KEYS, deny)))) == 4


def test_uses_of_one_kind_are_kept_once_and_read_back(tmp_path: Path) -> None:
    uses = Uses({})
    for request in (
        asked("GetItem", "CUSTOMER#1"),
        asked("GetItem", "CUSTOMER#2"),
        asked("GetItem", "EMAIL#a"),
    ):
        uses.note("Function", role(KEYS), request)

    uses.save(tmp_path)

    assert uses_in(tmp_path) == [
        ("Function", asked("GetItem", "CUSTOMER#1")),
        ("Function", asked("GetItem", "EMAIL#a")),
    ]


def test_a_run_that_noted_few_uses_is_red(tmp_path: Path) -> None:
    uses = Uses({})
    uses.note("RegisterFunction", role(KEYS), asked("GetItem", "CUSTOMER#1"))
    uses.save(tmp_path)

    assert main(tmp_path) == 1
