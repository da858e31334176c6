"""Independent senders share the account's rate."""

import heapq
import random
from datetime import datetime, timedelta
from itertools import count

import pytest

from registration.application.mail.ports import Quota
from registration.application.mail.send_rate import SendRate
from registration.domain.mail.mails import Lane
from tests.support.factories import NOW

RATE = 20


class Account:
    """An account that accepts a number of mails per second, and throttles the others."""

    def __init__(self, broken: float = 0) -> None:
        self.seconds: dict[int, int] = {}
        self.accepted = self.refused = 0
        self._broken, self._dice = broken, random.Random(3)  # noqa: S311 - dice

    def accepts(self, at: float) -> bool:
        taken = self.seconds.get(int(at), 0)
        if taken >= RATE or self._dice.random() < self._broken:
            self.refused += 1
            return False
        self.seconds[int(at)] = taken + 1
        self.accepted += 1
        return True


class Sender:
    """One process with its own send rate and clock."""

    def __init__(self, lane: Lane = Lane.PEOPLE) -> None:
        self.lane, self.time, self.sent = lane, 0.0, 0
        self.pace = SendRate(lambda: Quota(RATE, None, 0), self._clock, self._sleep)

    def _clock(self) -> datetime:
        return NOW + timedelta(seconds=self.time)

    def _sleep(self, seconds: float) -> None:
        self.time += seconds

    def send(self, account: Account) -> None:
        self.pace.wait(self.lane)
        self.time += 0.02
        if account.accepts(self.time):
            self.pace.accepted()
            self.sent += 1
        else:
            self.pace.throttled()
            self.time += 0.25


def run(senders: list[Sender], account: Account, seconds: float) -> None:
    order = count()
    turns = [(0.0, next(order), sender) for sender in senders]
    heapq.heapify(turns)
    while turns[0][0] < seconds:
        _, _, sender = heapq.heappop(turns)
        sender.send(account)
        heapq.heappush(turns, (sender.time, next(order), sender))


@pytest.mark.parametrize("number", [1, 2, 5, 10])
def test_together_they_use_the_rate_and_are_seldom_refused(number: int) -> None:
    senders, account = [Sender() for _ in range(number)], Account()

    run(senders, account, 120)

    assert account.accepted > 0.75 * RATE * 120
    assert account.refused < 0.35 * account.accepted
    assert number > 1 or account.refused <= 0.05 * account.accepted


def test_each_gets_its_share() -> None:
    senders, account = [Sender() for _ in range(5)], Account()

    run(senders, account, 300)

    shares = sorted(sender.sent / account.accepted for sender in senders)
    assert shares[0] > 0.1
    assert shares[-1] < 0.3


def test_a_sender_throttled_by_chance_does_not_stop() -> None:
    sender, account = Sender(), Account(broken=0.05)

    run([sender], account, 300)

    assert account.accepted / 300 > RATE * 0.15


def test_imports_leave_room_for_people() -> None:
    importing, account = Sender(Lane.IMPORT), Account()

    run([importing], account, 60)

    assert account.accepted / 60 == pytest.approx(RATE * 0.8, rel=0.05)
    assert account.refused == 0
