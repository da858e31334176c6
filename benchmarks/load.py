"""Measures the local cloud under load: sign-ups at rising rates, then at twice the knee.

``make bench`` runs it, for about a minute; ``SECONDS=20 .venv/bin/python -m benchmarks.load`` keeps
up each rate for longer. Arrivals do not wait for answers, as people do not (an open system:
https://www.usenix.org/legacy/event/nsdi06/tech/schroeder/schroeder.pdf). The knee is the highest
rate at which answers keep up with arrivals. At twice the knee the last request waits for as long
as the rate lasts, for which API Gateway allows 30 seconds. None may fail, and no mail may be lost.
"""

import http.client
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

from benchmarks.report import Table, show
from local.cloud import Cloud, running_cloud
from local.front_door import CONCURRENCY
from tests.support.requests import customer_document

SECONDS = float(os.environ.get("SECONDS") or 5)
"""How long each rate lasts."""
_RATES = 6
_STEP = 1.5
_KEEPS_UP = 0.8
_SECONDS_FOR_AN_ANSWER = 40
_SECONDS_FOR_MAILS = 120
_CREATED = 201


@dataclass(frozen=True)
class Load:
    """What became of the sign-ups at one rate.

    Attributes
    ----------
    rate, answered
        Arrivals in a second, and answers in a second until the last one.
    sent, errors
        How many signed up, and how many of them got another answer than 201.
    p50, p95, longest
        Answer times, as multiples of the unloaded median.
    processes
        How many processes of functions were started until the end.
    """

    rate: float
    answered: float
    sent: int
    errors: int
    p50: float
    p95: float
    longest: float
    processes: int

    @property
    def keeps_up(self) -> bool:
        """Whether requests do not pile up."""
        return not self.errors and self.answered > _KEEPS_UP * self.rate


@dataclass(frozen=True)
class Figures:
    """The result.

    Attributes
    ----------
    concurrency
        How many requests the local cloud processes at a time.
    unloaded
        The median answer time of one client alone, in seconds.
    knee
        The highest rate that the local cloud keeps up with.
    rising, twice
        The loads up to the first that was too much, and the one at twice the knee.
    lost
        How many customers got no mail.
    mailed_after
        How many seconds after the last answer all mails had been sent.
    """

    concurrency: int
    unloaded: float
    knee: float
    rising: Sequence[Load]
    twice: Load
    lost: int
    mailed_after: float


def measure(seconds: float = SECONDS) -> Figures:
    """Start a local cloud, and measure it."""
    with running_cloud() as cloud:
        crowd = Crowd(cloud)
        rising = list(_rising(crowd, seconds))
        knee = max((load.rate for load in rising if load.keeps_up), default=rising[0].answered)
        twice = crowd.arrive(2 * knee, seconds)
        lost, mailed_after = crowd.without_mail()
    return Figures(CONCURRENCY, crowd.unloaded, knee, rising, twice, lost, mailed_after)


def _rising(crowd: "Crowd", seconds: float) -> Iterator[Load]:
    """Yield loads up to the first that is too much. One client after the other is half of one."""
    for step in range(_RATES):
        yield (load := crowd.arrive(_STEP**step / (2 * crowd.unloaded), seconds))
        if not load.keeps_up:
            return


class Crowd:
    """Clients who sign up, each with an address of their own.

    ``unloaded`` is the median answer time of one alone, after the first have woken the functions.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._host = urlsplit(cloud.url).netloc
        self._signed_up: set[str] = set()
        self._numbers = count()
        with ThreadPoolExecutor(CONCURRENCY) as first:
            list(first.map(self._sign_up, range(2 * CONCURRENCY)))
        self.unloaded = median(map(self._sign_up, range(5)))

    def arrive(self, rate: float, seconds: float) -> Load:
        """Let clients arrive at a rate, and wait for all answers."""
        sent = max(2, round(rate * seconds))
        known, began = len(self._signed_up), time.monotonic()
        with ThreadPoolExecutor(sent) as clients:
            waiting = []
            for number in range(sent):
                time.sleep(max(0, began + number / rate - time.monotonic()))
                waiting.append(clients.submit(self._sign_up))
            took = [each.result() / self.unloaded for each in waiting]
        answered = sent / (time.monotonic() - began)
        errors = sent - (len(self._signed_up) - known)
        p95 = quantiles(took, n=20, method="inclusive")[-1]
        processes = Path(self._cloud.log).read_text().count("Lambda worker spawned")
        return Load(rate, answered, sent, errors, median(took), p95, max(took), processes)

    def without_mail(self) -> tuple[int, float]:
        """Wait for the mails; return how many customers got none, and how long it took."""
        began = time.monotonic()
        while True:
            lost = self._signed_up - {mail["to"] for mail in self._cloud.mails()}
            waited = time.monotonic() - began
            if not lost or waited > _SECONDS_FOR_MAILS:
                return len(lost), waited
            time.sleep(1)

    def _sign_up(self, *_: object) -> float:
        """Sign up, and return how many seconds the answer took."""
        address = f"load{next(self._numbers)}@example.com"
        began = time.monotonic()
        connection = http.client.HTTPConnection(self._host, timeout=_SECONDS_FOR_AN_ANSWER)
        try:
            body = json.dumps(customer_document(email=address))
            connection.request("POST", "/customers", body, {"Content-Type": "application/json"})
            if connection.getresponse().status == _CREATED:
                self._signed_up.add(address)
        except OSError:
            pass  # It counts as an error.
        finally:
            connection.close()
        return time.monotonic() - began


def tables() -> Iterator[Table]:
    """Measure."""
    figures = measure()
    rows = [
        (
            load.rate,
            load.answered,
            f"{load.errors} of {load.sent}",
            load.p50,
            load.p95,
            load.longest,
            load.processes,
        )
        for load in (*figures.rising, figures.twice)
    ]
    told = (
        f"{figures.concurrency} requests at a time; times as multiples of the unloaded median. The"
        f" knee is at {figures.knee:.1f} a second. In the last row, at twice that, "
        f"{figures.twice.errors} requests failed and {figures.lost} mails were lost."
    )
    columns = ("sign-ups a second", "answered", "errors", "p50", "p95", "longest", "processes")
    yield Table("The local cloud under load", columns, rows, told)


if __name__ == "__main__":
    for table in tables():
        print(show(table), table.told, sep="\n")
