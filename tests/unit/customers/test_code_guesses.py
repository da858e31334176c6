"""A hundred thousand guesses at codes: what is compared, and how often a guess is right.

With eight digits no guess would be right in this test, and nothing would be learnt from it. So
codes have three digits here; everything else is as it is.
"""

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from registration.application.customers.confirm import Confirm
from registration.application.rate_limits import CodeRateLimiter, RateLimit, RateLimiter
from registration.domain import links
from registration.domain.customers import Customer, Evidence, browser_digest
from registration.domain.emails import EmailAddress
from registration.domain.errors import CodeWrong, TooManyAttempts
from registration.domain.links import LinkSigner
from registration.domain.mail.mails import confirmation_mail
from registration.domain.passwords import PasswordRules
from registration.domain.rate_limits import Limit, LimitedAction
from tests.fakes.customers import FakeCustomers, FakeLimits
from tests.support.factories import a_customer

GUESSES = 100_000
TRIES = 5
DIGITS = 3
NOW = datetime(2026, 11, 30, 12, 1, tzinfo=UTC)
DAY = timedelta(days=1)

pytestmark = pytest.mark.clock(NOW)


class CountingSigner(LinkSigner):
    """Signs as ever, and counts the codes that are compared."""

    compared = 0

    def is_code(self, digits: str, *link: object) -> bool:
        self.compared += 1
        return super().is_code(digits, *link)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def three_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "CODE_DIGITS", DIGITS)


@pytest.fixture
def signer() -> CountingSigner:
    return CountingSigner(["a key"])


@pytest.fixture
def customers() -> FakeCustomers:
    return FakeCustomers()


def confirming(customers: FakeCustomers, signer: CountingSigner, *, per_client: int = 0) -> Confirm:
    hourly = Limit(per_client, timedelta(hours=1))
    limit = RateLimit(LimitedAction.CODE, hourly, Limit(0, timedelta(hours=1)))
    return Confirm(
        customers,
        signer,
        lambda: NOW,
        iter(map(str, range(10**9))).__next__,
        PasswordRules.LENGTH,
        CodeRateLimiter(RateLimiter(FakeLimits(customers), limit), Limit(TRIES, DAY)),
        DAY,
    )


def signed_up(customers: FakeCustomers, number: int) -> Customer:
    customer = a_customer(
        reference=f"DE--{number}",
        email=EmailAddress(f"victim{number}@example.com"),
        attempt_id=f"attempt{number}",
        token_id=f"token{number}",
        created_at=NOW,
        expires_at=NOW + 30 * DAY,
        browser=browser_digest(secret(number)),
        token_since=NOW,
    )
    customers.register(customer, confirmation_mail(customer, NOW), NOW)
    return customer


def secret(number: int) -> str:
    return f"the secret of browser {number}"


def guesses() -> Iterator[str]:
    drawn = random.Random(14)  # noqa: S311 - no secret
    return (f"{drawn.randrange(10**DIGITS):0{DIGITS}}" for _ in range(GUESSES))


def guess(confirm: Confirm, victim: Customer, number: int, code: str) -> bool:
    try:
        confirm.by_code(victim.email, code, secret(number), Evidence(NOW, "192.0.2.1"))
    except (CodeWrong, TooManyAttempts):
        return False
    return True


def test_against_one_sign_up_five_are_compared(
    customers: FakeCustomers, signer: CountingSigner
) -> None:
    confirm, victim = confirming(customers, signer), signed_up(customers, 0)

    right = sum(guess(confirm, victim, 0, code) for code in guesses())

    assert signer.compared == TRIES
    assert right <= 1


def test_against_many_sign_ups_they_are_right_as_often_as_chance_has_it(
    customers: FakeCustomers, signer: CountingSigner
) -> None:
    """Ten guesses at each of ten thousand, until one is right: five are compared."""
    confirm, drawn = confirming(customers, signer), guesses()
    victims = [signed_up(customers, number) for number in range(GUESSES // 10)]

    right = sum(
        any(guess(confirm, victim, number, next(drawn)) for _ in range(10))
        for number, victim in enumerate(victims)
    )

    chance = 1 - (1 - 10**-DIGITS) ** TRIES
    expected = len(victims) * chance
    deviation = math.sqrt(expected * (1 - chance))
    assert signer.compared <= len(victims) * TRIES
    assert abs(right - expected) < 5 * deviation


def test_from_one_client_they_stop_at_its_limit(
    customers: FakeCustomers, signer: CountingSigner
) -> None:
    confirm, drawn = confirming(customers, signer, per_client=60), guesses()
    victims = [signed_up(customers, number) for number in range(1_000)]

    for number, victim in enumerate(victims):
        for _ in range(TRIES):
            guess(confirm, victim, number, next(drawn))

    assert signer.compared == 60


def test_in_another_browser_no_guess_is_right(
    customers: FakeCustomers, signer: CountingSigner
) -> None:
    """Every code there is, each from a browser that has not signed up."""
    confirm, victim = confirming(customers, signer), signed_up(customers, 0)

    for number in range(10**DIGITS):
        assert not guess(confirm, victim, number + 1, f"{number:0{DIGITS}}")

    assert not customers.customers[victim.reference].is_verified
