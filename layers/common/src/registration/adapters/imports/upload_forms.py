"""Presigned forms for uploads from a browser to the bucket, and links to reports.

The file does not pass through a function, because it may be too large for one
(https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html).
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.domain.imports.jobs import BACK_OFFICE, Upload
from registration.frozen import dataclass

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST = 2 * 1024**3
"""The maximum size of a file: much more than the maximum number of rows needs."""

_SECONDS_TO_UPLOAD = 60 * 60
_SECONDS_TO_DOWNLOAD = 60


@dataclass(frozen=True)
class UploadForm:
    """The URL that a form posts a file to, and the fields that have to precede the file."""

    url: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class UploadForms:
    """Presigned forms and links for the import bucket."""

    bucket: str

    def form(self, upload_id: str, staff_id: str, *, dry_run: bool, then: str) -> UploadForm:
        """Return a member's form for one file, which S3 accepts for an hour.

        Its key names the member, who is checked when the file arrives. ``then`` is the URL to
        which S3 redirects the browser afterwards.
        """
        folder = f"{prefix_of(upload_id)}{staff_id}/{'dry-run' if dry_run else 'import'}/"
        made = _client().generate_presigned_post(
            self.bucket,
            # S3 inserts the name of the file here.
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
        """Return a URL of a report that is valid for a minute, if the report still exists."""
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
    """Return the prefix of the keys of a file that staff upload."""
    return f"{BACK_OFFICE}{upload_id}/"


@cache
def _client() -> "S3Client":
    from botocore.config import Config  # noqa: PLC0415 - few pages of the Back Office need it

    # The regional host, because the global one may redirect a posted form.
    signing = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    made: S3Client = clients.of_botocore("s3", signing)
    return made
