"""The page of the benchmarks says what was measured, and nothing else."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import page, report
from benchmarks.report import Result, Table, cell, show
from tests.support.stack import ROOT

KEPT = page.kept()
TABLE = Table("Speed", ("", "ratio", "ms"), (("ours", 0.5, 1234.5), ("theirs", 1, 3.14159)))
RESULT = Result("speed", "How fast.", "2026-11-30", "a machine", "Python", [TABLE])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (3.0, "3"), (0.012345, "0.0123"), (99.96, "100"), (1234.5, "1,234"), ("-", "-"),
     (1_000_000, "1,000,000"), (-0.5, "-0.5"), (123.4, "123")],
)  # fmt: skip
def test_a_number_has_three_digits_and_no_exponent(value: float | str, shown: str) -> None:
    assert cell(value) == shown


def test_a_table_is_shown_with_its_numbers_to_the_right() -> None:
    assert show(TABLE).splitlines() == [
        "|  | ratio | ms |",
        "| --- | ---: | ---: |",
        "| ours | 0.5 | 1,234 |",
        "| theirs | 1 | 3.14 |",
    ]


def test_a_result_is_kept_as_it_was(tmp_path: Path) -> None:
    RESULT.keep(tmp_path)

    read = Result.read(tmp_path / "speed.json")

    assert page.page([read]) == page.page([RESULT])
    assert (read.measured_at, read.machine) == ("2026-11-30", "a machine")


def test_a_benchmark_that_is_not_run_keeps_its_section_and_its_date(tmp_path: Path) -> None:
    RESULT.keep(tmp_path)
    replace(RESULT, name="cost", measured_at="2027-01-01").keep(tmp_path)

    written = page.page([Result.read(path) for path in sorted(tmp_path.iterdir())])

    assert written.index("## Cost") < written.index("2027-01-01") < written.index("## Speed")
    assert "Measured on 2026-11-30 on a machine, with Python." in written


def test_the_page_and_its_plots_are_those_of_the_results_that_are_kept() -> None:
    written = (ROOT / "docs" / "performance.md").read_text()

    assert KEPT
    assert written == page.page(KEPT)
    plots = {
        page.plot_of(result, number).name
        for result in KEPT
        for number, table in enumerate(result.tables, 1)
        if table.drawn
    }
    assert {path.name for path in (ROOT / "docs/images/performance").iterdir()} == plots


@pytest.mark.parametrize("result", KEPT, ids=lambda result: result.name)
def test_what_is_kept_is_whole(result: Result) -> None:
    assert result.tables
    for table in result.tables:
        assert {len(row) for row in table.rows} == {len(table.columns)}, table.title
        assert set(table.drawn) <= set(table.columns[1:])
        for name in table.drawn:
            place = list(table.columns).index(name)
            assert all(isinstance(row[place], int | float) for row in table.rows)


def test_the_prices_in_the_guide_to_deploying_are_the_measured_ones() -> None:
    guide = (ROOT / "docs" / "deploy.md").read_text()
    (cost,) = [result for result in KEPT if result.name == "cost"]
    together = {table.title: table.rows[-1] for table in cost.tables}
    million = float(together["A million registered, confirmed and logged in"][1])
    _, _, at_rest, beyond = map(str, together["A month at rest"])

    assert f"[${million:.0f}](performance.md#cost)" in guide
    assert f"| ${float(at_rest):.2f} |" in guide
    assert float(beyond) < 3


def test_a_benchmark_that_returns_tables_is_found_and_the_long_ones_run_alone() -> None:
    found = report.benchmarks()

    assert {"cost", "dearest_inputs", "telling_times"} <= set(found)
    assert not {"bench_import", "peers", "report", "page"} & set(found)


def test_the_frame_needs_the_standard_library_alone() -> None:
    # The plots are drawn in an environment of their own, which has nothing of the service.
    code = "import benchmarks.page, sys; print(sorted(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {code}"],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip

    modules = {name.partition(".")[0] for name in json.loads(told.replace("'", '"'))}
    assert not {"boto3", "botocore", "registration", "moto", "matplotlib"} & modules
