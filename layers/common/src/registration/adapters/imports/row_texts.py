"""What is written for a row, as the JSON text of a request.

Of the three items of a row, most is the same for each row of a chunk: names and types of
attributes, times, conditions, tables. So the text is made once for rows with the same attributes,
with a slot for each value that differs, and then only the slots are filled. What is written, and
when, is told by the writes of a row alone: the text with the slots is made from those, of a row
with a mark in the place of each value.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from json.encoder import encode_basestring_ascii as quoted
from operator import attrgetter, itemgetter
from typing import Any

from registration.adapters.dynamodb.expressions import Write
from registration.adapters.json_client import encoded
from registration.application.imports.ports import ImportedCustomer
from registration.domain.customers import Customer, ImportSource, Origin
from registration.domain.emails import EmailAddress

_FILLED = {"reference", "email", "profile", "password_hash", "attempt_id", "token_id", "imported"}
"""The parts of a customer in which the rows of a chunk differ."""

_rest = attrgetter(*(each.name for each in fields(Customer) if each.name not in _FILLED))

_MARK = re.compile(r"(\\u0001[^\\]+\\u0002)")

_Values = tuple[str | None, ...]
_Form = tuple[list[str], Callable[[list[str]], tuple[str, ...]]]
"""A text in parts, of which every second one is a slot, and what chooses the values for them."""


class RowTexts:
    """The texts of rows.

    Parameters
    ----------
    writes_of
        Returns the writes of a row.
    """

    def __init__(self, writes_of: Callable[[ImportedCustomer], Sequence[Write]]) -> None:
        self._writes_of = writes_of
        self._shared: object = None
        self._forms: dict[tuple[bool, ...], _Form] = {}

    def text_of(self, imported: ImportedCustomer) -> str:
        """Return the writes of a row, separated by commas."""
        customer = imported.customer
        source, profile = customer.imported, customer.profile
        # Few shops have fields of their own, and few imports trust a date of registration.
        if not source or profile.own or customer.consents or not _gets_import_mail(customer):
            return self._written(imported)
        if (shared := (source.import_id, *_rest(customer))) != self._shared:
            self._shared, self._forms = shared, {}
        values = _values(imported, source)
        given = tuple(map(bool, values))
        parts, chosen = self._forms.get(given) or self._new_form(given, imported, source)
        parts[1::2] = chosen(_contents(values))
        return "".join(parts)

    def _written(self, imported: ImportedCustomer) -> str:
        return encoded(self._writes_of(imported))[1:-1]

    def _new_form(
        self, given: tuple[bool, ...], imported: ImportedCustomer, source: ImportSource
    ) -> _Form:
        marked, marked_source = _marked(imported, source)
        marks = _contents(_values(marked, marked_source))
        parts = _MARK.split(self._written(marked))
        self._forms[given] = form = parts, itemgetter(*map(marks.index, parts[1::2]))
        return form


def _gets_import_mail(customer: Customer) -> bool:
    # Only such a mail is in no index, whose key would depend on the mail's id.
    return customer.consent.origin is Origin.IMPORT and not customer.is_verified


def _values(imported: ImportedCustomer, source: ImportSource) -> _Values:
    """Return the texts in which the rows of a chunk differ."""
    customer = imported.customer
    profile, email, born = customer.profile, customer.email, customer.profile.date_of_birth
    return (
        customer.reference,
        imported.alias,
        email.typed,
        email.normalised,
        customer.attempt_id,
        customer.token_id,
        customer.password_hash,
        str(source.line),
        source.registered,
        profile.salutation,
        profile.first_name,
        profile.last_name,
        profile.gender,
        born.isoformat() if born else None,
        profile.phone,
        profile.company,
        profile.locale,
    )


def _contents(values: _Values) -> list[str]:
    """Return texts as JSON has them between quotation marks."""
    return [quoted(value)[1:-1] if value else "" for value in values]


def _marked(
    imported: ImportedCustomer, source: ImportSource
) -> tuple[ImportedCustomer, ImportSource]:
    """Return a row with the same attributes as another, and a mark for each value."""
    customer, profile = imported.customer, imported.customer.profile
    marks: Any = {
        each.name: _MarkedDay() if each.name == "date_of_birth" else _mark(each.name)
        for each in fields(profile)
        if getattr(profile, each.name)
    }
    line: Any = _mark("line")
    registered = _mark("registered") if source.registered else None
    source = replace(source, line=line, registered=registered)
    customer = replace(
        customer,
        reference=_mark("reference"),
        # Normalising makes small letters of it, and so another mark.
        email=EmailAddress(_mark("E-MAIL@")),
        profile=replace(profile, **marks),
        password_hash=_mark("password_hash") if customer.password_hash else None,
        attempt_id=_mark("attempt_id"),
        token_id=_mark("token_id"),
        imported=source,
    )
    alias = _mark("alias") if imported.alias else None
    return replace(imported, customer=customer, alias=alias), source


class _MarkedDay:
    def isoformat(self) -> str:
        return _mark("date_of_birth")


def _mark(name: str) -> str:
    """Return a text that no value holds, as those have no control characters."""
    return f"\x01{name}\x02"
