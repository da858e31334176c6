"""The reports for the operator: ``failed.csv``, ``skipped.csv`` and ``summary.json``.

``failed.csv`` can be corrected and dropped again: it has the sender's columns, order and
separator, followed by the line, the column and the reason. ``skipped.csv`` lists the rows
that need no correction, because they are customers already.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import starmap

from registration.domain.imports.columns import VERDICT, Columns, KnownColumns, fitted
from registration.domain.imports.csv_records import Record
from registration.domain.imports.formulas import escape_formula
from registration.domain.imports.jobs import ImportOutcome, Job, RowOutcome
from registration.domain.imports.redaction import without_passwords
from registration.domain.invisible import trimmed

FAILED, SKIPPED, SUMMARY = "failed.csv", "skipped.csv", "summary.json"

_BLOCK = 64 * 1024


def failed_csv(
    job: Job, rejected: Iterable[tuple[Record, RowOutcome]], known: KnownColumns
) -> Iterator[bytes]:
    """Render the rejected rows, in blocks of bytes.

    The report on a UTF-16 file is UTF-16. All others are UTF-8 with a byte order mark, by
    which spreadsheets recognise it. So no character is lost, whatever the sender's encoding.
    """
    layout = job.layout
    assert layout, "only planned files have failed rows"  # noqa: S101
    columns = Columns(layout.columns, known)
    width, today = len(columns.own), job.started_at.date()

    def reported(record: Record, row: RowOutcome) -> list[str]:
        cells = fitted(without_passwords(record, columns, today), width, layout.delimiter)
        return [*map(escape_formula, cells), *_verdict(row)]

    header = map(escape_formula, map(trimmed, columns.own))
    return _csv(_with_header([*header, *VERDICT], starmap(reported, rejected)), job)


def skipped_csv(job: Job, rows: Iterable[RowOutcome]) -> Iterator[bytes]:
    """Render the rows that were neither created nor rejected, in the order of the lines."""
    lines = (
        [str(row.line), row.outcome.value, row.column, row.reason]
        for row in rows
        if row.outcome is not ImportOutcome.REJECTED
    )
    return _csv(_with_header(["line", "outcome", "column", "reason"], lines), job)


def summary_json(job: Job, known: KnownColumns) -> bytes:
    """Render the summary of an import that has ended."""
    columns = Columns(job.layout.columns if job.layout else (), known)
    closed_at = job.closed_at or job.started_at
    content = {
        "status": job.status.value,
        "reason": job.reason,
        "file": job.upload.key,
        "import_id": job.import_id,
        "reports": job.upload.own_report(""),
        "dry_run": job.dry_run,
        "rows": job.rows,
        "created": job.counts.created,
        "exists": job.counts.exists,
        "duplicate": job.counts.duplicate,
        "rejected": job.counts.rejected,
        "unknown_columns": list(columns.unknown),
        "taken": list(job.layout.taken) if job.layout else [],
        "encoding": job.layout.encoding if job.layout else None,
        "delimiter": job.layout.delimiter if job.layout else None,
        "started_at": job.started_at.isoformat(),
        "closed_at": closed_at.isoformat(),
        "duration_seconds": round((closed_at - job.started_at).total_seconds(), 3),
    }
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def _verdict(row: RowOutcome) -> list[str]:
    # No spreadsheet runs or converts the reasons, which are ours.
    return [str(row.line), escape_formula(row.column), row.reason]


def _with_header(header: list[str], rows: Iterable[list[str]]) -> Iterator[list[str]]:
    yield header
    yield from rows


def _csv(rows: Iterable[list[str]], job: Job) -> Iterator[bytes]:
    layout = job.layout
    encoding = layout.encoding if layout and layout.encoding.startswith("utf-16") else "utf-8"
    text = io.StringIO("\ufeff", newline="")
    text.seek(0, io.SEEK_END)
    writer = csv.writer(text, delimiter=layout.delimiter if layout else ",")
    for row in rows:
        writer.writerow(row)
        if text.tell() > _BLOCK:
            yield text.getvalue().encode(encoding)
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode(encoding)
