"""Uploaded files and reports in S3."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.application.import_ports import UploadGone
from registration.domain.imports import Upload

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
_TYPES = {"csv": "text/csv", "json": "application/json"}


class S3Uploads:
    """The port ``Uploads``: each read is of the version that the event named."""

    def read(self, upload: Upload) -> Iterator[bytes]:
        """Return a file's bytes, in blocks."""
        body = _get(_pinned(upload))["Body"]
        with body:
            yield from body.iter_chunks(_BLOCK)

    def read_range(self, upload: Upload, start: int, end: int) -> Iterator[bytes]:
        """Return some of a file's bytes."""
        answer = _get({**_pinned(upload), "Range": f"bytes={start}-{end - 1}"})
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


def _cut(blocks: Iterable[bytes], start: int, end: int) -> Iterator[bytes]:
    at = 0
    for block in blocks:
        if wanted := block[max(start - at, 0) : max(end - at, 0)]:
            yield wanted
        at += len(block)
        if at >= end:
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
        content_type = _TYPES[name.rpartition(".")[2]]
        target = _Target(upload.bucket, upload.report(name), content_type)
        parts = _parts(blocks)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            clients.s3().put_object(
                Bucket=target.bucket, Key=target.key, Body=first, ContentType=content_type
            )
        else:
            self._write_parts(target, first, second, parts)

    @staticmethod
    def _write_parts(target: _Target, first: bytes, second: bytes, rest: Iterator[bytes]) -> None:
        # One that is not completed is removed by the bucket's lifecycle.
        client = clients.s3()
        upload_id = client.create_multipart_upload(
            Bucket=target.bucket, Key=target.key, ContentType=target.content_type
        )["UploadId"]
        done: list[CompletedPartTypeDef] = []
        for part in (first, second):
            done.append(_put(target, upload_id, len(done) + 1, part))
        for part in rest:
            done.append(_put(target, upload_id, len(done) + 1, part))
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
