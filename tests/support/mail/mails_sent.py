"""The requests to SES."""

import re
from typing import Any

import pytest

from registration.adapters import clients
from registration.adapters.mail.mailer import SesMailer
from registration.application.ports import RenderedMail
from registration.domain.mail.mails import Mail

SENDER = "hello@shop.example"


def request_to_ses(
    monkeypatch: pytest.MonkeyPatch, mail: Mail, letter: RenderedMail, **overrides: Any
) -> dict[str, Any]:
    """Return the request for a rendered mail, checked against SES's rules."""
    requests: list[dict[str, Any]] = []

    class Ses:
        def send_email(self, **request: Any) -> None:
            requests.append(request)

    monkeypatch.setattr(clients, "ses", Ses)
    values: dict[str, Any] = {
        "sender": SENDER,
        "sender_name": "Hawthorn & Finch",
        "configuration_set": "registration",
    }
    SesMailer(**values | overrides).send(mail, letter)
    (request,) = requests
    _hold_against_rules(request)
    return request


def headers(request: dict[str, Any]) -> dict[str, str]:
    """Return the additional headers of a request."""
    return {each["Name"]: each["Value"] for each in request["Content"]["Simple"]["Headers"]}


def tags(request: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a request."""
    return {each["Name"]: each["Value"] for each in request["EmailTags"]}


def _hold_against_rules(request: dict[str, Any]) -> None:
    # The patterns of MessageHeader and MessageTag in SES's API: a violation makes the whole
    # mail a bad request.
    own = headers(request)
    assert len(own) == len(request["Content"]["Simple"]["Headers"]) <= 15
    for name, value in own.items():
        assert re.fullmatch(r"[!-9;-@A-~]{1,126}", name)
        assert re.fullmatch(r"[ -~]{1,995}", value)
    for name, value in tags(request).items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value)
    assert re.fullmatch(r"[ -~]{1,998}", request["FromEmailAddress"])
    assert request["Content"]["Simple"]["Subject"]["Data"].isprintable()
