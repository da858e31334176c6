"""A customer, from signing up to confirmed."""

import base64
import hashlib
import hmac
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from registration.domain.carts import GuestCart
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    AlreadyConfirmed,
    LinkExpired,
    LinkReplaced,
    LinkWrong,
    TooManyAttempts,
)
from registration.domain.fields.own import Agreement
from registration.domain.links import ENDLESS, LONGEST_REFERENCE, Link, Purpose
from registration.domain.mail.deliveries import Delivery
from registration.domain.profile import Profile
from registration.frozen import dataclass

WAY_BACK = timedelta(days=7)
"""For how long the owner of a former address can have it back; nobody else gets it before."""

# Each way back is a claim that the same transaction frees: DynamoDB takes 100 items in one.
_MOST_WAYS_BACK = 10
# With those that were withdrawn, as an item has an end: more than a shop asks at a time.
_MOST_CONSENTS = 60
_LONGEST_TOKEN_ID = 22
_REFERENCE = re.compile(r"[A-Za-z0-9_]{1,16}--[A-Za-z0-9_-]+")


class Status(StrEnum):
    """Whether the address is verified."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"


class Origin(StrEnum):
    """The channel through which a customer signed up."""

    FORM = "form"
    CHECKOUT = "checkout"
    BACK_OFFICE = "back_office"
    API = "api"
    IMPORT = "import"


ENTERED = frozenset({Origin.BACK_OFFICE, Origin.IMPORT})
"""The channels in which somebody else enters a customer: no sign-up overwrites that."""


@dataclass(frozen=True)
class Evidence:
    """When and from where somebody signed up or confirmed: the proof that double opt-in needs."""

    at: datetime
    address: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True)
class Terms:
    """The terms and conditions: their version, and the sentence that accepts them."""

    version: str
    sentence: str


@dataclass(frozen=True)
class Consent:
    """The record of consent: the terms, the sign-up and the confirmation.

    ``terms_sentence`` is what was accepted, in the language in which it was read. Records from
    before it was kept have none.
    """

    origin: Origin
    terms_version: str | None
    signed_up: Evidence
    confirmed: Evidence | None = None
    terms_sentence: str | None = None


@dataclass(frozen=True)
class GivenConsent:
    """A consent beside the terms: what was agreed to, and when and from where; then withdrawn.

    It counts only once the address is confirmed, and until it is withdrawn.
    """

    agreement: Agreement
    given: Evidence
    withdrawn: Evidence | None = None


@dataclass(frozen=True)
class LinkedEmail:
    """An address beside a customer's own. The link in the mail to it counts ``until`` a time.

    A code stands beside the link if a browser asked for it, ``since`` then. A ``withheld`` mail
    was never sent.
    """

    email: EmailAddress
    token_id: str
    until: datetime
    since: datetime | None = None
    withheld: bool = False


@dataclass(frozen=True)
class ImportSource:
    """Where an imported customer comes from; ``registered`` is the date that the row told."""

    import_id: str
    line: int
    registered: str | None = None


@dataclass(frozen=True)
class Customer:
    """Somebody who has signed up.

    ``token_id`` names the newest confirmation link, made at ``token_since``; only that one
    confirms.
    ``attempt_id`` names the sign-up that wrote the customer, or the change of the address since,
    and ``browser`` is the digest of a secret kept in the browser that signed up. An unverified
    customer expires at ``expires_at``; a verified one never does. ``reset_token_id`` names the
    newest link for a new password, until it is used, made at ``reset_token_since`` for
    ``reset_browser``. Sessions and access tokens are valid only in
    the ``generation`` in which they began; a new password begins the next generation.
    ``guest_cart`` is the cart of the guest who signed up; the customer owns it after
    confirming. ``delivery`` is the delivery status of the last mail, once it is known.
    ``sign_up`` is the same customer as told by the newest sign-up with an address that staff or
    an import had entered, until the address is verified: a stranger may have made it.
    ``new_email`` waits to be proven. ``former_emails`` have a way back, the oldest first; when and
    from where the address was changed last is ``email_changed``.
    """

    reference: str
    email: EmailAddress
    profile: Profile
    password_hash: str | None
    status: Status
    attempt_id: str
    token_id: str
    consent: Consent
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    browser: str | None = None
    reset_token_id: str | None = None
    generation: int = 0
    guest_cart: GuestCart | None = None
    delivery: Delivery | None = None
    sign_up: "Customer | None" = None
    new_email: LinkedEmail | None = None
    former_emails: tuple[LinkedEmail, ...] = ()
    email_changed: Evidence | None = None
    token_since: datetime | None = None
    reset_token_since: datetime | None = None
    reset_browser: str | None = None
    imported: ImportSource | None = None
    consents: tuple[GivenConsent, ...] = ()

    @property
    def agreed(self) -> tuple[str, ...]:
        """The names of the consents that are given and not withdrawn; see ``active_consents``."""
        return tuple(each.agreement.name for each in self.consents if each.withdrawn is None)

    @property
    def active_consents(self) -> tuple[GivenConsent, ...]:
        """The consents that count: the address is confirmed, and they are not withdrawn."""
        given = self.consents if self.is_verified else ()
        return tuple(each for each in given if each.withdrawn is None)

    @property
    def is_entered(self) -> bool:
        """Whether staff or an import entered the customer, who has not signed up."""
        return self.consent.origin in ENTERED

    @property
    def is_verified(self) -> bool:
        """Whether the address is verified."""
        return self.status is Status.VERIFIED

    def has_expired(self, now: datetime) -> bool:
        """Whether the customer did not confirm in time. TTL deletes late, so compare the time."""
        return self.expires_at is not None and self.expires_at <= now

    def check_link(self, token_id: str) -> None:
        """Check that a link is the newest one, and that the customer is not confirmed yet.

        Raises
        ------
        AlreadyConfirmed, LinkReplaced
        """
        if self.is_verified:
            raise AlreadyConfirmed
        if not hmac.compare_digest(token_id, self.token_id):
            raise LinkReplaced

    def confirm(self, proof: Evidence) -> "Customer":
        """Return the customer verified."""
        return replace(
            self,
            status=Status.VERIFIED,
            consent=replace(self.consent, confirmed=proof),
            updated_at=proof.at,
            expires_at=None,
            browser=None,
            guest_cart=None,
            sign_up=None,
        )

    def answering(self, answers: Mapping[str, Agreement | None], proof: Evidence) -> "Customer":
        """Return the customer with consents given, or withdrawn where there is no agreement.

        What was given before stays as it was; what was withdrawn stays as a record, but for the
        first of very many.
        """
        ends = {name for name, agreement in answers.items() if agreement is None}
        kept = tuple(
            replace(each, withdrawn=proof)
            if each.agreement.name in ends and each.withdrawn is None
            else each
            for each in self.consents
        )
        new = tuple(
            GivenConsent(agreement, proof)
            for name, agreement in answers.items()
            if agreement and name not in self.agreed
        )
        return replace(self, consents=_recorded((*kept, *new)))

    def withdrawal_link(self, name: str) -> Link:
        """Return the link that withdraws a consent, the same each time, and without an end."""
        return Link(Purpose.WITHDRAW_CONSENT, self.reference, _consent_id(name), ENDLESS)

    def consent_of_link(self, token_id: str) -> GivenConsent | None:
        """Return the newest consent that a link withdraws."""
        of_link = (c for c in reversed(self.consents) if _consent_id(c.agreement.name) == token_id)
        return next(of_link, None)

    def accepting(self, terms: Terms, proof: Evidence) -> "Customer":
        """Return the customer with the terms accepted on the link's page."""
        consent = replace(
            self.consent,
            terms_version=terms.version,
            terms_sentence=terms.sentence,
            signed_up=proof,
        )
        return replace(self, consent=consent)

    def with_password(self, password_hash: str, now: datetime) -> "Customer":
        """Return the customer with a new password, which ends all sessions."""
        return replace(
            self,
            password_hash=password_hash,
            reset_token_id=None,
            reset_token_since=None,
            reset_browser=None,
            generation=self.generation + 1,
            updated_at=now,
        )

    def forgetting_password(
        self, token_id: str, now: datetime, browser: str | None = None
    ) -> "Customer":
        """Return the customer with a new link for a new password; ``browser`` asked for it."""
        return replace(
            self,
            reset_token_id=token_id,
            reset_token_since=now,
            reset_browser=browser,
            updated_at=now,
        )

    def signed_out(self, now: datetime) -> "Customer":
        """Return the customer with all sessions ended."""
        return replace(self, generation=self.generation + 1, updated_at=now)

    def waiting_email(self, now: datetime) -> LinkedEmail | None:
        """Return the new address that is still to be proven."""
        return self.new_email if self.new_email and self.new_email.until > now else None

    def unproven_email(self, token_id: str, now: datetime) -> EmailAddress:
        """Return the address that waits for the link with this token id.

        Raises
        ------
        AlreadyConfirmed, LinkReplaced, LinkExpired
        """
        if self.is_verified:
            return self.check_new_email(token_id, now).email
        self.check_link(token_id)
        if self.has_expired(now):
            raise LinkExpired
        return self.email

    def check_new_email(self, token_id: str, now: datetime) -> LinkedEmail:
        """Return the new address that a link proves.

        Raises
        ------
        AlreadyConfirmed, LinkReplaced, LinkExpired
        """
        if hmac.compare_digest(token_id, self.token_id):
            raise AlreadyConfirmed
        if self.new_email is None or not hmac.compare_digest(token_id, self.new_email.token_id):
            raise LinkReplaced
        if self.new_email.until <= now:
            raise LinkExpired
        return self.new_email

    def with_new_email(self, new: LinkedEmail, way_back: str, proof: Evidence) -> "Customer":
        """Return the customer with the new address proven, which ends all sessions.

        ``way_back`` names the link that restores the address before. All earlier ways back stay:
        else the thief of an account could close its owner's by changing the address twice.

        Raises
        ------
        TooManyAttempts
            Too many former addresses have a way back.
        """
        lasting = self.ways_back(proof.at)
        if len(lasting) == _MOST_WAYS_BACK:
            raise TooManyAttempts(math.ceil((lasting[0].until - proof.at).total_seconds()))
        kept = (each for each in lasting if each.email.normalised != new.email.normalised)
        # To the second, as the claim's end is.
        until = (proof.at + WAY_BACK).replace(microsecond=0)
        return replace(
            self.signed_out(proof.at),
            email=new.email,
            attempt_id=new.token_id,
            token_id=new.token_id,
            reset_token_id=None,
            reset_token_since=None,
            reset_browser=None,
            delivery=None,
            new_email=None,
            former_emails=(*kept, LinkedEmail(self.email, way_back, until)),
            email_changed=proof,
        )

    def ways_back(self, now: datetime) -> tuple[LinkedEmail, ...]:
        """Return the former addresses that can still be restored, the oldest first."""
        return tuple(each for each in self.former_emails if each.until > now)

    def emails(self, now: datetime) -> tuple[str, ...]:
        """Return the normalised addresses that nobody else can have now, one's own first."""
        former = (each.email.normalised for each in self.ways_back(now))
        return (self.email.normalised, *former)

    def check_way_back(self, token_id: str, now: datetime) -> LinkedEmail:
        """Return the former address that a link restores.

        Raises
        ------
        LinkWrong, LinkExpired
        """
        for former in self.former_emails:
            if hmac.compare_digest(token_id, former.token_id):
                if former.until <= now:
                    raise LinkExpired
                return former
        raise LinkWrong

    def with_former_email(
        self, former: LinkedEmail, password_hash: str, proof: Evidence
    ) -> "Customer":
        """Return the customer with a former address and a new password, which ends all sessions.

        All later addresses go: somebody else may have taken the account there.
        """
        earlier = self.former_emails[: self.former_emails.index(former)]
        return replace(
            self.with_password(password_hash, proof.at),
            email=former.email,
            attempt_id=former.token_id,
            token_id=former.token_id,
            delivery=None,
            new_email=None,
            former_emails=earlier,
            email_changed=proof,
        )

    def signed_up_in(self, browser_secret: str | None) -> bool:
        """Whether a secret comes from the browser that signed up."""
        return is_of_browser(self.browser, browser_secret)

    def confirmation_link(self, lifetime: timedelta) -> Link:
        """Return the newest link that confirms."""
        since = self.token_since or self.created_at
        return Link(Purpose.CONFIRM, self.reference, self.token_id, since + lifetime)

    def reset_link(self, browser_secret: str, lifetime: timedelta) -> Link | None:
        """Return the newest link for a new password, if this browser asked for it."""
        token_id, since = self.reset_token_id, self.reset_token_since
        if not (token_id and since and is_of_browser(self.reset_browser, browser_secret)):
            return None
        return Link(Purpose.RESET_PASSWORD, self.reference, token_id, since + lifetime)

    def new_email_link(self, lifetime: timedelta) -> Link | None:
        """Return the link that proves the new address, if a browser asked for it."""
        new = self.new_email
        if new is None or new.since is None:
            return None
        # A code that nobody got is wrong, or has expired: nobody can guess it.
        ends = new.since if new.withheld else new.since + lifetime
        return Link(Purpose.CHANGE_EMAIL, self.reference, new.token_id, ends)


def _recorded(consents: tuple[GivenConsent, ...]) -> tuple[GivenConsent, ...]:
    """Return the consents that a record has room for: without those that were withdrawn first."""
    ended = sorted((each.withdrawn.at, n) for n, each in enumerate(consents) if each.withdrawn)
    gone = {n for _, n in ended[: max(0, len(consents) - _MOST_CONSENTS)]}
    return tuple(each for n, each in enumerate(consents) if n not in gone)


def _consent_id(name: str) -> str:
    # A name may be too long for a token.
    digest = hashlib.sha256(name.encode()).digest()
    return base64.urlsafe_b64encode(digest)[:_LONGEST_TOKEN_ID].decode()


def nobody(new_id: str) -> str:
    """Return a reference that no customer has."""
    return f"NOBODY--{new_id}"


def new_customer(
    reference: str,
    email: EmailAddress,
    profile: Profile,
    *,
    password_hash: str | None,
    attempt_id: str,
    token_id: str,
    consent: Consent,
    lifetime: timedelta,
    browser_secret: str | None = None,
    agreements: tuple[Agreement, ...] = (),
    imported: ImportSource | None = None,
) -> Customer:
    """Return an unverified customer who expires after a lifetime."""
    now = consent.signed_up.at
    return Customer(
        reference=reference,
        email=email,
        profile=profile,
        password_hash=password_hash,
        status=Status.UNVERIFIED,
        attempt_id=attempt_id,
        token_id=token_id,
        consent=consent,
        created_at=now,
        updated_at=now,
        expires_at=now + lifetime,
        browser=browser_digest(browser_secret) if browser_secret else None,
        token_since=now,
        imported=imported,
        consents=tuple(GivenConsent(each, consent.signed_up) for each in agreements),
    )


def browser_digest(secret: str) -> str:
    """Return the digest of a browser's secret; only the digest is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_of_browser(browser: str | None, secret: str | None) -> bool:
    """Whether a secret is that of a browser, of which the digest is stored."""
    if not browser or not secret:
        return False
    return hmac.compare_digest(browser_digest(secret), browser)


def is_reference(text: str) -> bool:
    """Whether a text has the form of a customer reference: ``DE--21``, at most 64 characters."""
    return len(text) <= LONGEST_REFERENCE and _REFERENCE.fullmatch(text) is not None
