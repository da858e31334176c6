"""Refreshing sessions, and ending them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import MakeCloud
from tests.support.calls.exchanges import Exchange, Told, watched
from tests.support.clock import later, let_pass
from tests.support.cloud import Answer, Cloud
from tests.support.people.accounts import (
    NOT_REFRESHED,
    bearer,
    confirmed,
    refresh,
    sign_in,
)
from tests.support.requests import MISSING
from tests.support.stack import Json


def test_a_refresh_token_is_exchanged_for_new_tokens(cloud: Cloud) -> None:
    confirmed(cloud)
    first = sign_in(cloud)

    second = refresh(cloud, first.json["data"]["attributes"]["refreshToken"])

    assert second.status == 201
    assert second.json["data"]["type"] == "refresh-tokens"
    assert cloud.request("GET", "/customers", headers=bearer(second)).status == 200
    third = refresh(cloud, second.json["data"]["attributes"]["refreshToken"])
    assert third.status == 201


def test_refreshing_costs_one_read_and_one_write(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    cloud.calls.clear()

    refresh(cloud, token)

    assert [call.operation for call in cloud.calls] == ["BatchGetItem", "PutItem"]


def test_a_refresh_is_retried_and_succeeds_if_its_answer_is_lost(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    cloud.asks_again = lambda call: call.operation == "PutItem"

    second = refresh(cloud, token)

    cloud.asks_again = None
    assert second.status == 201
    newer = second.json["data"]["attributes"]["refreshToken"]
    assert refresh(cloud, newer).status == 201


def test_a_busy_table_signs_nobody_out(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    table = cloud.customers_table
    left_out = 0

    def leave_out(_service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        nonlocal left_out
        status, parsed = ask(operation, parameters)
        if operation == "BatchGetItem" and not left_out:
            left_out = len(parsed["Responses"][table])
            keys = [{k: v for k, v in i.items() if k in "PKSK"} for i in parsed["Responses"][table]]
            parsed["Responses"][table] = []
            parsed["UnprocessedKeys"] = {table: {"Keys": keys, "ConsistentRead": True}}
        return status, parsed

    with watched(leave_out, "dynamodb"):
        assert refresh(cloud, token).status == 201
    assert left_out == 2


def test_a_refresh_token_used_again_ends_the_session(cloud: Cloud) -> None:
    confirmed(cloud)
    stolen = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    newer = refresh(cloud, stolen).json["data"]["attributes"]["refreshToken"]
    let_pass(timedelta(seconds=10))

    assert refresh(cloud, stolen).errors == [NOT_REFRESHED]
    assert refresh(cloud, newer).errors == [NOT_REFRESHED]


@pytest.mark.parametrize("seconds", [0, 1, 9])
def test_two_tabs_that_refresh_with_one_token_get_the_same_next_one(
    cloud: Cloud, seconds: int
) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    one = refresh(cloud, token)
    let_pass(timedelta(seconds=seconds))
    other = refresh(cloud, token)

    assert (one.status, other.status) == (201, 201)
    newer = {each.json["data"]["attributes"]["refreshToken"] for each in (one, other)}
    assert len(newer) == 1
    assert token not in newer
    for tokens in (one, other):
        headers = bearer(tokens)
        assert cloud.request("GET", "/customers", headers=headers).status == 200
    assert refresh(cloud, newer.pop()).status == 201


def test_only_the_token_before_the_newest_may_come_again(cloud: Cloud) -> None:
    confirmed(cloud)
    first = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    second = refresh(cloud, first).json["data"]["attributes"]["refreshToken"]
    third = refresh(cloud, second).json["data"]["attributes"]["refreshToken"]

    assert refresh(cloud, first).errors == [NOT_REFRESHED]
    assert refresh(cloud, third).errors == [NOT_REFRESHED]


def test_the_reuse_interval_does_not_begin_anew_with_each_use(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    for _ in range(3):
        assert refresh(cloud, token).status == 201
        let_pass(timedelta(seconds=3))

    let_pass(timedelta(seconds=2))
    assert refresh(cloud, token).errors == [NOT_REFRESHED]


def test_without_an_interval_the_second_use_ends_the_session(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RefreshReuseSeconds="0")
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    newer = refresh(cloud, token).json["data"]["attributes"]["refreshToken"]

    assert refresh(cloud, token).errors == [NOT_REFRESHED]
    assert refresh(cloud, newer).errors == [NOT_REFRESHED]


def test_sessions_end_one_by_one(cloud: Cloud) -> None:
    confirmed(cloud)
    phone, laptop = sign_in(cloud), sign_in(cloud)
    token = phone.json["data"]["attributes"]["refreshToken"]

    answer = cloud.request("DELETE", f"/refresh-tokens/{token}", headers=bearer(phone))

    assert (answer.status, answer.body) == (204, "")
    assert refresh(cloud, token).errors == [NOT_REFRESHED]
    assert refresh(cloud, laptop.json["data"]["attributes"]["refreshToken"]).status == 201


def reads(cloud: Cloud, tokens: Answer) -> tuple[int, list[str]]:
    """Return the status of a call with an access token, and the calls of AWS that it makes."""
    before = len(cloud.calls)
    answer = cloud.request("GET", "/customers", headers=bearer(tokens))
    if answer.status != 200:
        assert answer.errors == [("001", 401, "Invalid access token.")]
    return answer.status, [call.operation for call in cloud.calls[before:]]


def by_logging_out(cloud: Cloud, tokens: Answer) -> None:
    token = tokens.json["data"]["attributes"]["refreshToken"]
    cloud.request("DELETE", f"/refresh-tokens/{token}", headers=bearer(tokens))


def by_logging_out_everywhere(cloud: Cloud, tokens: Answer) -> None:
    elsewhere = sign_in(cloud)
    cloud.request("DELETE", "/refresh-tokens/mine", headers=bearer(elsewhere))


def by_reuse(cloud: Cloud, tokens: Answer) -> None:
    token = tokens.json["data"]["attributes"]["refreshToken"]
    assert refresh(cloud, token).status == 201
    let_pass(timedelta(seconds=11))
    assert refresh(cloud, token).status == 401


@pytest.mark.parametrize("end", [by_logging_out, by_logging_out_everywhere, by_reuse])
def test_the_access_token_ends_with_its_session_at_once(
    cloud: Cloud, end: Callable[[Cloud, Answer], None]
) -> None:
    confirmed(cloud)
    tokens, others = sign_in(cloud), sign_in(cloud)
    status, calls = reads(cloud, tokens)
    assert (status, calls.count("BatchGetItem"), calls.count("GetItem")) == (200, 1, 0)

    end(cloud, tokens)

    assert reads(cloud, tokens)[0] == 401
    assert reads(cloud, others)[0] == (401 if end is by_logging_out_everywhere else 200)


@pytest.mark.parametrize(("refreshes", "which"), [(1, 0), (2, 0), (2, 1), (3, 0), (3, 2), (3, 3)])
def test_a_token_that_was_replaced_logs_out_as_well(
    cloud: Cloud, refreshes: int, which: int
) -> None:
    # Another tab has refreshed meanwhile, or an answer was lost.
    confirmed(cloud)
    first, other = sign_in(cloud), sign_in(cloud)
    tokens = [first.json["data"]["attributes"]["refreshToken"]]
    for _ in range(refreshes):
        answer = refresh(cloud, tokens[-1])
        tokens.append(answer.json["data"]["attributes"]["refreshToken"])

    path = f"/refresh-tokens/{tokens[which]}"
    assert cloud.request("DELETE", path, headers=bearer(first)).status == 204

    assert reads(cloud, first)[0] == reads(cloud, answer)[0] == 401
    assert refresh(cloud, tokens[-1]).errors == [NOT_REFRESHED]
    assert reads(cloud, other)[0] == 200


def test_an_access_token_from_before_a_refresh_still_counts(cloud: Cloud) -> None:
    confirmed(cloud)
    tokens = sign_in(cloud)
    refresh(cloud, tokens.json["data"]["attributes"]["refreshToken"])

    assert reads(cloud, tokens)[0] == 200


def test_mine_ends_all_sessions(cloud: Cloud) -> None:
    confirmed(cloud)
    tokens = [sign_in(cloud) for _ in range(3)]

    assert cloud.request("DELETE", "/refresh-tokens/mine", headers=bearer(tokens[0])).status == 204

    for token in tokens:
        refused = refresh(cloud, token.json["data"]["attributes"]["refreshToken"])
        assert refused.errors == [NOT_REFRESHED]


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "mine2", "DE--x.y." + "z" * 43])
def test_ending_an_unknown_session_is_no_error(cloud: Cloud, token: str) -> None:
    confirmed(cloud)

    answer = cloud.request("DELETE", f"/refresh-tokens/{token}", headers=bearer(sign_in(cloud)))

    assert answer.status == 204


def test_nobody_ends_anothers_session(cloud: Cloud) -> None:
    confirmed(cloud)
    confirmed(cloud, email="mallory@example.com")
    victim = sign_in(cloud).json["data"]["attributes"]["refreshToken"]
    mallory = bearer(sign_in(cloud, "mallory@example.com"))

    assert cloud.request("DELETE", f"/refresh-tokens/{victim}", headers=mallory).status == 204
    assert refresh(cloud, victim).status == 201


def test_ending_a_session_needs_a_token(cloud: Cloud) -> None:
    answer = cloud.request("DELETE", "/refresh-tokens/mine")

    assert answer.errors == [("002", 403, "Missing access token.")]


@pytest.mark.parametrize("token", ["", None, MISSING])
def test_a_missing_refresh_token_is_told(cloud: Cloud, token: Any) -> None:
    ((code, status, detail),) = refresh(cloud, token).errors

    assert (code, status) == ("901", 422)
    assert detail.startswith("refreshToken => ")


@pytest.mark.parametrize("token", ["x", "a.b.c", "é", "DE--x.y." + "z" * 43, "a" * 5000])
def test_an_unknown_refresh_token_fails(cloud: Cloud, token: str) -> None:
    assert refresh(cloud, token).errors == [NOT_REFRESHED]


def test_an_unused_session_expires(cloud: Cloud) -> None:
    confirmed(cloud)
    token = sign_in(cloud).json["data"]["attributes"]["refreshToken"]

    with later(timedelta(days=30, seconds=1)):
        assert refresh(cloud, token).errors == [NOT_REFRESHED]
