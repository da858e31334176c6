"""Forms with which a browser puts a file straight into the bucket, and links to reports.

The file never passes through a function: it may be larger than one can take
(https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from registration.domain.imports.jobs import Upload

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST = 2 * 1024**3
"""Bytes of a file at the most: many more than the rows that an import takes need."""

_SECONDS_TO_UPLOAD = 60 * 60
_SECONDS_TO_DOWNLOAD = 60
_FOLDER = "back-office"


@dataclass(frozen=True)
class UploadForm:
    """Where a form posts a file to, and the fields that have to stand before the file."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class UploadForms:
    """Presigned forms and links for the import bucket."""

    bucket: str

    def form(self, upload_id: str, *, dry_run: bool, then: str) -> UploadForm:
        """Return a form for one file, which S3 accepts for an hour.

        ``then`` is the address that S3 leads the browser to afterwards.
        """
        folder = f"{prefix_of(upload_id)}{'dry-run' if dry_run else 'import'}/"
        made = _client().generate_presigned_post(
            self.bucket,
            # S3 puts the file's own name there.
            folder + "${filename}",
            Fields={"success_action_redirect": then},
            Conditions=[
                {"success_action_redirect": then},
                ["content-length-range", 0, LARGEST],
            ],
            ExpiresIn=_SECONDS_TO_UPLOAD,
        )
        return UploadForm(made["url"], made["fields"])

    def link(self, upload: Upload, report: str) -> str | None:
        """Return the address of a report for a minute, if the report is still there."""
        key = upload.own_report(report)
        try:
            _client().head_object(Bucket=self.bucket, Key=key)
        except ClientError:
            return None
        return _client().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self.bucket,
                "Key": key,
                "ResponseContentDisposition": f'attachment; filename="{report}"',
            },
            ExpiresIn=_SECONDS_TO_DOWNLOAD,
        )


def prefix_of(upload_id: str) -> str:
    """Return what the keys of a file that staff upload begin with."""
    return f"{_FOLDER}/{upload_id}/"


@cache
def _client() -> "S3Client":
    # The region's own host: a form that is posted to the global one may be redirected.
    signing = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    return boto3.client("s3", config=signing)
