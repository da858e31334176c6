"""`make import`: uploads a file to the bucket of a running local cloud and follows the import.

The exit status is 0 if the import closed without a rejected row, or if the same file was imported
before; 3 if rows were rejected; and 1 if the file was refused or the import failed.
"""

import argparse
import csv
import io
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError, EndpointConnectionError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from local import deploy
from local.clients import HOST
from local.cloud import Cloud
from registration.adapters.dynamodb import keys
from registration.domain.imports.jobs import Upload, import_id_of
from registration.domain.imports.reports import FAILED, SUMMARY

CLOSED, REFUSED_OR_FAILED, WITH_REJECTS = 0, 1, 3

_DESERIALIZER = TypeDeserializer()
_OUTCOMES = ("created", "exists", "duplicate", "rejected")
_ENDED = frozenset({"closed", "refused", "repeated"})
_POLL_SECONDS = 0.3
# A planner reads a million rows in a minute or two, and reports nothing meanwhile.
_SECONDS_WITHOUT_NEWS = 300
_DRY_RUN = "dry-run/"
_REJECTED_SHOWN = 5
_ENOUGH_BYTES = 64 * 1024


class ImportFailed(Exception):
    """The file cannot be imported, or the import does not end."""


@dataclass(frozen=True)
class Job:
    """The current state of an import.

    Attributes
    ----------
    status
        `planning`, `working`, `closed`, `refused` or `repeated`.
    rows
        The number of rows found so far.
    outcomes
        The number of rows by outcome.
    chunks, chunks_done
        The number of chunks, and of those that are done.
    reason
        Why the file was refused.
    """

    status: str
    rows: int
    outcomes: Mapping[str, int]
    chunks: int
    chunks_done: int
    reason: str

    @classmethod
    def from_item(cls, item: Mapping[str, Any]) -> "Job":
        """Return the job in an item of the table."""
        item = {name: _DESERIALIZER.deserialize(value) for name, value in item.items()}
        return cls(
            status=str(item.get("status", "planning")),
            rows=int(item.get("rows", 0)),
            outcomes={name: int(item.get(name, 0)) for name in _OUTCOMES},
            chunks=int(item.get("chunks", 0)),
            chunks_done=int(item.get("chunks_done", 0)),
            reason=str(item.get("reason", "")),
        )

    @property
    def done(self) -> int:
        """The number of rows that are done."""
        return sum(self.outcomes.values())

    @property
    def exit_status(self) -> int:
        """The exit status of the command."""
        if self.status == "refused":
            return REFUSED_OR_FAILED
        return WITH_REJECTS if self.outcomes["rejected"] else CLOSED


def main(arguments: Sequence[str] | None = None) -> int:
    """Import a file; return the exit status."""
    parser = argparse.ArgumentParser(prog="make import", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--cloud-port", type=int, default=4566, help="of the running emulator")
    parser.add_argument("--out", type=Path, help="folder to save the reports in")
    parser.add_argument("--dry-run", action="store_true", help="only try: write no customer")
    options = parser.parse_args(arguments)
    console = Console(highlight=False)
    try:
        cloud = _running(options.cloud_port)
        upload = _drop(cloud, options.file, _DRY_RUN if options.dry_run else "")
        console.print(f"Dropped s3://{cloud.bucket}/{upload.key}", markup=False, soft_wrap=True)
        job = _follow(cloud, import_id_of(upload), console)
        _summarise(cloud, upload, job, console)
        if options.out:
            _save_reports(cloud, upload, options.out, console)
    except ImportFailed as error:
        print(error, file=sys.stderr)
        return REFUSED_OR_FAILED
    except KeyboardInterrupt:
        print("\nNo longer followed; the import goes on.", file=sys.stderr)
        return 130
    return job.exit_status


def _running(cloud_port: int) -> Cloud:
    """Return the local cloud on a port."""
    endpoint = f"http://{HOST}:{cloud_port}"
    try:
        return Cloud.from_outputs(deploy.stack_outputs(endpoint), endpoint)
    except (EndpointConnectionError, ClientError, KeyError) as error:
        raise ImportFailed(
            f"The local cloud is not running at {endpoint}. Start it in another terminal, and "
            "wait for its addresses:\n\n    make run\n\n"
            "If it runs at another port, say which: make import FILE=... CLOUD_PORT=..."
        ) from error


def _drop(cloud: Cloud, file: Path, folder: str) -> Upload:
    """Upload the file."""
    key = folder + file.name
    try:
        with file.open("rb") as content:
            stored = cloud.client("s3").put_object(
                Bucket=cloud.bucket, Key=key, Body=content, ContentType="text/csv"
            )
    except OSError as error:
        raise ImportFailed(f"{file} cannot be read: {error.strerror}.") from error
    return Upload(cloud.bucket, key, stored["VersionId"])


def _follow(cloud: Cloud, job_id: str, console: Console) -> Job:
    """Show the progress of the job until it ends."""
    dynamodb = cloud.client("dynamodb")
    table, key = cloud.customers_table, keys.import_job(job_id)
    progress = Progress(
        TextColumn("{task.description:<9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows, {task.fields[rejected]} rejected"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    )
    seen: Job | None = None
    deadline = time.monotonic() + _SECONDS_WITHOUT_NEWS
    with progress:
        bar = progress.add_task("waiting", total=None, rejected=0)
        while time.monotonic() < deadline:
            found = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True)
            if "Item" in found:
                job = Job.from_item(found["Item"])
                if job != seen:
                    _show(job, progress, bar, console)
                    seen, deadline = job, time.monotonic() + _SECONDS_WITHOUT_NEWS
                if job.status in _ENDED:
                    return job
            time.sleep(_POLL_SECONDS)
    state = f"is still {seen.status}" if seen else "has not begun"
    raise ImportFailed(
        f"Nothing has happened for {_SECONDS_WITHOUT_NEWS} seconds; the import {state}. "
        "The log of `make run` may tell why."
    )


def _show(job: Job, progress: Progress, bar: TaskID, console: Console) -> None:
    if progress.disable:
        rejected = f", {job.outcomes['rejected']} rejected" if job.outcomes["rejected"] else ""
        console.print(f"{job.status}: {job.done} of {job.rows} rows{rejected}")
    else:
        # The number of rows is unknown until the whole file is read.
        total = None if job.status == "planning" else job.rows
        progress.update(
            bar,
            description=job.status,
            completed=job.done,
            total=total,
            rejected=job.outcomes["rejected"],
        )


def _summarise(cloud: Cloud, upload: Upload, job: Job, console: Console) -> None:
    if job.status == "refused":
        console.print(f"Refused, and nothing was written: {job.reason}", markup=False)
    elif job.status == "repeated":
        console.print(
            f"Nothing to do: {job.reason or 'this very file was imported before'}", markup=False
        )
    else:
        _tell_outcomes(job, console)
        _tell_rejected(cloud, upload, job, console)
    if upload.is_dry_run:
        console.print("A dry run: no customer was made, no mail was sent.")
    for report in _reports(cloud, upload):
        console.print(f"s3://{cloud.bucket}/{report}", markup=False, soft_wrap=True)
    console.print(f"Mails: {cloud.url}/_local/mailbox")


def _tell_outcomes(job: Job, console: Console) -> None:
    if job.reason:
        console.print(job.reason, markup=False)
    elif console.is_terminal:
        table = Table("rows", *_OUTCOMES)
        table.add_row(str(job.rows), *(str(job.outcomes[name]) for name in _OUTCOMES))
        console.print(table)
    else:
        counts = ", ".join(f"{job.outcomes[name]} {name}" for name in _OUTCOMES)
        console.print(f"{job.rows} rows: {counts}")


def _tell_rejected(cloud: Cloud, upload: Upload, job: Job, console: Console) -> None:
    """Print the first rejected rows: line, column and reason."""
    shown = list(islice(_rejected(cloud, upload), min(_REJECTED_SHOWN, job.outcomes["rejected"])))
    for row in shown:
        place = f"Line {row['line']}, {row['column']}" if row["column"] else f"Line {row['line']}"
        console.print(f"{place}: {row['reason']}", markup=False, soft_wrap=True)
    if more := job.outcomes["rejected"] - len(shown):
        console.print(f"{more} more in {FAILED}.")


def _rejected(cloud: Cloud, upload: Upload) -> Iterator[Mapping[str, str]]:
    s3 = cloud.client("s3")
    summary = json.load(s3.get_object(Bucket=cloud.bucket, Key=upload.own_report(SUMMARY))["Body"])
    report = s3.get_object(Bucket=cloud.bucket, Key=upload.own_report(FAILED))["Body"]
    encoding = "utf-16" if summary["encoding"].startswith("utf-16") else "utf-8-sig"
    with report:
        text = report.read(_ENOUGH_BYTES).decode(encoding, "ignore")
    # The last row may be truncated.
    with suppress(csv.Error):
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=summary["delimiter"])
        yield from (row for row in rows if row["reason"])


def _reports(cloud: Cloud, upload: Upload) -> list[str]:
    folder = upload.own_report("")
    listed = cloud.client("s3").list_objects_v2(Bucket=cloud.bucket, Prefix=folder)
    return [found["Key"] for found in listed.get("Contents", [])]


def _save_reports(cloud: Cloud, upload: Upload, folder: Path, console: Console) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for report in _reports(cloud, upload):
        saved = folder / Path(report).name
        cloud.client("s3").download_file(cloud.bucket, report, str(saved))
        console.print(f"Saved {saved}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
