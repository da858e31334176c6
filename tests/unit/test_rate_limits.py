"""Rate limits: windows, counters, and what happens if counting fails."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from registration.application.rate_limits import LoginRateLimiter, RateLimit, RateLimiter
from registration.domain.emails import EmailAddress
from registration.domain.errors import Busy, TooManyAttempts
from registration.domain.rate_limits import Client, Counter, Limit, LimitedAction, WindowCount
from tests.fakes.customers import FakeLimits
from tests.support.factories import NOW
from tests.support.stack import ROOT, source

HOUR = timedelta(hours=1)
EMAIL = EmailAddress("ada@example.com")
CLIENT = "203.0.113.7"
HALF_PAST = NOW + timedelta(minutes=30)


def by_client(address: str | None, action: LimitedAction = LimitedAction.SIGN_UP) -> str:
    return Counter.of_client(action, address, Limit(5, HOUR), NOW).digest


def by_email(address: str, action: LimitedAction = LimitedAction.SIGN_UP) -> str:
    return Counter.of_email(action, EmailAddress(address), Limit(5, HOUR), NOW).digest


def a_rate_limit(
    action: LimitedAction = LimitedAction.SIGN_UP, per_client: int = 2, per_email: int = 2
) -> RateLimit:
    return RateLimit(action, Limit(per_client, HOUR), Limit(per_email, HOUR))


# Windows


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        (datetime(2026, 11, 22, 12, 0, tzinfo=UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)),
        (datetime(2026, 11, 22, 12, 59, 59, 999_999, UTC), datetime(2026, 11, 22, 13, tzinfo=UTC)),
        (datetime(2026, 11, 22, 13, 0, tzinfo=UTC), datetime(2026, 11, 22, 14, tzinfo=UTC)),
    ],
)
def test_a_window_ends_at_a_fixed_moment(now: datetime, ends: datetime) -> None:
    assert Limit(5, HOUR).ends(now) == ends


def test_as_many_attempts_as_the_limit_says_are_allowed() -> None:
    limit = Limit(3, HOUR)

    limit.check(2, NOW)
    with pytest.raises(TooManyAttempts):
        limit.check(3, NOW)


def test_0_is_no_limit() -> None:
    Limit(0, HOUR).check(1_000_000, NOW)


@pytest.mark.parametrize(
    ("passed", "seconds"),
    [
        (timedelta(), 3600),
        (timedelta(minutes=45), 900),
        (timedelta(minutes=59, seconds=59, milliseconds=999), 1),
    ],
)
def test_a_refusal_says_how_long_to_wait(passed: timedelta, seconds: int) -> None:
    with pytest.raises(TooManyAttempts) as refusal:
        Limit(3, HOUR).check(3, NOW + passed)

    assert refusal.value.retry_after == seconds


def test_each_window_has_a_counter_of_its_own() -> None:
    limit = Limit(5, HOUR)
    first = Counter.of_client(LimitedAction.SIGN_UP, CLIENT, limit, NOW)
    same = Counter.of_client(LimitedAction.SIGN_UP, CLIENT, limit, NOW + timedelta(minutes=59))
    later = Counter.of_client(LimitedAction.SIGN_UP, CLIENT, limit, NOW + HOUR)

    assert first == same
    assert first.digest != later.digest


# Clients and addresses


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"),
        ("2001:DB8:1:2:0:0:0:1", "2001:db8:1:2::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_addresses_of_one_client_are_counted_together(one: str, other: str) -> None:
    assert by_client(one) == by_client(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("203.0.113.7", "203.0.113.8"),
        ("2001:db8:1:2::1", "2001:db8:1:3::1"),
        ("::ffff:203.0.113.7", "::ffff:203.0.113.8"),
        ("203.0.113.7", None),
    ],
)
def test_addresses_of_two_clients_are_counted_apart(one: str, other: str | None) -> None:
    assert by_client(one) != by_client(other)


def test_a_client_without_an_address_is_a_client() -> None:
    assert by_client(None) == by_client("") != by_client("unknown")


def test_spellings_of_one_email_address_are_counted_together() -> None:
    assert by_email("Ada@example.com") == by_email("ada@example.com")
    assert by_email("ada@example.com") != by_email("eve@example.com")


def test_actions_are_counted_apart() -> None:
    of_client = {by_client(CLIENT, action) for action in LimitedAction}
    of_email = {by_email("ada@example.com", action) for action in LimitedAction}

    assert len(of_client) == len(LimitedAction)
    assert len(of_email) == len(LimitedAction)


def test_a_client_is_not_taken_for_an_address_of_the_same_text() -> None:
    assert by_client("ada@example.com") != by_email("ada@example.com")


# A count in its window


def test_a_count_goes_on_in_its_window() -> None:
    limit = Limit(3, HOUR)

    first = WindowCount.one_more(None, limit, NOW)
    second = WindowCount.one_more(first, limit, HALF_PAST)

    assert (first, second) == (WindowCount(1, NOW + HOUR), WindowCount(2, NOW + HOUR))


def test_a_count_begins_anew_in_the_next_window() -> None:
    full = WindowCount(3, NOW + HOUR)

    with pytest.raises(TooManyAttempts):
        WindowCount.one_more(full, Limit(3, HOUR), NOW + HOUR - timedelta(seconds=1))
    assert WindowCount.one_more(full, Limit(3, HOUR), NOW + HOUR) == WindowCount(1, NOW + 2 * HOUR)


def test_a_count_counts_where_there_is_no_limit() -> None:
    assert WindowCount.one_more(WindowCount(9, NOW + HOUR), Limit(0, HOUR), NOW).count == 10


# The limiter


def test_the_gate_closes_after_the_last_attempt_that_is_allowed() -> None:
    limiter = RateLimiter(FakeLimits(), a_rate_limit(per_client=2))
    limiter.hit(CLIENT, NOW)
    limiter.hit(CLIENT, NOW)

    with pytest.raises(TooManyAttempts):
        limiter.hit(CLIENT, NOW)

    limiter.hit("203.0.113.8", NOW)
    limiter.hit(CLIENT, NOW + HOUR)


def test_an_address_is_counted_apart_from_clients() -> None:
    limiter = RateLimiter(
        FakeLimits(), a_rate_limit(LimitedAction.RESEND, per_client=1, per_email=2)
    )
    limiter.hit(CLIENT, NOW)

    assert [limiter.allows(EMAIL, NOW) for _ in range(3)] == [True, True, False]


def test_without_limits_nothing_is_counted() -> None:
    limits = FakeLimits(away=True)
    limiter = RateLimiter(limits, a_rate_limit(LimitedAction.RESEND, per_client=0, per_email=0))

    limiter.hit(CLIENT, NOW)

    assert limiter.allows(EMAIL, NOW)
    assert limits.counts == {}


@pytest.mark.parametrize("action", [LimitedAction.SIGN_UP, LimitedAction.GUEST_CART])
def test_signing_up_and_filling_a_cart_go_on_uncounted(
    action: LimitedAction, caplog: pytest.LogCaptureFixture
) -> None:
    limiter = RateLimiter(FakeLimits(away=True), a_rate_limit(action))

    with caplog.at_level(logging.WARNING):
        limiter.hit(CLIENT, NOW)

    assert f"not counted: {action}" in caplog.text
    assert CLIENT not in caplog.text


@pytest.mark.parametrize("action", [LimitedAction.RESEND, LimitedAction.FORGOTTEN_PASSWORD])
def test_no_mail_is_sent_to_others_uncounted(action: LimitedAction) -> None:
    limiter = RateLimiter(FakeLimits(away=True), a_rate_limit(action))

    with pytest.raises(Busy):
        limiter.hit(CLIENT, NOW)
    with pytest.raises(Busy):
        limiter.allows(EMAIL, NOW)


# Logging in


def a_login_rate_limiter(per_client: int = 5, per_email: int = 2) -> LoginRateLimiter:
    return LoginRateLimiter(FakeLimits(), a_rate_limit(LimitedAction.LOGIN, per_client, per_email))


def test_only_failures_count() -> None:
    limiter = a_login_rate_limiter(per_email=1)

    for _ in range(3):
        limiter.begin(EMAIL, Client(CLIENT), NOW)

    limiter.failed(limiter.begin(EMAIL, Client(CLIENT), NOW))
    with pytest.raises(TooManyAttempts):
        limiter.begin(EMAIL, Client(CLIENT), NOW)


def test_an_address_is_closed_for_every_client_and_a_client_for_every_address() -> None:
    limiter = a_login_rate_limiter(per_client=3, per_email=2)
    for client in ("203.0.113.1", "203.0.113.2"):
        limiter.failed(limiter.begin(EMAIL, Client(client), NOW))
    for name in ("a", "b", "c"):
        limiter.failed(limiter.begin(EmailAddress(f"{name}@example.com"), Client(CLIENT), NOW))

    with pytest.raises(TooManyAttempts):
        limiter.begin(EMAIL, Client("203.0.113.3"), NOW)
    with pytest.raises(TooManyAttempts):
        limiter.begin(EmailAddress("d@example.com"), Client(CLIENT), NOW)
    limiter.begin(EmailAddress("d@example.com"), Client("203.0.113.3"), NOW)
    limiter.begin(EMAIL, Client(CLIENT), NOW + HOUR)


def test_the_longer_wait_is_told() -> None:
    rate_limit = RateLimit(LimitedAction.LOGIN, Limit(1, HOUR / 4), Limit(1, HOUR))
    limiter = LoginRateLimiter(FakeLimits(), rate_limit)
    limiter.failed(limiter.begin(EMAIL, Client(CLIENT), NOW))

    with pytest.raises(TooManyAttempts) as refusal:
        limiter.begin(EMAIL, Client(CLIENT), NOW)

    assert refusal.value.retry_after == 3600


def test_logins_without_limits_count_nothing_and_find_the_claim_all_the_same() -> None:
    limiter = a_login_rate_limiter(per_client=0, per_email=0)

    attempt = limiter.begin(EMAIL, Client(CLIENT), NOW)
    limiter.failed(attempt)

    assert attempt.counters == ()


def test_nobody_guesses_passwords_uncounted() -> None:
    limits = FakeLimits()
    limiter = LoginRateLimiter(limits, a_rate_limit(LimitedAction.LOGIN))
    attempt = limiter.begin(EMAIL, Client(CLIENT), NOW)
    limits.away = True

    with pytest.raises(Busy):
        limiter.failed(attempt)
    with pytest.raises(Busy):
        limiter.begin(EMAIL, Client(CLIENT), NOW)


def test_every_limit_is_documented() -> None:
    table = (ROOT / "docs" / "limits.md").read_text("utf-8")
    limits = [name for name in source()["Parameters"] if name.endswith(("PerClient", "PerEmail"))]

    assert [name for name in limits if f"| `{name}` |" not in table] == []


def test_that_a_client_is_known_is_noted_once_a_day() -> None:
    limiter, client = a_login_rate_limiter(), Client(CLIENT)

    before = limiter.begin(EMAIL, client, NOW)
    limiter.prove(EMAIL, client, NOW)

    assert not before.is_noted
    assert limiter.begin(EMAIL, client, NOW).is_noted
    assert not limiter.begin(EMAIL, client, NOW + timedelta(days=1)).is_noted
    assert not limiter.begin(EMAIL, Client("203.0.113.9"), NOW).is_noted
