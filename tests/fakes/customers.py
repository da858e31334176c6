"""Fakes of the customers' ports. They pass the same contract tests as the adapters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from registration.application.ports import CartElsewhere, Conflict
from registration.domain.carts import Guest, GuestCart, SignedIn
from registration.domain.claims import Claim, claim_of
from registration.domain.customers import Customer
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy
from registration.domain.idempotency import IdempotencyRecord, IdempotentRequest
from registration.domain.mail.mails import Mail
from registration.domain.rate_limits import Counter, WindowCount
from registration.domain.sessions import Session
from tests.fakes.carts import FakeCarts
from tests.fakes.mail import FakeOutbox


@dataclass
class FakeCustomers:
    """Customers and claims, with the same conditions as in DynamoDB."""

    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    customers: dict[str, Customer] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)
    records: dict[str, IdempotencyRecord] = field(default_factory=dict)
    carts: FakeCarts = field(default_factory=FakeCarts)
    sessions: dict[str, Session] = field(default_factory=dict)

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address."""
        return self.claims.get(email.normalised)

    def claim_and_cart(
        self, email: EmailAddress, guest: Guest
    ) -> tuple[Claim | None, GuestCart | None]:
        """Return the claim on an address, and a guest's cart."""
        noted = self.carts.held_by(guest).cart_ids
        return self.claim_on(email), GuestCart(noted[0], guest) if noted else None

    def get(self, reference: str) -> Customer | None:
        """Return a customer."""
        return self.customers.get(reference)

    def find(self, request: IdempotentRequest) -> IdempotencyRecord | None:
        """Return the record of a request's key."""
        return self.records.get(request.key_digest)

    def register(
        self,
        customer: Customer,
        mail: Mail,
        now: datetime,
        *,
        sign_ups: WindowCount | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Write a new customer, its claim and its mail."""
        claim = self.claims.get(customer.email.normalised)
        if self._is_done(customer, mail):
            return
        if customer.reference in self.customers or (claim and not claim.has_expired(now)):
            raise Conflict
        self._keep(record)
        self._write(customer, replace(claim_of(customer), sign_ups=sign_ups), mail)

    def replace(
        self,
        customer: Customer,
        mail: Mail,
        over: Claim,
        *,
        sign_ups: WindowCount | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Replace an unverified customer."""
        if self._is_done(customer, mail):
            return
        found = self._unverified(customer.reference, lambda c: c.attempt_id == over.attempt_id)
        claim = self.claims.get(found.email.normalised)
        if claim is None or claim.attempt_id != over.attempt_id or claim.verified:
            raise Conflict
        self._keep(record)
        claim = replace(
            claim_of(customer),
            alias=over.alias,
            sign_ups=sign_ups,
            entered=over.entered,
            contested=over.contested,
        )
        if over.entered:
            claim = replace(claim, locale=over.locale)
        self._write(_noted(found, customer) if over.entered else customer, claim, mail)

    def notify(
        self,
        mail: Mail,
        owner: Claim,
        *,
        sign_ups: WindowCount | None = None,
        told_at: datetime | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Promise a mail to a verified customer, or to the owner of a quiet address."""
        if mail.mail_id in self.outbox.mails:
            return
        customer, claim = self.customers.get(owner.reference), self.claims.get(owner.email)
        is_there = customer.is_verified if customer else owner.is_quiet
        if not is_there or claim is None or claim.verified != owner.verified:
            raise Conflict
        if claim.reference != owner.reference or (sign_ups and claim.sign_ups != owner.sign_ups):
            raise Conflict
        if told_at and claim.told_at != owner.told_at:
            raise Conflict
        self._keep(record)
        self.claims[owner.email] = replace(
            claim, sign_ups=sign_ups or claim.sign_ups, told_at=told_at or claim.told_at
        )
        if not mail.withheld:
            self.outbox.mails[mail.mail_id] = mail

    def remove(self, customer: Customer, quiet: Claim) -> None:
        """Remove an unverified customer; ``quiet`` takes the place of its claim."""
        claim = self.claims.get(quiet.email)
        if claim and claim.attempt_id == quiet.attempt_id:
            return
        self._unverified(
            customer.reference,
            lambda c: (c.token_id, c.attempt_id) == (customer.token_id, customer.attempt_id),
        )
        if claim is None or claim.attempt_id != customer.attempt_id or claim.verified:
            raise Conflict
        del self.customers[customer.reference]
        self.claims[quiet.email] = quiet

    def take_out(self, customer: Customer, quiet: Claim | None) -> None:
        """Take the unproven address out of a verified customer."""
        found = self.customers.get(customer.reference)
        is_done = found is not None and found.updated_at == customer.updated_at
        if found is None or (found.new_email != customer.new_email and not is_done):
            raise Conflict
        claim = self.claims.get(quiet.email) if quiet else None
        if quiet and claim and claim.attempt_id == quiet.attempt_id:
            return
        if claim and not claim.has_expired(customer.updated_at):
            raise Conflict
        changed = replace(found, new_email=None, updated_at=customer.updated_at)
        self.customers[customer.reference] = changed
        if quiet:
            self.claims[quiet.email] = quiet

    def end_quiet(self, quiet: Claim) -> None:
        """Remove a claim that keeps an address quiet."""
        claim = self.claims.get(quiet.email)
        if claim is None or claim.attempt_id != quiet.attempt_id:
            raise Conflict
        del self.claims[quiet.email]

    def confirm(
        self,
        customer: Customer,
        now: datetime,
        *,
        with_profile: bool = False,
        cart: GuestCart | None = None,
        session: Session | None = None,
        tells_browser: bool = False,
    ) -> None:
        """Write a newly confirmed customer."""
        found = self._unverified(
            customer.reference,
            lambda c: (
                (c.token_id, c.attempt_id) == (customer.token_id, customer.attempt_id)
                and not c.has_expired(now)
            ),
        )
        claim = self.claims.get(customer.email.normalised)
        if claim is None or claim.reference != customer.reference or claim.verified:
            raise Conflict
        if cart:
            try:
                self.carts.hand_over_tied(cart, SignedIn(customer.reference), now)
            except Conflict as error:
                raise CartElsewhere from error
        profile = customer.profile if with_profile else found.profile
        self.customers[customer.reference] = replace(customer, profile=profile)
        self.claims[claim.email] = replace(
            claim,
            verified=True,
            expires_at=None,
            entered=False,
            contested=False,
            browser=claim.browser if tells_browser else None,
            locale=profile.locale or claim.locale,
        )
        if session:
            self.sessions[session.session_id] = session

    def renew_link(self, customer: Customer, mail: Mail, now: datetime) -> None:
        """Give a customer a new link and promise its mail."""
        found = self.customers.get(customer.reference)
        if not found or (found.status, found.attempt_id) != (customer.status, customer.attempt_id):
            raise Conflict
        if found.has_expired(now):
            raise Conflict
        of_reset = ("reset_token_id", "reset_token_since", "reset_browser", "updated_at")
        names = of_reset if found.is_verified else ("token_id", "token_since", "updated_at")
        changes: Any = {name: getattr(customer, name) for name in names}
        renewed = replace(found, **changes)
        self.customers[customer.reference] = renewed
        self.outbox.mails.setdefault(mail.mail_id, mail)

    def _keep(self, record: IdempotencyRecord | None) -> None:
        if record is None:
            return
        found = self.records.get(record.request.key_digest)
        if found and not found.has_expired(record.answered_at):
            raise Conflict
        self.records[record.request.key_digest] = record

    def _is_done(self, customer: Customer, mail: Mail) -> bool:
        claim = self.claims.get(customer.email.normalised)
        ours = claim is not None and claim.attempt_id == customer.attempt_id
        return ours or mail.mail_id in self.outbox.mails

    def _unverified(self, reference: str, holds: Callable[[Customer], bool]) -> Customer:
        found = self.customers.get(reference)
        if found is None or found.is_verified or not holds(found):
            raise Conflict
        return found

    def _write(self, customer: Customer, claim: Claim, mail: Mail) -> None:
        self.customers[customer.reference] = customer
        self.claims[claim.email] = claim
        self.outbox.mails[mail.mail_id] = mail


@dataclass
class FakeLimits:
    """Counters of attempts; while ``away`` they are unavailable."""

    customers: FakeCustomers = field(default_factory=FakeCustomers)
    counts: dict[str, int] = field(default_factory=dict)
    notes: dict[str, Counter] = field(default_factory=dict)
    away: bool = False

    def count(self, counter: Counter) -> int:
        """Add one."""
        self.count_all([counter])
        return self.counts[counter.digest]

    def count_all(self, counters: Sequence[Counter]) -> None:
        """Add one to each."""
        if self.away:
            raise Busy
        for counter in counters:
            self.counts[counter.digest] = self.counts.get(counter.digest, 0) + 1

    def claim_on(
        self, email: EmailAddress, counters: Sequence[Counter], now: datetime
    ) -> tuple[Claim | None, dict[Counter, int]]:
        """Return the claim on an address, and the value of each counter."""
        if self.away:
            raise Busy
        lasting = {digest: note for digest, note in self.notes.items() if note.ends > now}
        noted = {digest: note.proven_on for digest, note in lasting.items()}
        counts = {c: self.counts.get(c.digest, noted.get(c.digest, 0)) for c in counters}
        return self.customers.claim_on(email), counts

    def note(self, note: Counter, cleared: Counter) -> None:
        """Keep the note of a client, and clear a counter."""
        if self.away:
            raise Busy
        self.notes[note.digest] = note
        self.counts.pop(cleared.digest, None)


def _noted(entered: Customer, sign_up: Customer) -> Customer:
    """Return a customer whom somebody entered, with the newest sign-up beside."""
    told = {name: value for name, value in vars(sign_up.profile).items() if value is not None}
    newest = {
        name: getattr(sign_up, name)
        for name in ("attempt_id", "token_id", "token_since", "updated_at", "expires_at")
    }
    profile = replace(entered.profile, **told)
    signed_up = replace(
        entered,
        **newest,
        profile=profile,
        password_hash=sign_up.password_hash,
        browser=sign_up.browser,
        guest_cart=sign_up.guest_cart,
        consent=sign_up.consent,
        sign_up=None,
    )
    return replace(entered, **newest, sign_up=signed_up)
