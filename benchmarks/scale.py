"""How far the service goes: which limit of AWS is met first, what to raise, and what it costs.

Run it with ``python -m benchmarks.report scale``. A simulation, second by second, of a stack that
nobody has visited before: it takes what an act uses from the costs that were measured last
(``benchmarks/results/cost.json``), and the limits from AWS's pages. It sends nothing.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from benchmarks.report import RESULTS, Cell, Result, Table

HOUR, MINUTE, DAY = 3600, 60, 86_400
RATES = (10, 1_000, 100_000)
MILLION, GIGABYTE = 1_000_000, 1e9

# Counted under moto: what a confirmed customer keeps in the table, in bytes: customer, claim, two
# lines and three terms of the directory, with the 100 bytes that DynamoDB adds for each item.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
BYTES_OF_A_CUSTOMER = 2_100
# DynamoDB's storage and its continuous backups, in dollars for a GB and month.
# https://aws.amazon.com/dynamodb/pricing/on-demand/
STORED, BACKED_UP, FREE_GIGABYTES = 0.25, 0.20, 25
# `docs/import.md`: what the planner keeps of a row, and a row's time in a worker.
BYTES_OF_A_PLANNED_ROW, PLANNER_BYTES = 150, 512e6
# Of a sign-up's units: those of the mail, twice in a transaction, and of its index.
_OUTBOX = 3
ROWS_OF_A_WORKER = 800


@dataclass(frozen=True)
class Limits:
    """The limits of an account and of the template, each with AWS's page.

    Attributes
    ----------
    api
        Requests a second that the API takes: ``ApiRequestsPerSecond``; the account's are 10,000.
        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
    concurrency
        Concurrent calls of functions: 10 in a new account, then 1,000, and more for the asking.
        https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    growth
        How many more may run after each second, in one function: 1,000 in ten seconds.
        https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html
    warm
        Write units a second that the table takes at once: 4,000 if it is new.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html
    table
        The most that a table grows to: a quota.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
    mails, mails_a_day
        What SES accepts: usually 14 a second and 50,000 a day after the sandbox.
        https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
    """

    api: float = 100
    concurrency: float = 1_000
    growth: float = 100
    warm: float = 4_000
    table: float = 40_000
    mails: float = 14
    mails_a_day: float = 50_000


DEFAULT = Limits()
NEW_ACCOUNT = replace(DEFAULT, concurrency=10)
RAISED = Limits(
    api=30_000,
    concurrency=10_000,
    growth=100,
    warm=60_000,
    table=120_000,
    mails=2_000,
    mails_a_day=200e6,
)
# What each limit is called, and how it is raised.
HOW = {
    "api": "requests: ApiRequestsPerSecond, up to the account's quota",
    "concurrency": "concurrent functions: Lambda's quota",
    "growth": "new functions in ten seconds: not raised; provisioned concurrency before a sale",
    "warm": "writes of a new table: warm throughput",
    "table": "writes of a table: DynamoDB's quota",
    "mails": "mails a second: SES's sending rate",
    "mails_a_day": "mails a day: SES's sending quota",
}


@dataclass(frozen=True)
class Parts:
    """What one customer uses who signs up, confirms and logs in on the pages.

    Attributes
    ----------
    requests
        Those that functions answer: pages, forms, and the looks of the page that waits.
    units
        Write units of the table of customers.
    seconds, busiest, behind
        Seconds of functions that a request waits for, the most in one function, and after it.
    dollars
        Without SES.
    row
        Write units of the table of customers for an imported row.
    """

    requests: float
    units: float
    seconds: float
    busiest: float
    behind: float
    dollars: float
    row: float

    @classmethod
    def measured(cls) -> "Parts":
        """Return them from the costs measured last."""
        tables = {table.title: table for table in Result.read(RESULTS / "cost.json").tables}
        acts = _by_name(tables["A million who do the same on the pages"])
        rows = _by_name(tables["A million rows imported"])
        together = acts.pop("together")
        later = {act: acts.pop(act) for act in ("its mail", "SES's report", "the directory")}
        # Functions that answer requests have 1 GB, the others half of one.
        asked = [used["GB-seconds"] for used in acts.values()]
        outbox = later["its mail"]["write units"] + _OUTBOX
        return cls(
            requests=sum(used["calls of functions"] for used in acts.values()),
            units=together["write units"] - outbox,
            seconds=sum(asked),
            busiest=max(asked),
            behind=sum(used["GB-seconds"] for used in later.values()) / 0.5,
            dollars=together["dollars"] / MILLION,
            row=sum(rows[act]["write units"] for act in ("an imported row", "its directory")) - 2,
        )


def _by_name(table: Table) -> dict[str, dict[str, float]]:
    columns = table.columns[1:]
    return {
        str(row[0]): {name: float(cell) for name, cell in zip(columns, row[1:], strict=True)}
        for row in table.rows
    }


def sign_ups_a_minute(parts: Parts, limits: Limits) -> dict[str, float]:
    """Return how many sign-ups a minute each limit allows, by its name."""
    a_second = {
        # AWS does not say whether routes share it: if each has its own, it allows more.
        "api": limits.api / parts.requests,
        "concurrency": limits.concurrency / (parts.seconds + parts.behind),
        "growth": 10 * limits.growth / parts.busiest,
        "warm": limits.warm / parts.units,
        "table": limits.table / parts.units,
        "mails": limits.mails,
        "mails_a_day": limits.mails_a_day / DAY,
    }
    return {name: MINUTE * rate for name, rate in a_second.items()}


@dataclass
class Hour:
    """An hour in which a stack that was idle gets some sign-ups a second."""

    parts: Parts
    limits: Limits
    rate: float
    refused: float = 0
    accepted: float = 0
    waiting: float = 0
    sent: float = 0
    longest: float = 0

    def run(self) -> "Hour":
        """Let it pass."""
        running, capacity = 0.0, self.limits.warm
        for second in range(HOUR):
            running = min(running + self.limits.growth, self.limits.concurrency)
            # A table takes twice its former peak within half an hour of more traffic.
            if second and second % (HOUR // 2) == 0:
                capacity = max(capacity, min(2 * capacity, self.limits.table))
            taken = min(
                self.rate,
                self.limits.api / self.parts.requests,
                running / (self.parts.seconds + self.parts.behind),
                min(capacity, self.limits.table) / self.parts.units,
            )
            self.accepted += taken
            self.refused += self.rate - taken
            self._mail(taken)
        return self

    def _mail(self, promised: float) -> None:
        self.waiting += promised
        sent = min(self.waiting, self.limits.mails, self.limits.mails_a_day - self.sent)
        self.waiting, self.sent = self.waiting - sent, self.sent + sent
        self.longest = max(self.longest, self.waiting / self.limits.mails)

    @property
    def wait(self) -> str:
        """How long the last mail waits."""
        if self.sent + self.waiting > self.limits.mails_a_day:
            return f"{(self.sent + self.waiting) / self.limits.mails_a_day:.3g} days"
        return f"{self.longest:,.0f} s" if self.longest < HOUR else f"{self.longest / HOUR:.2g} h"


def tables() -> Iterator[Table]:
    """Simulate the rates, a big table and a big import."""
    parts = Parts.measured()
    accounts = {"a new account": NEW_ACCOUNT, "usual": DEFAULT, "raised": RAISED}
    yield first_limits(parts, accounts)
    yield hours(parts, accounts)
    yield stored()
    yield big_import(parts, accounts)


def first_limits(parts: Parts, accounts: Mapping[str, Limits]) -> Table:
    """Return the sign-ups a minute that each limit allows."""
    allowed = {name: sign_ups_a_minute(parts, limits) for name, limits in accounts.items()}
    rows: list[tuple[Cell, ...]] = [
        (told, *(each[name] for each in allowed.values())) for name, told in HOW.items()
    ]
    rows.sort(key=lambda row: float(row[2]))
    told = f"A customer who signs up, confirms and logs in: {parts.requests:.0f} requests."
    return Table("Sign-ups a minute that each limit allows", ("", *accounts), rows, told)


def hours(parts: Parts, accounts: Mapping[str, Limits]) -> Table:
    """Return the first hour of each rate."""
    rows = []
    for rate in RATES:
        for name, limits in accounts.items():
            hour = Hour(parts, limits, rate / MINUTE).run()
            allowed = sign_ups_a_minute(parts, limits)
            least = min(allowed, key=allowed.__getitem__)
            first = HOW[least].partition(":")[0] if allowed[least] < rate else "none"
            refused = 100 * hour.refused / (hour.refused + hour.accepted)
            dollars = hour.accepted * parts.dollars + hour.sent * 0.0001
            rows.append((f"{rate:,}", name, refused, hour.wait, first, dollars))
    columns = ("sign-ups a minute", "limits", "refused, %", "the last mail waits")
    told = "An hour from rest. Who is refused gets 429 or 503 with Retry-After. Dollars with SES's."
    return Table("The first hour", (*columns, "first limit", "dollars"), rows, told)


def stored() -> Table:
    """Return what customers take who do nothing."""
    rows = []
    for customers in (1e4, 1e6, 1e8):
        gigabytes = customers * BYTES_OF_A_CUSTOMER / GIGABYTE
        dollars = max(0, gigabytes - FREE_GIGABYTES) * STORED + gigabytes * BACKED_UP
        partitions = max(4, ceil(gigabytes / 10))
        rows.append((f"{customers:,.0f}", gigabytes, partitions, dollars))
    told = "A partition holds 10 GB; a new table has four."
    columns = ("customers", "GB", "partitions", "dollars a month")
    return Table("Customers who do nothing", columns, rows, told)


def big_import(parts: Parts, accounts: Mapping[str, Limits]) -> Table:
    """Return how long 10 million rows take."""
    rows_of_file = 10 * MILLION
    rows = []
    for name, limits in accounts.items():
        a_second = limits.warm / parts.row
        written = rows_of_file / a_second
        days = max(rows_of_file / (0.9 * limits.mails_a_day), rows_of_file / limits.mails / DAY)
        memory = rows_of_file * BYTES_OF_A_PLANNED_ROW / GIGABYTE
        rows.append((name, memory, written / HOUR, ceil(a_second / ROWS_OF_A_WORKER), days))
    columns = ("limits", "GB the planner needs", "hours of writing", "workers", "days of mails")
    told = "The planner has 0.5 GB: cut the file into parts of a million rows."
    return Table("An import of 10 million rows", columns, rows, told)


if __name__ == "__main__":
    print(json.dumps([table.rows for table in tables()], indent=1))
