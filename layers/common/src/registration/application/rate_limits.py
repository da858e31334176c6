"""Rate limiting: what is counted, when, and what happens if counting fails."""

import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from registration.application import waiting
from registration.domain.claims import Claim
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, TooManyAttempts, TooManyCodes
from registration.domain.rate_limits import Client, Counter, Limit, LimitedAction
from registration.frozen import dataclass

FAILURE_SECONDS = 1.5
"""What a failed log-in takes, or a multiple: twice as long as the dearest hash that we check."""

logger = logging.getLogger(__name__)


class Limits(Protocol):
    """Counters of attempts. Each call raises ``Busy`` if they are unavailable."""

    def count(self, counter: Counter) -> int:
        """Add one; return the new count. One write."""

    def count_all(self, counters: Sequence[Counter]) -> None:
        """Add one to each of some counters. One write call."""

    def claim_on(
        self, email: EmailAddress, counters: Sequence[Counter], now: datetime
    ) -> tuple[Claim | None, dict[Counter, int]]:
        """Return the claim on an address, and the value of each counter. One read call.

        The value of a note that was kept is the day of the proof.
        """

    def note(self, note: Counter, cleared: Counter) -> None:
        """Keep the note of a client, and clear a counter. One write call."""


@dataclass(frozen=True)
class RateLimit:
    """The limits of an action per client and per e-mail address."""

    action: LimitedAction
    per_client: Limit
    per_email: Limit

    def counters(self, client: str | None, email: EmailAddress, now: datetime) -> list[Counter]:
        """Return the counters for an attempt; an action without limits has none."""
        of_client = Counter.of_client(self.action, client, self.per_client, now)
        of_email = Counter.of_email(self.action, email, self.per_email, now)
        return [counter for counter in (of_client, of_email) if counter.limit.most]

    def counters_of_known(self, who: str, email: EmailAddress, now: datetime) -> list[Counter]:
        """Return the counter for one that is known to own an address, if anything is counted."""
        limit = self.per_email if self.per_email.most else self.per_client
        counter = Counter.of(self.action, f"{who} of {email.normalised}", limit, now)
        return [counter] if limit.most else []


@dataclass(frozen=True)
class RateLimiter:
    """Counts every attempt before it is made: one write per client, one per address."""

    limits: Limits
    rate_limit: RateLimit

    def hit(self, client: str | None, now: datetime) -> None:
        """Count an attempt by a client.

        Raises
        ------
        TooManyAttempts
            The limit is reached.
        Busy
            The attempt could not be counted, and this action fails closed.
        """
        action, limit = self.rate_limit.action, self.rate_limit.per_client
        self._count(Counter.of_client(action, client, limit, now), now)

    def allows(self, email: EmailAddress, now: datetime) -> bool:
        """Count an attempt with an e-mail address; return whether it is within the limit.

        For actions that always give the same answer: over the limit the caller does the same
        work and sends nothing.

        Raises
        ------
        Busy
            The attempt could not be counted, and this action fails closed.
        """
        action, limit = self.rate_limit.action, self.rate_limit.per_email
        try:
            self._count(Counter.of_email(action, email, limit, now), now)
        except TooManyAttempts:
            return False
        return True

    def hit_one(self, subject: str, now: datetime) -> None:
        """Count an attempt by a customer or a browser, of as many as with one address.

        Raises
        ------
        TooManyAttempts, Busy
        """
        action, limit = self.rate_limit.action, self.rate_limit.per_email
        self._count(Counter.of(action, subject, limit, now), now)

    def _count(self, counter: Counter, now: datetime) -> None:
        if not counter.limit.most:
            return
        try:
            earlier = self.limits.count(counter) - 1
        except Busy:
            logger.warning("an attempt was not counted: %s", self.rate_limit.action)
            if self.rate_limit.action.fails_open:
                return
            raise
        counter.limit.check(earlier, now)


@dataclass(frozen=True)
class CodeRateLimiter:
    """Counts every code that is typed, before it is compared: two writes.

    By client, in a window; and ``per_sign_up``, for good: a code is short, so few are compared.
    What a sign-up is counted by must follow from the request alone, so that the count tells
    nobody whether there is one.
    """

    limiter: RateLimiter
    per_sign_up: Limit

    def hit(self, client: str | None, subject: str, now: datetime) -> None:
        """Count a code.

        Parameters
        ----------
        client
            The network address that it comes from.
        subject
            What it is typed for: a browser's secret, or the reference in a call of the API.
        now
            The time.

        Raises
        ------
        TooManyAttempts
            This client has tried too many.
        TooManyCodes
            The limit of this sign-up is reached.
        Busy
        """
        self.limiter.hit(client, now)
        counter = Counter.lasting(LimitedAction.CODE, subject, self.per_sign_up, now)
        if self.limiter.limits.count(counter) > self.per_sign_up.most:
            raise TooManyCodes(int(self.per_sign_up.window.total_seconds()))


@dataclass(frozen=True)
class LoginAttempt:
    """A permitted attempt to log in; kept to count it if it fails.

    ``is_noted``: it was noted today already that the client owns the address.
    """

    claim: Claim | None
    counters: tuple[Counter, ...]
    began: float
    is_noted: bool = False


@dataclass(frozen=True)
class LoginRateLimiter:
    """Counts failed logins only: a login with the right password costs no write.

    A client that has logged in with the address before has a counter of its own, so that
    strangers do not lock it out. Strangers count by client and by address. All counters are read
    together with the claim, and a failure adds to some in one call, whether the address is known
    or not. Simultaneous attempts read the same count, so they can exceed a limit by their number.
    """

    limits: Limits
    rate_limit: RateLimit

    def begin(self, email: EmailAddress, client: Client | None, now: datetime) -> LoginAttempt:
        """Check the limits and return the claim on an address. One read call.

        Without a client, somebody types the password once more within a session.

        Raises
        ------
        TooManyAttempts
            There were too many failures by this client or with this address.
        Busy
            The counters cannot be read.
        """
        began = waiting.monotonic()
        action = self.rate_limit.action
        who = client.named(action, email) if client else "session"
        strangers = self.rate_limit.counters(client.address, email, now) if client else []
        own = self.rate_limit.counters_of_known(who, email, now) if who else []
        notes = [Counter.note(action, who, email, now)] if client and who else []
        claim, counts = self.limits.claim_on(email, [*strangers, *own, *notes], now)
        is_known = client is None or any(counts[note] for note in notes)
        counters = own if is_known else strangers
        self._check(counters, counts, now)
        is_noted = any(counts[note] == note.proven_on for note in notes)
        return LoginAttempt(claim, tuple(counters), began, is_noted)

    def prove(self, email: EmailAddress, client: Client, now: datetime) -> None:
        """Note that a client owns an address, and clear what strangers did with it.

        If that fails, the next log-in may have to wait for the end of the window.
        """
        action, limit = self.rate_limit.action, self.rate_limit.per_email
        strangers = Counter.of_email(action, email, limit, now)
        with suppress(Busy):
            self.limits.note(client.note(action, email, now), strangers)

    def failed(self, attempt: LoginAttempt) -> None:
        """Count a failed attempt, and wait until nobody can tell by the time why it failed.

        One write call.

        Raises
        ------
        Busy
            It could not be counted. Then the answer must not reveal the failure.
        """
        try:
            if attempt.counters:
                self.limits.count_all(attempt.counters)
        finally:
            waiting.wait(FAILURE_SECONDS, attempt.began)

    def _check(
        self, counters: Sequence[Counter], counts: Mapping[Counter, int], now: datetime
    ) -> None:
        refusals = []
        for counter in counters:
            try:
                counter.limit.check(counts[counter], now)
            except TooManyAttempts as refusal:
                refusals.append(refusal)
        if refusals:
            raise max(refusals, key=lambda refusal: refusal.retry_after)
