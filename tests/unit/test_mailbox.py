"""The local cloud's mailbox: the mails sent to SES, for people and for programs."""

import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from local.mailbox import POLICY, Mailbox, page
from tests.support.markup import Markup

HOSTILE = '<script>alert(1)</script>"><b>&amp; \u202e'


def a_request(**overrides: Any) -> bytes:
    """Return a request of the sender to SES."""
    values: dict[str, Any] = {
        "to": ["ada@example.com"],
        "sender": "Shop <hello@shop.example>",
        "subject": "Please confirm",
        "text": "Hello,\n\nhttps://shop.example/confirm?token=x&y=1.\n",
        "html": '<!doctype html><html lang="en"><title>x</title><p>Hello</p></html>',
        "reply_to": [],
        **overrides,
    }
    return json.dumps(
        {
            "FromEmailAddress": values["sender"],
            "ReplyToAddresses": values["reply_to"],
            "Destination": {"ToAddresses": values["to"]},
            "Content": {
                "Simple": {
                    "Subject": {"Data": values["subject"], "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": values["text"]}, "Html": {"Data": values["html"]}},
                    "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                }
            },
            "EmailTags": [
                {"Name": "kind", "Value": "confirm_registration"},
                {"Name": "mail_id", "Value": "token-0000000001"},
            ],
        }
    ).encode()


def test_images_that_a_mail_brings_along_are_shown_without_loading_them() -> None:
    sent = json.loads(
        a_request(html='<p><img src="cid:logo" alt=""><img src="cid:other" alt=""></p>')
    )
    sent["Content"]["Simple"]["Attachments"] = [
        {"RawContent": "iVBORw0=", "ContentType": "image/png", "ContentId": "logo"}
    ]

    frame = Markup.of(shown(json.dumps(sent).encode())).elements("iframe")[0]

    document = frame.get("srcdoc", "")
    assert '<img src="data:image/png;base64,iVBORw0=" alt="">' in document
    assert "cid:other" in document


def a_mailbox(*requests: bytes) -> Mailbox:
    """Return a mailbox with the mails 0, 1, 2 and so on; the last is the newest."""
    mailbox = Mailbox(lambda: datetime.now(UTC))
    for number, request in enumerate(requests):
        answer = {"MessageId": f"{number}@email.amazonses.com"}
        mailbox.keep(request, json.dumps(answer).encode())
    return mailbox


def shown(*requests: bytes, to: str = "", mail: str = "") -> str:
    return page(a_mailbox(*requests).mails(to), to, mail)


def test_a_mail_is_told_in_full() -> None:
    (mail,) = a_mailbox(a_request(reply_to=["service@shop.example"])).mails()

    told = mail.as_json()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("sent_at"))
    assert told == {
        "to": "ada@example.com",
        "from": "Shop <hello@shop.example>",
        "subject": "Please confirm",
        "text": "Hello,\n\nhttps://shop.example/confirm?token=x&y=1.\n",
        "html": '<!doctype html><html lang="en"><title>x</title><p>Hello</p></html>',
        "reply_to": "service@shop.example",
        "headers": "Auto-Submitted: auto-generated",
        "tags": "kind: confirm_registration\nmail_id: token-0000000001",
    }


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("", ["2", "1", "0"]),
        ("ada@example.com", ["0"]),
        ("ADA@Example.COM", ["0"]),
        ("Ada <ada@example.com>", []),
        ("a@example.com", []),
        ("ada+x@example.com", ["2"]),
        ("ada", ["2", "0"]),
        ("@example.com", ["2", "0"]),
        ("nobody", []),
    ],
)
def test_mails_are_found_newest_first_by_an_address_or_a_part_of_it(
    to: str, found: list[str]
) -> None:
    mailbox = a_mailbox(
        a_request(), a_request(to=["Sonia <sonia@shop.de>"]), a_request(to=["Ada+x@example.com"])
    )

    assert [mail.id for mail in mailbox.mails(to)] == found


def test_the_page_lists_mails_and_shows_the_newest() -> None:
    html = Markup.of(shown(a_request(subject="First"), a_request(subject="Second")))

    links = html.elements("nav")[0].findall("ol/li/a")
    assert [link.get("href") for link in links] == ["?mail=1", "?mail=0"]
    assert [link.get("aria-current") for link in links] == ["true", None]
    assert [heading.text for heading in html.elements("h2")] == ["Second"]
    assert "2 mails" in html.words


def test_a_mail_that_was_chosen_is_shown_and_the_search_goes_on() -> None:
    html = Markup.of(
        shown(a_request(subject="First"), a_request(subject="Second"), to="ada", mail="0")
    )

    (link,) = (each for each in html.elements("a") if each.get("aria-current"))
    assert link.get("href") == "?to=ada&mail=0"
    assert [heading.text for heading in html.elements("h2")] == ["First"]
    assert html.elements("input")[0].get("value") == "ada"
    assert "chosen" in html.elements("body")[0].get("class", "")


def test_an_empty_mailbox_says_so() -> None:
    assert "No mail yet." in Markup.of(shown()).words
    assert "No mail to ada@example.com yet." in Markup.of(shown(to="ada@example.com")).words


def test_a_name_in_encoded_words_is_shown_as_it_is_meant() -> None:
    sender = "=?utf-8?b?S8Okc2UsIEJyb3QgJiBtZWhy?= <hello@shop.example>"

    assert "From Käse, Brot & mehr <hello@shop.example>" in " ".join(
        each.text or "" for each in Markup.of(shown(a_request(sender=sender))).elements("dt", "dd")
    )


def test_nothing_in_a_mail_gets_into_the_page() -> None:
    plain = shown(a_request())

    hostile = shown(
        a_request(
            to=[f'"{HOSTILE}" <ada@example.com>'],
            sender=f"{HOSTILE} <hello@shop.example>",
            subject=HOSTILE,
            text=HOSTILE,
            html=HOSTILE,
        )
    )

    def tags(html: str) -> list[str]:
        return [each.tag for each in Markup.of(html).elements() if each.tag != "a"]

    assert tags(hostile) == tags(plain)
    assert "<b>" not in hostile


def test_html_is_framed_without_scripts_and_its_links_open_outside() -> None:
    (frame,) = Markup.of(shown(a_request())).elements("iframe")

    assert frame.get("sandbox") == "allow-popups allow-popups-to-escape-sandbox"
    document = frame.get("srcdoc", "")
    assert document.startswith("<!doctype html>")
    assert '<base target="_blank">' in document
    assert "<p>Hello</p>" in document


def test_the_policy_allows_only_the_pages_own_script() -> None:
    script = shown().partition("<script>")[2].partition("</script>")[0]
    digest = b64encode(sha256(script.encode()).digest()).decode()
    policy = dict(rule.strip().split(" ", 1) for rule in POLICY.split(";"))

    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert policy["img-src"] == "data:"
    assert policy["connect-src"] == "'self'"


def test_links_in_the_text_open_in_a_new_tab_without_punctuation() -> None:
    html = Markup.of(shown(a_request()))
    (pre,) = (each for each in html.elements("pre") if each.get("role") == "region")
    (link,) = pre

    assert link.get("href") == link.text == "https://shop.example/confirm?token=x&y=1"
    assert link.get("target") == "_blank"
    assert "noreferrer" in link.get("rel", "")
    assert (link.tail or "").startswith(".")


def test_only_the_newest_are_listed_of_very_many() -> None:
    html = Markup.of(shown(*[a_request()] * 250))

    assert len(html.elements("li")) == 200
    assert "250 mails, the newest 200 listed" in html.words
