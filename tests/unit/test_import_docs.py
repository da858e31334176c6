"""What `docs/import.md` says is so."""

import re

from registration.domain.import_columns import COLUMNS, MANDATORY
from registration.domain.imports import Counts, Outcome
from tests.imports import World
from tests.stack import ROOT

DOCS = (ROOT / "docs" / "import.md").read_text().replace("\\|", "|")
EXAMPLE = (ROOT / "examples" / "customer.csv").read_bytes()


def test_the_columns_are_listed_with_the_mandatory_ones() -> None:
    listed = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+) \|", DOCS, re.MULTILINE))

    assert listed.keys() >= COLUMNS.keys()
    assert {name for name in COLUMNS if "mandatory" in listed[name]} == set(MANDATORY)


def test_the_outcomes_are_listed() -> None:
    assert all(f"| `{outcome}` |" in DOCS for outcome in Outcome)


def test_the_example_becomes_what_is_told_of_it() -> None:
    world = World()

    job = world.run(EXAMPLE)

    counts = job.counts
    assert counts == Counts(created=12, exists=0, duplicate=2, rejected=11)
    assert (
        f"{job.rows} rows, of which {counts.created} become customers, "
        f"{counts.duplicate} are duplicates and\n{counts.rejected} are rejected"
    ) in DOCS


def test_every_reason_of_the_example_is_explained() -> None:
    world = World()
    world.run(EXAMPLE)

    reasons = {row["reason"] for row in world.failed()}

    assert len(reasons) == 11
    assert all(f"| {reason} |" in DOCS for reason in reasons)


def test_the_summary_has_the_keys_that_are_shown() -> None:
    world = World()
    world.run(EXAMPLE)
    shown = DOCS.partition("```json")[2].partition("```")[0]

    assert re.findall(r'"(\w+)":', shown) == list(world.summary())
