"""Writing pages: the templates in ``pages/``, filled in with the texts of a language."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from registration.domain import passwords
from registration.domain.errors import (
    AlreadyConfirmed,
    Flaw,
    FlawKind,
    InvalidFields,
    LinkRefused,
    RegistrationError,
)
from registration.domain.fields import Gender, Salutation
from registration.entrypoints.locales import ENGLISH, LOCALES, preferred_locale
from registration.entrypoints.templates import templates

SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
            "base-uri 'none'; frame-ancestors 'none'"
        ),
        # The address of the page that a mail's link opens holds the token.
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    }
)
"""The headers of every page."""

_FOLDER = Path(__file__).parent.parent / "pages"
_NOTHING: Mapping[str, str] = MappingProxyType({})

# The fields of each form in the order in which they stand there.
_REGISTER_FIELDS = (
    "salutation",
    "gender",
    "first_name",
    "last_name",
    "email",
    "password",
    "confirm_password",
    "accepted_terms",
)
_CONFIRM_FIELDS = ("password", "new_password", "repeat_password")
_NEW_LINK_FIELDS = ("email",)
_LOGIN_FIELDS = ("email", "password")
_NEVER_SHOWN = {"password", "confirm_password"}


NEW_PASSWORD_FIELDS = {"password": "new_password", "confirm_password": "repeat_password"}
"""What the fields are called on pages where an earlier password may stand besides."""


class Notice(StrEnum):
    """What the login page says above its form."""

    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already-confirmed"
    NOT_YET = "not-yet"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name


@dataclass(frozen=True)
class Pages:
    """Every page that a shopper sees.

    Each takes the locale that :meth:`locale` has chosen. ``errors`` are texts by the
    name of the field that they stand beside, as :meth:`errors` returns them; a text of
    no field (``""``) stands above the form.
    """

    shop_name: str
    default_locale: str

    def locale(self, accept_language: str | None) -> str:
        """Return the locale for a browser, from its ``Accept-Language`` header."""
        return preferred_locale(accept_language, self.default_locale)

    def register(
        self,
        locale: str,
        *,
        values: Mapping[str, str] = _NOTHING,
        errors: Mapping[str, str] = _NOTHING,
    ) -> str:
        """Return the form to sign up with, what was typed kept but for passwords."""
        typed = {name: value for name, value in values.items() if name not in _NEVER_SHOWN}
        return self._page(
            "register",
            locale,
            values=typed,
            salutations=_choices(locale, "salutation", Salutation, typed),
            genders=_choices(locale, "gender", Gender, typed),
            **_wrong(_REGISTER_FIELDS, errors),
        )

    def almost_there(self, locale: str) -> str:
        """Return the page after a sign-up: a mail is on its way."""
        return self._page("almost_there", locale)

    def confirm(
        self,
        locale: str,
        *,
        token: str,
        has_password: bool,
        email: str = "",
        errors: Mapping[str, str] = _NOTHING,
    ) -> str:
        """Return the page of a link opened elsewhere than in the browser that signed up.

        Parameters
        ----------
        token
            The link's token, handed on by the forms.
        has_password
            Whether a password was chosen at sign-up, which then confirms too.
        email
            The customer's address, for password managers only: nothing shows it.
        errors
            Texts beside ``password``, ``new_password`` and ``repeat_password``.
        """
        return self._page(
            "confirm",
            locale,
            token=token,
            has_password=has_password,
            email=email,
            **_wrong(_CONFIRM_FIELDS if has_password else _CONFIRM_FIELDS[1:], errors),
        )

    def link_problem(self, locale: str, problem: LinkRefused) -> str:
        """Return the page of a link that confirms nothing, with a way to a new mail."""
        if isinstance(problem, AlreadyConfirmed):
            return self.login(locale, Notice.ALREADY_CONFIRMED)
        key = _nearest_key(locale, "link_problem", problem, ".heading")
        return self._page("link_problem", locale, key=key, email="", **_wrong((), _NOTHING))

    def new_link(
        self, locale: str, *, email: str = "", errors: Mapping[str, str] = _NOTHING
    ) -> str:
        """Return the form to ask for a new mail with."""
        return self._page("new_link", locale, email=email, **_wrong(_NEW_LINK_FIELDS, errors))

    def new_link_sent(self, locale: str) -> str:
        """Return the answer to that form: the same whoever the address belongs to."""
        return self._page("new_link_sent", locale)

    def forgot_password(
        self, locale: str, *, email: str = "", errors: Mapping[str, str] = _NOTHING
    ) -> str:
        """Return the form to say that a password was forgotten."""
        fields = _wrong(_NEW_LINK_FIELDS, errors)
        return self._page("forgot_password", locale, email=email, **fields)

    def forgot_password_sent(self, locale: str) -> str:
        """Return the answer to that form: the same whoever the address belongs to."""
        return self._page("forgot_password_sent", locale)

    def restore_password(
        self, locale: str, *, token: str, email: str = "", errors: Mapping[str, str] = _NOTHING
    ) -> str:
        """Return the form to choose a new password with, behind the link of the mail.

        ``email`` is for password managers only: nothing shows it. ``errors`` stand
        beside ``new_password`` and ``repeat_password``.
        """
        fields = _wrong(_CONFIRM_FIELDS[1:], errors)
        return self._page("restore_password", locale, token=token, email=email, **fields)

    def restore_problem(self, locale: str) -> str:
        """Return the page of a link to a new password that does not work (any more)."""
        return self._page("restore_problem", locale)

    def login(
        self,
        locale: str,
        notice: Notice | None = None,
        *,
        email: str = "",
        errors: Mapping[str, str] = _NOTHING,
    ) -> str:
        """Return the form to log in with, below what there is to say."""
        return self._page(
            "login", locale, notice=notice, email=email, **_wrong(_LOGIN_FIELDS, errors)
        )

    def documentation(self, **content: object) -> str:
        """Return the page that describes the API, in English as the contract is."""
        return self._page("documentation", ENGLISH, **content)

    def problem(self, locale: str, status: int) -> str:
        """Return the page of a request that came to nothing, by its HTTP status."""
        known = f"problem.{status}.heading" in _texts(locale)
        return self._page("problem", locale, key=f"problem.{status if known else 'other'}")

    def errors(self, locale: str, error: RegistrationError) -> dict[str, str]:
        """Return what is wrong, in words for people, by the field to show it beside."""
        if isinstance(error, InvalidFields):
            return {flaw.field: self._flaw(locale, flaw) for flaw in _told(error.flaws)}
        key = _nearest_key(locale, "error", error)
        return {error.field or "": self._say(locale, key)}

    def _flaw(self, locale: str, flaw: Flaw) -> str:
        general = f"flaw.{flaw.kind.name}"
        own = f"flaw.{flaw.field}.{flaw.kind.name}"
        return self._say(locale, own if own in _texts(locale) else general, limit=flaw.limit)

    def _page(self, name: str, locale: str, **content: object) -> str:
        def say(key: str) -> str:
            return self._say(locale, key)

        template = templates("pages").get_template(f"{name}.html")
        return template.render(
            content,
            page=name,
            say=say,
            lang=locale.replace("_", "-"),
            shop_name=self.shop_name,
            shortest_password=passwords.SHORTEST,
        )

    def _say(self, locale: str, key: str, *, limit: int | None = None) -> str:
        return _texts(locale)[key].format(
            shop=self.shop_name,
            limit=limit,
            shortest=passwords.SHORTEST,
            longest=passwords.LONGEST,
        )


@cache
def stylesheet() -> str:
    """Return the stylesheet of all pages."""
    return (_FOLDER / "style.css").read_text("utf-8")


@cache
def _texts(locale: str) -> Mapping[str, str]:
    if locale not in LOCALES:
        raise LookupError(locale)
    return dict(_flat(tomllib.loads((_FOLDER / "texts" / f"{locale}.toml").read_text("utf-8"))))


def _flat(texts: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    flat: list[tuple[str, str]] = []
    for key, value in texts.items():
        if isinstance(value, dict):
            flat += _flat(value, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", str(value)))
    return flat


def _nearest_key(locale: str, table: str, error: RegistrationError, suffix: str = "") -> str:
    """Return the key of an error's texts, or of those of the kind of error that it is."""
    names = (f"{table}.{kind.__name__}" for kind in type(error).__mro__)
    return next(name for name in names if f"{name}{suffix}" in _texts(locale))


def _told(flaws: Sequence[Flaw]) -> list[Flaw]:
    # A password of the wrong length, typed twice, is one mistake.
    lengths = {
        flaw.kind
        for flaw in flaws
        if flaw.field == "password" and flaw.kind in {FlawKind.TOO_SHORT, FlawKind.TOO_LONG}
    }
    return [flaw for flaw in flaws if flaw.field != "confirm_password" or flaw.kind not in lengths]


def _wrong(fields: Sequence[str], errors: Mapping[str, str]) -> dict[str, object]:
    """Return what a form shows of errors: all above it, in its order, each beside its field."""
    on_form = [field for field in fields if field in errors]
    elsewhere = [field for field in errors if field not in fields]
    return {
        "errors": {field: errors[field] for field in on_form},
        "summary": [("", errors[field]) for field in elsewhere]
        + [(field, errors[field]) for field in on_form],
        "focus": on_form[0] if on_form else "",
    }


def _choices(
    locale: str, field: str, choices: type[StrEnum], values: Mapping[str, str]
) -> list[tuple[str, str]]:
    # Two choices that a language calls the same (Mrs and Ms are both "Frau") are one
    # option there: the last of them, unless another was chosen before.
    def label(choice: StrEnum) -> str:
        return _texts(locale)[f"choice.{field}.{choice.name}"]

    chosen = [choice for choice in choices if choice == values.get(field)]
    by_label = {label(choice): str(choice) for choice in (*choices, *chosen)}
    return [(value, text) for text, value in by_label.items()]
