"""Which fields a customer is asked, in each place, and reading what was answered.

A place passes raw values under the domain's names, and gets back validated values, or every flaw
at once in the contract's order. What is not asked there is passed over.
"""

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from registration.domain import profile as profiles
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    FieldFlaw,
    FlawKind,
    InvalidFields,
    PasswordsDiffer,
    TermsNotAccepted,
)
from registration.domain.fields.own import (
    Agreement,
    Ask,
    Kind,
    OwnField,
    OwnValue,
    Place,
    as_text,
)
from registration.domain.fields.rules import Field, every_flaw_in, flaws_in
from registration.domain.passwords import PasswordRules
from registration.domain.profile import (
    EMAIL,
    LOCALE_FIELD,
    NAMES,
    Profile,
    SignUp,
    new_password,
    profile_values,
    read_profile,
)
from registration.frozen import dataclass

_Raw = TypeVar("_Raw")

_STANDARD: Mapping[str, Callable[..., Field]] = {
    "salutation": profiles.salutation,
    "gender": profiles.gender,
    "date_of_birth": profiles.date_of_birth,
    "phone": profiles.phone,
    "company": profiles.company,
}

STANDARD = tuple(_STANDARD)
"""The fields of the profile that a shop may ask or not. Names are always asked."""

_EVERYWHERE = dict.fromkeys(Place, Ask.REQUIRED)
_LATER = {**dict.fromkeys(Place, Ask.OPTIONAL), Place.FORM: Ask.NO}

GLUE: Mapping[str, Mapping[Place, Ask]] = {
    "salutation": _EVERYWHERE,
    "gender": _EVERYWHERE,
    "date_of_birth": _LATER,
    "phone": _LATER,
    "company": _LATER,
}
"""What Spryker's Glue asks. The form leaves to the account what is optional."""


@dataclass(frozen=True)
class AskedFields:
    """The fields that one place asks, the shop's own ones last. ``ask`` is by name.

    A consent of somebody who has not said a language is in the ``default_locale``.
    """

    place: Place
    ask: Mapping[str, Ask]
    own: tuple[OwnField, ...]
    default_locale: str | None = None

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """The rules of the profile, in the order of the contract's schema."""
        standard = {
            name: rule(required=self.ask[name] is Ask.REQUIRED)
            for name, rule in _STANDARD.items()
            if name in self.ask
        }
        before, between = (standard.pop(name, None) for name in ("salutation", "gender"))
        ordered = (before, *NAMES, between, *standard.values(), LOCALE_FIELD, *self._own_rules)
        return tuple(filter(None, ordered))

    def given_in(self, form: Mapping[str, str], profile: Profile) -> dict[str, str]:
        """Return what a form says of these fields. One that it does not show stays as it is."""
        said = self.said_in(form, profile)
        return {each.name: said[each.name] for each in self.fields if each.name in said}

    def said_in(self, form: Mapping[str, _Raw], profile: Profile) -> dict[str, _Raw]:
        """Return what a form says: nothing where it is empty as it cannot show what is kept."""
        kept = self._kept(profile)
        unshown = {name for name in kept if not self._named[name].shows(kept[name])}
        return {
            name: value
            for name, value in form.items()
            if name not in unshown or value not in ("", "false")
        }

    def fixed(self, profile: Profile) -> dict[str, OwnValue]:
        """Return the values in a profile that customers do not change themselves."""
        own = () if self.place is Place.BACK_OFFICE else self.own
        ours = {each.name for each in own if not each.changeable}
        return {name: value for name, value in self._kept(profile).items() if name in ours}

    @cached_property
    def consents(self) -> tuple[str, ...]:
        """The names of the consents."""
        return tuple(each.name for each in self.own if each.kind is Kind.CONSENT)

    def read_sign_up(
        self, raw: Mapping[str, object], today: date, rules: PasswordRules = PasswordRules.LENGTH
    ) -> SignUp:
        """Validate the data of a sign-up.

        Parameters
        ----------
        raw
            Values under the domain's names (``first_name``); unknown names are ignored.
        today
            The date, for dates of birth.
        rules
            Those of passwords.

        Raises
        ------
        Malformed
            A text field holds something other than text.
        InvalidFields
            Every flaw, the address first and the rest in the contract's order.
        TermsNotAccepted, PasswordsDiffer, EmailTooLong, InvalidEmail
            In this order, after every field has passed by itself.
        """
        flaws = [
            *every_flaw_in(raw, (EMAIL, *self._first, *new_password(rules)), today),
            *_terms_flaws(raw),
            *every_flaw_in(raw, self._rest, today),
        ]
        if flaws:
            raise InvalidFields(tuple(flaws))
        if raw["accepted_terms"] is None:
            raise TermsNotAccepted
        if raw["password"] != raw["confirm_password"]:
            raise PasswordsDiffer
        email, profile = EmailAddress.parse(str(raw["email"])), self.profile_of(raw)
        return SignUp(email, profile, str(raw["password"]), self.agreements(raw))

    def read_review(
        self,
        raw: Mapping[str, object],
        entered: Profile | None,
        page_locale: str,
        today: date,
        rules: PasswordRules,
    ) -> SignUp:
        """Validate what the owner of an address says on the link's page, like a sign-up.

        Of a profile that staff or an import entered stays what the page does not ask, and what
        customers may not change; nothing of what a stranger may have typed. Only the boxes that
        are ticked on the page, in its language, are consents.
        """
        agreements = tuple(filter(None, self.answers(raw, page_locale).values()))
        if entered is None:
            return replace(self.read_sign_up(raw, today, rules), agreements=agreements)
        fixed = self.fixed(entered)
        news = self._news(entered, self.said_in(raw, entered))
        stays = {name for name in self._kept(entered) if name in fixed or name not in news}
        asked = replace(self, own=tuple(each for each in self.own if each.name not in stays))
        told = asked.read_sign_up(news, today, rules)
        return replace(told, profile=asked._over(entered, news), agreements=agreements)

    def read_entered(self, raw: Mapping[str, object], today: date) -> tuple[EmailAddress, Profile]:
        """Validate the data of a customer whom staff enter.

        Raises
        ------
        InvalidFields, InvalidEmail, EmailTooLong
        """
        if flaws := flaws_in(raw, (EMAIL, *self.fields), today):
            raise InvalidFields(tuple(flaws))
        return EmailAddress.parse(str(raw["email"])), self.profile_of(raw)

    def changed(self, profile: Profile, given: Mapping[str, object], today: date) -> Profile:
        """Return a profile with the given fields changed; null clears an optional field.

        An e-mail address among them is checked, too. An own value that is given as it is kept
        stays, whether or not the field would take it today.

        Raises
        ------
        InvalidFields, Malformed
        """
        given = self._news(profile, given)
        asked = [each for each in (EMAIL, *self._first, *self._rest) if each.name in given]
        flaws = [*every_flaw_in(given, asked, today), *self._fixed(profile, given)]
        if flaws:
            raise InvalidFields(tuple(flaws))
        return self._over(profile, given)

    def profile_of(self, raw: Mapping[str, object]) -> Profile:
        """Return the profile in raw values, in which :attr:`fields` told no flaw."""
        return read_profile(self._known(raw), _without_none(self._own_values(raw)))

    def agreements(self, raw: Mapping[str, object]) -> tuple[Agreement, ...]:
        """Return the consents that are ticked in raw values, in the language of these."""
        return tuple(filter(None, self.answers(raw, str(raw.get("locale") or "")).values()))

    def answers(
        self, given: Mapping[str, object], locale: str | None
    ) -> dict[str, Agreement | None]:
        """Return what was said of each consent that was asked: nothing of one that is withdrawn."""
        return {
            each.name: each.agreement(locale or self.default_locale)
            if each.value_of(given[each.name])
            else None
            for each in self.own
            if each.kind is Kind.CONSENT and each.name in given
        }

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.fields)

    @cached_property
    def _own_rules(self) -> tuple[Field, ...]:
        return tuple(
            each.rule(required=each.asked(self.place) is Ask.REQUIRED) for each in self.own
        )

    @cached_property
    def _first(self) -> list[Field]:
        """The fields before a password. Glue tells of the gender first."""
        before = ("gender", "salutation", *(name.name for name in NAMES))
        known = {each.name: each for each in self.fields}
        return [known[name] for name in before if name in known]

    @cached_property
    def _rest(self) -> list[Field]:
        return [each for each in self.fields if each not in self._first]

    @cached_property
    def _named(self) -> Mapping[str, OwnField]:
        return {each.name: each for each in self.own}

    def _kept(self, profile: Profile) -> dict[str, OwnValue]:
        """Return the values of the shop's own fields in a profile."""
        own = {each.name for each in self.own if each.kind is not Kind.CONSENT}
        return {name: value for name, value in profile.own.items() if name in own}

    def _news(self, profile: Profile, given: Mapping[str, object]) -> dict[str, object]:
        """Return what is given, without the own values that are so in a profile."""
        kept = self._kept(profile)
        return {
            name: value
            for name, value in given.items()
            if name not in kept or as_text(value) != as_text(kept[name])
        }

    def _over(self, profile: Profile, given: Mapping[str, object]) -> Profile:
        own = {**profile.own, **self._own_values(given)}
        return read_profile({**profile_values(profile), **self._known(given)}, _without_none(own))

    def _known(self, raw: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in raw.items() if name in self._names}

    def _own_values(self, raw: Mapping[str, object]) -> dict[str, OwnValue | None]:
        return {
            each.name: each.value_of(raw[each.name])
            for each in self.own
            if each.kind is not Kind.CONSENT and each.name in raw
        }

    def _fixed(self, profile: Profile, given: Mapping[str, object]) -> list[FieldFlaw]:
        """Return a flaw for each field that customers do not change themselves, and would."""
        if self.place is Place.BACK_OFFICE:
            return []
        return [
            FieldFlaw(each.name, FlawKind.FIXED)
            for each in self.own
            if not each.changeable
            and each.name in given
            and each.value_of(given[each.name]) != profile.own.get(each.name)
        ]


@dataclass(frozen=True)
class CustomerFields:
    """The fields that a shop asks: of the profile, and its own."""

    standard: Mapping[str, Mapping[Place, Ask]] = field(default_factory=lambda: GLUE)
    own: tuple[OwnField, ...] = ()
    default_locale: str | None = None

    def at(self, place: Place) -> AskedFields:
        """Return the fields that a place asks."""
        return self._places[place]

    @property
    def searchable(self) -> tuple[str, ...]:
        """The names of the shop's own fields that staff find customers by."""
        return tuple(each.name for each in self.own if each.searchable)

    @property
    def in_mails(self) -> tuple[OwnField, ...]:
        """The shop's own fields that texts of mails may hold."""
        return tuple(each for each in self.own if each.in_mails)

    @cached_property
    def named(self) -> Mapping[str, OwnField]:
        """The shop's own fields by name."""
        return {each.name: each for each in self.own}

    def answered(self, profile: Profile) -> tuple[str, ...]:
        """Return the names of the own fields with or without an answer, also of former fields."""
        asked = (each.name for each in self.own if each.kind is not Kind.CONSENT)
        return tuple(dict.fromkeys((*asked, *profile.own)))

    @cached_property
    def known(self) -> frozenset[str]:
        """The standard fields that some place asks."""
        return frozenset().union(*(asked.ask for asked in self._places.values())) & {*STANDARD}

    @cached_property
    def _places(self) -> Mapping[Place, AskedFields]:
        return {place: self._asked(place) for place in Place}

    def _asked(self, place: Place) -> AskedFields:
        own = tuple(each for each in self.own if each.asked(place) is not Ask.NO)
        ask = {name: places[place] for name, places in self.standard.items()}
        ask |= {each.name: each.asked(place) for each in own}
        return AskedFields(
            place, {name: a for name, a in ask.items() if a is not Ask.NO}, own, self.default_locale
        )


GLUE_FIELDS = CustomerFields()
"""The fields of a shop that changes nothing."""


def _terms_flaws(raw: Mapping[str, object]) -> list[FieldFlaw]:
    # `null` means no answer, not a wrong one: Glue accepts it here and answers
    # TermsNotAccepted afterwards.
    if "accepted_terms" not in raw:
        return [FieldFlaw("accepted_terms", FlawKind.MISSING)]
    accepted = raw["accepted_terms"]
    return (
        []
        if accepted is None or accepted is True
        else [FieldFlaw("accepted_terms", FlawKind.NOT_TRUE)]
    )


def _without_none(own: Mapping[str, OwnValue | None]) -> dict[str, OwnValue]:
    return {name: value for name, value in own.items() if value is not None}
