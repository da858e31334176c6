"""What a browser keeps, in a cookie, of the sign-up whose mail somebody waits for there.

It is what was typed there, so it says nothing about whether the address was known before: ::

    <secret>.<Base64 of JSON: the form without its passwords>

Only the secret proves anything; the rest is what the page that waits shows, and fills the form in
with if the address was wrong. https://www.rfc-editor.org/rfc/rfc6265#section-6.1: a browser keeps
cookies of up to 4,096 bytes.

It keeps the same of a forgotten password, of whose form the address is all.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import field

from registration.domain.emails import LONGEST as LONGEST_EMAIL
from registration.domain.emails import EmailAddress
from registration.domain.errors import RegistrationError
from registration.domain.fields.own import Kind, Place
from registration.entrypoints.shop.fields import customer_fields
from registration.frozen import dataclass

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_KEPT = ("from", "salutation", "gender", "first_name", "last_name", "email")
_PROFILE = ("date_of_birth", "phone", "company")
_LONGEST = 3_500
# No cookie tells the length of an address alone.
_SHORTEST = len('{"email": ""}') + LONGEST_EMAIL


@dataclass(frozen=True)
class AwaitedMail:
    """A mail that this browser has asked for. ``form`` holds what was typed, if it is kept."""

    secret: str
    form: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: Mapping[str, str]) -> "AwaitedMail":
        """Return a new one, with a new secret."""
        kept = {name: form[name] for name in _kept() if form.get(name)}
        return cls(secrets.token_urlsafe(32), kept)

    @classmethod
    def read(cls, cookie: str | None) -> "AwaitedMail | None":
        """Return what a cookie holds; anything else than what was put there is nothing."""
        secret, _, told = (cookie or "").partition(".")
        return cls(secret, _form_in(told)) if _SECRET.fullmatch(secret) else None

    @property
    def cookie(self) -> str:
        """The value of the cookie. What would be too long for one is left out.

        That is first what not every shop asks.
        """
        every = {name: self.form[name] for name in _KEPT if name in self.form}
        told = next((t for t in map(_told, (self.form, every)) if len(t) < _LONGEST), "")
        return f"{self.secret}.{told.rstrip('=')}" if told else self.secret

    @property
    def email(self) -> EmailAddress | None:
        """The address that the mail goes to."""
        try:
            return EmailAddress.parse(self.form.get("email", ""))
        except RegistrationError:
            return None


def _kept() -> tuple[str, ...]:
    """Return the fields of the form that are kept: no password, and no consent."""
    asked = customer_fields().at(Place.FORM)
    own = (each.name for each in asked.own if each.kind is not Kind.CONSENT)
    return (*_KEPT, *(name for name in _PROFILE if name in asked.ask), *own)


def _told(form: Mapping[str, str]) -> str:
    text = json.dumps(dict(form), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode().ljust(_SHORTEST)).decode()


def _form_in(told: str) -> dict[str, str]:
    try:
        form = json.loads(base64.urlsafe_b64decode(told + "=" * (-len(told) % 4)))
        # Half of a pair of UTF-16 is no character.
        json.dumps(form, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return {}
    if not isinstance(form, dict):
        return {}
    return {name: form[name] for name in _kept() if isinstance(form.get(name), str)}
