"""Reads ``shop/fields.toml``."""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from registration.domain.errors import FieldFlaw, FlawKind, Malformed
from registration.domain.fields.asked import GLUE, GLUE_FIELDS, STANDARD, CustomerFields
from registration.domain.fields.own import (
    LARGEST_NUMBER,
    LONGEST_TEXT,
    Ask,
    Kind,
    OwnField,
    OwnValue,
    Place,
)
from registration.domain.fields.rules import NOT_IN_TEXT, line_of, one_line
from registration.domain.imports.columns import COLUMNS, VERDICT
from registration.domain.profile import EARLIEST_BIRTH
from registration.entrypoints.clock import utc_now
from registration.entrypoints.rendering.api_names import NAMES, api_name
from registration.entrypoints.shop.folder import perhaps, shop_folder
from registration.entrypoints.shop.reading.links import Texts
from registration.entrypoints.shop.reading.tables import Table, read_table

_MOST = 40
# Besides what the profile and the API call their fields, what else pages send and call their parts.
_TAKEN = frozenset(
    (*NAMES, *NAMES.values(), *COLUMNS, *COLUMNS.values(), *VERDICT, "csrf_token", "token", "way")
) | {"from", "again", "suggested", "email", "repeat_password", "review_accepted_terms", "own"}
_TAKEN |= {"content", "notice", "take_suggestion"}
# What mails hold anyway, and what JSON:API keeps for itself (https://jsonapi.org/format/1.1/).
_TAKEN |= {"shop", "since", "until", "lasts", "button", "id", "type", "links", "relationships"}
_ATTRIBUTES = frozenset(("acceptedTerms", "createdAt", "updatedAt"))
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_NAME = 40
_LONGEST_LABEL = 500
_LONGEST_OPTION = 60
_OPTION = line_of("option", _LONGEST_OPTION, NOT_IN_TEXT, required=True)
_A_DAY = date(2000, 1, 1)
_VERSION = line_of("version", 100, NOT_IN_TEXT, required=True)
_OF_KIND: Mapping[Kind, frozenset[str]] = {
    Kind.TEXT: frozenset({"pattern", "shortest", "longest"}),
    Kind.CHOICE: frozenset({"options"}),
    Kind.DATE: frozenset({"earliest", "latest"}),
    Kind.NUMBER: frozenset({"least", "most"}),
    Kind.CHECKBOX: frozenset(),
    Kind.CONSENT: frozenset({"version"}),
}
_ONLY_SOME = frozenset().union(*_OF_KIND.values())


def _known(words: type[StrEnum], given: object) -> object:
    try:
        return words(str(given))
    except ValueError as error:
        message = f"{given!r} is not known.{perhaps(str(given), map(str, words))}"
        raise ValueError(message) from error


def _day(given: object) -> object:
    if type(given) is not date:
        raise ValueError("write a day, without quotation marks: 2026-01-31.")
    return given


def _day_or_today(given: object) -> object:
    if given != "today" and type(given) is not date:
        raise ValueError("write a day, without quotation marks, 2026-01-31, or 'today'.")
    return given


def _not_too_long(texts: Mapping[str, str]) -> Mapping[str, str]:
    if any(len(text) > _LONGEST_LABEL for text in texts.values()):
        message = f"the text may have {_LONGEST_LABEL} characters."
        raise ValueError(message)
    return texts


def _version(given: str | None) -> str | None:
    if given is None:
        return None
    if _VERSION.flaw_in({"version": given}, date.max):
        message = f"{given!r} is no version. Write one line of up to 100 characters: '2026-01'."
        raise ValueError(message)
    return one_line(given)


def _is_no_option(given: str) -> bool:
    return _OPTION.flaw_in({"option": given}, date.max) is not None or one_line(given) != given


def _number(given: object) -> object:
    is_number = isinstance(given, int | float) and abs(given) <= LARGEST_NUMBER
    if isinstance(given, bool) or not is_number:
        ends = f"from {-LARGEST_NUMBER} to {LARGEST_NUMBER}"
        message = f"write a number {ends}, without quotation marks."
        raise ValueError(message)
    return given


def _example(given: object) -> object:
    if type(given) is date:
        return given.isoformat()
    if not isinstance(given, OwnValue):
        raise ValueError("write a text, a number, a day, true or false.")  # noqa: TRY004
    return given


_Number = Annotated[int | float, BeforeValidator(_number)]
_Example = Annotated[OwnValue, BeforeValidator(_example)]
_Day = Annotated[date, BeforeValidator(_day)]
_DayOrToday = Annotated[date | Literal["today"], BeforeValidator(_day_or_today)]
_Ask = Annotated[Ask, BeforeValidator(partial(_known, Ask))]
_Kind = Annotated[Kind, BeforeValidator(partial(_known, Kind))]
_Texts = Annotated[Texts, AfterValidator(_not_too_long)]


class _Places(Table):
    """Whether a field is asked: everywhere, and in single places."""

    ask: _Ask | None = None
    form: _Ask | None = None
    account: _Ask | None = None
    api: _Ask | None = None
    import_: _Ask | None = Field(default=None, alias="import")
    back_office: _Ask | None = None

    def asks(self, default: Mapping[Place, Ask]) -> dict[Place, Ask]:
        """Return whether the field is asked in each place, where it says nothing by default."""
        told = {place: getattr(self, _attribute(place)) for place in Place}
        return {place: told[place] or self.ask or default[place] for place in Place}


class _Own(_Places):
    """A field of the shop's own."""

    kind: _Kind = Field(alias="type")
    label: _Texts
    hint: _Texts = Field(default_factory=dict)
    problem: _Texts = Field(default_factory=dict)
    pattern: str | None = None
    shortest: int | None = Field(default=None, ge=0, le=LONGEST_TEXT)
    longest: int | None = Field(default=None, ge=1, le=LONGEST_TEXT)
    options: dict[str, _Texts] = Field(default_factory=dict)
    least: _Number | None = None
    most: _Number | None = None
    earliest: _Day | None = None
    latest: _DayOrToday | None = None
    version: Annotated[str | None, AfterValidator(_version)] = None
    example: _Example | None = None
    customers_may_change: bool = True
    staff_search: bool = False
    in_mails: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if problem := next(self._problems(), None):
            raise ValueError(problem)
        return self

    @property
    def _earliest(self) -> date:
        # As of a date of birth: what is before is a mistake more often than not.
        return self.earliest or EARLIEST_BIRTH

    def _problems(self) -> Iterator[str]:
        yield from self._other_kinds_problems()
        if self.kind is Kind.CONSENT:
            yield from self._consent_problems()
        for each in filter(_is_no_option, self.options):
            yield (
                f"{each!r} among the options: write one line of up to {_LONGEST_OPTION} characters,"
                f" none of them hidden, and no space around it."
            )
        if self.kind is Kind.CHOICE and not self.options:
            yield "options are missing: each value, with its label."
        if self.pattern is not None:
            yield from self._pattern_problems()
        if (self.shortest or 0) > (self.longest or LONGEST_TEXT):
            yield "shortest is more than longest."
        if self.least is not None and self.most is not None and self.least > self.most:
            yield "least is more than most."
        if self._last and self._earliest > self._last:
            yield f"earliest is after latest: it is {EARLIEST_BIRTH} unless you say another."
        yield from self._example_problems()

    def _other_kinds_problems(self) -> Iterator[str]:
        for name in sorted(_ONLY_SOME & self.model_fields_set - _OF_KIND[self.kind]):
            kinds = ", ".join(kind for kind in Kind if name in _OF_KIND[kind])
            yield f"{name} is for the type {kinds}, and this one is {self.kind}."
        if self.kind in {Kind.CHECKBOX, Kind.CONSENT}:
            for name in filter(partial(getattr, self), ("in_mails", "staff_search")):
                yield f"{name} is for fields with a text, and this one is {self.kind}."

    def _consent_problems(self) -> Iterator[str]:
        if not self.version:
            yield "version is missing: the record of a consent tells which sentence it was."
        if Ask.REQUIRED in self.asks(_ASKED_OF_A_CONSENT).values():
            yield "a consent that is required is not given freely (GDPR, article 7(4))."
        if not self.customers_may_change:
            yield "customers may always withdraw a consent (GDPR, article 7(3))."

    def _pattern_problems(self) -> Iterator[str]:
        try:
            re.compile(self.pattern or "")
        except (re.error, OverflowError, RecursionError) as error:
            yield f"pattern is no regular expression: {error}."
        if self.example is None:
            yield "example is missing: a text that fits the pattern, for the API's document."

    def _example_problems(self) -> Iterator[str]:
        field, given = self.field("example"), {"example": self._sample}
        try:
            flaw = field.rule(required=not field.is_ticked).flaw_in(given, utc_now().date())
        except Malformed:
            flaw = FieldFlaw("example", FlawKind.NOT_VALID)
        if flaw:
            yield f"the example {self._sample!r} does not pass: {flaw.message}"

    def field(self, name: str) -> OwnField:
        """Return the field."""
        is_consent = self.kind is Kind.CONSENT
        ask = self.asks(_ASKED_OF_A_CONSENT if is_consent else _ASKED)
        field = OwnField(
            name=name,
            kind=self.kind,
            # Where a consent is given, it can be withdrawn.
            ask={**ask, Place.ACCOUNT: Ask.OPTIONAL} if is_consent else ask,
            label=self.label,
            hint=self.hint,
            problem=self.problem,
            pattern=re.compile(self.pattern) if self.pattern else None,
            shortest=self.shortest or 0,
            longest=self.longest or LONGEST_TEXT,
            options=self.options,
            least=self.least,
            most=self.most,
            earliest=self._earliest,
            latest=self.latest if isinstance(self.latest, date) else None,
            until_today=self.latest == "today",
            changeable=self.customers_may_change,
            searchable=self.staff_search,
            in_mails=self.in_mails,
            version=self.version or "",
        )
        kept = field.value_of(self._sample)
        return field if kept is None else replace(field, example=kept)

    @property
    def _last(self) -> date | None:
        return utc_now().date() if self.latest == "today" else self.latest

    @property
    def _sample(self) -> OwnValue:
        if self.example is not None:
            return self.example
        return {
            Kind.TEXT: "x" * max(self.shortest or 0, 1),
            Kind.CHOICE: next(iter(self.options), ""),
            Kind.DATE: (self.earliest or min(_A_DAY, self._last or _A_DAY)).isoformat(),
            Kind.NUMBER: min(1, math.inf if self.most is None else self.most)
            if self.least is None
            else self.least,
            Kind.CHECKBOX: True,
            Kind.CONSENT: True,
        }[self.kind]


_ASKED = dict.fromkeys(Place, Ask.OPTIONAL)
_ASKED_OF_A_CONSENT = {**_ASKED, Place.IMPORT: Ask.NO, Place.BACK_OFFICE: Ask.NO}


class _File(Table):
    salutation: _Places = _Places()
    gender: _Places = _Places()
    date_of_birth: _Places = _Places()
    phone: _Places = _Places()
    company: _Places = _Places()
    own: dict[str, _Own] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names(self) -> Self:
        called: dict[str, str] = {}
        for name in self.own:
            if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
                message = (
                    f"own.{name}: a name has up to {_LONGEST_NAME} of a-z, 0-9 and _,"
                    " beginning with a letter: vat_number."
                )
                raise ValueError(message)
            in_api = api_name(name)
            if name in _TAKEN or in_api in _TAKEN | _ATTRIBUTES:
                message = f"own.{name}: this name is taken. Choose another one."
                raise ValueError(message)
            if (other := called.setdefault(in_api, name)) != name:
                message = f"own.{name}: the API would call it {in_api!r}, as own.{other}."
                raise ValueError(f"{message} Choose another name.")
        if len(self.own) > _MOST:
            message = f"own: there may be {_MOST} fields, and here are {len(self.own)}."
            raise ValueError(message)
        return self


def read_fields() -> CustomerFields:
    """Return what the shop asks customers.

    Raises
    ------
    ShopError
    """
    path = shop_folder() / "fields.toml"
    if not path.exists():
        return GLUE_FIELDS
    file = read_table(path, _File)
    standard = {name: getattr(file, name).asks(GLUE[name]) for name in STANDARD}
    return CustomerFields(standard, tuple(own.field(name) for name, own in file.own.items()))


def _attribute(place: Place) -> str:
    return "import_" if place is Place.IMPORT else place.value
