"""Uploads, reports and plans: the fakes and S3 obey the same rules."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError, IncompleteReadError

from registration.adapters import clients
from registration.adapters.imports.uploads import S3Plans, S3Reports, S3Uploads
from registration.application.imports.ports import (
    Plans,
    Reports,
    UploadGone,
    Uploads,
)
from registration.domain.imports.jobs import (
    Upload,
    import_id_of,
)
from tests.fakes.imports import (
    FakePlans,
    FakeReports,
    FakeUploads,
)
from tests.support.cloud import Call, Cloud

UPLOAD = Upload("bucket", "ordner/kunden ü.csv", "v1")


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


def test_a_range_that_is_answered_with_the_whole_file_is_cut(
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
def test_a_read_that_breaks_off_is_resumed(
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
    """A body that breaks off after some blocks."""

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
def reports(request: pytest.FixtureRequest) -> tuple[Reports, str, Any]:
    """The port, the bucket of the files, and a function that reads a report."""
    if request.param == "fake":
        fake = FakeReports()
        return fake, "bucket", fake.reports.__getitem__
    cloud: Cloud = request.getfixturevalue("cloud")

    def read(key: str) -> bytes:
        return clients.s3().get_object(Bucket=cloud.bucket, Key=key)["Body"].read()

    return S3Reports(), cloud.bucket, read


@pytest.mark.parametrize("blocks", [[], [b"one"], [b"x" * 3_000_000] * 7])
def test_a_report_is_written_whatever_its_size(
    reports: tuple[Reports, str, Any], blocks: list[bytes]
) -> None:
    port, bucket, read = reports
    upload = Upload(bucket, "dry-run/kunden ü.csv", "v1")

    port.write(upload, "failed.csv", blocks)
    port.show(upload, ["failed.csv"])

    folder = "reports/dry-run/kunden ü.csv"
    assert read(f"{folder}/failed.csv") == b"".join(blocks)
    assert read(f"{folder}/{import_id_of(upload)}/failed.csv") == b"".join(blocks)


def test_reports_on_another_file_of_the_same_name_replace_no_others(
    reports: tuple[Reports, str, Any],
) -> None:
    port, bucket, read = reports
    first, second = (Upload(bucket, "a.csv", v) for v in "12")
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


# Saved states of planners


@pytest.fixture(params=["fake", "s3"])
def plans(request: pytest.FixtureRequest) -> tuple[Plans, Upload]:
    if request.param == "fake":
        return FakePlans(), UPLOAD
    cloud: Cloud = request.getfixturevalue("cloud")
    return S3Plans(), replace(UPLOAD, bucket=cloud.bucket)


def test_a_saved_checkpoint_is_restored(plans: tuple[Plans, Upload]) -> None:
    port, upload = plans
    port.save(upload, 1, [b"one"])
    port.save(upload, 2, [b"t" * 9_000_000, b"wo"])

    assert b"".join(port.saved(upload, 1)) == b"one"
    assert b"".join(port.saved(upload, 2)) == b"t" * 9_000_000 + b"wo"
    for other, number in ((upload, 3), (replace(upload, version_id="v2"), 1)):
        with pytest.raises(UploadGone):
            b"".join(port.saved(other, number))


# Reports that are large


LARGE = 9 * 1024 * 1024


def unfinished(cloud: Cloud) -> list[Any]:
    """Return the multipart uploads that were neither completed nor aborted: they cost money."""
    return clients.s3().list_multipart_uploads(Bucket=cloud.bucket).get("Uploads", [])


def large_blocks(*, broken: bool = False) -> Iterator[bytes]:
    for _ in range(2 * LARGE // 65_536):
        yield b"x" * 65_536
    if broken:
        raise IncompleteReadError(actual_bytes=1, expected_bytes=2)


def failing(cloud: Cloud, *operations: str) -> None:
    def fail(call: Call) -> None:
        if call.operation in operations:
            error: Any = {"Error": {"Code": "AccessDenied", "Message": call.operation}}
            raise ClientError(error, call.operation)

    cloud.on_call = fail


@pytest.fixture
def report(cloud: Cloud) -> Upload:
    """An upload with a report of more than one part."""
    upload = replace(UPLOAD, bucket=cloud.bucket)
    S3Reports().write(upload, "failed.csv", large_blocks())
    cloud.calls.clear()
    return upload


def test_a_large_report_is_written_in_parts(cloud: Cloud, report: Upload) -> None:
    found = clients.s3().get_object(Bucket=report.bucket, Key=report.own_report("failed.csv"))

    assert found["Body"].read() == b"".join(large_blocks())
    assert found["ContentType"] == "text/csv"
    assert found["ETag"].endswith('-3"')


@pytest.mark.parametrize("abort", ["works", "fails"])
@pytest.mark.parametrize("operation", ["UploadPart", "CompleteMultipartUpload"])
def test_a_report_that_fails_is_given_up(cloud: Cloud, operation: str, abort: str) -> None:
    failing(cloud, operation, *(["AbortMultipartUpload"] if abort == "fails" else []))

    with pytest.raises(ClientError) as error:
        S3Reports().write(replace(UPLOAD, bucket=cloud.bucket), "failed.csv", large_blocks())
    cloud.on_call = None

    assert error.value.response["Error"]["Message"] == operation
    assert len(unfinished(cloud)) == (abort == "fails")


def test_a_report_is_aborted_if_its_source_breaks_off(cloud: Cloud) -> None:
    upload = replace(UPLOAD, bucket=cloud.bucket)

    with pytest.raises(IncompleteReadError):
        S3Reports().write(upload, "failed.csv", large_blocks(broken=True))

    assert unfinished(cloud) == []
    assert "Contents" not in clients.s3().list_objects_v2(Bucket=cloud.bucket)


@pytest.mark.parametrize("abort", ["works", "fails"])
def test_a_copy_that_fails_is_given_up(cloud: Cloud, report: Upload, abort: str) -> None:
    failing(cloud, "UploadPartCopy", *(["AbortMultipartUpload"] if abort == "fails" else []))

    with pytest.raises(ClientError) as error:
        S3Reports().show(report, ["failed.csv"])
    cloud.on_call = None

    assert error.value.response["Error"]["Message"] == "UploadPartCopy"
    assert len(unfinished(cloud)) == (abort == "fails")


def test_a_report_takes_as_little_memory_however_large_it_is(cloud: Cloud) -> None:
    def take(model: Any, **_: Any) -> tuple[Any, Any]:
        told = {"UploadId": "id", "ETag": "tag", "ResponseMetadata": {"HTTPStatusCode": 200}}
        return mock.Mock(status_code=200), told

    blocks = (b"%032d" % number * 2048 for number in range(1024))
    events: Any = clients.s3().meta.events
    events.register("before-call.s3", take)
    tracemalloc.start()
    try:
        S3Reports().write(replace(UPLOAD, bucket=cloud.bucket), "failed.csv", blocks)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        events.unregister("before-call.s3", take)

    # 64 MiB in parts of 8.
    assert most < 32 * 1024 * 1024
