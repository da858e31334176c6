"""Guesses at the codes of many customers: as many are compared as the counters say."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest

from registration.application.customers.exchange_code import ExchangeCode
from registration.application.rate_limits import CodeRateLimiter, RateLimit, RateLimiter
from registration.domain.claims import claim_of
from registration.domain.customers import browser_digest
from registration.domain.emails import EmailAddress
from registration.domain.errors import CodeWrong, TooManyAttempts, TooManyCodes
from registration.domain.links import LinkSigner, Purpose
from registration.domain.rate_limits import Limit, LimitedAction
from tests.fakes.customers import FakeCustomers, FakeLimits
from tests.support.factories import NOW, a_verified_customer

TRIES, GUESSES = 5, 20_000
KEY = "a key of at least thirty-two characters"


class Counting(LinkSigner):
    """Counts the digits that are compared."""

    def __init__(self) -> None:
        super().__init__([KEY])
        self.compared = 0

    def is_code(self, digits: str, purpose: Purpose, reference: str, token_id: str) -> bool:
        self.compared += 1
        return super().is_code(digits, purpose, reference, token_id)


def exchange(links: LinkSigner, known: int, per_client: int) -> ExchangeCode:
    customers = FakeCustomers()
    for number in range(known):
        customer = a_verified_customer(reference=f"DE--{number}", email=address(number))
        asked = customer.forgetting_password(f"token-{number}", NOW, browser_digest(secret(number)))
        customers.customers[customer.reference] = asked
        customers.claims[customer.email.normalised] = claim_of(customer)
    hour = timedelta(hours=1)
    by_client = RateLimit(LimitedAction.CODE, Limit(per_client, hour), Limit(0, hour))
    lifetime = timedelta(hours=2)
    ids: Iterator[int] = count()
    return ExchangeCode(
        customers,
        links,
        lambda: NOW,
        lambda: str(next(ids)),
        CodeRateLimiter(RateLimiter(FakeLimits(), by_client), Limit(TRIES, lifetime)),
        {Purpose.RESET_PASSWORD: lifetime, Purpose.CHANGE_EMAIL: lifetime},
    )


def address(number: int) -> EmailAddress:
    return EmailAddress(f"a{number}@example.com")


def secret(number: int) -> str:
    return f"secret-{number}"


def guess(exchange: ExchangeCode, at: int) -> type[Exception] | None:
    """Guess at the codes of some addresses in turn; half of them are unknown."""
    refusals: set[type[Exception]] = set()
    for number in range(GUESSES):
        who = number % at
        digits = f"{number:08}"
        try:
            exchange.for_new_password(address(who), digits, secret(who), "192.0.2.9")
        except (CodeWrong, TooManyAttempts) as refusal:
            refusals.add(type(refusal))
        else:
            pytest.fail("a guess was right: another key, please")
    return TooManyCodes if TooManyCodes in refusals else None


@pytest.mark.parametrize("at", [1, 10, 1000])
def test_each_sign_up_has_its_few_tries(at: int) -> None:
    links = Counting()

    refusal = guess(exchange(links, known=at // 2 + 1, per_client=0), at)

    assert links.compared == at * TRIES
    assert refusal is TooManyCodes


def test_a_client_has_as_many_as_one_window_gives() -> None:
    links = Counting()

    guess(exchange(links, known=500, per_client=60), 1000)

    assert links.compared == 60
