"""The page `/_local/clock`, which tells the time and moves it on, for people and for programs."""

import html
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from string import Template
from urllib.parse import parse_qs, urlsplit

from local import mailbox
from local.clock import Clock, ClockError, read_offset, spelled

_PAGE = Template(Path(__file__).with_name("clock.html").read_text(encoding="utf-8"))
_HERE = {"localhost", "127.0.0.1", "::1"}


def is_foreign(headers: Mapping[str, str]) -> bool:
    """Whether another site's page asks, with its own name or with one that leads here.

    Programs send neither ``Origin`` nor ``Sec-Fetch-Site``; browsers send them with each form
    (https://fetch.spec.whatwg.org/#origin-header). No page can change what they say.
    """
    host = headers.get("host", "")
    try:
        is_here = urlsplit(f"//{host}").hostname in _HERE
    except ValueError:
        return True
    own = f"http://{host}"
    site = headers.get("sec-fetch-site", "same-origin")
    return not is_here or site != "same-origin" or headers.get("origin", own) != own


def read_forward(headers: Mapping[str, str], body: bytes) -> timedelta:
    """Return the offset in a form or a JSON object; raise `ClockError` if there is none."""
    if not headers.get("content-type", "").startswith("application/json"):
        return read_offset(parse_qs(body.decode(errors="replace")).get("forward", [""])[0])
    try:
        text = json.loads(body)["forward"]
    except (ValueError, TypeError, KeyError, RecursionError):
        text = None
    if not isinstance(text, str):
        raise ClockError('Send {"forward": "+25h"}.')
    return read_offset(text)


def as_json(clock: Clock) -> dict[str, str]:
    """Return the offset, and the time that follows from it."""
    time = clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"offset": spelled(clock.offset), "time": time}


def page(clock: Clock, said: str = "") -> str:
    """Render the page, with what happened, or what was wrong."""
    now = clock.now()
    return _PAGE.substitute(
        style=mailbox.STYLE,
        now=f'<time datetime="{now.isoformat()}">{now:%Y-%m-%d %H:%M UTC}</time>',
        offset=spelled(clock.offset),
        said=html.escape(said),
    )
