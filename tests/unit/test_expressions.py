"""What the parameters of a write say: only what was given, and no reserved word by its name."""

from pathlib import Path
from typing import Any

import moto.dynamodb.parsing
import pytest

from registration.adapters.dynamodb import keys
from registration.adapters.dynamodb.expressions import check, delete, put, update

KEY = keys.customer("DE--1")
ONE: Any = {"N": "1"}
RESERVED = (
    (Path(moto.dynamodb.parsing.__file__).parent / "reserved_keywords.txt").read_text().split()
)


def test_no_reserved_word_has_an_underscore() -> None:
    assert len(RESERVED) > 500
    assert [word for word in RESERVED if "_" in word] == []


def test_a_reserved_word_is_never_spelled_out() -> None:
    for name in map(str.lower, RESERVED):
        changed = update("t", KEY, {name: ONE}, adds={"a_b": ONE}, removes=[f"{name}s"])["Update"]

        expected = f"SET #{name} = :{name} ADD a_b :a_b REMOVE #{name}s"
        assert changed["UpdateExpression"] == expected
        assert changed["ExpressionAttributeNames"] == {f"#{name}": name, f"#{name}s": f"{name}s"}


def test_what_is_not_given_is_left_out() -> None:
    assert put("t", {**KEY}) == {"Put": {"TableName": "t", "Item": KEY}}
    assert delete("t", KEY) == {"Delete": {"TableName": "t", "Key": KEY}}
    assert update("t", KEY, {}, removes=["a_b"]) == {
        "Update": {"TableName": "t", "Key": KEY, "UpdateExpression": "REMOVE a_b"}
    }


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("a_b = :one", None),
        ("#status = :one", {"#status": "status"}),
        ("#at < :one OR #rank > :one AND #at > :one", {"#at": "at", "#rank": "rank"}),
    ],
)
def test_the_names_of_a_condition_are_told(condition: str, names: dict[str, str] | None) -> None:
    checked = check("t", KEY, condition, {":one": ONE})["ConditionCheck"]

    assert checked["ConditionExpression"] == condition
    assert checked["ExpressionAttributeValues"] == {":one": ONE}
    assert checked.get("ExpressionAttributeNames") == names


def test_an_update_and_its_condition_share_names_and_values() -> None:
    written = update("t", KEY, {"status": ONE}, "#status = :was AND #at = :one", {":was": ONE})

    assert written["Update"]["ExpressionAttributeNames"] == {"#status": "status", "#at": "at"}
    assert written["Update"]["ExpressionAttributeValues"] == {":status": ONE, ":was": ONE}


@pytest.mark.parametrize("found", [True, False])
def test_the_item_that_fails_a_condition_is_told_if_asked_for(found: bool) -> None:
    written = put("t", {**KEY}, "a_b = :one", {":one": ONE}, found=found)["Put"]

    assert ("ReturnValuesOnConditionCheckFailure" in written) is found
