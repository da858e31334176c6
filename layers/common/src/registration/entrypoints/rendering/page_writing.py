"""What all pages are written with: templates, the texts of a language, what errors say."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

from markupsafe import Markup

from registration.domain import passwords
from registration.domain.customers import Terms
from registration.domain.errors import FieldFlaw, FlawKind, InvalidFields, RegistrationError
from registration.domain.fields.asked import STANDARD, AskedFields
from registration.domain.fields.own import in_language
from registration.entrypoints.rendering.locales import (
    direction,
    fitting_locale,
    language_tag,
    preferred_locale,
)
from registration.entrypoints.rendering.look import footer_links, icon
from registration.entrypoints.rendering.own_fields import Shown
from registration.entrypoints.rendering.templates import templates
from registration.entrypoints.rendering.texts import nearest_key, plural_key, texts
from registration.entrypoints.shop.brand import Link, brand
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.legal import legal
from registration.frozen import dataclass

if TYPE_CHECKING:
    from registration.entrypoints.settings import PageSettings

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src {images}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

# Without a link to the terms, nothing in the sentence is linked.
_ACCEPTANCES = {
    ("terms",): "legal.accept_terms",
    ("terms", "privacy"): "legal.accept_terms_and_privacy",
}

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
"""The fields of the profile, in the order of ``pages/profile_form.html``, where they are asked."""

OWN = "own"
"""Where the shop's own fields stand, in the order of ``shop/fields.toml``."""

FORM_FIELDS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "register": (
            *PROFILE_FIELDS[:-1],
            "email",
            "password",
            "confirm_password",
            OWN,
            "accepted_terms",
        ),
        "almost_there": ("code",),
        "confirm": (
            "password",
            "accepted_terms",
            *PROFILE_FIELDS,
            OWN,
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
        "account": ("code", *PROFILE_FIELDS, OWN),
        "account_email": ("email", "password"),
        "account_password": ("password", "new_password", "repeat_password"),
        "account_data": ("password",),
        "account_delete": ("password",),
        "back_office/login": ("email", "password"),
        "back_office/invitation": ("new_password", "repeat_password"),
        "back_office/password": ("password", "new_password", "repeat_password"),
        "back_office/form": ("email", *PROFILE_FIELDS, OWN),
    }
)
"""The fields of each page's form, in the order in which they stand there."""

# A shop's field says what a right value looks like: here nobody gave one, or nobody may.
_NO_PROBLEM = {FlawKind.MISSING, FlawKind.BLANK, FlawKind.LOST, FlawKind.FIXED}


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
        fields = _on_page(name, **content)
        template = templates("pages").get_template(f"{name}.html")
        return template.render(
            {**_errors(fields, errors), **content},
            page=name,
            say=partial(self.say, visit.locale),
            visit=visit,
            guard=_hidden(CSRF_TOKEN, visit.csrf_token),
            lang=language_tag(visit.locale),
            dir=direction(visit.locale),
            shop_name=self.shop_name,
            brand=brand(),
            icon_path=icon()[0],
            links=[self._new_tab(visit.locale, link) for link in footer_links(visit.locale)],
            acceptance=self.acceptance(visit.locale),
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

    def say(self, locale: str, key: str, *, count: float | None = None, **values: object) -> str:
        """Return a text in a language, its blanks filled in.

        Where a ``count`` is told, each plural form of the language has a text (``key.one``).
        """
        if count is not None:
            key = plural_key(locale, key, count)
        return texts(locale)[key].format(
            shop=self.shop_name,
            shortest=passwords.SHORTEST,
            longest=passwords.LONGEST,
            count=count,
            **values,
        )

    def acceptance(self, locale: str) -> Markup:
        """Return the sentence that accepts the terms, with links to what it speaks of."""
        text, linked = self._acceptance(locale)
        links = {kind: self._new_tab(locale, link) for kind, link in linked.items()}
        return Markup.escape(text).format(shop=self.shop_name, **links)

    def terms(self, version: str, locale: str | None) -> Terms:
        """Return the terms, with the sentence that a customer with a locale accepts."""
        text, linked = self._acceptance(fitting_locale(locale, self.default_locale))
        said = {kind: link.text for kind, link in linked.items()}
        return Terms(version, text.format(shop=self.shop_name, **said))

    def _acceptance(self, locale: str) -> tuple[str, dict[str, Link]]:
        """Return the sentence with its blanks, and the links that are filled in."""
        said, addresses = texts(locale), legal().addresses(locale)
        linked = {
            kind: Link(said[f"legal.accepted_{kind}"], address)
            for kind, address in addresses.items()
            if kind in {"terms", "privacy"}
        }
        return said[_ACCEPTANCES.get(tuple(linked), "field.accepted_terms")], linked

    def _new_tab(self, locale: str, link: Link) -> Markup:
        """Return a link that keeps the form which it stands in, and tells readers that it does."""
        html = Markup(
            '<a href="{}" target="_blank" rel="noopener noreferrer">{}'
            '<span class="unseen"> {}</span></a>'
        )
        return html.format(link.address, link.text, self.say(locale, "legal.new_tab"))

    def _flaw(self, locale: str, flaw: FieldFlaw) -> str:
        own = customer_fields().named.get(flaw.field)
        if own and own.problem and flaw.kind not in _NO_PROBLEM:
            return in_language(own.problem, locale)
        key, general = own.kind if own else flaw.field, f"flaw.{flaw.kind.name}"
        special = f"flaw.{key}.{flaw.kind.name}"
        return self.say(locale, special if special in texts(locale) else general, limit=flaw.limit)


@cache
def security_headers() -> Mapping[str, str]:
    """Return the headers of every page, beside those of every answer (``web/negotiation.py``)."""
    # Our own icon stands in the page itself.
    images = "'self'" if brand().icon else "'self' data:"
    fonts = "; font-src 'self'" if any(brand().fonts) else ""
    return MappingProxyType(
        {
            "Content-Security-Policy": _POLICY.format(images=images) + fonts,
            # The address of the page that a mail's link opens holds the token.
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
    )


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


def _on_page(
    name: str,
    asked: AskedFields | None = None,
    own_fields: Sequence[Shown] = (),
    **_content: object,
) -> list[str]:
    """Return the fields of a page's form, in their order: of the profile what is ``asked``."""
    missing = {*STANDARD} - set(asked.ask) if asked else set()
    own = [each.name for each in own_fields]
    fields = (own if field == OWN else [field] for field in FORM_FIELDS.get(name, ()))
    return [each for names in fields for each in names if each not in missing]


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
