"""Uploaded files and reports in S3."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from http import HTTPStatus
from io import BufferedReader
from typing import TYPE_CHECKING

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)

from registration.adapters import clients
from registration.application.imports.ports import UploadGone
from registration.domain.imports.checkpoint import BlockStream
from registration.domain.imports.jobs import PLANS, Upload, import_id_of
from registration.frozen import dataclass

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, GetObjectRequestTypeDef

_BLOCK = 256 * 1024
_PART = 8 * 1024 * 1024
_GONE = {"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"}
_TYPES = {"csv": "text/csv", "json": "application/json"}
_BROKEN_OFF = (
    ConnectionClosedError,
    IncompleteReadError,
    ReadTimeoutError,
    ResponseStreamingError,
)


class S3Uploads:
    """The port ``Uploads``: each read is of the version in the event."""

    def read(self, upload: Upload, start: int = 0) -> Iterator[bytes]:
        """Return a file's bytes, in blocks. A read that breaks off is resumed."""
        pinned = _pinned(upload)
        # No range from 0 on, which is an error for an empty file.
        return _read_on(lambda at: _range(pinned, at) if at else _whole(pinned), start)

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return a byte range of a file; otherwise like :meth:`read`."""
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
        # A server may answer a range request with the whole file (RFC 9110, 14.2):
        # S3 does not, but compatible servers do.
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
        """Write a report, in parts if it is large: only a few are in memory at a time."""
        _write(_Target(upload.bucket, upload.own_report(name), _type(name)), blocks)

    def show(self, upload: Upload, names: Sequence[str]) -> None:
        """Publish reports as those on the newest file of this name."""
        for name in names:
            # In parts if it is large: one call copies at most 5 GB, and sends nothing meanwhile.
            clients.s3().copy(
                CopySource={"Bucket": upload.bucket, "Key": upload.own_report(name)},
                Bucket=upload.bucket,
                Key=upload.report(name),
                ExtraArgs={"ContentType": _type(name), "MetadataDirective": "REPLACE"},
                Config=_one_after_the_other(),
            )


class S3Plans:
    """The port ``Plans``, beside the reports, where objects do not start an import."""

    def save(self, upload: Upload, number: int, blocks: Iterable[bytes]) -> None:
        """Save the state at a checkpoint."""
        _write(_Target(upload.bucket, _plan(upload, number), "application/octet-stream"), blocks)

    def saved(self, upload: Upload, number: int) -> Iterator[bytes]:
        """Return the state at a checkpoint."""
        return _whole({"Bucket": upload.bucket, "Key": _plan(upload, number)})


@cache
def _one_after_the_other() -> "TransferConfig":
    from boto3.s3.transfer import TransferConfig  # noqa: PLC0415 - as in `clients`

    return TransferConfig(multipart_threshold=_PART, multipart_chunksize=_PART, use_threads=False)


def _type(name: str) -> str:
    return _TYPES[name.rpartition(".")[2]]


def _plan(upload: Upload, number: int) -> str:
    return f"{PLANS}{import_id_of(upload)}/{number}"


def _write(target: _Target, blocks: Iterable[bytes]) -> None:
    # In parts if it is large, one after the other. If an upload fails, it is aborted, its parts
    # are removed, and its error is raised. If the process dies before that, the bucket's
    # lifecycle rule removes the parts.
    clients.s3().upload_fileobj(
        BufferedReader(BlockStream(blocks)),
        target.bucket,
        target.key,
        ExtraArgs={"ContentType": target.content_type},
        Config=_one_after_the_other(),
    )
