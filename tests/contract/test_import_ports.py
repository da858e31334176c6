"""The import's ports: the fakes and AWS obey the same rules."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import Any

import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from botocore.stub import Stubber

from registration.adapters import clients
from registration.adapters.chunk_queue import SqsChunkQueue
from registration.adapters.customers import DynamoDBCustomers
from registration.adapters.fakes import FakeCustomers
from registration.adapters.import_fakes import (
    FakeImportedRows,
    FakeJobs,
    FakePlans,
    FakeReports,
    FakeUploads,
)
from registration.adapters.import_items import chunk_of, message_of
from registration.adapters.import_store import DynamoDBImportStore, DynamoDBJobs
from registration.adapters.imported_rows import DynamoDBImportedRows
from registration.adapters.outbox import DynamoDBOutbox
from registration.adapters.throttling import passes
from registration.adapters.uploads import S3Plans, S3Reports, S3Uploads
from registration.application.import_ports import (
    Batch,
    BatchTaken,
    ImportedRows,
    Imports,
    Jobs,
    Newcomer,
    Owner,
    Plans,
    Reports,
    RowsTaken,
    TryLater,
    UploadGone,
    Uploads,
    Written,
)
from registration.application.mail_ports import Outbox
from registration.application.ports import Contested, Customers
from registration.domain.emails import EmailAddress
from registration.domain.imports import (
    Chunk,
    ChunkResult,
    Counts,
    Duplicate,
    Job,
    JobStatus,
    Layout,
    Outcome,
    RowOutcome,
    Upload,
    import_id_of,
    new_job,
)
from registration.domain.mails import confirmation_mail
from tests.cloud import Cloud
from tests.factories import LIFETIME, NOW, a_customer

LATER = NOW + timedelta(minutes=1)
UPLOAD = Upload("bucket", "ordner/kunden ü.csv", "v1")
LAYOUT = Layout("utf-8", ";", ("email", "Größe", ""))


def no_pause(_seconds: float) -> None:
    pass


# Jobs


@pytest.fixture(params=["fake", "dynamodb"])
def jobs(request: pytest.FixtureRequest) -> Jobs:
    if request.param == "fake":
        return FakeJobs(LIFETIME)
    cloud: Cloud = request.getfixturevalue("cloud")
    return DynamoDBJobs(cloud.customers_table, LIFETIME)


@pytest.fixture
def listed(jobs: Jobs, request: pytest.FixtureRequest) -> tuple[Jobs, Imports]:
    if isinstance(jobs, FakeJobs):
        return jobs, jobs
    cloud: Cloud = request.getfixturevalue("cloud")
    return jobs, DynamoDBImportStore(cloud.customers_table)


def begun(jobs: Jobs, upload: Upload = UPLOAD, **overrides: Any) -> Job:
    job = jobs.open(new_job(upload, NOW, 2)).begin(LAYOUT, 3, 2, LATER)
    jobs.begin(job, overrides.get("sha256"), overrides.get("over"))
    return job


def a_result(job: Job, number: int = 0, **overrides: Any) -> ChunkResult:
    chunk = Chunk(job.import_id, number, line=2, start=10, end=90, rows=2)
    rows = (
        RowOutcome(2, Outcome.REJECTED, "email", "Missing…"),
        RowOutcome(3, Outcome.EXISTS, "", "There."),
    )
    return ChunkResult(chunk, overrides.get("counts", Counts(0, 1, 0, 1)), rows)


def test_a_job_is_opened_once(jobs: Jobs) -> None:
    first = jobs.open(new_job(UPLOAD, NOW, 2))

    assert jobs.open(new_job(UPLOAD, LATER, 9)) == first
    assert jobs.get(first.import_id) == first
    assert jobs.get("another") is None


def test_a_job_begins_once(jobs: Jobs) -> None:
    job = begun(jobs)

    with pytest.raises(Contested):
        jobs.begin(job, None, None)

    assert jobs.get(job.import_id) == job
    jobs.hand_out(job.import_id)
    assert jobs.get(job.import_id) == replace(job, handed_out=True)


def test_the_first_import_of_some_bytes_is_noted(jobs: Jobs) -> None:
    first = begun(jobs, sha256="abc")
    second = jobs.open(new_job(Upload("bucket", "b", "v"), NOW, 2))

    with pytest.raises(Contested):
        jobs.begin(second.begin(LAYOUT, 1, 1, LATER), "abc", None)

    assert jobs.imported_as("abc", LATER) == first.import_id
    assert jobs.imported_as("def", LATER) is None
    # Nothing of the second was written.
    assert jobs.get(second.import_id) == second


def test_a_note_that_was_read_is_taken_over_once(jobs: Jobs) -> None:
    first = begun(jobs, sha256="abc")
    second = begun(jobs, Upload("bucket", "b", "v"), sha256="abc", over=first.import_id)

    with pytest.raises(Contested):
        begun(jobs, Upload("bucket", "c", "v"), sha256="abc", over=first.import_id)

    assert jobs.imported_as("abc", LATER) == second.import_id


def test_a_note_counts_no_longer_than_customers_are_kept(jobs: Jobs) -> None:
    first = begun(jobs, sha256="abc")
    end = NOW + LIFETIME

    assert jobs.imported_as("abc", end - timedelta(seconds=1)) == first.import_id
    assert jobs.imported_as("abc", end) is None
    later = jobs.open(new_job(Upload("bucket", "b", "v"), end, 2))
    jobs.begin(later.begin(LAYOUT, 1, 1, end), "abc", None)
    assert jobs.imported_as("abc", end) == later.import_id


def test_chunks_are_counted_once_each(jobs: Jobs) -> None:
    job = begun(jobs)
    results = [a_result(job, 1, counts=Counts(1, 0, 0, 0)), a_result(job), a_result(job)]

    assert [jobs.complete(result, job, LATER) for result in results] == [True, True, False]

    kept = jobs.get(job.import_id)

    assert kept
    assert (kept.chunks_done, kept.counts, kept.progressed_at) == (2, Counts(1, 1, 0, 1), LATER)
    assert kept.is_complete
    assert kept.is_balanced
    assert jobs.result(job.import_id, 0) == a_result(job)
    assert jobs.result(job.import_id, 7) is None
    assert [result.chunk.number for result in jobs.results(job.import_id)] == [0, 1]
    assert a_result(job).rejected == {2: a_result(job).not_created[0]}


def test_a_job_ends_once(jobs: Jobs) -> None:
    job = begun(jobs)
    jobs.end(job.end(JobStatus.CLOSED, LATER))
    jobs.end(job.end(JobStatus.REFUSED, NOW, "too late"))

    assert jobs.get(job.import_id) == job.end(JobStatus.CLOSED, LATER)


def test_a_job_at_work_does_not_end_early(jobs: Jobs) -> None:
    job = begun(jobs)
    for status in (JobStatus.REFUSED, JobStatus.REPEATED):
        jobs.end(job.end(status, LATER, "Gone."))

    assert jobs.get(job.import_id) == job


def test_a_planner_leaves_off_at_each_checkpoint_once(jobs: Jobs) -> None:
    job = jobs.open(new_job(UPLOAD, NOW, 2))
    jobs.leave_off(job, 1, 500, LATER)

    for number in (1, 3):
        with pytest.raises(Contested):
            jobs.leave_off(job, number, 900, LATER)

    left = replace(job, checkpoints=1, planned_bytes=500, progressed_at=LATER)
    assert jobs.get(job.import_id) == left
    jobs.leave_off(left, 2, 900, LATER)
    jobs.hand_out(job.import_id)
    with pytest.raises(Contested):
        jobs.leave_off(job, 3, 900, LATER)


def test_jobs_are_listed_with_the_newest_first(listed: tuple[Jobs, Imports]) -> None:
    jobs, imports = listed
    opened = [
        jobs.open(new_job(Upload("b", str(n), "v"), NOW + timedelta(seconds=n / 2), 2))
        for n in range(7)
    ]
    jobs.open(opened[3])
    newest = opened[::-1]

    assert imports.newest(10) == newest
    assert imports.newest(3) == newest[:3]
    assert imports.newest(3, newest[2].place) == newest[3:6]
    assert imports.newest(3, newest[5].place) == newest[6:]
    assert imports.newest(3, newest[6].place) == []


def test_a_job_is_listed_as_it_stands_now(listed: tuple[Jobs, Imports]) -> None:
    jobs, imports = listed
    job = begun(jobs)
    jobs.complete(a_result(job), job, LATER)

    (found,) = imports.newest(1)

    assert (found.status, found.chunks_done) == (JobStatus.WORKING, 1)
    assert found == imports.get(job.import_id)


def test_the_first_failures_are_told_while_others_are_at_work(
    listed: tuple[Jobs, Imports],
) -> None:
    jobs, imports = listed
    job = begun(jobs)
    failures = [RowOutcome(n, Outcome.REJECTED, "email", "Missing…") for n in range(2, 12)]
    for number in (2, 0, 1):
        of_chunk = failures[number * 3 : number * 3 + 3] if number != 1 else []
        result = a_result(job, number, counts=Counts(rejected=len(of_chunk)))
        jobs.complete(replace(result, not_created=tuple(of_chunk)), job, LATER)

    assert imports.first_failures(job.import_id, 4) == [*failures[:3], failures[6]]
    assert imports.first_failures("another", 4) == []


def test_a_job_may_end_before_it_begins(jobs: Jobs) -> None:
    job = jobs.open(new_job(UPLOAD, NOW, 2))
    jobs.end(job.end(JobStatus.REFUSED, LATER, "No header."))

    assert jobs.get(job.import_id) == job.end(JobStatus.REFUSED, LATER, "No header.")


# Rows


@pytest.fixture(params=["fake", "dynamodb"])
def ports(request: pytest.FixtureRequest) -> tuple[ImportedRows, Customers, Outbox]:
    if request.param == "fake":
        customers = FakeCustomers()
        return FakeImportedRows(customers), customers, customers.outbox
    cloud: Cloud = request.getfixturevalue("cloud")
    tables = cloud.customers_table, cloud.outbox_table
    return (
        DynamoDBImportedRows(*tables, no_pause),
        DynamoDBCustomers(*tables),
        DynamoDBOutbox(cloud.outbox_table),
    )


@pytest.fixture
def rows(ports: tuple[ImportedRows, Customers, Outbox]) -> ImportedRows:
    return ports[0]


@pytest.fixture
def customers(ports: tuple[ImportedRows, Customers, Outbox]) -> Customers:
    return ports[1]


@pytest.fixture
def outbox(ports: tuple[ImportedRows, Customers, Outbox]) -> Outbox:
    return ports[2]


def a_newcomer(number: int, **overrides: Any) -> Newcomer:
    values: dict[str, Any] = {
        "reference": f"DE--{number}",
        "email": EmailAddress(f"Customer-{number}@example.com"),
        "attempt_id": f"attempt-{number}",
        "token_id": f"token-{number}",
        "browser": None,
    }
    customer = a_customer(**values | overrides)
    mail = confirmation_mail(customer, NOW)
    return Newcomer("import", number, customer, f"DE--alias-{number}", mail, "2019-01-31")


def a_batch(*newcomers: Newcomer, number: int = 0) -> Batch:
    return Batch("import", 3, number, newcomers)


def sign_up(customers: Customers, **overrides: Any) -> None:
    customer = a_customer(**overrides)
    customers.register(customer, confirmation_mail(customer, NOW), customer.created_at)


LAPSED = {"created_at": NOW - 2 * LIFETIME, "expires_at": NOW}


def test_a_batch_writes_customers_claims_and_mails(
    rows: ImportedRows, customers: Customers, outbox: Outbox
) -> None:
    one, two = a_newcomer(1), a_newcomer(2)

    rows.write(a_batch(one, two))

    assert customers.get("DE--1") == one.customer
    claim = customers.claim_on(two.customer.email)
    assert claim
    assert (claim.reference, claim.alias, claim.verified) == ("DE--2", "DE--alias-2", False)
    assert outbox.get("token-2") == two.mail


def test_who_counts_as_confirmed_gets_no_mail(
    rows: ImportedRows, customers: Customers, outbox: Outbox
) -> None:
    rows.write(a_batch(replace(a_newcomer(1), mail=None)))

    assert customers.get("DE--1")
    assert outbox.get("token-1") is None


def test_what_was_written_is_remembered_by_chunk(rows: ImportedRows) -> None:
    rows.write(a_batch(*map(a_newcomer, (2, 3, 4, 9))))
    rows.write(a_batch(a_newcomer(11), number=1))

    assert rows.written("import", 3) == Written(frozenset({2, 3, 4, 9, 11}), 2)
    assert rows.written("import", 4) == Written(frozenset(), 0)


def test_a_batch_is_written_once(rows: ImportedRows, customers: Customers) -> None:
    rows.write(a_batch(a_newcomer(1)))

    with pytest.raises(BatchTaken):
        rows.write(a_batch(a_newcomer(1)))
    with pytest.raises(BatchTaken):
        rows.write(a_batch(a_newcomer(2)))
    assert customers.get("DE--2") is None


def test_a_row_that_was_written_knows_itself(rows: ImportedRows) -> None:
    rows.write(a_batch(a_newcomer(1)))

    assert rows.owners([a_newcomer(1), a_newcomer(2)]) == {1: Owner.ITSELF}
    with pytest.raises(RowsTaken) as taken:
        rows.write(a_batch(a_newcomer(1), a_newcomer(2), number=1))
    assert taken.value.owners == {1: Owner.ITSELF}


def test_addresses_and_references_that_are_taken_are_found(
    rows: ImportedRows, customers: Customers
) -> None:
    sign_up(customers, reference="DE--1", email=EmailAddress("someone@example.com"))
    sign_up(
        customers,
        reference="DE--x",
        email=EmailAddress("customer-2@example.com"),
        attempt_id="x",
        token_id="x",
    )
    newcomers = [a_newcomer(1), a_newcomer(2), a_newcomer(3)]
    both = a_newcomer(4, reference="DE--1", email=EmailAddress("customer-2@example.com"))

    expected = {1: Owner.ANOTHER_REFERENCE, 2: Owner.ANOTHER_EMAIL}
    assert rows.owners(newcomers, references=True) == expected
    assert rows.owners(newcomers) == {2: Owner.ANOTHER_EMAIL}
    assert rows.owners([both]) == {4: Owner.ANOTHER_EMAIL}
    with pytest.raises(RowsTaken) as taken:
        rows.write(a_batch(*newcomers))
    assert taken.value.owners == expected
    assert customers.get("DE--3") is None
    assert rows.written("import", 3) == Written(frozenset(), 0)


def test_who_ran_out_has_nothing_any_more(rows: ImportedRows, customers: Customers) -> None:
    sign_up(customers, reference="DE--1", email=EmailAddress("customer-1@example.com"), **LAPSED)

    assert rows.owners([a_newcomer(1)]) == {}
    rows.write(a_batch(a_newcomer(1)))

    assert customers.get("DE--1") == a_newcomer(1).customer


# What only the real ones have to do


def test_keys_that_a_read_leaves_over_are_read_again(cloud: Cloud) -> None:
    pauses: list[float] = []
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, pauses.append)
    newcomers = [replace(a_newcomer(n), alias=None) for n in (1, 2)]

    def item(number: int) -> Any:
        return {"PK": {"S": f"EMAIL#customer-{number}@example.com"}, "attempt_id": {"S": "x"}}

    def key(number: int) -> Any:
        return {"PK": {"S": f"EMAIL#customer-{number}@example.com"}, "SK": {"S": "CLAIM"}}

    def answer(read: list[int], left: list[int]) -> Any:
        unprocessed = {cloud.customers_table: {"Keys": [key(n) for n in left]}} if left else {}
        return {
            "Responses": {cloud.customers_table: [item(n) for n in read]},
            "UnprocessedKeys": unprocessed,
        }

    with Stubber(clients.dynamodb()) as stub:
        stub.add_response("batch_get_item", answer([1], [2]))
        stub.add_response("batch_get_item", answer([], [2]))
        stub.add_response("batch_get_item", answer([2], []))
        owners = rows.owners(newcomers)

    assert owners == {1: Owner.ANOTHER_EMAIL, 2: Owner.ANOTHER_EMAIL}
    assert len(pauses) == 1


def test_a_read_that_is_throttled_is_tried_later(cloud: Cloud) -> None:
    pauses: list[float] = []
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, pauses.append)

    with Stubber(clients.dynamodb()) as stub:
        stub.add_client_error("batch_get_item", "ProvisionedThroughputExceededException")
        stub.add_client_error("batch_get_item", "ThrottlingException")
        stub.add_response("batch_get_item", {"Responses": {}, "UnprocessedKeys": {}})
        assert rows.owners([a_newcomer(1)]) == {}

    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("error", "reasons"),
    [
        ("TransactionCanceledException", ["None", "TransactionConflict", "None"]),
        ("TransactionCanceledException", ["ThrottlingError", "None", "None"]),
        ("TransactionCanceledException", ["ConditionalCheckFailed", "ThrottlingError", "None"]),
        ("TransactionInProgressException", []),
        ("ProvisionedThroughputExceededException", []),
        ("ThrottlingException", []),
    ],
)
def test_what_passes_is_to_be_tried_later(cloud: Cloud, error: str, reasons: list[str]) -> None:
    rows = DynamoDBImportedRows(cloud.customers_table, cloud.outbox_table, no_pause)
    client = clients.dynamodb()
    cancellation = {"CancellationReasons": [{"Code": code} for code in reasons]} if reasons else {}

    with Stubber(client) as stub:
        for _ in range(4):
            stub.add_client_error("transact_write_items", error, modeled_fields=cancellation)
        with pytest.raises(TryLater):
            rows.write(a_batch(replace(a_newcomer(1), mail=None)))


def test_what_does_not_pass_is_an_error() -> None:
    reasons = [{"Code": "None"}, {"Code": "ValidationError"}]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": reasons,
    }

    assert not passes(ClientError(response, "TransactWriteItems"))
    assert not passes(ClientError({"Error": {"Code": "AccessDenied"}}, "TransactWriteItems"))


def test_messages_hold_all_of_a_chunk_in_few_bytes() -> None:
    duplicates = tuple(Duplicate(n, n - 1, "email") for n in range(10_000_000, 10_004_000))
    chunk = Chunk("i" * 32, 5, 10_000_000, 2, 900, 4000, duplicates)

    assert chunk_of(message_of(chunk)) == chunk
    assert len(message_of(chunk)) < 200_000


def test_chunks_are_sent_in_as_few_calls_as_they_fit_in(cloud: Cloud) -> None:
    queue = SqsChunkQueue(cloud.stack.names["Chunks"])
    long = tuple(Duplicate(n, n - 1, "email") for n in range(10_000_000, 10_004_000))
    chunks = [Chunk("import", n, 2, 0, 9, 1) for n in range(12)]
    chunks += [Chunk("import", n, 2, 0, 9, 1, long) for n in range(12, 15)]

    queue.send(chunks)

    calls = [call for call in cloud.calls if call.operation == "SendMessageBatch"]
    assert [len(call.parameters["Entries"]) for call in calls] == [10, 4, 1]
    received = [
        chunk_of(entry["MessageBody"]) for call in calls for entry in call.parameters["Entries"]
    ]
    assert received == chunks


# Files


@pytest.fixture(params=["fake", "s3"])
def files(request: pytest.FixtureRequest) -> tuple[Uploads, Upload]:
    content = b"0123456789" * 60_000
    if request.param == "fake":
        upload = Upload("bucket", "a b/ü+.csv", "v1")
        return FakeUploads({upload: content}), upload
    cloud: Cloud = request.getfixturevalue("cloud")
    s3 = clients.s3()
    answer = s3.put_object(Bucket=cloud.bucket, Key="a b/ü+.csv", Body=content)
    upload = Upload(cloud.bucket, "a b/ü+.csv", answer["VersionId"])
    s3.put_object(Bucket=cloud.bucket, Key="a b/ü+.csv", Body=b"newer")
    return S3Uploads(), upload


def test_a_file_is_read_in_blocks_whatever_came_after_it(files: tuple[Uploads, Upload]) -> None:
    uploads, upload = files

    blocks = list(uploads.read(upload))

    assert b"".join(blocks) == b"0123456789" * 60_000
    assert len(blocks) > 1


def test_a_range_is_read_by_itself(files: tuple[Uploads, Upload]) -> None:
    uploads, upload = files

    assert b"".join(uploads.read_range(upload, 8, 21)) == b"8901234567890"
    assert b"".join(uploads.read(upload, 599_998)) == b"89"


def test_a_range_that_is_answered_with_the_whole_is_cut(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"0123456789" * 60_000
    s3 = clients.s3()
    version = s3.put_object(Bucket=cloud.bucket, Key="a.csv", Body=content)["VersionId"]
    get_object = s3.get_object

    def whole(**request: Any) -> Any:
        return get_object(**{name: value for name, value in request.items() if name != "Range"})

    monkeypatch.setattr(s3, "get_object", whole)

    for start, end in ((8, 21), (262_140, 262_150), (300_000, 600_000)):
        blocks = S3Uploads().read_range(Upload(cloud.bucket, "a.csv", version), start, end)
        assert b"".join(blocks) == content[start:end]
    rest = S3Uploads().read(Upload(cloud.bucket, "a.csv", version), 262_150)
    assert b"".join(rest) == content[262_150:]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, None, [None, "bytes=262144-", "bytes=524288-"]),
        (7, 600_000, ["bytes=7-599999", "bytes=262151-599999", "bytes=524295-599999"]),
    ],
)
def test_a_file_whose_reading_breaks_off_is_read_on(
    cloud: Cloud,
    monkeypatch: pytest.MonkeyPatch,
    start: int,
    end: int | None,
    expected: list[str | None],
) -> None:
    content = b"0123456789" * 60_000
    s3 = clients.s3()
    version = s3.put_object(Bucket=cloud.bucket, Key="a.csv", Body=content)["VersionId"]
    get_object = s3.get_object
    ranges: list[str | None] = []

    def broken(**request: Any) -> Any:
        ranges.append(request.get("Range"))
        answer: Any = get_object(**request)
        if len(ranges) < 3:
            answer["Body"] = Breaking(answer["Body"])
        return answer

    monkeypatch.setattr(s3, "get_object", broken)

    upload = Upload(cloud.bucket, "a.csv", version)

    read = S3Uploads().read_range(upload, start, end) if end else S3Uploads().read(upload, start)

    assert b"".join(read) == content[start:]
    assert ranges == expected


def test_a_file_that_cannot_be_read_on_is_an_error(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = clients.s3()
    version = s3.put_object(Bucket=cloud.bucket, Key="a.csv", Body=b"x")["VersionId"]
    get_object = s3.get_object

    def broken(**request: Any) -> Any:
        answer: Any = get_object(**request)
        answer["Body"] = Breaking(answer["Body"], after=0)
        return answer

    monkeypatch.setattr(s3, "get_object", broken)

    with pytest.raises(IncompleteReadError):
        list(S3Uploads().read(Upload(cloud.bucket, "a.csv", version)))


class Breaking:
    """A body of which no more than some blocks arrive."""

    def __init__(self, body: Any, after: int = 1) -> None:
        self.body, self.after = body, after

    def __enter__(self) -> "Breaking":
        return self

    def __exit__(self, *_: object) -> None:
        self.body.close()

    def iter_chunks(self, size: int) -> Iterator[bytes]:
        yield from islice(self.body.iter_chunks(size), self.after)
        raise IncompleteReadError(actual_bytes=0, expected_bytes=1)


def test_a_file_that_is_not_there_is_gone(files: tuple[Uploads, Upload]) -> None:
    uploads, upload = files

    with pytest.raises(UploadGone):
        list(uploads.read(replace(upload, key="another.csv")))


@pytest.fixture(params=["fake", "s3"])
def reports(request: pytest.FixtureRequest) -> tuple[Reports, Any]:
    if request.param == "fake":
        fake = FakeReports()
        return fake, fake.reports.__getitem__
    cloud: Cloud = request.getfixturevalue("cloud")

    def read(key: str) -> bytes:
        return clients.s3().get_object(Bucket=cloud.bucket, Key=key)["Body"].read()

    return S3Reports(), read


@pytest.mark.parametrize("blocks", [[], [b"one"], [b"x" * 3_000_000] * 7])
def test_a_report_is_written_whatever_its_size(
    reports: tuple[Reports, Any], blocks: list[bytes]
) -> None:
    port, read = reports
    bucket = "registration-imports-123456789012"
    upload = Upload(bucket, "dry-run/kunden ü.csv", "v1")

    port.write(upload, "failed.csv", blocks)
    port.show(upload, ["failed.csv"])

    folder = "reports/dry-run/kunden ü.csv"
    assert read(f"{folder}/failed.csv") == b"".join(blocks)
    assert read(f"{folder}/{import_id_of(upload)}/failed.csv") == b"".join(blocks)


def test_reports_on_another_file_of_the_same_name_replace_no_others(
    reports: tuple[Reports, Any],
) -> None:
    port, read = reports
    first, second = (Upload("registration-imports-123456789012", "a.csv", v) for v in "12")
    for upload, content in ((first, b"one"), (second, b"two")):
        port.write(upload, "failed.csv", [content])
        port.show(upload, ["failed.csv"])

    assert read("reports/a.csv/failed.csv") == b"two"
    assert read(first.own_report("failed.csv")) == b"one"
    assert read(second.own_report("failed.csv")) == b"two"


@pytest.mark.parametrize("length", [1, 480, 500])
def test_a_report_on_a_very_long_name_has_a_key_that_s3_takes(length: int) -> None:
    upload = Upload("bucket", "ü" * length, "v1")

    assert len(upload.own_report("summary.json").encode()) <= 1024


# What planners leave to others


@pytest.fixture(params=["fake", "s3"])
def plans(request: pytest.FixtureRequest) -> tuple[Plans, Upload]:
    if request.param == "fake":
        return FakePlans(), UPLOAD
    cloud: Cloud = request.getfixturevalue("cloud")
    return S3Plans(), replace(UPLOAD, bucket=cloud.bucket)


def test_what_was_saved_at_a_checkpoint_comes_back(plans: tuple[Plans, Upload]) -> None:
    port, upload = plans
    port.save(upload, 1, [b"one"])
    port.save(upload, 2, [b"t" * 9_000_000, b"wo"])

    assert b"".join(port.saved(upload, 1)) == b"one"
    assert b"".join(port.saved(upload, 2)) == b"t" * 9_000_000 + b"wo"
    for other, number in ((upload, 3), (replace(upload, version_id="v2"), 1)):
        with pytest.raises(UploadGone):
            b"".join(port.saved(other, number))
