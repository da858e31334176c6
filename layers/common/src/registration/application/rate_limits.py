"""Rate limiting: what is counted, when, and what happens if counting fails."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from registration.domain.customers import Claim
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, TooManyAttempts
from registration.domain.rate_limits import Counter, Limit, LimitedAction

logger = logging.getLogger(__name__)


class Uncounted(Exception):
    """The counters are unavailable now."""


class Limits(Protocol):
    """Counters of attempts. Each call raises :class:`Uncounted` if they are unavailable."""

    def count(self, counter: Counter) -> int:
        """Add one; return the new count. One write."""
        ...

    def count_all(self, counters: Sequence[Counter]) -> None:
        """Add one to each of some counters. One write call."""
        ...

    def claim_on(
        self, email: EmailAddress, counters: Sequence[Counter]
    ) -> tuple[Claim | None, list[int]]:
        """Return the claim on an address, and the value of each counter. One read call."""
        ...


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

    def _count(self, counter: Counter, now: datetime) -> None:
        if not counter.limit.most:
            return
        try:
            earlier = self.limits.count(counter) - 1
        except Uncounted as error:
            logger.warning("an attempt was not counted: %s", self.rate_limit.action)
            if self.rate_limit.action.fails_open:
                return
            raise Busy from error
        counter.limit.check(earlier, now)


@dataclass(frozen=True)
class LoginAttempt:
    """A permitted attempt to log in; kept to count it if it fails."""

    claim: Claim | None
    counters: tuple[Counter, ...]


@dataclass(frozen=True)
class LoginRateLimiter:
    """Counts failed logins only: a login with the right password costs no write.

    The counters are read together with the claim, and a failure adds to both in one call,
    whether the address is known or not. Simultaneous attempts read the same count, so they
    can exceed a limit by their number.
    """

    limits: Limits
    rate_limit: RateLimit

    def begin(self, email: EmailAddress, client: str | None, now: datetime) -> LoginAttempt:
        """Check the limits and return the claim on an address. One read call.

        Raises
        ------
        TooManyAttempts
            There were too many failures by this client or with this address.
        Busy
            The counters cannot be read.
        """
        counters = self.rate_limit.counters(client, email, now)
        try:
            claim, counts = self.limits.claim_on(email, counters)
        except Uncounted as error:
            raise Busy from error
        self._check(counters, counts, now)
        return LoginAttempt(claim, tuple(counters))

    def failed(self, attempt: LoginAttempt) -> None:
        """Count a failed attempt. One write call.

        Raises
        ------
        Busy
            It could not be counted. Then the answer must not reveal the failure.
        """
        if not attempt.counters:
            return
        try:
            self.limits.count_all(attempt.counters)
        except Uncounted as error:
            raise Busy from error

    def _check(self, counters: Sequence[Counter], counts: Sequence[int], now: datetime) -> None:
        refusals = []
        for counter, count in zip(counters, counts, strict=True):
            try:
                counter.limit.check(count, now)
            except TooManyAttempts as refusal:
                refusals.append(refusal)
        if refusals:
            raise max(refusals, key=lambda refusal: refusal.retry_after)
