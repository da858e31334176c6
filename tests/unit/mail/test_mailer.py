"""The envelope of a mail: sender, headers, tags."""

from email.header import decode_header, make_header
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from registration.application.ports import RenderedMail
from registration.domain.mail.mails import Lane, MailKind
from tests.support.factories import a_mail
from tests.support.mail.mails_sent import SENDER, headers, request_to_ses, tags

LETTER = RenderedMail("Subject", "Text", "<p>HTML</p>")
UNASKED = {MailKind.CONFIRM_AND_CHOOSE_PASSWORD, MailKind.CONFIRMATION_REMINDER}


def read_address(written: str) -> tuple[str, str]:
    """Return the name and the address as in a mail program."""
    name, address = parseaddr(written)
    return str(make_header(decode_header(name))), address


@pytest.mark.parametrize(
    "name",
    [
        "Shop",
        "Hawthorn, Finch & Co.",
        'The "Shop" \\ <Berlin>',
        "shop@elsewhere.example",
        "Käse, Brot & mehr",
        "متجر",
        "\U0001f600" * 60,
        "é" * 60,
    ],
)
def test_the_senders_name_is_read_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    written = request_to_ses(monkeypatch, a_mail(), LETTER, sender_name=name)["FromEmailAddress"]

    assert read_address(written) == (name, SENDER)
    assert max(len(word) for word in written.split()) <= 75


def test_answers_go_where_somebody_reads_them(monkeypatch: pytest.MonkeyPatch) -> None:
    unset = request_to_ses(monkeypatch, a_mail(), LETTER)
    set_ = request_to_ses(monkeypatch, a_mail(), LETTER, reply_to="service@shop.example")

    assert unset["ReplyToAddresses"] == []
    assert set_["ReplyToAddresses"] == ["service@shop.example"]


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_asks_for_no_automatic_answer(
    monkeypatch: pytest.MonkeyPatch, kind: MailKind
) -> None:
    found = headers(request_to_ses(monkeypatch, a_mail(kind=kind), LETTER))

    assert found == {
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


@pytest.mark.parametrize("kind", MailKind)
def test_only_unsolicited_mails_can_be_unsubscribed(
    monkeypatch: pytest.MonkeyPatch, kind: MailKind
) -> None:
    found = headers(
        request_to_ses(monkeypatch, a_mail(kind=kind), LETTER, reply_to="service@shop.example")
    )

    assert ("List-Unsubscribe" in found) == (kind in UNASKED)
    assert "List-Unsubscribe-Post" not in found


def test_an_imported_customers_first_mail_can_be_unsubscribed_whatever_its_kind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = headers(
        request_to_ses(
            monkeypatch, a_mail(lane=Lane.IMPORT), LETTER, reply_to="service@shop.example"
        )
    )

    assert "List-Unsubscribe" in found


@pytest.mark.parametrize("address", ["service@shop.example", "a+b?c&d=%e@shop.example"])
def test_unsubscribing_writes_to_the_shop_and_names_the_customer(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    mail = a_mail(kind=MailKind.CONFIRMATION_REMINDER)
    value = headers(request_to_ses(monkeypatch, mail, LETTER, reply_to=address))["List-Unsubscribe"]

    url = urlsplit(value.removeprefix("<").removesuffix(">"))
    assert value == f"<{url.geturl()}>"
    assert (url.scheme, unquote(url.path)) == ("mailto", address)
    assert parse_qs(url.query) == {"subject": ["unsubscribe DE--Aa1Bb2Cc3Dd4Ee5F"]}


def test_tags_are_ids_by_which_the_mail_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tags(request_to_ses(monkeypatch, a_mail(), LETTER)) == {
        "kind": "confirm_registration",
        "mail_id": "token-0000000001",
        "reference": "DE--Aa1Bb2Cc3Dd4Ee5F",
    }


@pytest.mark.parametrize(
    "hostile",
    ["Ada\r\nBcc: all@shop.example", 'A "B" <c@d.example>', "\U0001f600\u202e" * 50, "a" * 100],
)
def test_a_customers_name_is_in_no_header(monkeypatch: pytest.MonkeyPatch, hostile: str) -> None:
    def surroundings(**names: Any) -> dict[str, Any]:
        mail = a_mail(kind=MailKind.CONFIRMATION_REMINDER, **names)
        return request_to_ses(monkeypatch, mail, LETTER, reply_to="service@shop.example")

    assert surroundings(first_name=hostile, last_name=hostile) == surroundings()
