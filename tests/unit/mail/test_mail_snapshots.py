"""Every mail in every language, compared with reviewed snapshots.

A snapshot is the request to SES: ``<kind>.<locale>.txt`` contains headers, tags and text,
``<kind>.<locale>.html`` the HTML, to open in a browser. To write them again after an
intended change, and review the difference::

    SNAPSHOTS=write .venv/bin/python -m pytest tests/unit/mail/test_mail_snapshots.py
    git diff tests/unit/mail/snapshots
"""

import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from registration.domain.customers import WAY_BACK
from registration.domain.links import Purpose
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import locales
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from tests.support.factories import NOW, a_mail
from tests.support.mail.mails_sent import headers, request_to_ses, tags
from tests.support.stack import ROOT

SNAPSHOTS = Path(__file__).parent / "snapshots" / "mails"
WRITE = os.environ.get("SNAPSHOTS") == "write"
TOKEN = "DE--Aa1Bb2Cc3Dd4Ee5F.token-0000000001.6a3f1c2b.Jd8sK2l0aPq9Zx7Yw3Vb5Nm1Qe4Rt6Uy8Io0Pa2Sd4F"
TARGETS = {
    None: "https://shop.example/login",
    Purpose.CONFIRM: f"https://shop.example/confirm?token={TOKEN}",
    Purpose.RESET_PASSWORD: f"https://shop.example/restore-password?token={TOKEN}",
    Purpose.INVITE_STAFF: f"https://shop.example/back-office/invitation?token={TOKEN}",
    Purpose.CHANGE_EMAIL: f"https://shop.example/confirm-email?token={TOKEN}",
    Purpose.RESTORE_EMAIL: f"https://shop.example/restore-email?token={TOKEN}",
    Purpose.ALLOW_MAILS: f"https://shop.example/allow-mails?token={TOKEN}",
}
LIFETIMES = {
    Purpose.CONFIRM: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
    Purpose.INVITE_STAFF: timedelta(hours=48),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.RESTORE_EMAIL: WAY_BACK,
    Purpose.ALLOW_MAILS: timedelta(hours=24),
}
WAITED = {MailKind.CONFIRMATION_REMINDER: timedelta(hours=18)}
CODED = {MailKind.CONFIRM_REGISTRATION, MailKind.RESET_PASSWORD, MailKind.CONFIRM_NEW_EMAIL}
MAILS = [(kind, locale) for kind in MailKind for locale in locales()]


def sent(monkeypatch: pytest.MonkeyPatch, kind: MailKind, locale: str) -> dict[str, Any]:
    is_quiet = kind is MailKind.QUIET_ADDRESS
    since = NOW - timedelta(days=3) if is_quiet else None
    mail = a_mail(kind=kind, locale=locale, quiet_since=since)
    write = MailRenderer(
        "Hawthorn & Finch",
        "en_US",
        LIFETIMES,
        lambda: NOW + WAITED.get(kind, timedelta(seconds=2)),
        ZoneInfo("Europe/Berlin"),
        replies=True,
    )
    not_me = f"https://shop.example/not-me?token={TOKEN}" if mail.not_me_link else ""
    code = "12345678" if kind in CODED else ""
    letter = write(mail, TARGETS[mail.purpose], code, not_me)
    return request_to_ses(monkeypatch, mail, letter, reply_to="service@shop.example")


def as_text(request: dict[str, Any]) -> str:
    """Return a request without its HTML, as the source of a mail."""
    simple = request["Content"]["Simple"]
    lines = {
        "From": request["FromEmailAddress"],
        "Reply-To": ", ".join(request["ReplyToAddresses"]),
        "To": ", ".join(request["Destination"]["ToAddresses"]),
        "Subject": simple["Subject"]["Data"],
        **headers(request),
        "(Tags)": ", ".join(f"{name}={value}" for name, value in tags(request).items()),
    }
    head = "".join(f"{name}: {value}\n" for name, value in lines.items())
    return f"{head}\n{simple['Body']['Text']['Data']}"


@pytest.mark.parametrize(("kind", "locale"), MAILS, ids=map("-".join, MAILS))
def test_a_mail_is_as_it_was_looked_at(
    monkeypatch: pytest.MonkeyPatch, kind: MailKind, locale: str
) -> None:
    request = sent(monkeypatch, kind, locale)
    parts = {
        SNAPSHOTS / f"{kind}.{locale}.txt": as_text(request),
        SNAPSHOTS / f"{kind}.{locale}.html": request["Content"]["Simple"]["Body"]["Html"]["Data"],
    }

    for file, content in parts.items():
        if WRITE:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, "utf-8")
        assert content == file.read_text("utf-8")


def test_there_is_no_snapshot_of_a_removed_mail() -> None:
    expected = {f"{kind}.{locale}.{part}" for kind, locale in MAILS for part in ("txt", "html")}

    assert {file.name for file in SNAPSHOTS.iterdir()} == expected


def test_every_kind_of_mail_is_documented() -> None:
    table = (ROOT / "docs" / "mail-content.md").read_text("utf-8")

    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == sorted(
        MailKind, key=lambda kind: table.index(f"`{kind}`")
    )
