"""What all pages are written with: templates, the texts of a language, what errors say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from markupsafe import Markup

from registration.domain import passwords
from registration.domain.errors import FieldFlaw, FlawKind, InvalidFields, RegistrationError
from registration.entrypoints.rendering.locales import direction, language_tag, preferred_locale
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.rendering.texts import nearest_key, plural_key, texts
from registration.entrypoints.shop.folder import PACKAGE

if TYPE_CHECKING:
    from registration.entrypoints.settings import PageSettings

SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
            "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        # The address of the page that a mail's link opens holds the token.
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
)
"""The headers of every page, beside those of every answer (``web/negotiation.py``)."""

CSRF_TOKEN = "csrf_token"  # noqa: S105 - a field's name
"""The hidden field of each form that proves that it came from a page of ours."""

NOTHING: Mapping[str, str] = MappingProxyType({})
"""No values, no errors."""

PROFILE_FIELDS = (
    "salutation",
    "gender",
    "first_name",
    "last_name",
    "date_of_birth",
    "phone",
    "company",
    "locale",
)
"""The fields of the profile, in the order of ``pages/profile_form.html``."""

FORM_FIELDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "register": (
            "salutation",
            "gender",
            "first_name",
            "last_name",
            "email",
            "password",
            "confirm_password",
            "accepted_terms",
        ),
        "almost_there": ("code",),
        "confirm": (
            "password",
            "accepted_terms",
            *PROFILE_FIELDS,
            "new_password",
            "repeat_password",
            "review_accepted_terms",
        ),
        "new_link": ("email",),
        "not_me": ("not_me",),
        "allow_mails": ("email",),
        "login": ("email", "password"),
        "forgot_password": ("email",),
        "forgot_password_sent": ("code",),
        "restore_password": ("new_password", "repeat_password"),
        "confirm_email": ("password",),
        "restore_email": ("new_password", "repeat_password"),
        "account": ("code", *PROFILE_FIELDS),
        "account_email": ("email", "password"),
        "account_password": ("password", "new_password", "repeat_password"),
        "account_data": ("password",),
        "account_delete": ("password",),
        "back_office/login": ("email", "password"),
        "back_office/invitation": ("new_password", "repeat_password"),
        "back_office/password": ("password", "new_password", "repeat_password"),
        "back_office/form": ("email", *PROFILE_FIELDS),
    }
)
"""The fields of each page's form, in the order in which they stand there."""

_FOLDER = PACKAGE / "pages"


@dataclass(frozen=True)
class Visit:
    """Who looks at a page: in which language, with which token for the forms on it.

    ``signed_in`` says whether the browser has a session of a customer, which only the
    pages behind it check.
    """

    locale: str
    csrf_token: str = ""
    signed_in: bool = False


@dataclass(frozen=True)
class PageWriter:
    """Fills templates in."""

    shop_name: str
    default_locale: str
    public_url: str = ""

    @classmethod
    def of(cls, settings: "PageSettings") -> Self:
        """Return the writer that a function's settings ask for."""
        return cls(settings.shop_name, settings.default_locale, settings.public_url)

    def locale(self, accept_language: str | None) -> str:
        """Return the locale for a browser, from its ``Accept-Language`` header."""
        return preferred_locale(accept_language, self.default_locale)

    def page(
        self, name: str, visit: Visit, *, errors: Mapping[str, str] = NOTHING, **content: Any
    ) -> str:
        """Return the page of a template, ``name.html``, with what it needs.

        ``errors`` are texts by the field that they stand beside, as :meth:`errors` returns
        them; a text of no field (``""``) stands above the form.
        """

        def say(key: str, **values: object) -> str:
            return self.say(visit.locale, key, **values)

        template = templates("pages").get_template(f"{name}.html")
        return template.render(
            {**_errors(FORM_FIELDS.get(name, ()), errors), **content},
            page=name,
            say=say,
            visit=visit,
            guard=_hidden(CSRF_TOKEN, visit.csrf_token),
            lang=language_tag(visit.locale),
            dir=direction(visit.locale),
            shop_name=self.shop_name,
            shortest_password=passwords.SHORTEST,
        )

    def problem(self, visit: Visit, status: int) -> str:
        """Return the page of a request that came to nothing, by its HTTP status."""
        known = f"problem.{status}.heading" in texts(visit.locale)
        return self.page("problem", visit, key=f"problem.{status if known else 'other'}")

    def elsewhere(self, visit: Visit) -> str:
        """Return the page of a request that came past the edge: where the shop really is."""
        return PageWriter.page(self, "elsewhere", visit, address=self.public_url)

    def errors(self, locale: str, error: RegistrationError) -> dict[str, str]:
        """Return what is wrong, in words for people, by the field to show it beside."""
        if isinstance(error, InvalidFields):
            return {flaw.field: self._flaw(locale, flaw) for flaw in _told(error.flaws)}
        key = nearest_key(locale, "error", error)
        return {error.field or "": self.say(locale, key)}

    def say(self, locale: str, key: str, **values: object) -> str:
        """Return a text in a language, its blanks filled in.

        Where a ``count`` is told, each plural form of the language has a text (``key.one``).
        """
        if "count" in values:
            key = plural_key(locale, key, values["count"])
        return texts(locale)[key].format(
            shop=self.shop_name,
            shortest=passwords.SHORTEST,
            longest=passwords.LONGEST,
            **values,
        )

    def _flaw(self, locale: str, flaw: FieldFlaw) -> str:
        general = f"flaw.{flaw.kind.name}"
        own = f"flaw.{flaw.field}.{flaw.kind.name}"
        return self.say(locale, own if own in texts(locale) else general, limit=flaw.limit)


@cache
def asset(name: str) -> str:
    """Return a file that pages load: the stylesheet, the script."""
    return (_FOLDER / name).read_text("utf-8")


def choices(
    locale: str, field: str, options: type[StrEnum], values: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return what a field can be chosen from: values and their labels.

    Two options that a language calls the same (Mrs and Ms are both "Frau") are one there:
    the last of them, unless another was chosen before.
    """

    def label(option: StrEnum) -> str:
        return texts(locale)[f"choice.{field}.{option.name}"]

    chosen = [option for option in options if option == values.get(field)]
    by_label = {label(option): str(option) for option in (*options, *chosen)}
    return [(value, text) for text, value in by_label.items()]


def _errors(fields: Sequence[str], errors: Mapping[str, str]) -> dict[str, object]:
    """Return what a form shows of errors: all above it, in its order, each beside its field."""
    on_form = [field for field in fields if field in errors]
    elsewhere = [field for field in errors if field not in fields]
    return {
        "errors": {field: errors[field] for field in on_form},
        "summary": [("", errors[field]) for field in elsewhere]
        + [(field, errors[field]) for field in on_form],
        "focus": on_form[0] if on_form else "",
    }


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


def _told(flaws: Sequence[FieldFlaw]) -> list[FieldFlaw]:
    # One text beside a field. A password of the wrong length, typed twice, is one mistake.
    first = {flaw.field: flaw for flaw in reversed(flaws)}
    password, again = first.get("password"), first.get("confirm_password")
    if (
        password
        and again
        and password.kind is again.kind in {FlawKind.TOO_SHORT, FlawKind.TOO_LONG}
    ):
        del first["confirm_password"]
    return list(first.values())[::-1]
