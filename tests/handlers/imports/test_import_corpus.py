"""Each invalid or unusual file goes through the bucket, the queue and the tables."""

import json
from typing import Any

import pytest

from registration.adapters import clients
from tests.conftest import MakeCloud
from tests.corpus import Case
from tests.corpus.files import GROUPS
from tests.support.cloud import Cloud
from tests.support.imports.files import read_report
from tests.support.imports.runs import drop, run

COUNTS = ("created", "exists", "duplicate", "rejected")


def reports(cloud: Cloud, key: str) -> dict[str, bytes]:
    client = clients.s3()
    listed = client.list_objects_v2(Bucket=cloud.bucket, Prefix=f"reports/{key}/")
    return {
        found["Key"].rpartition("/")[2]: client.get_object(Bucket=cloud.bucket, Key=found["Key"])[
            "Body"
        ].read()
        for found in listed["Contents"]
        if found["Key"].count("/") == key.count("/") + 2
    }


def rejected(report: bytes, summary: dict[str, Any]) -> list[tuple[int, str]]:
    encoding = "utf-16" if summary["encoding"].startswith("utf-16") else "utf-8-sig"
    rows = read_report(report, encoding, summary["delimiter"])
    return [(int(row["line"]), row["column"]) for row in rows]


def empty(cloud: Cloud) -> None:
    # The next file has the same addresses; and moto copies the tables for each transaction.
    for table in (cloud.customers_table, cloud.outbox_table):
        for item in clients.dynamodb().scan(TableName=table)["Items"]:
            key = {name: value for name, value in item.items() if name in {"PK", "SK"}}
            clients.dynamodb().delete_item(TableName=table, Key=key)


def check(cloud: Cloud, case: Case, key: str) -> None:
    written = reports(cloud, key)
    summary = json.loads(written["summary.json"])
    if case.refused:
        assert summary["status"] == "refused"
        assert case.refused in summary["reason"]
        assert list(written) == ["summary.json"]
        kinds = {item["entity"] for item in cloud.items(cloud.customers_table)}
        assert not kinds & {"customer", "claim"}
        assert not cloud.items(cloud.outbox_table)
        return
    expected = case.created, 0, case.duplicate, len(case.rejected)
    assert (summary["status"], *(summary[name] for name in COUNTS)) == ("closed", *expected)
    assert summary["rows"] == sum(expected)
    assert rejected(written["failed.csv"], summary) == [
        (each.line, each.column) for each in case.rejected
    ]
    assert len(cloud.customers()) == len(cloud.items(cloud.outbox_table)) == case.created
    if case.names is not None:
        found = sorted(cloud.customers(), key=lambda customer: customer["email"])
        assert tuple(customer["first_name"] for customer in found) == case.names


# Flaws that occur together in one file need no separate files here. Reading each file is tested
# without the cloud (tests/unit/imports/test_import_corpus.py); this tests the way there and back.
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(8, id="each eighth file"),
        pytest.param(1, id="each file", marks=pytest.mark.endurance),
    ],
)
@pytest.mark.parametrize("group", [name for name in GROUPS if name != "flaws"])
def test_each_file_has_its_expected_outcome(make_cloud: MakeCloud, group: str, step: int) -> None:
    cloud = make_cloud(RowsPerChunk="100", RowsPerTransaction="5")

    for number, case in enumerate(GROUPS[group][::step]):
        key = f"{number}.csv"
        run(cloud, drop(cloud, case.content, key))

        check(cloud, case, key)
        if not case.refused:
            empty(cloud)
