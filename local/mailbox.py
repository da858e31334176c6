"""The mailbox: the mails that the system has sent, as pages and as JSON."""

import html
import json
import re
import zlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.header import decode_header, make_header
from email.utils import getaddresses
from hashlib import sha256
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlencode

_MOST_LISTED = 200
_HTML = Path(__file__).with_name("mailbox.html").read_text(encoding="utf-8")
_PAGE = Template(_HTML)
_SCRIPT = _HTML.partition("<script>")[2].partition("</script>")[0]
STYLE = _HTML.partition("<style>")[2].partition("</style>")[0]
"""The look of the local cloud's pages; colours and fonts are the shop's: `/brand/tokens.css`."""
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")

POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src data:; "
    "connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    f"script-src 'sha256-{b64encode(sha256(_SCRIPT.encode()).digest()).decode()}'"
)
"""The page's content security policy, which the mails framed in it inherit."""


@dataclass(frozen=True)
class Mail:
    """A sent mail.

    ``content`` is the request to SES, compressed: after an import there are thousands of mails,
    and few of them are read.
    """

    id: str
    sent_at: datetime
    subject: str
    recipients: tuple[str, ...]
    addresses: frozenset[str]
    content: bytes = field(repr=False)

    @classmethod
    def sent(cls, request: Mapping[str, Any], mail_id: str, sent_at: datetime) -> "Mail":
        """Return the mail in a request to SES."""
        recipients = tuple(each for kind in request["Destination"].values() for each in kind)
        return cls(
            id=mail_id,
            sent_at=sent_at,
            subject=request["Content"]["Simple"]["Subject"]["Data"],
            recipients=recipients,
            addresses=frozenset(address.casefold() for _, address in getaddresses(recipients)),
            content=zlib.compress(json.dumps(request).encode(), 1),
        )

    @property
    def request(self) -> dict[str, Any]:
        """The request to SES."""
        unpacked: dict[str, Any] = json.loads(zlib.decompress(self.content))
        return unpacked

    @property
    def html(self) -> str:
        """The HTML with the images that the mail brings along in their places."""
        simple = self.request["Content"]["Simple"]
        shown: str = simple["Body"].get("Html", {}).get("Data", "")
        for image in simple.get("Attachments", []):
            data = f"data:{image['ContentType']};base64,{image['RawContent']}"
            shown = shown.replace(f'"cid:{image["ContentId"]}"', f'"{data}"')
        return shown

    @property
    def to(self) -> str:
        """The recipients as one string."""
        return ", ".join(self.recipients)

    def is_to(self, wanted: str) -> bool:
        """Whether an address, or part of one, is among the recipients, ignoring case."""
        wanted = wanted.casefold()
        if "@" in wanted.strip("@"):
            return wanted in self.addresses
        return any(wanted in address for address in self.addresses)

    def as_json(self) -> dict[str, str]:
        """Return the mail as in `/_local/mails`."""
        request = self.request
        simple = request["Content"]["Simple"]
        return {
            "to": self.to,
            "from": request["FromEmailAddress"],
            "subject": self.subject,
            "text": simple["Body"].get("Text", {}).get("Data", ""),
            "html": simple["Body"].get("Html", {}).get("Data", ""),
            "sent_at": self.sent_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "reply_to": ", ".join(request.get("ReplyToAddresses", [])),
            "headers": _lines(simple.get("Headers", [])),
            "tags": _lines(request.get("EmailTags", [])),
        }


class Mailbox:
    """The mails that SES has accepted, kept as long as the local cloud runs.

    The emulator keeps mails, too, but without their headers, and returns one only together with
    all others.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._mails: list[Mail] = []

    def keep(self, request: bytes, answer: bytes) -> None:
        """Keep a mail that SES has accepted."""
        mail_id = json.loads(answer)["MessageId"].partition("@")[0]
        self._mails.append(Mail.sent(json.loads(request), mail_id, self._now()))

    def mails(self, to: str = "") -> list[Mail]:
        """Return the mails, newest first; those to an address, or part of one, if it is given."""
        return [mail for mail in reversed(self._mails) if not to or mail.is_to(to)]


def page(found: Sequence[Mail], to: str, chosen_id: str) -> str:
    """Render the mailbox: the list of mails, and the chosen or the newest mail.

    Parameters
    ----------
    found
        The mails, newest first.
    to
        The address that the mails are filtered by; empty for all mails.
    chosen_id
        The mail to show.
    """
    chosen = next((mail for mail in found if mail.id == chosen_id), None)
    shown = chosen or (found[0] if found else None)
    return _PAGE.substitute(
        title=html.escape(f"{shown.subject} – Mailbox" if shown else "Mailbox"),  # noqa: RUF001
        to=html.escape(to),
        count=_count(found),
        mails="\n".join(_entries(found, to, shown)),
        reading=_reading(shown) if shown else _empty(to),
        shown=html.escape(shown.id) if shown else "",
        chosen="chosen" if chosen else "",
        all=html.escape(f"?{urlencode({'to': to})}" if to else "?"),
    )


def _lines(listed: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{each['Name']}: {each['Value']}" for each in listed)


def _count(found: Sequence[Mail]) -> str:
    more = f", the newest {_MOST_LISTED} listed" if len(found) > _MOST_LISTED else ""
    return f"{len(found)} mail{'' if len(found) == 1 else 's'}{more}"


def _entries(found: Sequence[Mail], to: str, shown: Mail | None) -> Iterator[str]:
    for mail in found[:_MOST_LISTED]:
        query = {"to": to, "mail": mail.id} if to else {"mail": mail.id}
        address = html.escape(f"?{urlencode(query)}")
        current = ' aria-current="true"' if mail is shown else ""
        yield (
            f'<li><a href="{address}"{current} data-mail="{html.escape(mail.id)}">'
            f'<span class="who">{html.escape(mail.to)}</span> {_time(mail, "%H:%M")} '
            f'<span class="subject">{html.escape(mail.subject)}</span></a></li>'
        )


def _reading(mail: Mail) -> str:
    told = mail.as_json()
    named = {"From": _readable(told["from"]), "To": _readable(told["to"])}
    if told["reply_to"]:
        named["Reply-To"] = _readable(told["reply_to"])
    return f"""\
<header>
<h2 id="subject">{html.escape(mail.subject)}</h2>
<dl>
{_terms(named)}
<div><dt>Sent</dt><dd>{_time(mail, "%Y-%m-%d %H:%M:%S UTC")}</dd></div>
</dl>
<details><summary>Headers and tags</summary>
<pre>{html.escape(told["headers"])}</pre>
<pre>{html.escape(told["tags"])}</pre>
</details>
</header>
<fieldset class="views"><legend>See it</legend>
<label><input type="radio" name="scheme" id="same" checked> as this page</label>
<label><input type="radio" name="scheme" id="light"> light</label>
<label><input type="radio" name="scheme" id="dark"> dark</label>
<label><input type="checkbox" id="narrow"> 320 pixels wide</label>
</fieldset>
<div class="bodies">
<section><h3>HTML</h3>{_framed(mail.html)}</section>
<section><h3 id="as-text">Text</h3>
<pre tabindex="0" aria-labelledby="as-text" role="region">{_linked(told["text"])}</pre></section>
</div>"""


def _terms(values: Mapping[str, str]) -> str:
    return "\n".join(
        f"<div><dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd></div>"
        for name, value in values.items()
    )


def _readable(addresses: str) -> str:
    """Return addresses with their names, decoded like in a mail program."""
    read = [(str(make_header(decode_header(name))), at) for name, at in getaddresses([addresses])]
    return ", ".join(f"{name} <{address}>" if name else address for name, address in read)


def _framed(body: str) -> str:
    """Frame a mail's HTML like a mail program: no scripts, and links open in a new tab."""
    if not body:
        return '<p class="none">This mail has no HTML part.</p>'
    # Before the mail's own <head>; a browser moves both into it.
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
    """Escape a text and turn its URLs into links."""
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
