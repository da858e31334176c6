"""Imports through their handler: delivering events and messages, and reading the outcome."""

import json
from collections.abc import Iterator
from typing import Any

from registration.adapters import clients
from tests.support.cloud import Cloud, Killed
from tests.support.imports.files import a_file, a_row
from tests.support.stack import Json

PLANNER, WORKER = "ImportPlannerFunction", "ImportWorkerFunction"
ATTEMPTS = 3
"""How often Lambda calls the planner for a failing event."""

MIXED = a_file(
    a_row(1),
    a_row(2, email="nobody"),
    a_row(3, phone='Two\r\nlines, "quoted"'),
    a_row(1, first_name="Again"),
    a_row(5, customer_reference="DE--5"),
    a_row(6, customer_reference="DE--5"),
    a_row(7),
    columns=[*a_row(), "note"],
).replace(b"\r\n", b"\n")


def drop(cloud: Cloud, content: bytes, key: str = "customer.csv") -> Json:
    """Upload a file; return S3's event for it."""
    cloud.drop(key, content)
    version = clients.s3().head_object(Bucket=cloud.bucket, Key=key)["VersionId"]
    return cloud.sources.s3_event(cloud.bucket, key, version, len(content))


def waiting(cloud: Cloud) -> Iterator[tuple[Json, Any]]:
    """Yield the events of waiting messages, as long as there are any."""
    url = cloud.stack.names["Chunks"]
    arn = cloud.stack.attributes["Chunks", "Arn"]
    while (
        received := clients.sqs()
        .receive_message(QueueUrl=url, MessageSystemAttributeNames=["All"])
        .get("Messages")
    ):
        (message,) = received
        yield {"Records": [cloud.sources.sqs_record(arn, message)]}, message


def done(cloud: Cloud, message: Any) -> None:
    """Remove a message from the queue."""
    url = cloud.stack.names["Chunks"]
    clients.sqs().delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def comes_again(cloud: Cloud, message: Any) -> None:
    """Let the delay of a message pass."""
    clients.sqs().change_message_visibility(
        QueueUrl=cloud.stack.names["Chunks"],
        ReceiptHandle=message["ReceiptHandle"],
        VisibilityTimeout=0,
    )


def run(cloud: Cloud, event: Json) -> None:
    """Deliver the event, then each message, until none fails or dies."""
    _survive(cloud, PLANNER, event)
    for message_event, message in waiting(cloud):
        answer = _survive(cloud, WORKER, message_event)
        if answer["batchItemFailures"]:
            comes_again(cloud, message)
        else:
            done(cloud, message)


def _survive(cloud: Cloud, function: str, event: Json) -> Any:
    failed = 0
    while True:
        try:
            return cloud.invoke(function, event)
        except Killed:
            cloud.forget_processes()
        except Exception:
            failed += 1
            if failed == ATTEMPTS:
                raise


def job(cloud: Cloud, key: str = "customer.csv") -> Json:
    """Return the item of the job of a file."""
    (found,) = [j for j in cloud.items(cloud.customers_table, "import_job") if j["key"] == key]
    return found


def counts(found: Json) -> tuple[int, ...]:
    """Return the number of a job's rows, and their counts by outcome."""
    return tuple(int(found[n]) for n in ("rows", "created", "exists", "duplicate", "rejected"))


def report(cloud: Cloud, name: str, key: str = "customer.csv") -> bytes:
    """Return a report on the newest file of a name."""
    answer = clients.s3().get_object(Bucket=cloud.bucket, Key=f"reports/{key}/{name}")
    return answer["Body"].read()


def summary(cloud: Cloud, key: str = "customer.csv") -> Json:
    """Return the summary of the newest file of a name."""
    parsed: Json = json.loads(report(cloud, "summary.json", key))
    return parsed


def mails_waiting(cloud: Cloud) -> list[str]:
    """Return the addresses of promised mails."""
    return sorted(mail["to"] for mail in cloud.items(cloud.outbox_table))


def by_email(cloud: Cloud) -> list[Json]:
    """Return the customers, by their addresses."""
    return sorted(cloud.customers(), key=lambda customer: str(customer["email"]))


def outcome(cloud: Cloud) -> Json:
    """Return the state that has to be the same whatever happened on the way."""
    return {
        "counts": counts(job(cloud)),
        "status": job(cloud)["status"],
        "customers": [(c["email"], c["reference"], c["line"]) for c in by_email(cloud)],
        "claims": sorted(c["PK"] for c in cloud.items(cloud.customers_table, "claim")),
        "mails": mails_waiting(cloud),
        "failed": report(cloud, "failed.csv"),
        "skipped": report(cloud, "skipped.csv"),
        "summary": summary(cloud)["rows"],
        "places": len(cloud.items(cloud.customers_table, "import_place")),
    }


def empty(cloud: Cloud) -> None:
    """Delete all customers, mails and imports."""
    client = clients.dynamodb()
    for table in (cloud.customers_table, cloud.outbox_table):
        for item in client.scan(TableName=table)["Items"]:
            key = {name: value for name, value in item.items() if name in {"PK", "SK"}}
            client.delete_item(TableName=table, Key=key)
