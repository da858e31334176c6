"""Measures the import: the cost of a row, the speed of a worker, and the memory.

Run it with ``make bench-import [ROWS=1000000] [CHUNKS=100]``. The handler runs as on AWS, with
its real adapters and botocore, against a sink on the loopback interface that answers at once. For
each chunk the baseline runs as well: ``csv.reader`` and the bare transactions, with the same
number of items and the same content, without validating rows, and with botocore's validation off
as in the product. Each memory figure comes from a separate process.
"""

import contextlib
import csv
import importlib.util
import io
import json
import os
import resource
import string
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from types import ModuleType
from typing import Any

from benchmarks.report import Table, show

ROOT = Path(__file__).parent.parent
BUCKET, KEY, VERSION = "imports", "customers.csv", "v1"
ROWS_PER_CHUNK, ROWS_PER_TRANSACTION = 1000, 33
FEW, MANY = 10_000, int(os.environ.get("ROWS") or 1_000_000)
CHUNKS = int(os.environ.get("CHUNKS") or 100)
MOST_COMPARED = 40
SECONDS_OF_A_CALL = 10
"""The time limit of each file's second planning, which the large file exceeds."""

HASH = "$2y$10$Uq4kVtYG1P0ZPXcVUKKZ4uSj6EsRRzg.cK0XrTrgBYHyqWBvFWFfC"
LETTERS = string.ascii_uppercase
COLUMNS = (
    *("customer_reference", "locale_name", "phone", "email", "salutation", "first_name"),
    *("last_name", "company", "gender", "date_of_birth", "password", "registered"),
)


def write_file(path: Path, rows: int) -> None:
    """Write a file of valid rows, some 150 bytes each, a third of them with quoted cells.

    No two are alike, in some a phone number or a date is missing, and every fiftieth has a name
    that needs a closer look.
    """
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for n in range(rows):
            company = 'Torres, "Sons" & Co' if n % 3 == 0 else f"Torres {n} GmbH"
            mail, phone = f"sonia.torres.{n}@example{n % 7}.com", f"+49 30 {n:07}" if n % 5 else ""
            last = "O'Neil" if n % 50 == 0 else "Müller" if n % 2 else f"Torres {LETTERS[n % 26]}"
            name = ("Ms", f"Sonia {LETTERS[n // 26 % 26]}", last, company, "Female")
            born = f"{1940 + n % 67}-{n % 12 + 1:02}-{n % 28 + 1:02}" if n % 9 else ""
            registered = f"20{n % 25:02}-0{n % 9 + 1}-{n % 28 + 1:02} 11:{n % 60:02}:33"
            rest = (born, HASH if n % 4 == 0 else "", registered)
            writer.writerow((f"DE--{n}", "de_DE", phone, mail, *name, *rest))


@contextlib.contextmanager
def a_sink(*file: Path) -> Iterator[str]:
    """Run a sink, with a file if one is given; yield its URL."""
    command = [sys.executable, "-m", "benchmarks.sink", *map(str, file)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def tell(sink: str, item: Any = None, to: str = "/_job") -> Any:
    """Set the item of the job (or all that is there), or return the calls and messages so far."""
    path, body = (to, json.dumps(item).encode()) if item else ("/_told", None)
    with urllib.request.urlopen(sink + path, data=body) as answer:  # noqa: S310 - the sink's
        content = answer.read()
    return json.loads(content) if content else None


# In a separate process


class Context:
    """The context that Lambda passes to a handler."""

    function_name, memory_limit_in_mb, aws_request_id = "function", 512, "request"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:function"

    def __init__(self, seconds: float = 900) -> None:
        self.ends = time.process_time() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return the time left, by a clock that other processes do not affect."""
        return int((self.ends - time.process_time()) * 1000)


def a_handler(folder: str = "functions/import_csv") -> ModuleType:
    """Import the function as Lambda does."""
    spec = importlib.util.spec_from_file_location("handler", ROOT / folder / "handler.py")
    assert spec
    assert spec.loader
    handler = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(handler)
    return handler


def quietly(handler: ModuleType, event: Any, context: Context) -> Any:
    """Call the handler without printing its metrics."""
    with contextlib.redirect_stdout(io.StringIO()):
        return handler.lambda_handler(event, context)


def message(body: str) -> Any:
    """Return the event of a message."""
    about = {"messageId": "m", "receiptHandle": "r", "attributes": {"ApproximateReceiveCount": "1"}}
    return {"Records": [{"eventSource": "aws:sqs", "body": body, **about}]}


def peak_megabytes() -> float:
    """Return the peak memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def plan(sink: str, seconds: str) -> Any:
    """Plan the file in invocations with this time limit; return the messages of the chunks."""
    handler = a_handler()
    entity = {"bucket": {"name": BUCKET}, "object": {"key": KEY, "versionId": VERSION}}
    event: Any = {"Records": [{"s3": entity}]}
    began, invocations = time.process_time(), 0
    found: list[str] = []
    calls: Counter[str] = Counter()
    while event:
        quietly(handler, event, Context(float(seconds)))
        invocations += 1
        told = tell(sink)
        found += [body for body in told["messages"] if "plan_on" not in body]
        again = [body for body in told["messages"] if "plan_on" in body]
        event = message(again[0]) if again else None
        calls.update(told["calls"])
    return {
        "seconds": time.process_time() - began,
        "invocations": invocations,
        "megabytes": peak_megabytes(),
        "messages": found,
        "calls": calls,
    }


def work(sink: str, messages: str) -> Any:
    """Process the chunks of a list of messages."""
    handler, chunks = a_handler(), json.loads(Path(messages).read_text())
    put_job(sink, len(chunks))
    began, cpu = time.perf_counter(), time.process_time()
    for body in chunks:
        answer = quietly(handler, message(body), Context())
        assert answer == {"batchItemFailures": []}
    rows = sum(json.loads(body)["rows"] for body in chunks)
    return {
        "rows": rows,
        "wall": rows / (time.perf_counter() - began),
        "cpu": rows / (time.process_time() - cpu),
        "megabytes": peak_megabytes(),
        "calls": tell(sink)["calls"],
    }


def compare(sink: str, messages: str, file: str) -> Any:
    """Process chunks, each time also with the baseline; return the CPU time of both."""
    handler, chunks = a_handler(), json.loads(Path(messages).read_text())
    put_job(sink, len(chunks))
    baseline = a_baseline(Path(file))
    ours, baselines = [], []
    for body in chunks[:MOST_COMPARED]:
        chunk = json.loads(body)
        ours.append(cpu_of(quietly, handler, message(body), Context()) / chunk["rows"])
        baselines.append(cpu_of(baseline, chunk) / chunk["rows"])
    # The first of each creates clients and connections.
    return {"ours": median(ours[1:]) * 1e6, "baseline": median(baselines[1:]) * 1e6}


def cpu_of(act: Callable[..., object], *arguments: object) -> float:
    """Return the CPU time of a call in seconds."""
    began = time.process_time()
    act(*arguments)
    return time.process_time() - began


def put_job(sink: str, chunks: int) -> None:
    """Give the sink a working job."""
    from registration.adapters.imports.items import job_item  # noqa: PLC0415 - in this process only
    from registration.domain.imports.jobs import Layout, Upload, new_job  # noqa: PLC0415

    now = datetime.now(UTC)
    job = new_job(Upload(BUCKET, KEY, VERSION), now, ROWS_PER_CHUNK)
    tell(sink, job_item(job.begin(Layout("utf-8", ",", COLUMNS), 1, chunks + 1, now)))


def a_baseline(file: Path) -> Callable[[Any], None]:
    """Return the baseline: reads a chunk with ``csv.reader``, writes bare transactions.

    It writes through the product's client. botocore's takes three times as long for a row.
    """
    from registration.adapters import clients  # noqa: PLC0415 - in this process only

    client = clients.dynamodb()

    def baseline(chunk: Any) -> None:
        with file.open("rb") as content:
            content.seek(chunk["start"])
            text = content.read(chunk["end"] - chunk["start"]).decode()
        rows = list(csv.reader(io.StringIO(text, newline="")))
        for at in range(0, len(rows), ROWS_PER_TRANSACTION):
            some = rows[at : at + ROWS_PER_TRANSACTION]
            items = [put("customers", PK="IMPORT#1", SK="BATCH#1", lines="2-34")]
            for row in some:
                items += bare_items(dict(zip(COLUMNS, row, strict=True)))
            client.transact_write_items(TransactItems=items)

    return baseline


def put(table: str, **values: str) -> Any:
    """Return a put of strings on the condition that the item does not exist."""
    item = {name: {"S": value} for name, value in values.items() if value}
    condition = "attribute_not_exists(PK)"
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": condition}}


def bare_items(row: dict[str, str]) -> list[Any]:
    """Return the three items of a row, with the product's attributes."""
    reference, email = row["customer_reference"], row["email"]
    ids, now, later = "abcdefghijklmnop", "2026-11-22T12:00:00.000000+00:00", "1800000000"
    known = {"reference": reference, "expires_at": later, "locale": row["locale_name"]}
    name = {key: row[key] for key in ("salutation", "first_name", "last_name")}
    rest = {key: row[key] for key in ("phone", "company", "gender", "date_of_birth", "registered")}
    more = {"status": "unverified", "origin": "import", "import_id": ids * 2, "line": "1000000"}
    times = {"created_at": now, "updated_at": now, "signed_up": now}
    tokens = {"attempt_id": ids, "token_id": ids, "email": email, "password_hash": row["password"]}
    key = {"PK": f"CUSTOMER#{reference}", "SK": "CUSTOMER", "entity": "customer"}
    claim = {"PK": f"EMAIL#{email}", "SK": "CLAIM", "entity": "claim", "attempt_id": ids}
    mail = {"PK": f"MAIL#{ids}", "entity": "mail", "kind": "confirm_registration", "to": email}
    promised = {"promised_at": now, "link_since": now, "token_id": ids}
    return [
        put("customers", **key, **known, **name, **rest, **more, **times, **tokens),
        put("customers", **claim, **known, verified="false", alias=f"DE--{ids}"),
        put("outbox", **mail, **known, **name, **promised),
    ]


# The whole


def part(sink: str, name: str, *arguments: object) -> Any:
    """Run one measurement in a separate process."""
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": sink,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "POWERTOOLS_SERVICE_NAME": "import_csv",
        "POWERTOOLS_METRICS_NAMESPACE": "CustomerRegistration",
        "POWERTOOLS_LOG_LEVEL": "ERROR",
        "CUSTOMERS_TABLE": "customers",
        "OUTBOX_TABLE": "outbox",
        "CHUNK_QUEUE_URL": f"{sink}/queue",
        "STORE": "DE",
        "UNCONFIRMED_DAYS": "30",
        "ROWS_PER_CHUNK": str(ROWS_PER_CHUNK),
        "ROWS_PER_TRANSACTION": str(ROWS_PER_TRANSACTION),
        "DEFAULT_LOCALE": "en_US",
    }
    command = [sys.executable, "-m", "benchmarks.bench_import", name, sink, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def measure(folder: Path, rows: int) -> Any:
    """Plan a file, and process its first chunks."""
    file, messages = folder / f"{rows}.csv", folder / f"{rows}.json"
    write_file(file, rows)
    print(f"\n{rows:,} rows, {file.stat().st_size / 1e6:.0f} MB")
    with a_sink(file) as sink:
        planned = part(sink, "plan", 900)
        show_plan("planned", rows, planned)
        again = part(sink, "plan", SECONDS_OF_A_CALL + 45)
        show_plan(f"planned, {SECONDS_OF_A_CALL} s a call", rows, again)
        assert again["messages"] == planned["messages"], "both plans are the same"
        messages.write_text(json.dumps(planned["messages"][:CHUNKS]))
        worked = part(sink, "work", messages)
        print(
            f"  worked on {worked['rows']:,} rows   {worked['wall']:,.0f} rows/s on this machine,"
            f" {worked['cpu']:,.0f} a second of CPU, {worked['megabytes']:.0f} MB"
        )
        compared = part(sink, "compare", messages, file)
        print(
            f"  CPU of a row   {compared['ours']:.0f} µs, the baseline's"
            f" {compared['baseline']:.0f} µs: {compared['ours'] / compared['baseline']:.2f} times"
        )
    return {"planned": planned, "again": again, "worked": worked, "compared": compared}


def show_plan(what: str, rows: int, planned: Any) -> None:
    """Print the figures of planning."""
    print(
        f"  {what}   {len(planned['messages']):,} chunks in {planned['invocations']} calls,"
        f" {planned['seconds'] / rows * 1e6:.0f} µs of CPU a row, {planned['megabytes']:.0f} MB"
    )


def writes_of_a_row(measured: Any) -> float:
    """Return the write calls per row, of the planner and of the worker."""
    planned, worked = measured["planned"], measured["worked"]
    rows = sum(int(json.loads(body)["rows"]) for body in planned["messages"])
    return writes(planned["calls"]) / rows + writes(worked["calls"]) / int(worked["rows"])


def writes(calls: dict[str, int]) -> int:
    """Return the number of calls that write to DynamoDB."""
    return sum(calls.get(name, 0) for name in ("TransactWriteItems", "PutItem", "UpdateItem"))


def tables() -> Iterator[Table]:
    """Measure a small file and a large one; compare the figures with the targets."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (measure(Path(folder), rows) for rows in (FEW, MANY))
    worked, compared = many["worked"], many["compared"]
    memory = [m[of]["megabytes"] for m in (few, many) for of in ("planned", "again", "worked")]
    rows = [
        ("CPU of a row, times the baseline's", compared["ours"] / compared["baseline"], "≤ 1.5"),
        ("CPU of a row, µs", compared["ours"], ""),
        ("CPU of the baseline's row, µs", compared["baseline"], ""),
        ("rows a second of CPU", worked["cpu"], "≥ 3,000"),
        ("rows a second here and then", worked["wall"], "≥ 3,000"),
        ("most memory of a process, MB", max(memory), "≤ 200"),
        ("write calls of a row", writes_of_a_row(many), "≤ 0.04"),
    ]
    told = (
        f"{MANY:,} rows, of which {worked['rows']:,} were written to a sink that answers at once."
    )
    yield Table("An imported row", ("", "measured", "target"), rows, told)


PARTS: dict[str, Callable[..., Any]] = {"plan": plan, "work": work, "compare": compare}

if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
    else:
        for table in tables():
            print(show(table))
