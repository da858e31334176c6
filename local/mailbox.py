"""The mailbox: the mails that the system has sent, as a person reads them and as JSON."""

import html
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses, parseaddr
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

SENT_MAILS = "/_ministack/ses/messages"
"""Path at the emulator where the mails are."""

_MOST_LISTED = 200
_HTML = Path(__file__).with_name("mailbox.html").read_text(encoding="utf-8")
_PAGE = Template(_HTML)
_SCRIPT = _HTML.partition("<script>")[2].partition("</script>")[0]
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"script-src 'sha256-{b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'"
)
"""The page's content security policy, which the mails framed in it inherit."""


@dataclass(frozen=True)
class Mail:
    """A mail that was sent."""

    id: str
    recipients: tuple[str, ...]
    sender: str
    subject: str
    text: str
    html: str
    sent_at: datetime

    @property
    def to(self) -> str:
        """The recipients as one string."""
        return ", ".join(self.recipients)

    def is_to(self, address: str) -> bool:
        """Tell whether an address is among the recipients, however its case is written."""
        wanted = address.casefold()
        return any(
            wanted in (found.casefold(), whole.casefold())
            for whole in self.recipients
            for _, found in getaddresses([whole])
        )

    def as_json(self) -> dict[str, str]:
        """Return what `/_local/mails` tells of a mail."""
        return {
            "to": self.to,
            "from": self.sender,
            "subject": self.subject,
            "text": self.text,
            "html": self.html,
            "sent_at": self.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }


def mails(sent: dict[str, Any], to: str = "") -> list[Mail]:
    """Read the mails that the emulator holds, newest first.

    Parameters
    ----------
    sent
        The emulator's answer.
    to
        Only mails to this address; empty, all.
    """
    found = [
        Mail(
            id=record["MessageId"].partition("@")[0],
            recipients=tuple(record["To"] + record["CC"] + record["BCC"]),
            sender=record["Source"],
            subject=record["Subject"],
            text=record["BodyText"] or "",
            html=record["BodyHtml"] or "",
            sent_at=datetime.fromtimestamp(record["Timestamp"], UTC),
        )
        for account in sent["messages"].values()
        for record in account
    ]
    # Sorted, then reversed: of two mails of one moment, the later one in the list is the newer.
    found.sort(key=lambda mail: mail.sent_at)
    return [mail for mail in reversed(found) if not to or mail.is_to(to)]


def page(found: list[Mail], to: str, chosen_id: str) -> str:
    """Render the mailbox: the list of mails, and the chosen one or else the newest.

    Parameters
    ----------
    found
        The mails, newest first.
    to
        The address whose mails these are; empty, everybody's.
    chosen_id
        The mail to show.
    """
    chosen = next((mail for mail in found if mail.id == chosen_id), found[0] if found else None)
    return _PAGE.substitute(
        to=html.escape(to),
        count=_count(found),
        mails="\n".join(_entries(found, to, chosen)),
        reading=_reading(chosen) if chosen else _empty(to),
        chosen=html.escape(chosen.id) if chosen else "",
    )


def _count(found: list[Mail]) -> str:
    more = f", the newest {_MOST_LISTED} listed" if len(found) > _MOST_LISTED else ""
    return f"{len(found)} mail{'' if len(found) == 1 else 's'}{more}"


def _entries(found: list[Mail], to: str, chosen: Mail | None) -> Iterator[str]:
    for mail in found[:_MOST_LISTED]:
        query = {"to": to, "mail": mail.id} if to else {"mail": mail.id}
        address = html.escape(f"?{urlencode(query)}")
        current = ' aria-current="true"' if mail is chosen else ""
        yield (
            f'<li><a href="{address}"{current} data-mail="{html.escape(mail.id)}">'
            f'<span class="who">{html.escape(mail.to)}</span> {_time(mail, "%H:%M:%S")}'
            f'<span class="subject">{html.escape(mail.subject)}</span></a></li>'
        )


def _reading(mail: Mail) -> str:
    name, address = parseaddr(mail.sender)
    sender = html.escape(f"{name} <{address}>" if name else mail.sender)
    return f"""\
<header>
<h1>{html.escape(mail.subject)}</h1>
<dl>
<dt>From</dt><dd>{sender}</dd>
<dt>To</dt><dd>{html.escape(mail.to)}</dd>
<dt>Sent</dt><dd>{_time(mail, "%Y-%m-%d %H:%M:%S UTC")}</dd>
</dl>
</header>
<div class="bodies">
<section><h2>HTML</h2>{_framed(mail.html)}</section>
<section><h2>Text</h2><pre>{_linked(mail.text)}</pre></section>
</div>"""


def _framed(body: str) -> str:
    """Frame a mail's HTML as a mail program does: no scripts, and links open outside."""
    if not body:
        return '<p class="none">This mail has no HTML part.</p>'
    # In front of the mail's own <head>, where a browser moves both into it.
    document = '<meta name="referrer" content="no-referrer"><base target="_blank">'
    doctype = re.match(r"\s*<!doctype[^>]*>", body, re.IGNORECASE)
    split = doctype.end() if doctype else 0
    whole = html.escape(body[:split] + document + body[split:])
    return (
        '<iframe title="The mail, as HTML" '
        'sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'srcdoc="{whole}"></iframe>'
    )


def _linked(text: str) -> str:
    """Escape a text and make its addresses links."""
    parts: list[str] = []
    end = 0
    for link in _LINK.finditer(text):
        address = html.escape(link[0])
        parts += [
            html.escape(text[end : link.start()]),
            f'<a href="{address}" target="_blank" rel="noreferrer">{address}</a>',
        ]
        end = link.end()
    return "".join([*parts, html.escape(text[end:])])


def _empty(to: str) -> str:
    whose = f" to {html.escape(to)}" if to else ""
    return f'<p class="none">No mail{whose} yet. Mails appear here as they are sent.</p>'


def _time(mail: Mail, form: str) -> str:
    return f'<time datetime="{mail.sent_at.isoformat()}">{mail.sent_at:{form}}</time>'
