"""Writes docs/performance.md and its plots from the results that are kept.

``make bench`` runs it, in an environment of its own, which has matplotlib.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.report import RESULTS, Cell, Result, Table, show

_DOCS = Path(__file__).parents[1] / "docs"
_PLOTS = Path("images/performance")
_HEAD = """# Performance

`make bench` measures, and writes this page. Each section has its own date: a benchmark that was not
run keeps what it measured before. Counts (units, calls, bytes) are the same everywhere; times
depend on the machine, so compare the ratios.
"""


def page(results: Sequence[Result]) -> str:
    """Return the page."""
    return "\n".join([_HEAD, *map(_section, results)])


def kept() -> list[Result]:
    """Return all results that are kept."""
    return [Result.read(path) for path in sorted(RESULTS.glob("*.json"))]


def plot_of(result: Result, number: int) -> Path:
    """Return where the plot of a table is, seen from the page."""
    return _PLOTS / f"{result.name}-{number}.svg"


def _section(result: Result) -> str:
    measured = f"Measured on {result.measured_at} on {result.machine}, with {result.versions}."
    title = result.name.removeprefix("bench_").replace("_", " ").capitalize()
    parts = [f"## {title}", result.about, measured]
    for number, table in enumerate(result.tables, 1):
        parts += [f"### {table.title}", table.told, show(table)]
        if table.drawn:
            parts.append(f"![{table.title}]({plot_of(result, number)})")
    return "\n\n".join(part for part in parts if part) + "\n"


def draw(table: Table, path: Path) -> None:
    """Draw the columns of a table: lines if its first column holds numbers, else bars."""
    import matplotlib as mpl  # noqa: PLC0415 - only here
    from matplotlib import pyplot as plt  # noqa: PLC0415

    # The same data makes the same file.
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": table.title, "svg.fonttype": "none"})
    columns = {name: _numbers(table, name) for name in table.drawn}
    names = [row[0] for row in table.rows]
    is_line = all(isinstance(name, int | float) for name in names)
    figure, axes = plt.subplots(figsize=(8, 4 if is_line else 1 + 0.35 * len(names) * len(columns)))
    (_lines if is_line else _bars)(axes, names, columns)
    axes.set_title(table.title)
    axes.legend() if len(columns) > 1 else None
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)


def _lines(axes: Any, names: Sequence[Cell], columns: dict[str, list[float]]) -> None:
    for name, numbers in columns.items():
        axes.plot(names, numbers, marker="o", label=name)


def _bars(axes: Any, names: Sequence[Cell], columns: dict[str, list[float]]) -> None:
    height = 0.8 / len(columns)
    for position, (name, numbers) in enumerate(columns.items()):
        bars = axes.barh([i + position * height for i in range(len(names))], numbers, height)
        bars.set_label(name)
        axes.bar_label(bars, fmt="%.3g", padding=3)
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(names))], names)
    axes.invert_yaxis()
    axes.set_xlabel(next(iter(columns)) if len(columns) == 1 else "")
    axes.margins(x=0.12)


def _numbers(table: Table, column: str) -> list[float]:
    place = list(table.columns).index(column)
    return [float(row[place]) for row in table.rows]


def main() -> None:
    """Write the page, and draw."""
    results = kept()
    (_DOCS / "performance.md").write_text(page(results))
    for result in results:
        for number, table in enumerate(result.tables, 1):
            if table.drawn:
                draw(table, _DOCS / plot_of(result, number))


if __name__ == "__main__":
    main()
