"""The claim of a customer on an address: whose it is, and whether it is proven."""

from dataclasses import replace
from datetime import datetime, timedelta

from registration.domain.customers import ENTERED, Customer, is_of_browser, nobody
from registration.domain.rate_limits import WindowCount
from registration.frozen import dataclass

# How often the owner of a quiet address is told that it is.
_TOLD_AGAIN = timedelta(hours=24)


@dataclass(frozen=True)
class Claim:
    """The claim of a customer on an address. While ``verified`` is false it can be taken over.

    A verified claim that expires is on a former address of the customer.

    An address whose owner has said at ``quiet_since`` that it was somebody else is quiet until
    ``expires_at``: it gets no mail, and its claim has no customer. ``told_at`` is when the owner
    was last told how to end that.

    ``alias`` is returned to a sign-up in place of a reference that another system assigned:
    ``DE--21`` would tell a stranger that the address was known before. ``sign_ups`` counts
    the sign-ups with this address in a time window. ``entered`` says that staff or an import
    entered the customer, and is not told of verified ones. ``browser`` is that of the sign-up that
    waits, or that was confirmed with the address. The sign-up is ``contested`` if it replaced one
    of another browser. An ``abandoned`` claim has no customer: it keeps what sign-ups are answered
    with and how many there were.
    """

    email: str
    reference: str
    attempt_id: str
    verified: bool
    locale: str | None
    expires_at: datetime | None
    alias: str | None = None
    sign_ups: WindowCount | None = None
    entered: bool = False
    browser: str | None = None
    contested: bool = False
    abandoned: bool = False
    quiet_since: datetime | None = None
    told_at: datetime | None = None

    @property
    def is_former(self) -> bool:
        """Whether the customer has another address by now: nobody logs in with this one."""
        return self.verified and self.expires_at is not None

    def signed_up_in(self, browser_secret: str | None) -> bool:
        """Whether a secret comes from the browser of the newest sign-up with the address."""
        return is_of_browser(self.browser, browser_secret)

    def has_expired(self, now: datetime) -> bool:
        """Whether the customer did not confirm in time or gave up, or the way back has ended."""
        return self.abandoned or (self.expires_at is not None and self.expires_at <= now)

    @property
    def is_quiet(self) -> bool:
        """Whether the claim keeps an address quiet, or did until it expired."""
        return self.quiet_since is not None

    def keeps_quiet(self, now: datetime) -> bool:
        """Whether the address gets no mail now."""
        return self.is_quiet and not self.has_expired(now)

    def may_tell(self, now: datetime) -> bool:
        """Whether the address is quiet, and its owner was not told of that for a day."""
        recently = self.told_at is not None and now < self.told_at + _TOLD_AGAIN
        return self.keeps_quiet(now) and not recently

    def keeps_out(self, reference: str, now: datetime) -> bool:
        """Whether another customer cannot change to the address, even if it is proven."""
        taken = self.reference != reference and not self.has_expired(now)
        return taken and (self.verified or self.entered)


def claim_over(customer: Customer, over: Claim | None, new_id: str) -> Claim:
    """Return a customer's claim on an address that it has from now on.

    It answers sign-ups with the address as the claim before did, or with a new alias: the same
    reference for two addresses would tell strangers that they are one customer's.
    """
    store = customer.reference.partition("--")[0]
    alias = (over.alias or over.reference) if over else f"{store}--{new_id}"
    return replace(claim_of(customer, alias), sign_ups=over.sign_ups if over else None)


def quiet_claim(
    customer: Customer, over: Claim | None, new_id: str, now: datetime, lifetime: timedelta
) -> Claim:
    """Return the claim that keeps a customer's unproven address quiet for a time."""
    return replace(
        claim_over(customer, over, new_id),
        reference=nobody(new_id),
        attempt_id=new_id,
        verified=False,
        entered=False,
        expires_at=now + lifetime,
        browser=None,
        quiet_since=now,
    )


def claim_of(customer: Customer, alias: str | None = None) -> Claim:
    """Return a customer's claim on the customer's address."""
    return Claim(
        email=customer.email.normalised,
        reference=customer.reference,
        attempt_id=customer.attempt_id,
        verified=customer.is_verified,
        locale=customer.profile.locale,
        expires_at=customer.expires_at,
        alias=alias,
        entered=customer.consent.origin in ENTERED and not customer.is_verified,
        browser=customer.browser,
    )
