"""Looks for the input of each public route that costs the most CPU, by hill climbing.

Run it with ``[SECONDS_A_ROUTE=5] python -m benchmarks.report dearest_inputs``. AWS calls, which
moto answers, do not count. The dearest input may cost twice what a plain one costs.
``SEED`` makes another search.
"""

import contextlib
import io
import os
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from moto import mock_aws

from benchmarks.report import Table
from registration.adapters.json_client import JsonClient
from registration.application import waiting
from registration.domain import passwords
from tests.conftest import GENEROUS  # sets the environment before boto3 reads it
from tests.handlers.test_costly_inputs import DENSE, MARKS, SENT
from tests.support import quick_hashes
from tests.support.cloud import PUBLIC_URL, Cloud
from tests.support.requests import PASSWORD
from tests.support.stack import Stack

SECONDS = float(os.environ.get("SECONDS_A_ROUTE") or 5)
MOST, LONGEST = 2.0, 16_000
DRAWN = random.Random(int(os.environ.get("SEED") or 1))  # noqa: S311 - no secret
PLAIN = {
    "sign-up, email": "sonia@example.com",
    "sign-up, firstName": "Sonia",
    "sign-up, lastName": "Torres",
    "sign-up, phone": "+49 30 1234",
    "sign-up, company": "Navy",
    "sign-up, dateOfBirth": "1980-12-09",
    "sign-up, password": PASSWORD,
    "sign-up by the form": PASSWORD,
    "name by the form": "Sonia",
    "confirmation": "DE--7rEqAJVSFVYqk2vI.Xr7aBcD9eF0gH1iJ.6512bd43." + "a" * 43,
}
SEEDS = (
    *(MARKS, DENSE, "a" * LONGEST, "\u1f82" * 500, "\ufdfa" * 500, "\u202e\u200b" * 2_000),
    *("@".join("ab" * 1_000), "a." * 120 + "@" + "b." * 120 + "com", "xn--" * 60 + "@xn--a.com"),
    *("2019-12-31" * 800, "qwertz1234" * 13, "passwordsommer" * 9, " \t\r\n" * 2_000, "%00" * 900),
    *("\U0001f469\u200d" * 500, "=\r\n" * 2_000, "<>&\"'" * 2_000, "\u0130\u00df" * 1_000),
)
ALPHABET = "".join(SEEDS) + "abcxyz0189@.-_+\u00e4\u0142\u03a9\u4e2d\ud55c\u0e01"


def mutated(text: str) -> str:
    """Return a text with one change: a part is doubled, moved, left out or replaced."""
    start, end = sorted(DRAWN.randrange(len(text) + 1) for _ in range(2))
    part, way = text[start:end], DRAWN.randrange(5)
    drawn = "".join(DRAWN.choices(ALPHABET, k=DRAWN.choice((1, 4, 20))))
    middle = (part * 2, "", drawn, part[::-1], drawn * 10)[way]
    return (text[:start] + middle + text[end:])[:LONGEST] or "a"


def in_calls(spent: list[float]) -> None:
    """Note from now on what AWS calls cost."""
    client: Any = JsonClient
    make = client.call_once

    def noted(*given: Any) -> Any:
        began = time.process_time()
        try:
            return make(*given)
        finally:
            spent.append(time.process_time() - began)

    client.call_once = noted


def dearest(cost: Callable[[str], float]) -> tuple[float, str]:
    """Return the highest cost that was found, and its input."""
    best = max((cost(seed), seed) for seed in SEEDS)
    ends = time.monotonic() + SECONDS
    while time.monotonic() < ends:
        tried = mutated(best[1])
        found = cost(tried)
        # One more look: what is only noise does not come again.
        if found > best[0] and (again := min(found, cost(tried))) > best[0]:
            best = (again, tried)
    return min(best[0], *(cost(best[1]) for _ in range(4))), best[1]


def tables() -> Iterator[Table]:
    """Climb for each route."""
    rows = []
    passwords._hasher, waiting.sleep = quick_hashes.REAL, lambda _seconds: None
    spent: list[float] = []
    with mock_aws():
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL, **GENEROUS}))
        cloud.watch()
        in_calls(spent)
        for name, send in SENT.items():

            def cost(text: str, send: Any = send) -> float:
                spent.clear()
                cloud.calls.clear()
                began = time.process_time()
                with contextlib.redirect_stdout(io.StringIO()):
                    send(cloud, text)
                return time.process_time() - began - sum(spent)

            usual = PLAIN.get(name, PLAIN["sign-up, email"])
            plain = min(cost(usual) for _ in range(7))
            found, text = dearest(cost)
            shown = ascii(text[:24]).replace("|", "/")
            rows.append((name, found / plain, plain * 1e3, found * 1e3, len(text), f"`{shown}`"))
    yield Table(
        "The dearest input of each route",
        ("", "times a plain one", "plain, ms", "dearest, ms", "characters", "begins"),
        rows,
        f"At most {MOST:g} times a plain one is aimed at. CPU alone, without AWS calls.",
        ("times a plain one",),
    )
