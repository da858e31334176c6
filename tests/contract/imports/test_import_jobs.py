"""The jobs of imports: the fake and DynamoDB obey the same rules."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from registration.adapters.imports.store import DynamoDBImportStore, DynamoDBJobs
from registration.application.imports.ports import (
    Imports,
    Jobs,
)
from registration.application.ports import Conflict
from registration.domain.imports.jobs import (
    Chunk,
    ChunkResult,
    Counts,
    ImportOutcome,
    Job,
    JobStatus,
    Layout,
    RowOutcome,
    Upload,
    new_job,
)
from tests.fakes.imports import (
    FakeJobs,
)
from tests.support.cloud import Cloud
from tests.support.factories import LIFETIME, NOW

LATER = NOW + timedelta(minutes=1)
UPLOAD = Upload("bucket", "ordner/kunden ü.csv", "v1")
LAYOUT = Layout("utf-8", ";", ("email", "Größe", ""), ("gender: male → Male",))


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
        RowOutcome(2, ImportOutcome.REJECTED, "email", "Missing…"),
        RowOutcome(3, ImportOutcome.EXISTS, "", "There."),
    )
    return ChunkResult(chunk, overrides.get("counts", Counts(0, 1, 0, 1)), rows)


def test_a_job_is_opened_once(jobs: Jobs) -> None:
    first = jobs.open(new_job(UPLOAD, NOW, 2))

    assert jobs.open(new_job(UPLOAD, LATER, 9)) == first
    assert jobs.get(first.import_id) == first
    assert jobs.get("another") is None


def test_a_job_begins_once(jobs: Jobs) -> None:
    job = begun(jobs)

    with pytest.raises(Conflict):
        jobs.begin(job, None, None)

    assert jobs.get(job.import_id) == job
    jobs.hand_out(job.import_id)
    assert jobs.get(job.import_id) == replace(job, handed_out=True)


def test_the_first_import_of_some_bytes_is_noted(jobs: Jobs) -> None:
    first = begun(jobs, sha256="abc")
    second = jobs.open(new_job(Upload("bucket", "b", "v"), NOW, 2))

    with pytest.raises(Conflict):
        jobs.begin(second.begin(LAYOUT, 1, 1, LATER), "abc", None)

    assert jobs.imported_as("abc", LATER) == first.import_id
    assert jobs.imported_as("def", LATER) is None
    # Nothing of the second job was written.
    assert jobs.get(second.import_id) == second


def test_a_note_that_was_read_is_taken_over_once(jobs: Jobs) -> None:
    first = begun(jobs, sha256="abc")
    second = begun(jobs, Upload("bucket", "b", "v"), sha256="abc", over=first.import_id)

    with pytest.raises(Conflict):
        begun(jobs, Upload("bucket", "c", "v"), sha256="abc", over=first.import_id)

    assert jobs.imported_as("abc", LATER) == second.import_id


def test_a_note_expires_with_unconfirmed_customers(jobs: Jobs) -> None:
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
        with pytest.raises(Conflict):
            jobs.leave_off(job, number, 900, LATER)

    left = replace(job, checkpoints=1, planned_bytes=500, progressed_at=LATER)
    assert jobs.get(job.import_id) == left
    jobs.leave_off(left, 2, 900, LATER)
    jobs.hand_out(job.import_id)
    with pytest.raises(Conflict):
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


def test_a_job_is_listed_in_its_current_state(listed: tuple[Jobs, Imports]) -> None:
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
    failures = [RowOutcome(n, ImportOutcome.REJECTED, "email", "Missing…") for n in range(2, 12)]
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
