"""Each invalid or unusual file has its outcome, and so has its report when dropped again."""

import pytest

from registration.domain.imports.jobs import Counts, JobStatus
from tests.corpus import Case
from tests.corpus.files import CASES
from tests.support.imports.files import World, read_report

ROWS_PER_CHUNK = 2


def run(case: Case) -> World:
    world = World(rows_per_chunk=ROWS_PER_CHUNK)
    world.uploads.block = 1000
    world.run(case.content)
    return world


def encoding_of(world: World) -> str:
    encoding = str(world.summary()["encoding"])
    return "utf-16" if encoding.startswith("utf-16") else "utf-8-sig"


def test_the_corpus_is_large_and_its_names_are_its_own() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_file_has_its_expected_outcome(case: Case) -> None:
    world = run(case)

    summary = world.summary()
    if case.refused:
        assert summary["status"] == "refused"
        assert case.refused in summary["reason"]
        assert {key.rpartition("/")[2] for key in world.reports.reports} == {"summary.json"}
        assert not world.rows.customers.customers
        return
    assert (summary["status"], summary["created"]) == ("closed", case.created), summary
    assert (summary["exists"], summary["duplicate"]) == (0, case.duplicate)
    assert summary["rows"] == case.created + case.duplicate + len(case.rejected)
    assert tuple(summary["unknown_columns"]) == case.unknown
    assert case.encoding in (None, summary["encoding"])
    assert case.delimiter in (None, summary["delimiter"])
    customers = sorted(world.rows.customers.customers.values(), key=lambda c: c.email.normalised)
    if case.names is not None:
        assert tuple(customer.profile.first_name for customer in customers) == case.names
    report = world.reports.reports["reports/customer.csv/failed.csv"]
    failed = read_report(report, encoding_of(world), summary["delimiter"])
    assert [(int(row["line"]), row["column"]) for row in failed] == [
        (each.line, each.column) for each in case.rejected
    ]
    for row, expected in zip(failed, case.rejected, strict=True):
        assert expected.reason in row["reason"]


@pytest.mark.parametrize("case", [case for case in CASES if case.rejected], ids=str)
def test_an_uncorrected_report_is_rejected_again_row_by_row(case: Case) -> None:
    world = run(case)
    first = world.reports.reports["reports/customer.csv/failed.csv"]
    dialect = encoding_of(world), str(world.summary()["delimiter"])

    job = world.run(first, "again.csv")

    assert job.status is JobStatus.CLOSED
    if case.heals:
        assert job.counts == Counts(created=len(case.rejected))
        return
    assert job.counts == Counts(rejected=len(case.rejected))
    again = world.reports.reports["reports/again.csv/failed.csv"]
    before, after = read_report(first, *dialect), read_report(again, *dialect)
    assert [{**row, "line": "", "reason": ""} for row in after] == [
        {**row, "line": "", "reason": ""} for row in before
    ]
    # From the second time on, they are identical.
    third = world.run(again, "third.csv")
    is_new = third.status is JobStatus.CLOSED
    assert not is_new or world.reports.reports["reports/third.csv/failed.csv"] == again
    assert world.summary("again.csv")["unknown_columns"] == world.summary()["unknown_columns"]
