"""A shop's own fields on pages, in the page's language."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from registration.domain.customers import GivenConsent
from registration.domain.fields.asked import AskedFields
from registration.domain.fields.own import Ask, Kind, OwnField, OwnValue, as_text, in_language
from registration.entrypoints.rendering import own_values
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.rendering.times import day
from registration.entrypoints.shop.fields import customer_fields
from registration.frozen import dataclass


@dataclass(frozen=True)
class Shown:
    """An own field in a form. ``fixed`` is its value where nobody changes it there."""

    name: str
    kind: Kind
    label: str
    hint: str
    required: bool
    inputmode: str
    fixed: str
    choices: tuple[tuple[str, str], ...] = ()


def shown_fields(
    asked: AskedFields,
    locale: str,
    kept: Mapping[str, OwnValue] = MappingProxyType({}),
    fixed: Mapping[str, OwnValue] = MappingProxyType({}),
    consents: Iterable[GivenConsent] = (),
) -> list[Shown]:
    """Return the shop's own fields of a form.

    A choice offers what is ``kept``, also if the shop has taken it out of the options since. A
    consent among ``consents`` has the sentence that was agreed to, and says since when.
    """
    held = {each.agreement.name: each for each in consents}
    return [
        replace(
            _shown(each, asked, locale, fixed.get(each.name), held.get(each.name)),
            choices=_choices(each, locale, kept.get(each.name)),
        )
        for each in asked.own
    ]


def field_label(locale: str, name: str) -> str:
    """Return what a field is called; a shop may have taken it out of its fields since."""
    own = customer_fields().named.get(name)
    return in_language(own.label, locale) if own else texts(locale).get(f"field.{name}", name)


def in_words(locale: str, name: str, value: OwnValue | None) -> str:
    """Return the value of an own field for people to read; as it is if the field has changed."""
    own = customer_fields().named.get(name)
    if value is None:
        return "–"  # noqa: RUF001 - as in the templates
    if isinstance(value, bool):
        return texts(locale)["choice.yes" if value else "choice.no"]
    return (own and own_values.in_words(own, value, locale)) or as_text(value)


def _choices(own: OwnField, locale: str, kept: OwnValue | None) -> tuple[tuple[str, str], ...]:
    known = {value: in_language(label, locale) for value, label in own.options.items()}
    if known and kept is not None:
        known.setdefault(as_text(kept), as_text(kept))
    return tuple(known.items())


def _shown(
    own: OwnField,
    asked: AskedFields,
    locale: str,
    fixed: OwnValue | None,
    held: GivenConsent | None,
) -> Shown:
    label, hint = in_language(own.label, locale), in_language(own.hint, locale)
    if held:
        label = held.agreement.text
        since = day(held.given.at.date(), locale)
        hint = texts(locale)["account.consent_since"].format(day=since)
    return Shown(
        name=own.name,
        kind=own.kind,
        label=label,
        hint=hint,
        required=asked.ask[own.name] is Ask.REQUIRED,
        # Keyboards for decimals have no minus on some phones.
        inputmode="decimal" if own.least is not None and own.least >= 0 else "",
        fixed="" if fixed is None else in_words(locale, own.name, fixed),
    )
