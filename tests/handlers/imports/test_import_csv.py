"""Imports through the handler: from a file in the bucket to customers, mails and reports."""

import gc
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from registration.adapters import clients
from registration.domain.imports.jobs import STALLED_AFTER, TOLD_FOR, Upload
from tests.conftest import MakeCloud
from tests.support.clock import standing
from tests.support.cloud import Call, Cloud
from tests.support.imports.files import BCRYPT, a_file, a_row, read_report
from tests.support.imports.runs import (
    MIXED,
    PLANNER,
    WORKER,
    by_email,
    counts,
    done,
    drop,
    job,
    mails_waiting,
    report,
    run,
    summary,
    waiting,
)
from tests.support.requests import customer_document, review_form
from tests.support.stack import ROOT

WHO = "0" * 32
WRITES = {"TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}


def test_from_the_file_in_the_bucket_to_the_customers_mails_and_reports(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(RowsPerChunk="3", RowsPerTransaction="2")
    cloud.drop("customer.csv", MIXED)

    cloud.drain()

    assert job(cloud)["status"] == "closed"
    assert counts(job(cloud)) == (7, 3, 0, 2, 2)
    assert sorted(customer["email"] for customer in cloud.customers()) == [
        "customer-1@example.com",
        "customer-5@example.com",
        "customer-7@example.com",
    ]
    assert sorted(mail.to for mail in cloud.mails) == [c["email"] for c in by_email(cloud)]
    assert [row["line"] for row in read_report(report(cloud, "failed.csv"))] == ["3", "4"]
    lines = [(row["line"], row["reason"]) for row in read_report(report(cloud, "skipped.csv"))]
    assert lines == [
        ("6", "Line 2 has the same address."),
        ("8", "Line 7 has the same reference."),
    ]
    told = summary(cloud)
    assert (told["status"], told["rows"], told["created"]) == ("closed", 7, 3)
    assert told["unknown_columns"] == ["note"]
    assert cloud.sources.given_up == []


def test_an_imported_customer_chooses_a_password_with_the_link(cloud: Cloud) -> None:
    cloud.drop("customer.csv", a_file(a_row(1, locale_name="en_US")))
    cloud.drain()
    (mail,) = cloud.mails

    page = cloud.get_page(mail.link)
    form = {"token": mail.token, **review_form("sturdy teapot orbit")}
    answer = cloud.post_form("/confirm", form)

    assert page.status == 200
    assert answer.status == 303
    (customer,) = cloud.customers()
    assert customer["status"] == "verified"
    assert customer["password_hash"].startswith("$argon2id$")
    assert "expires_at" not in customer


def test_a_customer_imported_with_a_hash_confirms_with_the_old_password(cloud: Cloud) -> None:
    cloud.drop("customer.csv", a_file(a_row(1, password=BCRYPT, registered="2019-01-31")))
    cloud.drain()

    (customer,) = cloud.customers()
    assert customer["password_hash"] == BCRYPT
    assert customer["registered"] == "2019-01-31"
    assert customer["status"] == "unverified"
    assert customer["origin"] == "import"
    assert (customer["import_id"], customer["line"]) == (job(cloud)["PK"][7:], 2)


def test_a_trusted_registration_is_a_verified_customer_without_a_mail(
    make_cloud: MakeCloud,
) -> None:
    cloud = make_cloud(TrustRegisteredColumn="true")
    cloud.drop("customer.csv", a_file(a_row(1, registered="2019-01-31"), a_row(2)))

    cloud.drain()

    first, second = by_email(cloud)
    assert (first["status"], second["status"]) == ("verified", "unverified")
    assert "expires_at" not in first
    assert [mail.to for mail in cloud.mails] == ["customer-2@example.com"]


@pytest.mark.parametrize("key", ["kunden münchen+köln.csv", "a b/100%.csv", "ordner/x&y=z.csv"])
def test_names_of_files_are_decoded(cloud: Cloud, key: str) -> None:
    cloud.drop(key, a_file(a_row(1)))

    cloud.drain()

    assert summary(cloud, key)["file"] == key
    assert job(cloud, key)["status"] == "closed"


def test_reports_and_folders_are_no_imports(cloud: Cloud) -> None:
    for key in ("reports/customer.csv/failed.csv", "dry-run/"):
        cloud.invoke(PLANNER, drop(cloud, b"", key))

    assert cloud.items(cloud.customers_table) == []
    assert cloud.invoke(PLANNER, {"Service": "Amazon S3", "Event": "s3:TestEvent"}) == {}


def test_a_file_whose_name_ends_like_a_folder_is_imported(cloud: Cloud) -> None:
    cloud.invoke(PLANNER, drop(cloud, MIXED, "customers/"))
    cloud.drain()

    assert summary(cloud, "customers/")["status"] == "closed"
    assert len(cloud.customers()) > 0


def test_an_event_that_comes_again_changes_nothing(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerChunk="3", RowsPerTransaction="2")
    event = drop(cloud, MIXED)
    cloud.invoke(PLANNER, event)
    cloud.invoke(PLANNER, event)
    chunks = []
    for chunk, message in waiting(cloud):
        chunks.append(chunk)
        done(cloud, message)
    for chunk in [*chunks, *chunks]:
        assert cloud.invoke(WORKER, chunk) == {"batchItemFailures": []}
    state = cloud.state()

    cloud.invoke(PLANNER, event)
    for chunk in chunks:
        cloud.invoke(WORKER, chunk)

    assert len(chunks) == 3
    assert cloud.state() == state
    assert counts(job(cloud)) == (7, 3, 0, 2, 2)


def test_the_same_bytes_under_another_name_change_nothing(cloud: Cloud) -> None:
    cloud.drop("first.csv", MIXED)
    cloud.drain()
    customers, mails = cloud.customers(), list(cloud.mails)

    cloud.drop("second.csv", MIXED)
    cloud.drain()

    assert job(cloud, "second.csv")["status"] == "repeated"
    assert summary(cloud, "second.csv")["reason"] == "already imported as first.csv"
    assert cloud.customers() == customers
    assert cloud.mails == mails


def test_a_corrected_report_is_imported_and_only_its_rows(cloud: Cloud) -> None:
    cloud.drop("customer.csv", a_file(a_row(1), a_row(2, gender="f", phone="+49 30 1")))
    cloud.drain()
    mended = report(cloud, "failed.csv").replace(b",f,", b",Female,")

    cloud.drop("mended.csv", mended)
    cloud.drain()

    assert counts(job(cloud, "mended.csv")) == (1, 1, 0, 0, 0)
    assert by_email(cloud)[1]["phone"] == "+49 30 1"
    assert summary(cloud, "mended.csv")["unknown_columns"] == []


def test_a_dry_run_writes_no_customer_and_no_mail(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(email="customer-5@example.com"))
    cloud.drain()
    before = cloud.customers()

    cloud.drop("dry-run/customer.csv", MIXED)
    cloud.drain()

    key = "dry-run/customer.csv"
    assert counts(job(cloud, key)) == (7, 2, 1, 2, 2)
    assert job(cloud, key)["dry_run"] is True
    assert summary(cloud, key)["dry_run"] is True
    assert cloud.customers() == before
    assert len(cloud.mails) == 1
    assert cloud.items(cloud.customers_table, "imported_file") == []
    cloud.drop("customer.csv", MIXED)
    cloud.drain()
    assert job(cloud)["status"] == "closed"


def test_a_refused_file_leaves_nothing_but_its_job_and_its_summary(cloud: Cloud) -> None:
    cloud.drop("customers.xlsx", b"PK\x03\x04 a workbook")

    cloud.drain()

    assert job(cloud, "customers.xlsx")["status"] == "refused"
    assert "not a CSV" in summary(cloud, "customers.xlsx")["reason"]
    entities = {item["entity"] for item in cloud.items(cloud.customers_table)}
    assert entities == {"import_job", "import_place"}
    assert cloud.sources.given_up == []


def test_a_sign_up_at_the_same_moment_wins_and_the_row_exists(cloud: Cloud) -> None:
    event = drop(cloud, a_file(*[a_row(n) for n in range(1, 5)]))
    cloud.invoke(PLANNER, event)

    def sign_up_first(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            cloud.on_call = None
            cloud.post_json("/customers", customer_document(email="customer-2@example.com"))

    cloud.on_call = sign_up_first
    run(cloud, event)

    assert counts(job(cloud)) == (4, 3, 1, 0, 0)
    assert by_email(cloud)[1]["origin"] == "api"
    assert len(mails_waiting(cloud)) == 4


def test_rows_are_written_within_the_budget(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(RowsPerTransaction="33")
    rows = [
        a_row(
            n,
            customer_reference=f"DE--{n}",
            company="Lovelace & Babbage GmbH",
            password=BCRYPT,
            registered="2019-01-31 11:02:33",
        )
        for n in range(33)
    ]
    event = drop(cloud, a_file(*rows))
    run(cloud, event)

    calls = [call for call in cloud.calls if call.operation in WRITES]
    row_calls = [call for call in calls if len(call.parameters.get("TransactItems", [])) > 2]
    assert len(row_calls) == 1
    # A file's: opened, begun, handed out, ended. A chunk's: its result.
    assert len(calls) - len(row_calls) == 5
    assert units(row_calls) / len(rows) <= 7
    # So a full chunk of 1,000 rows takes 31 transactions and one for its result.
    assert (1000 / 33 + 1) / 1000 < 1 / 25
    reads = [call for call in cloud.calls if call.operation == "BatchGetItem"]
    assert len(reads) == 1


def units(calls: list[Call]) -> int:
    """Return the write units of transactions: two for each KB of each item."""
    puts = [item["Put"] for call in calls for item in call.parameters["TransactItems"]]
    return sum(2 * -(-size(put["Item"]) // 1024) for put in puts)


def size(item: Any) -> int:
    values = (next(iter(value.values())) for value in item.values())
    return sum(len(str(name)) for name in item) + sum(len(str(value).encode()) for value in values)


def test_the_garbage_collector_pauses_while_a_chunk_is_processed(cloud: Cloud) -> None:
    event = drop(cloud, a_file(a_row(1)))
    cloud.invoke(PLANNER, event)
    enabled: list[bool] = []
    cloud.on_call = lambda call: enabled.append(gc.isenabled()) if is_of_rows(call) else None

    cloud.drain()

    assert enabled == [False]
    assert gc.isenabled()


def is_of_rows(call: Call) -> bool:
    return "import_batch" in str(call.parameters.get("TransactItems"))


def test_rows_that_do_not_add_up_end_in_the_failure_queue(cloud: Cloud) -> None:
    event = drop(cloud, a_file(a_row(1)))
    cloud.invoke(PLANNER, event)
    cloud.sources._seen_versions.add(("customer.csv", job(cloud)["version_id"]))
    clients.dynamodb().update_item(
        TableName=cloud.customers_table,
        Key={"PK": {"S": job(cloud)["PK"]}, "SK": {"S": "JOB"}},
        UpdateExpression="SET #rows = :rows",
        ExpressionAttributeNames={"#rows": "rows"},
        ExpressionAttributeValues={":rows": {"N": "2"}},
    )

    cloud.drain()

    assert job(cloud)["status"] == "working"
    url = cloud.stack.names["ImportFailures"]
    assert len(clients.sqs().receive_message(QueueUrl=url)["Messages"]) == 1


def test_a_file_that_is_deleted_meanwhile_ends_in_the_failure_queue(cloud: Cloud) -> None:
    event = drop(cloud, a_file(a_row(1)))
    cloud.invoke(PLANNER, event)
    version = job(cloud)["version_id"]
    clients.s3().delete_object(Bucket=cloud.bucket, Key="customer.csv", VersionId=version)

    ((chunk, _message),) = [next(waiting(cloud))]
    failures = cloud.invoke(WORKER, chunk)["batchItemFailures"]

    assert failures == [{"itemIdentifier": chunk["Records"][0]["messageId"]}]
    assert job(cloud)["status"] == "working"


def test_logs_tell_of_no_row(make_cloud: MakeCloud, caplog: pytest.LogCaptureFixture) -> None:
    cloud = make_cloud(RowsPerChunk="3")
    event = drop(cloud, MIXED)

    def fail(call: Call) -> None:
        if call.operation == "TransactWriteItems" and "customer-1" in str(call.parameters):
            cloud.on_call = None
            raise ValueError(str(call.parameters))

    cloud.on_call = fail
    run(cloud, event)

    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert "chunk failed" in logged
    assert job(cloud)["PK"][7:] in logged
    for secret in ("example.com", "Lovelace", "DE--5", "1985-12-10"):
        assert secret not in logged


@pytest.mark.parametrize("name", ["import_csv_s3.json", "import_csv_sqs.json"])
def test_the_sample_events_go_through_the_handler(cloud: Cloud, name: str) -> None:
    event = json.loads((ROOT / "events" / name).read_text())

    if "s3" in name:
        # Its file does not exist (any more): an operator uploads it again.
        assert cloud.invoke(PLANNER, event) == {}
        assert job(cloud, "customers of München.csv")["status"] == "refused"
    else:
        assert cloud.invoke(WORKER, event) == {"batchItemFailures": []}


def test_the_example_file_shows_each_outcome(cloud: Cloud) -> None:
    cloud.drop("customer.csv", Path(ROOT / "examples" / "customer.csv").read_bytes())

    cloud.drain()

    assert counts(job(cloud)) == (25, 12, 0, 2, 11)
    columns = [row["column"] for row in read_report(report(cloud, "failed.csv"))]
    assert columns == [
        "email",
        "first_name",
        "password",
        "gender",
        "date_of_birth",
        "locale_name",
        "salutation",
        "customer_reference",
        "registered",
        "email",
        "gender",
    ]
    assert len(cloud.mails) == 12
    languages = {mail.subject for mail in cloud.mails}
    assert len(languages) > 1


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("dry-run/customer.csv", True),
        ("customer.csv", False),
        ("a/dry-run/customer.csv", True),
        ("a/dry-run/b/customer.csv", True),
        ("/dry-run/customer.csv", True),
        ("dry-run//customer.csv", True),
        ("dry-run /customer.csv", True),
        ("Dry-Run/customer.csv", True),
        ("dry_run/customer.csv", True),
        ("\u200bDry\u2013Run/customer.csv", True),
        ("dry-run", True),
        ("/DRY-RUN", True),
        ("dry-run/", True),
        ("a/dry-run/", True),
        ("dry-run%2Fcustomer.csv", True),
        ("a%2fdry%2Drun%2fcustomer.csv", True),
        ("dry-run%252Fcustomer.csv", True),
        ("dry%20run/customer.csv", True),
        ("dry-run%2F", True),
        ("100%/dry-run%2Fcustomer.csv", True),
        ("dry-run%2F.csv%", True),
        ("dry-run%customer.csv", False),
        ("customer%2Fdry-run", False),
        ("dry-run.csv", False),
        ("a/dry-run", False),
        ("dry-run-2/customer.csv", False),
        ("no dry-run/customer.csv", False),
        (f"back-office/01J/{WHO}/dry-run/customer.csv", True),
        (f"back-office/01J/{WHO}/import/customer.csv", False),
        (f"back-office/01J/{WHO}/import/dry-run/customer.csv", False),
        (f"back-office/01J/{WHO}/import/dry-run", False),
    ],
)
def test_the_key_says_whether_it_is_a_dry_run(key: str, expected: bool) -> None:
    assert Upload("bucket", key, "v").is_dry_run is expected


def test_a_file_for_a_dry_run_has_its_reports_and_no_customers(cloud: Cloud) -> None:
    key = "01J/dry-run/customer.csv"
    cloud.drop(key, MIXED)

    cloud.drain()

    assert summary(cloud, key)["dry_run"] is True
    assert cloud.customers() == []


def test_two_files_of_one_name_keep_their_reports_each(cloud: Cloud) -> None:
    for content in (a_file(a_row(1, gender="?")), a_file(a_row(2), a_row(3, gender="!"))):
        cloud.drop("customer.csv", content)
        cloud.drain()

    newest = summary(cloud)
    jobs = sorted(cloud.items(cloud.customers_table, "import_job"), key=lambda job: job["rows"])
    folders = [f"reports/customer.csv/{job['PK'][7:]}/" for job in jobs]
    assert newest["rows"] == 2
    assert newest["reports"] == folders[1]
    for folder, gender in zip(folders, "?!", strict=True):
        answer = clients.s3().get_object(Bucket=cloud.bucket, Key=f"{folder}failed.csv")
        (row,) = read_report(answer["Body"].read())
        assert row["gender"] == gender


def test_rows_that_do_not_add_up_are_counted(
    cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    event = drop(cloud, a_file(a_row(1)))
    cloud.invoke(PLANNER, event)
    chunk, _message = next(waiting(cloud))
    body = chunk["Records"][0]["body"].replace('"rows":1', '"rows":2')

    answer = cloud.invoke(WORKER, {"Records": [{**chunk["Records"][0], "body": body}]})

    assert len(answer["batchItemFailures"]) == 1
    assert '"ImportUnbalanced":[1.0]' in capsys.readouterr().out
    assert cloud.customers() == []


WATCH = {"watch": "imports"}


def test_an_import_on_which_nothing_happens_is_told_of(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with standing() as time:
        cloud.drop("done.csv", a_file(a_row(1)))
        cloud.drain()
        cloud.invoke(PLANNER, drop(cloud, MIXED))
        time.shift(STALLED_AFTER - timedelta(seconds=1))
        assert cloud.invoke(PLANNER, WATCH) == {"stalled": 0}
        time.shift(1)

        assert cloud.invoke(PLANNER, WATCH) == {"stalled": 1}

        assert '"ImportsStalled":[1.0]' in capsys.readouterr().out
        (told,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
        assert told["import_id"] == job(cloud)["PK"][7:]
        time.shift(TOLD_FOR)
        assert cloud.invoke(PLANNER, WATCH) == {"stalled": 0}
        time.shift(-TOLD_FOR)
        assert cloud.invoke(PLANNER, WATCH) == {"stalled": 1}
        cloud.drain()
        assert cloud.invoke(PLANNER, WATCH) == {"stalled": 0}
