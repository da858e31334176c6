"""What the service costs: at rest, and for a million customers, from counts and list prices.

Run it with ``python -m benchmarks.report cost``. The calls go to moto and are counted; what the
functions log is counted, too. Only the CPU is measured, and depends on the machine: a function's
time is that CPU on its share of a core, and a wait for each call of AWS.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from statistics import median

from moto import mock_aws

import tests.conftest  # noqa: F401 - sets the environment before boto3 reads it
from benchmarks.prices import MEGABYTES_OF_A_VCPU, Usage
from benchmarks.report import Cell, Table
from registration.domain import passwords
from tests.support import quick_hashes
from tests.support.alarms.alarms import alarms_of
from tests.support.calls.meter import Invocation, Meter, Use
from tests.support.cloud import PUBLIC_URL, Answer, Call, Cloud
from tests.support.figures import figures_in
from tests.support.mail.mailing import ses_event
from tests.support.people.accounts import sign_in as log_in
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, key_document, registration_form
from tests.support.stack import Json, Stack

ROUNDS, ROWS = 5, 99
MILLION, LEAST = 1_000_000, 0.01
MINUTES_A_MONTH = 365.25 * 24 * 60 / 12
# Assumed, not measured: how long a function waits for an answer. DynamoDB answers within single
# digits of milliseconds (https://aws.amazon.com/dynamodb/features/), a transaction takes longer.
WAITS = {"TransactWriteItems": 0.010, "SendEmail": 0.050}
USUAL_WAIT = 0.005
# What Lambda logs of a call at its level INFO, as text: START, END and REPORT.
# https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
SYSTEM_LOG = (
    "START RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95 Version: $LATEST\n"
    "END RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\n"
    "REPORT RequestId: 8f507cfc-0000-4697-b07a-ac58fc914c95\tDuration: 45.74 ms\t"
    "Billed Duration: 46 ms\tMemory Size: 1024 MB\tMax Memory Used: 120 MB\t\n"
)
# What stands in the place of a variable of the access log.
LOGGED = {"requestId": "JKJaXmPLvHcESHA=", "status": "201", "responseLatency": "87"}
# With nothing to do five pollers ask an SQS queue every 20 seconds.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
POLLS_A_MINUTE = 15
DASHBOARD = "AWS::CloudWatch::Dashboard"
OF_A_CUSTOMER = ("sign-up", "its mail", "SES's report", "confirmation", "log-in", "the directory")
# The page that waits asks six times: five times within half a minute, while it is seen, and after
# the mail.
ON_PAGES = ("the form", "the form is sent", "the page waits", "the link", "log-in by the form")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
OF_A_ROW = ("an imported row", "its mail", "its directory")


class Costs:
    """Measures the acts of a customer, and of a row that is imported."""

    def __init__(self) -> None:
        self.stack = Stack({"PublicUrl": PUBLIC_URL, "RowsPerTransaction": "33"})
        self.cloud = Cloud(self.stack)
        # It watches as long as somebody holds what stops it.
        self.stop = self.cloud.watch()
        self.cloud.follow_customers()
        self.meter = Meter(self.cloud)
        self.uses: dict[str, list[Use]] = {}

    def customer(self, number: int) -> None:
        """Let one customer sign up, confirm and log in."""
        email = f"customer{number}@example.com"
        document = customer_document(email=email)
        self._act("sign-up", lambda: self.cloud.post_json("/customers", document))
        self._act("directory: sign-up", self.cloud.index)
        self._act("its mail", self.cloud.drain)
        mail = self.cloud.mails[-1]
        report = ses_event("Delivery", mail, datetime.now(UTC))
        self._act("SES's report", lambda: self.cloud.invoke("RecordDeliveryFunction", report))
        self._act("directory: report", self.cloud.index)
        key = key_document(mail.token)
        self._act("confirmation", lambda: self.cloud.post_json("/customer-confirmation", key))
        self._act("directory: confirmation", self.cloud.index)
        self._act("log-in", lambda: log_in(self.cloud, email))

    def customers(self) -> dict[str, Usage]:
        """Return the usage of each act of a customer; the first one warms the functions."""
        for number in range(ROUNDS + 1):
            self.customer(number)
        directory = sum(map(self.usage, [a for a in self.uses if a.startswith("dir")]), Usage({}))
        return {a: directory if a == "the directory" else self.usage(a) for a in OF_A_CUSTOMER}

    def visitor(self, number: int) -> None:
        """Let one customer do the same on the pages, in one browser that has none of them yet."""
        browser, email = Shopper(self.cloud), f"visitor{number}@example.com"
        pages: dict[str, Answer] = {}

        def look(target: str, *files: str) -> None:
            pages["seen"] = browser.go(target)
            for each in files:
                browser.open(each)

        def send(path: str, **fields: str) -> None:
            token = CSRF.findall(pages["seen"].body)[0]
            sent = browser.send_as_is(path, {"csrf_token": token, **fields})
            pages["seen"] = browser.follow(sent)

        self._act("the form", partial(look, "/register", "/style.css", "/script.js"))
        self._act("the form is sent", partial(send, "/register", **registration_form(email=email)))
        self.cloud.drain()
        self._act("the page waits", partial(look, "/register/state", *["/register/state"] * 5))
        self._act("the link", partial(look, self.cloud.mails[-1].link))
        self._act("log-in by the form", partial(send, "/login", email=email, password=PASSWORD))

    def visitors(self, customer: dict[str, Usage]) -> dict[str, Usage]:
        """Return the usage of each act on the pages; what follows is that of any customer."""
        for number in range(ROUNDS + 1):
            self.visitor(number)
        after = {act: customer[act] for act in ("its mail", "SES's report", "the directory")}
        return {act: self.usage(act) for act in ON_PAGES} | after

    def imported(self) -> dict[str, Usage]:
        """Return the usage of an imported row and of what follows it."""
        self.cloud.index()
        self.cloud.drop("customers.csv", imported_file(ROWS))
        steps = (self.cloud.sources.drain_files_and_queues, self.cloud.drain, self.cloud.index)
        for act, step in zip(OF_A_ROW, steps, strict=True):
            self._act(f"row: {act}", step)
        return {act: self.usage(f"row: {act}", per=ROWS) for act in OF_A_ROW}

    def usage(self, act: str, per: int = 1) -> Usage:
        """Return the usage of an act: its counts in its last round, the median of its CPU."""
        uses = self.uses[act]
        use = uses[-1]
        amounts = {
            "write units": use.write_units,
            "read units": use.read_units,
            "calls of functions": len(use.invocations),
            "GB-seconds": median(
                sum(self._memory_time(each) for each in one.invocations) for one in uses[1:] or uses
            ),
            "bytes logged": sum(self._logged(each) for each in use.invocations),
            "mails": sum(call.operation == "SendEmail" for call in use.calls),
        }
        for route in filter(None, (each.route for each in use.invocations)):
            amounts["requests to the API"] = amounts.get("requests to the API", 0) + 1
            amounts["bytes logged"] += len(self._access_log(route))
        if act == "SES's report":
            amounts["messages of SNS"] = 1
        return Usage({name: amount / per for name, amount in amounts.items()})

    def at_rest(self) -> Usage:
        """Return what a month without visitors uses."""
        stacks = list(self.stack.stacks())
        fixed = Usage(
            {
                "metrics in alarms": sum(len(a.watched) for a in alarms_of(self.stack).values()),
                "dashboards": sum(len(stack.resources(DASHBOARD)) for stack in stacks),
                "secrets": len(self.stack.resources("AWS::SecretsManager::Secret")),
                "requests to SQS": POLLS_A_MINUTE * MINUTES_A_MONTH,
            }
        )
        for number, (function, event, a_month) in enumerate(self._schedules()):
            name = f"schedule {number}"
            self._act(name, partial(self._invoke, function, event))
            fixed += (self.usage(name) + Usage({"scheduled calls": 1})) * a_month
            fixed += Usage({"metrics of our own": self._metrics(name)})
        return fixed

    def metrics_in_use(self) -> int:
        """Return the metrics of our own that all acts so far emit."""
        return self._metrics(*self.uses)

    def _metrics(self, *acts: str) -> int:
        used = [each for act in acts for use in self.uses[act] for each in use.invocations]
        return len(figures_in("".join(each.printed for each in used)))

    def _invoke(self, function: str, event: Json) -> None:
        # By its name, which the meter replaces.
        self.cloud.invoke(function, event)

    def _act(self, name: str, act: Callable[[], object]) -> None:
        self.uses.setdefault(name, []).append(self.meter.act(act))

    def _memory_time(self, invocation: Invocation) -> float:
        properties = self.stack.properties(invocation.function)
        memory = int(properties["MemorySize"])
        seconds = invocation.cpu * max(1, MEGABYTES_OF_A_VCPU / memory)
        seconds += sum(map(_wait, invocation.calls))
        return seconds * memory / 1024

    def _logged(self, invocation: Invocation) -> int:
        logging = self.stack.properties(invocation.function)["LoggingConfig"]
        system = "" if logging.get("SystemLogLevel") == "WARN" else SYSTEM_LOG
        return len((system + invocation.printed).encode())

    def _access_log(self, route: str) -> str:
        stage = self.stack.properties("ApiApiGatewayDefaultStage")
        line = stage["AccessLogSettings"]["Format"]
        logged = {**LOGGED, "routeKey": route}
        return re.sub(r"\$context\.(\w+)", lambda found: logged.get(found[1], "-"), line)

    def _schedules(self) -> Iterator[tuple[str, Json, float]]:
        for name in self.stack.resources("AWS::Scheduler::Schedule"):
            schedule = self.stack.properties(name)
            target = schedule["Target"]
            function = str(target["Arn"]).removeprefix("registration-").removesuffix(".Arn")
            minutes = int(re.findall(r"rate\((\d+) minutes\)", schedule["ScheduleExpression"])[0])
            yield function, json.loads(target.get("Input", "{}")), MINUTES_A_MONTH / minutes


def _wait(call: Call) -> float:
    return WAITS.get(call.operation, USUAL_WAIT)


def imported_file(rows: int) -> bytes:
    """Return a file of valid rows."""
    header = "customer_reference,email,salutation,first_name,last_name,gender\n"
    line = ",row{n}@example.com,Ms,Sonia,Torres,Female\n"
    return (header + "".join(line.format(n=n) for n in range(rows))).encode()


def tables() -> Iterator[Table]:
    """Measure what a customer costs, and a stack without visitors."""
    passwords._hasher = quick_hashes.REAL
    with mock_aws():
        costs = Costs()
        customer = costs.customers()
        assert all(usage["write units"] for usage in customer.values()), "no call was watched"
        metrics = costs.metrics_in_use()
        yield acts("A million registered, confirmed and logged in", customer)
        yield things("Where each dollar of it goes", sum(customer.values(), Usage({})) * MILLION)
        yield acts("A million who do the same on the pages", costs.visitors(customer))
        yield things(
            "A month at rest", costs.at_rest(), f"With visitors {metrics} metrics of our own."
        )
        yield acts("A million rows imported", costs.imported())


def acts(title: str, used: dict[str, Usage]) -> Table:
    """Return what each act costs, a million times, and what it uses once."""
    shown = ("write units", "read units", "calls of functions", "GB-seconds", "bytes logged")
    used = {**used, "together": sum(used.values(), Usage({}))}
    rows: list[tuple[Cell, ...]] = [
        (act, MILLION * _ours(usage).dollars(), *(usage[name] for name in shown))
        for act, usage in used.items()
    ]
    told = "In dollars at list prices, without SES's $100; units, bytes and calls are those of one."
    return Table(title, ("", "dollars", *shown), rows, told, ("dollars",))


def things(title: str, used: Usage, *more: str) -> Table:
    """Return what each thing costs that is used, beyond what is free each month as well."""
    names = [name for name in _ours(used).amounts if used.dollars(name) >= LEAST]
    names.sort(key=used.dollars, reverse=True)
    rows: list[tuple[Cell, ...]] = [
        (n, used[n], used.dollars(n), used.dollars(n, free=True)) for n in names
    ]
    ours = _ours(used)
    rows.append(("together", "", ours.dollars(), ours.dollars(free=True)))
    told = " ".join(("What costs less than a cent is left out.", *more))
    columns = ("", "amount", "dollars", "dollars beyond what is free")
    return Table(title, columns, rows, told, columns[2:])


def _ours(usage: Usage) -> Usage:
    return Usage({name: amount for name, amount in usage.amounts.items() if name != "mails"})
