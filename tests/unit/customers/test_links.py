"""Tokens: forging one needs a key, and each has one purpose."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registration.domain.errors import LinkWrong
from registration.domain.links import LONGEST_REFERENCE, LONGEST_TOKEN, Link, LinkSigner, Purpose

LINK = Link(
    Purpose.CONFIRM, "DE--Aa1Bb2Cc3Dd4Ee5F", "Zz9Yy8Xx7Ww6Vv5U", datetime(2026, 11, 23, tzinfo=UTC)
)
SIGNER = LinkSigner(["old key", "new key"])


def test_a_token_contains_its_link() -> None:
    assert SIGNER.read(SIGNER.token(LINK), Purpose.CONFIRM) == LINK


def test_the_same_link_has_the_same_token() -> None:
    assert SIGNER.token(LINK) == SIGNER.token(LINK)


def test_a_token_is_at_most_150_characters_that_a_url_takes_as_they_are() -> None:
    longest = replace(LINK, reference="R" * LONGEST_REFERENCE, token_id="t" * 22)

    token = SIGNER.token(longest)

    assert len(token) <= LONGEST_TOKEN
    assert SIGNER.read(token, Purpose.CONFIRM) == longest
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("purpose", [Purpose.RESET_PASSWORD, Purpose.INVITE_STAFF])
def test_a_token_of_another_purpose_is_wrong(purpose: Purpose) -> None:
    other = SIGNER.token(replace(LINK, purpose=purpose))

    with pytest.raises(LinkWrong):
        SIGNER.read(other, Purpose.CONFIRM)


def test_an_older_key_verifies_and_a_dropped_one_does_not() -> None:
    token = LinkSigner(["old key"]).token(LINK)

    assert SIGNER.read(token, Purpose.CONFIRM) == LINK
    with pytest.raises(LinkWrong):
        LinkSigner(["new key"]).read(token, Purpose.CONFIRM)


def test_the_newest_key_signs() -> None:
    assert LinkSigner(["new key"]).read(SIGNER.token(LINK), Purpose.CONFIRM) == LINK


@pytest.mark.parametrize(
    "broken",
    [
        "{token} ",
        "\t{token}\r\n",
        "{token}>",
        "<{token}>",
        "{token}.",
        "{token}).",
        '{token}"',
        "{token}%",
        '"{token}",',
        "{first}=\r\n{last}",
        "{first}=\n{last}",
        "{first}={last}",  # browsers take line ends out of addresses
        "=\n{first}=  {last}=",
        "{first}\r\n    {last}",
        "{first} {last}",
        "{first}\u200b{last}",
        "{first}\u00ad{last}\ufeff",
        "{token}\u2019",
        "{token}]]>",
    ],
)
def test_a_token_that_a_mail_program_broke_is_read(broken: str) -> None:
    token = SIGNER.token(LINK)
    given = broken.format(token=token, first=token[:40], last=token[40:])

    assert SIGNER.read(given, Purpose.CONFIRM) == LINK


@pytest.mark.parametrize("more", ["x", ".x", "=x", "-", "_", ">x", " x"])
def test_what_belongs_to_no_end_of_a_link_makes_it_wrong(more: str) -> None:
    with pytest.raises(LinkWrong):
        SIGNER.read(SIGNER.token(LINK) + more, Purpose.CONFIRM)


@given(position=st.integers(0), put=st.sampled_from("A0-_.~é\x00"))
def test_a_token_with_any_character_changed_is_wrong(position: int, put: str) -> None:
    token = SIGNER.token(LINK)
    position %= len(token)
    changed = token[:position] + put + token[position + 1 :]
    if changed == token:
        return

    with pytest.raises(LinkWrong):
        SIGNER.read(changed, Purpose.CONFIRM)


def test_no_other_spelling_of_the_signature_counts() -> None:
    token = SIGNER.token(LINK)

    for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if character != token[-1]:
            with pytest.raises(LinkWrong):
                SIGNER.read(token[:-1] + character, Purpose.CONFIRM)


@given(st.text(max_size=200))
def test_any_other_text_is_wrong(text: str) -> None:
    with pytest.raises(LinkWrong):
        SIGNER.read(text, Purpose.CONFIRM)


@pytest.mark.parametrize("length", [0, 1, 20, 60, 80])
def test_a_token_cut_short_is_wrong(length: int) -> None:
    with pytest.raises(LinkWrong):
        SIGNER.read(SIGNER.token(LINK)[:length], Purpose.CONFIRM)


def test_an_expired_token_still_names_its_customer() -> None:
    link = SIGNER.read(SIGNER.token(LINK), Purpose.CONFIRM)

    assert not link.has_expired(LINK.expires_at - timedelta(seconds=1))
    assert link.has_expired(LINK.expires_at)


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="no key"):
        LinkSigner(["", ""])
