"""Customers and claims in DynamoDB."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from registration.adapters.carts.carts import hand_over_writes
from registration.adapters.customers.sessions import session_item
from registration.adapters.dynamodb import items, keys
from registration.adapters.dynamodb.expressions import FREE, NEW, Write, check, put, update
from registration.adapters.dynamodb.idempotency import put_record
from registration.adapters.dynamodb.rate_limits import puts
from registration.adapters.dynamodb.reading import read_batch, read_one
from registration.adapters.dynamodb.transactions import Cancelled, write_all
from registration.application.ports import CartElsewhere, Conflict
from registration.domain.carts import Guest, GuestCart, SignedIn
from registration.domain.claims import Claim, claim_of
from registration.domain.customers import Customer, Status
from registration.domain.emails import EmailAddress
from registration.domain.idempotency import IdempotencyRecord
from registration.domain.mail.mails import Mail
from registration.domain.rate_limits import WindowCount
from registration.domain.sessions import Session
from registration.frozen import dataclass

# The positions of the items in each transaction: the customer, the claim, the mail.
_CLAIM, _MAIL = 1, 2
# What confirming writes of a customer, besides a profile that was reviewed; and what it removes.
_CONFIRMED = (
    "status",
    "password_hash",
    "origin",
    "terms_version",
    "terms_sentence",
    "signed_up",
    "confirmed",
    "updated_at",
)
_UNCONFIRMED = ("expires_at", "browser", "guest_cart", "sign_up")
# What the newest sign-up changes of a customer whom somebody else entered.
_OF_SIGN_UP = ("attempt_id", "token_id", "token_since", "updated_at", "expires_at")
# What a new link changes, and a new link for another password.
_OF_LINK = ("token_id", "token_since", "updated_at")
_OF_RESET = ("reset_token_id", "reset_token_since", "reset_browser", "updated_at")
UNVERIFIED: items.Item = {":unverified": {"S": Status.UNVERIFIED.value}}
"""The value of ``:unverified`` in conditions."""


@dataclass(frozen=True)
class DynamoDBCustomers:
    """The port ``Customers`` on the tables ``customers`` and ``outbox``."""

    customers_table: str
    outbox_table: str

    def claim_on(self, email: EmailAddress) -> Claim | None:
        """Return the claim on an address."""
        item = read_one(self.customers_table, keys.claim(email.normalised))
        return items.claim_of(item) if item else None

    def claim_and_cart(
        self, email: EmailAddress, guest: Guest
    ) -> tuple[Claim | None, GuestCart | None]:
        """Return the claim on an address, and a guest's cart."""
        wanted = [keys.claim(email.normalised), keys.cart_of_guest(guest.digest)]
        found = {item["entity"]["S"]: item for item in read_batch(self.customers_table, wanted)}
        claim, note = found.get("claim"), found.get("cart_of_guest")
        return (
            items.claim_of(claim) if claim else None,
            GuestCart(note["cart_id"]["S"], guest) if note else None,
        )

    def get(self, reference: str) -> Customer | None:
        """Return a customer."""
        item = read_one(self.customers_table, keys.customer(reference))
        # The rest of an anonymised customer has the same key, but is no customer.
        return items.customer_of(item) if item and items.is_customer(item) else None

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
        self._write(
            # Two equal random references, or our own earlier try.
            put(self.customers_table, items.customer_item(customer), NEW, found=True),
            # Two concurrent sign-ups with one address: the claim of the first stands.
            put(
                self.customers_table,
                items.claim_item(replace(claim_of(customer), sign_ups=sign_ups)),
                FREE,
                {":now": {"N": items.epoch(now)}},
                found=True,
            ),
            self._promise(mail),
            *self._keep(record),
            attempt_id=customer.attempt_id,
        )

    def replace(
        self,
        customer: Customer,
        mail: Mail,
        over: Claim,
        *,
        sign_ups: WindowCount | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Replace the customer of an earlier sign-up; what somebody entered stays beside it."""
        seen: items.Item = {":seen": {"S": over.attempt_id}}
        claim = replace(
            claim_of(customer),
            alias=over.alias,
            sign_ups=sign_ups,
            entered=over.entered,
            contested=over.contested,
        )
        if over.entered:
            claim = replace(claim, locale=over.locale)
        # The link of the earlier sign-up is used at this moment: a verified customer
        # is never replaced, and neither is the customer of a third sign-up.
        unchanged = "attempt_id = :seen AND #status = :unverified"
        values = {**seen, **UNVERIFIED}
        self._write(
            self._note(customer, unchanged, values)
            if over.entered
            else put(
                self.customers_table, items.customer_item(customer), unchanged, values, found=True
            ),
            # Two sign-ups replace the same customer: the second has to read again.
            put(
                self.customers_table,
                items.claim_item(claim),
                "attempt_id = :seen AND verified = :false",
                {**seen, ":false": {"BOOL": False}},
                found=True,
            ),
            self._promise(mail),
            *self._keep(record),
            attempt_id=customer.attempt_id,
        )

    def notify(
        self,
        mail: Mail,
        owner: Claim,
        *,
        sign_ups: WindowCount | None = None,
        told_at: datetime | None = None,
        record: IdempotencyRecord | None = None,
    ) -> None:
        """Promise a mail to the verified customer with an address, or to a quiet one's owner."""
        verified: items.Item = {":verified": {"S": Status.VERIFIED.value}}
        person = keys.customer(owner.reference)
        self._write(
            # The customer may be gone since the claim was read; a quiet address has none. The two
            # checks also make this transaction as large as that of a sign-up.
            check(self.customers_table, person, NEW, {})
            if owner.is_quiet
            else check(self.customers_table, person, "#status = :verified", verified),
            self._note_in(owner, sign_ups=sign_ups, told_at=told_at),
            self._promise(mail),
            *self._keep(record),
            attempt_id=None,
        )

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
        """Write a newly confirmed customer, and make its claim permanent."""
        profile = items.PROFILE if with_profile else ()
        writes = self._confirmation(customer, now, profile, () if tells_browser else ("browser",))
        if session:
            writes += puts(self.customers_table, session.note, session_item(session))
        own = range(len(writes))
        if cart:
            owner = SignedIn(customer.reference)
            writes += hand_over_writes(self.customers_table, cart, owner, now)
        try:
            write_all(writes)
        except Cancelled as cancelled:
            # Which condition failed: the customer's own items take precedence over the
            # cart's. A mere conflict, with an item added at this moment, is retried.
            only_cart = not any(map(cancelled.failed, own)) and any(
                map(cancelled.failed, range(len(own), len(writes)))
            )
            raise (CartElsewhere if only_cart else Conflict) from cancelled

    def _confirmation(
        self, customer: Customer, now: datetime, profile: tuple[str, ...], of_claim: Iterable[str]
    ) -> list[Write]:
        item = items.customer_item(customer)
        sets = {name: item[name] for name in (*_CONFIRMED, *profile) if name in item}
        gone = [*_UNCONFIRMED, *(name for name in profile if name not in item)]
        verified: items.Item = {"verified": {"BOOL": True}}
        if profile and "locale" in item:
            verified["locale"] = item["locale"]
        return [
            # A second click, a newer link or a newer sign-up came first, or the customer
            # expired between the read and this write.
            update(
                self.customers_table,
                keys.customer(customer.reference),
                sets,
                "#status = :unverified AND token_id = :token"
                " AND attempt_id = :attempt AND expires_at > :now",
                {
                    **UNVERIFIED,
                    ":token": {"S": customer.token_id},
                    ":attempt": {"S": customer.attempt_id},
                    ":now": {"N": items.epoch(now)},
                },
                removes=gone,
            ),
            # The claim expired and somebody else took over the address.
            update(
                self.customers_table,
                keys.claim(customer.email.normalised),
                verified,
                "#reference = :reference AND verified = :false",
                {":false": {"BOOL": False}, ":reference": {"S": customer.reference}},
                removes=("expires_at", "entered", "contested", *of_claim),
            ),
        ]

    def renew_link(self, customer: Customer, mail: Mail, now: datetime) -> None:
        """Give a customer a new link, of the kind that the status calls for, with its mail."""
        item = items.customer_item(customer)
        names = _OF_RESET if customer.is_verified else _OF_LINK
        self._write(
            # Confirmed, replaced, moved to another address or expired since it was read, or it
            # never existed.
            update(
                self.customers_table,
                keys.customer(customer.reference),
                {name: item[name] for name in names if name in item},
                "#status = :status AND attempt_id = :attempt"
                " AND (attribute_not_exists(expires_at) OR expires_at > :now)",
                {
                    ":status": {"S": customer.status.value},
                    ":attempt": {"S": customer.attempt_id},
                    ":now": {"N": items.epoch(now)},
                },
                removes=(name for name in names if name not in item),
            ),
            check(
                self.customers_table,
                keys.claim(customer.email.normalised),
                "#reference = :reference",
                {":reference": {"S": customer.reference}},
            ),
            self._promise(mail),
            attempt_id=None,
        )

    def _write(self, *writes: Write, attempt_id: str | None) -> None:
        try:
            write_all(writes)
        except Cancelled as cancelled:
            # sign-up   we ──write──▶ DynamoDB ──answer──✗   (lost on the way)
            #           we ──write again──▶ the condition finds our own earlier write
            # The random id of the mail belongs to this one write, so a mail with it is ours.
            ours = attempt_id and items.text(cancelled.found(_CLAIM), "attempt_id") == attempt_id
            if ours or (len(writes) > _MAIL and cancelled.failed(_MAIL)):
                return
            raise Conflict from cancelled

    def _note(self, customer: Customer, condition: str, values: items.Item) -> Write:
        item = items.customer_item(customer)
        sets = {name: item[name] for name in _OF_SIGN_UP if name in item}
        sets["sign_up"] = items.sign_up_value(customer)
        key = keys.customer(customer.reference)
        return update(self.customers_table, key, sets, condition, values)

    def _note_in(self, claim: Claim, **noted: WindowCount | datetime | None) -> Write:
        told: Any = {name: value for name, value in noted.items() if value}
        before, after = items.claim_item(claim), items.claim_item(replace(claim, **told))
        # Two concurrent requests with one address read the same count, or that its owner was not
        # told yet: the second has to read again, as it has to if the address is not confirmed.
        condition = " AND ".join(
            [
                "#reference = :reference AND verified = :is_verified",
                *(
                    f"{name} = :seen_{name}" if name in before else f"attribute_not_exists({name})"
                    for name in told
                ),
            ]
        )
        values: items.Item = {
            ":reference": {"S": claim.reference},
            ":is_verified": {"BOOL": claim.verified},
            **{f":seen_{name}": before[name] for name in told if name in before},
        }
        key, sets = keys.claim(claim.email), {name: after[name] for name in told}
        if not sets:
            return check(self.customers_table, key, condition, values)
        return update(self.customers_table, key, sets, condition, values)

    def _keep(self, record: IdempotencyRecord | None) -> list[Write]:
        return [put_record(self.customers_table, record)] if record else []

    def _promise(self, mail: Mail) -> Write:
        if mail.withheld:
            return check(self.outbox_table, keys.mail(mail.mail_id), NEW, {})
        # It exists already: our own earlier try, see `_write`.
        return put(self.outbox_table, items.mail_item(mail), NEW)
