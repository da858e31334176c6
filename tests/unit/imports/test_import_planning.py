"""Planning a file in several calls: the plan is that of one call, wherever they stop."""

import random
from collections.abc import Callable
from hashlib import sha256

import pytest

from registration.application.imports.plan import Planned
from registration.domain.imports import checkpoint as import_checkpoint
from registration.domain.imports import plan as import_plan
from registration.domain.imports.checkpoint import Fingerprint
from registration.domain.imports.jobs import Chunk, Job, JobStatus
from tests.support.imports.files import World, a_file, a_row

ROWS = [
    a_row(1),
    a_row(2, company='Two\r\nlines, "quoted"'),
    a_row(3, gender="?"),
    a_row(1, first_name="Zoë"),
    a_row(4, customer_reference="DE--4"),
    a_row(5, customer_reference="DE--4", last_name="Müller"),
    a_row(3),
    a_row(6, email="nobody"),
]
PLAIN = a_file(*ROWS)
FILES = {
    "utf-8": PLAIN,
    "with a mark": a_file(*ROWS, encoding="utf-8-sig"),
    "utf-16": a_file(*ROWS, encoding="utf-16", delimiter="\t"),
    "cp1252": a_file(*ROWS, encoding="cp1252", delimiter=";", end="\r\n"),
    "an open quotation mark": PLAIN.replace(b"+49 30", b'"+49 30', 1),
    "a quotation mark that another row's closes": PLAIN.replace(
        b"customer-3@", b'"customer-3@', 1
    ).replace(b"customer-5@example.com", b'customer-5@example.com"'),
    "a damaged line before the others beyond ASCII": PLAIN.replace(
        b"customer-3@", b"customer-\xfc@", 1
    ),
    "blank lines": PLAIN.replace(b"\n", b"\n\n,,\n \n"),
    "of a hint": b"sep=,\n" + PLAIN,
}


class Watch:
    """A watch that says that time is up at some of the checks."""

    def __init__(self, is_up: Callable[[int], bool]) -> None:
        self.is_up = is_up
        self.looks = 0

    def __call__(self) -> bool:
        self.looks += 1
        return self.is_up(self.looks)


def planned(content: bytes, is_up: Callable[[int], bool] = lambda _look: False) -> World:
    world = World(rows_per_chunk=2, time_is_up=Watch(is_up))
    world.plan(world.drop(content))
    world.plan_on()
    return world


def plan_of(world: World) -> tuple[list[Chunk], object]:
    (job,) = world.jobs.jobs.values()
    return world.queue.chunks, (job.status, job.layout, job.rows, job.chunks, job.handed_out)


@pytest.mark.parametrize("digested", [100, 1024 * 1024])
@pytest.mark.parametrize("name", FILES)
def test_a_plan_made_in_many_calls_is_that_of_one(
    monkeypatch: pytest.MonkeyPatch, name: str, digested: int
) -> None:
    monkeypatch.setattr(import_checkpoint, "_DIGESTED", digested)
    expected = planned(FILES[name])
    assert len(expected.queue.chunks) >= 4

    every_time = planned(FILES[name], lambda _look: True)

    assert plan_of(every_time) == plan_of(expected)
    assert every_time.jobs.notes.keys() == expected.jobs.notes.keys()
    assert len(every_time.plans.plans) == len(expected.queue.chunks) - 1


@pytest.mark.parametrize("look", range(1, 7))
def test_time_may_run_out_at_any_look(monkeypatch: pytest.MonkeyPatch, look: int) -> None:
    # Chunks are sent one by one, so that the time may end between two of them, too.
    monkeypatch.setattr("registration.application.imports.plan._CHUNKS_AT_ONCE", 1)
    expected = planned(PLAIN)

    world = planned(PLAIN, lambda number: number == look)

    assert plan_of(world) == plan_of(expected)
    assert len(world.plans.plans) == 1


def test_calls_end_even_if_there_is_never_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.application.imports.plan._CHUNKS_AT_ONCE", 1)
    world = World(rows_per_chunk=2, time_is_up=lambda: True)

    assert world.plan(world.drop(PLAIN)) is Planned.LEFT_OFF
    calls = world.plan_on()

    # Four chunks are planned in four calls, the last of which sends the first.
    assert calls == 6
    assert plan_of(world) == plan_of(planned(PLAIN))


def test_many_rows_are_planned_in_few_calls() -> None:
    rows = [a_row(n % 9_000, customer_reference=f"DE--{n % 7_000}") for n in range(10_000)]
    content = a_file(*rows)
    whole = World(rows_per_chunk=100)
    whole.plan(whole.drop(content))
    looks = 0

    def after_thirty_chunks() -> bool:
        nonlocal looks
        looks += 1
        return looks % 30 == 0

    world = World(rows_per_chunk=100, time_is_up=after_thirty_chunks)
    world.plan(world.drop(content))
    calls = world.plan_on()

    assert calls == 3
    assert plan_of(world) == plan_of(whole)
    assert sum(len(chunk.duplicates) for chunk in world.queue.chunks) == 3_000


def test_the_job_shows_the_progress_of_planning() -> None:
    world = World(rows_per_chunk=2, time_is_up=lambda: True)
    upload = world.drop(PLAIN)

    world.plan(upload)

    job = world.job(upload)
    assert (job.status, job.checkpoints) == (JobStatus.PLANNING, 1)
    assert PLAIN[job.planned_bytes :].startswith(b",de_DE,+49 30 1234567,customer-3@")


def test_a_late_call_leaves_the_work_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World(rows_per_chunk=2, time_is_up=lambda: True)
    upload = world.drop(PLAIN)
    overtaken = False
    save = world.plans.save

    def overtake(*arguments: object) -> None:
        nonlocal overtaken
        if not overtaken:
            overtaken = True
            world.plan(upload)
        save(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(world.plans, "save", overtake)

    assert world.plan(upload) is Planned.OVERTAKEN
    assert world.queue.to_plan_on == [world.job(upload).import_id]
    world.plan_on()
    assert plan_of(world) == plan_of(planned(PLAIN))


def test_an_import_that_was_forgotten_is_not_planned_on() -> None:
    assert World().planner.go_on("another") is None


def test_a_file_may_be_refused_at_its_very_end_and_nothing_is_sent() -> None:
    world = World(rows_per_chunk=2, time_is_up=lambda: True)
    upload = world.drop(PLAIN + b'"' + b"x" * 70_000 + b'"' + b"," * 11 + b"\n")

    world.plan(upload)
    world.plan_on()

    assert world.job(upload).status is JobStatus.REFUSED
    assert world.queue.chunks == []


def test_a_file_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_plan, "MOST_ROWS", 7)
    world = World(rows_per_chunk=2)

    job: Job = world.run(PLAIN)

    assert job.status is JobStatus.REFUSED
    assert world.summary()["reason"] == "The file has more than 7 rows. Split it into several."


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 2000, 12_345])
def test_a_fingerprint_resumes_from_any_whole_block(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(import_checkpoint, "_DIGESTED", 1000)
    chance = random.Random(size)  # noqa: S311 - no secret
    content = chance.randbytes(size)
    whole = Fingerprint()
    whole.take(0, content)

    for left_off in range(0, size + 1, 333):
        first = Fingerprint()
        first.take(0, content[:left_off])
        second = Fingerprint(first.at, first.digest)
        begun_at = chance.randrange(first.at + 1)
        for at in range(begun_at, size, 77):
            second.take(at, content[at : at + 77])
        assert second.value == whole.value
    if size < 1000:
        assert whole.value == sha256(content).hexdigest()
