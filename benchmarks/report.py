"""The frame of a benchmark: it measures and returns tables, and here they are kept.

A benchmark is a module or a package of ``benchmarks/`` with a function ::

    def tables() -> Iterable[Table]

It measures, and returns plain data. ``python -m benchmarks.report [NAME ...]`` runs these
benchmarks, or all that take minutes, each in a process of its own. It keeps what each returned in
``benchmarks/results/NAME.json``, with the date, the machine and the versions. From these files
``benchmarks/page.py`` writes docs/performance.md: what was not run keeps its section.
"""

import importlib
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

_FOLDER = Path(__file__).parent
RESULTS = _FOLDER / "results"
# They take longer, and have targets of their own in the Makefile.
_ALONE = {"bench_import", "peers"}
_PACKAGES = ("boto3", "pydantic", "argon2-cffi", "aws-lambda-powertools")

Cell = str | float


@dataclass(frozen=True)
class Table:
    """A measured table.

    Attributes
    ----------
    title
        What was measured.
    columns
        The names of the columns, with units. The first names a row; ratios stand before times.
    rows
        The cells of each row. A number is shown with three digits.
    told
        How it was measured, and what the reader should know: one or two sentences.
    drawn
        The columns that a plot shows: lines over the first column if that holds numbers, else bars.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    told: str = ""
    drawn: Sequence[str] = ()


@dataclass(frozen=True)
class Result:
    """What one run of a benchmark returned, when, and where."""

    name: str
    about: str
    measured_at: str
    machine: str
    versions: str
    tables: Sequence[Table]

    @classmethod
    def read(cls, path: Path) -> "Result":
        """Return a kept result."""
        kept = json.loads(path.read_text())
        return cls(**{**kept, "tables": [Table(**table) for table in kept["tables"]]})

    def keep(self, folder: Path = RESULTS) -> None:
        """Write the result into its file."""
        folder.mkdir(exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(asdict(self), indent=1) + "\n")


def run(name: str) -> Result:
    """Run one benchmark in this process."""
    module = importlib.import_module(f"benchmarks.{name}")
    tables: Iterable[Table] = module.tables()
    about = (module.__doc__ or "").strip().splitlines()[0]
    now = datetime.now(UTC).date().isoformat()
    return Result(name, about, now, _machine(), _versions(), list(tables))


def show(table: Table) -> str:
    """Return a table in Markdown."""
    lines = [table.columns, ["---", *("---:" for _ in table.columns[1:])]]
    lines += [list(map(cell, row)) for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: Cell) -> str:
    """Return a cell's text: a number has three digits, or all of those before its point."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004


def benchmarks() -> list[str]:
    """Return the names of the benchmarks that `make bench` runs."""
    paths = [*_FOLDER.glob("*.py"), *_FOLDER.glob("*/__init__.py")]
    found = {_name(path) for path in paths if "\ndef tables(" in path.read_text()}
    return sorted(found - _ALONE)


def main(names: Sequence[str]) -> None:
    """Run benchmarks: one in this process, more of them in a process each."""
    if len(names) == 1:
        result = run(names[0])
        result.keep()
        for table in result.tables:
            print(f"\n{table.title}\n\n{show(table)}", flush=True)
        return
    for name in names or benchmarks():
        print(f"\n== {name}", flush=True)
        subprocess.run([sys.executable, "-m", "benchmarks.report", name], check=True)


def _name(path: Path) -> str:
    return path.parent.name if path.stem == "__init__" else path.stem


def _machine() -> str:
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    model = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
    return f"{model or platform.machine()}, {os.cpu_count()} cores, {platform.system()}"


def _versions() -> str:
    packages = [f"{package} {metadata.version(package)}" for package in _PACKAGES]
    return ", ".join([f"Python {platform.python_version()}", *packages])


if __name__ == "__main__":
    main(sys.argv[1:])
