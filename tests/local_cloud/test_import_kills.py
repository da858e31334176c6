"""An import whose functions are killed at random moments loses no row and creates none twice.

`make kill-test` does it with 10,000 rows and 100 kills; here it is a tenth of that.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr

from local.cloud import Cloud, running_cloud
from registration.adapters.dynamodb import keys
from registration.domain.imports.jobs import import_id
from tests.local_cloud.test_end_to_end import scan
from tests.support.imports.files import a_file, a_row

ROWS = int(os.environ.get("IMPORT_ROWS", "1000"))
KILLS = int(os.environ.get("IMPORT_KILLS", "10"))
SEED = int(os.environ.get("IMPORT_SEED", "0")) or random.randrange(10**6)  # noqa: S311 - no secret
# A chunk whose worker was killed is redelivered half a minute after the worker's timeout, which is
# five minutes in the template.
WORKERS_SECONDS = 30
MOST_SECONDS = 120 + 20 * KILLS

pytestmark = [
    pytest.mark.endurance,
    # Only Linux allows finding a process by its environment and killing it at work.
    pytest.mark.skipif(
        not Path("/proc/self/environ").exists(), reason="finds processes in /proc, as Linux has it"
    ),
]


@pytest.fixture
def small_chunks() -> Iterator[Cloud]:
    """A cloud with many small chunks and few concurrent workers."""
    parameters = {"RowsPerChunk": "50", "RowsPerTransaction": "10", "ImportWorkers": "2"}
    with running_cloud(parameters) as cloud:
        functions = cloud.client("lambda").list_functions()["Functions"]
        (worker,) = [f["FunctionName"] for f in functions if "ImportWorker" in f["FunctionName"]]
        cloud.client("lambda").update_function_configuration(
            FunctionName=worker, Timeout=WORKERS_SECONDS
        )
        yield cloud


@pytest.fixture
def large_chunks() -> Iterator[Cloud]:
    """A cloud with few large chunks, so that the planner has more to do than the workers."""
    with running_cloud({"RowsPerChunk": "5000"}) as cloud:
        yield cloud


def queue_url(cloud: Cloud, name: str) -> str:
    """Return the URL of a queue in the template."""
    urls = cloud.client("sqs").list_queues()["QueueUrls"]
    (url,) = [url for url in urls if f"-{name}-" in url or url.endswith(name)]
    return str(url)


def processes(cloud: Cloud, function: str) -> list[int]:
    """Return the processes of this cloud in which a function has begun its work."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            settings = settings_of(folder)
            # A starting process has no connection yet; killing it would test nothing.
            has_begun = any(str(file.readlink()).startswith("socket:") for file in open_in(folder))
        except OSError:
            continue
        is_function = function in settings.get("AWS_LAMBDA_FUNCTION_NAME", "")
        if is_function and has_begun and settings.get("AWS_ENDPOINT_URL") == cloud.endpoint:
            found.append(int(folder.name))
    return found


def settings_of(process: Path) -> dict[str, str]:
    """Return the environment of a process."""
    parts = (process / "environ").read_bytes().decode(errors="replace").split("\0")
    return dict(part.split("=", 1) for part in parts if "=" in part)


def open_in(process: Path) -> list[Path]:
    """Return the open files of a process."""
    return list((process / "fd").iterdir())


def mixed_file(rows: int) -> bytes:
    """Return a file of mixed rows: of ten, seven are valid, one is invalid, two exist."""
    kinds: list[dict[str, str]] = []
    for number in range(rows):
        row = a_row(number, email=f"kill{number}@example.com")
        match number % 10:
            case 3:
                row["gender"] = "?"
            case 5:
                row["email"] = f"KILL{number - 1}@example.com"
            case 7:
                row["email"] = "there@example.com"
            case 8:
                row["customer_reference"] = f"OLD--{number}"
        kinds.append(row)
    return a_file(*kinds)


def drop(cloud: Cloud, key: str, content: bytes) -> Callable[[], dict[str, Any]]:
    """Upload a file; return a function that reads its job."""
    put = cloud.client("s3").put_object(Bucket=cloud.bucket, Key=key, Body=content)
    job = keys.import_job(import_id(cloud.bucket, key, put["VersionId"]))
    plain = {name: value["S"] for name, value in job.items()}
    table = cloud.table(cloud.customers_table)
    return lambda: dict(table.get_item(Key=plain, ConsistentRead=True).get("Item", {}))


def kill_at_random(
    cloud: Cloud,
    function: str,
    look: Callable[[], dict[str, Any]],
    chance: random.Random,
    most: int,
) -> int:
    """Kill a function's processes at random moments; return the number of kills."""
    killed = 0
    deadline = time.monotonic() + MOST_SECONDS
    while killed < most and time.monotonic() < deadline and look().get("status") != "closed":
        time.sleep(chance.uniform(0.01, 0.5))
        if found := processes(cloud, function):
            os.kill(chance.choice(found), signal.SIGKILL)
            killed += 1
        bring_back(cloud)
    return killed


def bring_back(cloud: Cloud) -> None:
    """Move messages that failed five times back to the queue, as the runbook says."""
    sqs, failures = cloud.client("sqs"), queue_url(cloud, "ImportFailures")
    answer = sqs.receive_message(QueueUrl=failures, MaxNumberOfMessages=10)
    for message in answer.get("Messages", []):
        sqs.send_message(QueueUrl=queue_url(cloud, "Chunks"), MessageBody=message["Body"])
        sqs.delete_message(QueueUrl=failures, ReceiptHandle=message["ReceiptHandle"])


def wait_until_closed(cloud: Cloud, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Wait for the end of an import; return its job."""
    deadline = time.monotonic() + MOST_SECONDS
    while time.monotonic() < deadline:
        bring_back(cloud)
        if (job := look()).get("status") == "closed":
            return job
        time.sleep(0.5)
    raise AssertionError(f"the import does not end: {look()}")


def tell(text: str) -> None:
    """Print the progress, for a run with `-s`."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the figures of `make kill-test`


def test_no_row_is_lost_or_doubled(small_chunks: Cloud) -> None:
    cloud = small_chunks
    tell(f"{ROWS} rows, {KILLS} kills, IMPORT_SEED={SEED}")
    there = drop(cloud, "before.csv", a_file(a_row(1, email="there@example.com")))
    wait_until_closed(cloud, there)
    chance = random.Random(SEED)  # noqa: S311 - no secret
    began = time.monotonic()

    look = drop(cloud, "customer.csv", mixed_file(ROWS))
    killed = kill_at_random(cloud, "ImportWorker", look, chance, KILLS)
    job = wait_until_closed(cloud, look)

    tell(f"{killed} kills in {time.monotonic() - began:.0f} s")
    assert killed == KILLS
    check_rows(cloud, job)
    check_reports(cloud)


def check_rows(cloud: Cloud, job: dict[str, Any]) -> None:
    """Check that the right customers exist, each once and with its mail."""
    tenth = ROWS // 10
    assert job["rows"] == ROWS
    assert job["created"] == 7 * tenth
    # One of the rows with a known address is reported as existing; the others duplicate it.
    assert (job["rejected"], job["duplicate"], job["exists"]) == (tenth, 2 * tenth - 1, 1)
    good = {n for n in range(ROWS) if n % 10 not in {3, 5, 7}}
    emails = {f"kill{n}@example.com" for n in good}
    table = cloud.table(cloud.customers_table)
    customers = scan(table, Attr("entity").eq("customer") & Attr("email").begins_with("kill"))
    assert Counter(customer["email"] for customer in customers) == Counter(emails)
    assert {int(customer["line"]) for customer in customers} == {n + 2 for n in good}
    claims = scan(table, Attr("entity").eq("claim") & Attr("PK").begins_with("EMAIL#kill"))
    assert {claim["reference"] for claim in claims} == {c["reference"] for c in customers}
    assert len(claims) == len(customers)
    waiting = wait_for_mails(cloud, len(emails))
    sent = [mail for mail in mails_sent(cloud) if mail.startswith("kill")]
    # Each has its mail, sent once or still promised.
    assert {*sent, *waiting} == emails
    assert len(sent) == len(set(sent))


def wait_for_mails(cloud: Cloud, most: int) -> list[str]:
    """Wait while mails are sent; return the addresses of the unsent ones."""
    outbox = cloud.table(cloud.outbox_table)
    deadline = time.monotonic() + 30 + most / 50
    waiting: list[str] = []
    while time.monotonic() < deadline:
        waiting = [item["to"] for item in scan(outbox, Attr("to").begins_with("kill"))]
        if not waiting:
            break
        time.sleep(1)
    return waiting


def mails_sent(cloud: Cloud) -> list[str]:
    """Return the address of each sent mail."""
    return [mail["to"] for mail in cloud.mails()]


def check_reports(cloud: Cloud) -> None:
    """Check that the reports agree."""
    s3 = cloud.client("s3")

    def report(name: str) -> bytes:
        key = f"reports/customer.csv/{name}"
        return bytes(s3.get_object(Bucket=cloud.bucket, Key=key)["Body"].read())

    summary = json.loads(report("summary.json"))
    assert (summary["status"], summary["rows"]) == ("closed", ROWS)
    assert report("failed.csv").count(b"\r\n") == 1 + ROWS // 10
    assert report("skipped.csv").count(b"\r\n") == 1 + 2 * (ROWS // 10)


def test_a_planner_that_is_killed_plans_again(large_chunks: Cloud) -> None:
    cloud, rows = large_chunks, 100_000
    file = a_file(*(a_row(n, email=f"plan{n}@example.com", gender="?") for n in range(rows - 20)))
    good = a_file(*(a_row(n, email=f"good{n}@example.com") for n in range(20)))
    chance = random.Random(SEED)  # noqa: S311 - no secret

    look = drop(cloud, "planned.csv", file + good.partition(b"\n")[2])
    killed: set[int] = set()
    while len(killed) < 2:
        assert not look().get("handed_out"), "the planner was done before it could be killed"
        for process in {*processes(cloud, "ImportPlanner")} - killed:
            time.sleep(chance.uniform(0, 0.5))
            os.kill(process, signal.SIGKILL)
            killed.add(process)
    job = wait_until_closed(cloud, look)

    assert (job["rows"], job["created"], job["rejected"]) == (rows, 20, rows - 20)
