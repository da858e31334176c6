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
from typing import Any, NamedTuple

from registration.adapters.dynamodb.expressions import Write
from registration.adapters.json_client import encoded
from registration.application.imports.ports import ImportedCustomer
from registration.domain.customers import Consent, Customer, Evidence, ImportSource, Origin
from registration.domain.emails import EmailAddress
from registration.domain.fields.own import OwnValue

_FILLED = {"email", "profile", "password_hash", "reference", "attempt_id", "token_id"}
_FILLED_IN_PART = {"consent", "imported"}
"""The parts of a customer in which the rows of a chunk differ."""

_shared = attrgetter(
    *(each.name for each in fields(Customer) if each.name not in _FILLED | _FILLED_IN_PART),
    *(f"consent.{each.name}" for each in fields(Consent) if each.name != "confirmed"),
    "imported.import_id",
)

_MARK = re.compile(r"(\\u0001[^\\]+\\u0002)")

_Values = tuple[str | None, ...]


class _Form(NamedTuple):
    """The text of all rows with the same attributes.

    Every second one of its ``parts`` is a slot; ``chosen`` tells which values fill them. The other
    parts hold what the rows ``share``.
    """

    parts: list[str]
    chosen: Callable[[list[str]], tuple[str, ...]]
    share: tuple[object, ...]


class RowTexts:
    """The texts of rows.

    Parameters
    ----------
    writes_of
        Returns the writes of a row.
    """

    def __init__(self, writes_of: Callable[[ImportedCustomer], Sequence[Write]]) -> None:
        self._writes_of = writes_of
        self._forms: dict[object, _Form] = {}

    def text_of(self, imported: ImportedCustomer) -> str:
        """Return the writes of a row, separated by commas."""
        customer = imported.customer
        source, own = customer.imported, customer.profile.own
        if source is None or not _has_a_form(customer):
            return self._written(imported)
        values, share = _values(imported, source), _shared(customer)
        agreements = (each.agreement for each in customer.consents)
        shape = *map(bool, values), *agreements, *own, *map(_shape, own.values())
        form = self._forms.get(shape)
        if form is None or form.share != share:
            form = self._forms[shape] = self._form_of(*_marked(imported, source), share)
        form.parts[1::2] = form.chosen(_contents(values))
        return "".join(form.parts)

    def _written(self, imported: ImportedCustomer) -> str:
        return encoded(self._writes_of(imported))[1:-1]

    def _form_of(
        self, marked: ImportedCustomer, source: ImportSource, share: tuple[object, ...]
    ) -> _Form:
        marks = _contents(_values(marked, source))
        parts = _MARK.split(self._written(marked))
        return _Form(parts, itemgetter(*map(marks.index, parts[1::2])), share)


def _has_a_form(customer: Customer) -> bool:
    # An import knows only the time of a confirmation, and a mail that is not an import's is in an
    # index, by its id.
    confirmed = customer.consent.confirmed
    by_time = confirmed is None or confirmed == Evidence(confirmed.at)
    return by_time and customer.consent.origin is Origin.IMPORT


def _shape(own: OwnValue) -> object:
    """Return what is no slot in the value of a shop's own field."""
    return own if isinstance(own, bool) else type(own)


def _values(imported: ImportedCustomer, source: ImportSource) -> _Values:
    """Return the texts in which the rows of a chunk differ."""
    customer = imported.customer
    profile, email, born = customer.profile, customer.email, customer.profile.date_of_birth
    confirmed = customer.consent.confirmed
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
        confirmed.at.isoformat() if confirmed else None,
        *map(_slot, profile.own.values()),
    )


def _slot(own: OwnValue) -> str | None:
    return None if isinstance(own, bool) else str(own)


def _contents(values: _Values) -> list[str]:
    """Return texts as JSON has them between quotation marks."""
    return [quoted(value)[1:-1] if value else "" for value in values]


def _marked(
    imported: ImportedCustomer, source: ImportSource
) -> tuple[ImportedCustomer, ImportSource]:
    """Return a row with the same attributes as another, and a mark for each value."""
    customer, profile = imported.customer, imported.customer.profile
    line: Any = _mark("line")
    at: Any = _MarkedTime("confirmed")
    confirmed = Evidence(at) if customer.consent.confirmed else None
    marks: Any = {
        name: _MarkedTime(name) if name == "date_of_birth" else _mark(name)
        for name in (each.name for each in fields(profile))
        if name != "own" and getattr(profile, name)
    }
    own = {
        name: _marked_own(f"own {at}", value)
        for at, (name, value) in enumerate(profile.own.items())
    }
    registered = _mark("registered") if source.registered else None
    source = replace(source, line=line, registered=registered)
    customer = replace(
        customer,
        reference=_mark("reference"),
        # Normalising makes small letters of it, and so another mark.
        email=EmailAddress(_mark("E-MAIL@")),
        profile=replace(profile, own=own, **marks),
        password_hash=_mark("password_hash") if customer.password_hash else None,
        attempt_id=_mark("attempt_id"),
        token_id=_mark("token_id"),
        consent=replace(customer.consent, confirmed=confirmed),
        imported=source,
    )
    alias = _mark("alias") if imported.alias else None
    return replace(imported, customer=customer, alias=alias), source


def _marked_own(name: str, value: OwnValue) -> Any:
    if isinstance(value, str):
        return _mark(name) if value else ""
    return value if isinstance(value, bool) else _MarkedNumber(name)


class _MarkedNumber:
    """A number that is written as a mark."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        return _mark(self._name)


class _MarkedTime:
    """A day or a time that is written as a mark."""

    def __init__(self, name: str) -> None:
        self.isoformat = lambda: _mark(name)


def _mark(name: str) -> str:
    """Return a text that no value holds, as those have no control characters."""
    return f"\x01{name}\x02"
