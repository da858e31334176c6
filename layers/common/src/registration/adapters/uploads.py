"""Uploaded files and reports in S3."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING

from boto3.s3.transfer import TransferConfig
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from registration.adapters import clients
from registration.application.import_ports import UploadGone
from registration.domain.imports import PLANS, Upload, import_id_of

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import (
        CompletedPartTypeDef,
        GetObjectOutputTypeDef,
        GetObjectRequestTypeDef,
    )

_BLOCK = 256 * 1024
# A part of an upload in parts has 5 MiB at least, unless it is the last.
_PART = 8 * 1024 * 1024
_GONE = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}
_ONE_AFTER_THE_OTHER = TransferConfig(use_threads=False)
_TYPES = {"csv": "text/csv", "json": "application/json"}
_BROKEN_OFF = (
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)


class S3Uploads:
    """The port ``Uploads``: each read is of the version that the event named."""

    def read(self, upload: Upload, start: int = 0) -> Iterator[bytes]:
        """Return a file's bytes, in blocks. What breaks off is gone on with."""
        pinned = _pinned(upload)
        # No range from 0 on: for an empty file that is an error.
        return _read_on(lambda at: _range(pinned, at) if at else _whole(pinned), start)

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return some of a file's bytes; as :meth:`read` else."""
        return _read_on(partial(_range, _pinned(upload), end=end), start)


def _read_on(read_from: Callable[[int], Iterator[bytes]], start: int) -> Iterator[bytes]:
    at = start
    while True:
        begun_at = at
        try:
            for block in read_from(at):
                at += len(block)
                yield block
        except _BROKEN_OFF:
            if at == begun_at:
                raise
        else:
            return


def _whole(request: "GetObjectRequestTypeDef") -> Iterator[bytes]:
    body = _get(request)["Body"]
    with body:
        yield from body.iter_chunks(_BLOCK)


def _range(
    request: "GetObjectRequestTypeDef", start: int, end: int | None = None
) -> Iterator[bytes]:
    last = "" if end is None else end - 1
    answer = _get({**request, "Range": f"bytes={start}-{last}"})
    body = answer["Body"]
    with body:
        blocks = body.iter_chunks(_BLOCK)
        # A server may answer a range with the whole (RFC 9110, 14.2): S3 does not,
        # others that speak its protocol do.
        is_range = answer["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.PARTIAL_CONTENT
        yield from blocks if is_range else _cut(blocks, start, end)


def _get(request: "GetObjectRequestTypeDef") -> "GetObjectOutputTypeDef":
    try:
        return clients.s3().get_object(**request)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in _GONE:
            raise UploadGone from error
        raise


def _cut(blocks: Iterable[bytes], start: int, end: int | None) -> Iterator[bytes]:
    at = 0
    for block in blocks:
        last = len(block) if end is None else max(end - at, 0)
        if wanted := block[max(start - at, 0) : last]:
            yield wanted
        at += len(block)
        if end is not None and at >= end:
            return


def _pinned(upload: Upload) -> "GetObjectRequestTypeDef":
    return {"Bucket": upload.bucket, "Key": upload.key, "VersionId": upload.version_id}


@dataclass(frozen=True)
class _Target:
    bucket: str
    key: str
    content_type: str


class S3Reports:
    """The port ``Reports``, under ``reports/`` in the bucket of the upload."""

    def write(self, upload: Upload, name: str, blocks: Iterable[bytes]) -> None:
        """Write a report, in parts if it is large: never more than a part is in memory."""
        _write(_Target(upload.bucket, upload.own_report(name), _type(name)), blocks)

    def show(self, upload: Upload, names: Sequence[str]) -> None:
        """Copy reports to where those on the newest file of this name stand."""
        for name in names:
            # In parts, if it is large: one call copies 5 GB at the most, and is silent meanwhile.
            clients.s3().copy(
                CopySource={"Bucket": upload.bucket, "Key": upload.own_report(name)},
                Bucket=upload.bucket,
                Key=upload.report(name),
                ExtraArgs={"ContentType": _type(name), "MetadataDirective": "REPLACE"},
                Config=_ONE_AFTER_THE_OTHER,
            )


class S3Plans:
    """The port ``Plans``, beside the reports, where nothing that is put is an upload."""

    def save(self, upload: Upload, number: int, blocks: Iterable[bytes]) -> None:
        """Save what is known at a checkpoint."""
        _write(_Target(upload.bucket, _plan(upload, number), "application/octet-stream"), blocks)

    def saved(self, upload: Upload, number: int) -> Iterator[bytes]:
        """Return what was known at a checkpoint."""
        return _whole({"Bucket": upload.bucket, "Key": _plan(upload, number)})


def _type(name: str) -> str:
    return _TYPES[name.rpartition(".")[2]]


def _plan(upload: Upload, number: int) -> str:
    return f"{PLANS}{import_id_of(upload)}/{number}"


def _write(target: _Target, blocks: Iterable[bytes]) -> None:
    parts = _parts(blocks)
    first = next(parts, b"")
    second = next(parts, None)
    if second is not None:
        _write_parts(target, chain((first, second), parts))
        return
    clients.s3().put_object(
        Bucket=target.bucket, Key=target.key, Body=first, ContentType=target.content_type
    )


def _write_parts(target: _Target, parts: Iterable[bytes]) -> None:
    # One that is not completed is removed by the bucket's lifecycle.
    client = clients.s3()
    upload_id = client.create_multipart_upload(
        Bucket=target.bucket, Key=target.key, ContentType=target.content_type
    )["UploadId"]
    done = [_put(target, upload_id, number, part) for number, part in enumerate(parts, start=1)]
    client.complete_multipart_upload(
        Bucket=target.bucket,
        Key=target.key,
        UploadId=upload_id,
        MultipartUpload={"Parts": done},
    )


def _put(target: _Target, upload_id: str, number: int, body: bytes) -> "CompletedPartTypeDef":
    answer = clients.s3().upload_part(
        Bucket=target.bucket, Key=target.key, UploadId=upload_id, PartNumber=number, Body=body
    )
    return {"PartNumber": number, "ETag": answer["ETag"]}


def _parts(blocks: Iterable[bytes]) -> Iterator[bytes]:
    part = bytearray()
    for block in blocks:
        part += block
        if len(part) >= _PART:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
