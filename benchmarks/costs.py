"""Measures the costs of each use case: AWS calls, write units and bytes.

Run it with ``make bench``. The calls go to moto and are counted, so nothing here depends on a
clock. The last line is the price of a million customers at AWS's list prices.
"""

from collections import Counter
from collections.abc import Callable

from moto import mock_aws

import tests.conftest  # noqa: F401 - sets the environment before boto3 reads it
from benchmarks.prices import MAIL, Usage
from tests.support.cloud import PUBLIC_URL, Call, Cloud
from tests.support.people.accounts import sign_in as log_in
from tests.support.requests import customer_document, key_document
from tests.support.stack import Json, Stack

ROWS = 99
# SES reports the delivery: the customer's item is read and written once more.
REPORTED = Usage(write_units=1, read_units=1, calls=1, log_bytes=500)
# Sign-up, confirmation and login, each with a line in the API's log and in the function's.
THREE_REQUESTS = Usage(requests=3, calls=3, log_bytes=3 * 1500, gigabyte_seconds=3 * 0.08)
# The mail, and the directory twice; batches reduce the number.
CALLS_BEHIND = Usage(calls=3, log_bytes=3 * 800, gigabyte_seconds=3 * 0.04)
IMPORTED: set[str] = set()


def size(item: Json) -> int:
    """Return the size of an item, roughly as DynamoDB counts it: names and values."""
    total = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        total += len(name.encode())
        total += size(content) + 3 if kind == "M" else len(str(content).encode())
    return total


def write_units(call: Call) -> int:
    """Return the write units of a call: one per started KB, twice that in a transaction.

    One more for each write to the outbox's index, or deletion from it.
    """
    if call.operation == "TransactWriteItems":
        items = [next(iter(write.values())) for write in call.parameters["TransactItems"]]
        indexed = sum("waiting" in item.get("Item", {}) for item in items)
        return indexed + sum(2 * max(1, -(-size(item.get("Item", {})) // 1024)) for item in items)
    if call.operation == "BatchWriteItem":
        (requests,) = call.parameters["RequestItems"].values()
        changes = [next(iter(request.values())) for request in requests]
        return sum(max(1, -(-size(change.get("Item", {})) // 1024)) for change in changes)
    if call.operation in {"PutItem", "UpdateItem", "DeleteItem"}:
        return max(1, -(-size(call.parameters.get("Item", {})) // 1024)) + _unindexed(call)
    return 0


def _unindexed(call: Call) -> int:
    # An accepted mail that people waited for leaves the index; an import's was never in it.
    mail = call.parameters["Key"]["PK"]["S"] if call.operation == "DeleteItem" else ""
    return mail.startswith("MAIL#") and mail not in IMPORTED


def read_units(call: Call) -> float:
    """Return the read units of a call: one per item, half of that if eventually consistent."""
    if call.operation == "GetItem":
        return 1 if call.parameters.get("ConsistentRead") else 0.5
    if call.operation == "BatchGetItem":
        return sum(
            len(wanted["Keys"]) * (1 if wanted.get("ConsistentRead") else 0.5)
            for wanted in call.parameters["RequestItems"].values()
        )
    return 1 if call.operation == "Query" else 0


def measured(cloud: Cloud, name: str, act: Callable[[], object], per: int = 1) -> Usage:
    """Print and return the usage of an act, divided by the number of its items."""
    cloud.calls.clear()
    act()
    calls = [c for c in cloud.calls if c.service in {"dynamodb", "sesv2"}]
    units = sum(write_units(call) for call in calls)
    counted = Counter(call.operation for call in calls)
    shown = ", ".join(f"{count / per:.3g} {operation}" for operation, count in counted.items())
    print(f"{name:<24} {units / per:>6.2f} write units   {shown}")
    return Usage(
        write_units=units / per,
        read_units=sum(read_units(call) for call in calls) / per,
        mails=counted["SendEmail"] / per,
    )


def imported_file(rows: int) -> bytes:
    """Return a file of valid rows."""
    header = "customer_reference,email,salutation,first_name,last_name,gender\n"
    line = ",customer{n}@example.com,Ms,Sonia,Torres,Female\n"
    return (header + "".join(line.format(n=n) for n in range(rows))).encode()


def main() -> None:
    """Measure each use case once, on warm functions."""
    with mock_aws():
        cloud = Cloud(Stack({"PublicUrl": PUBLIC_URL}))
        cloud.watch()
        cloud.follow_customers()
        cloud.post_json("/customers", customer_document(email="first@example.com"))
        cloud.drain()
        cloud.post_json("/customer-confirmation", key_document(cloud.mails[0].token))
        document = customer_document(email="second@example.com")
        cloud.index()
        customer = [
            measured(cloud, "sign-up", lambda: cloud.post_json("/customers", document)),
            measured(cloud, "  its directory", cloud.index),
            measured(cloud, "a mail", cloud.drain),
        ]
        key = key_document(cloud.mails[-1].token)
        customer += [
            measured(cloud, "confirm", lambda: cloud.post_json("/customer-confirmation", key)),
            measured(cloud, "  its directory", cloud.index),
            measured(cloud, "login", lambda: log_in(cloud, "second@example.com")),
            REPORTED,
            THREE_REQUESTS,
            CALLS_BEHIND,
        ]
        cloud.drop("customers.csv", imported_file(ROWS))
        without_mails = cloud.sources.drain_files_and_queues
        measured(cloud, "an imported row", without_mails, per=ROWS)
        measured(cloud, "  its directory", cloud.index, per=ROWS)
        IMPORTED.update(item["PK"] for item in cloud.items(cloud.outbox_table))
        measured(cloud, "its mail", cloud.drain, per=ROWS)
    whole = sum(customer, Usage())
    million = 1_000_000 * whole.dollars
    mails = 1_000_000 * whole.mails * MAIL
    print(
        f"a million registered, confirmed and logged in: ${million - mails:.0f}, SES ${mails:.0f}"
    )


if __name__ == "__main__":
    main()
