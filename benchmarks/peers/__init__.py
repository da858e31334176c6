"""Measures the CPU of a sign-up here and in its peers."""

from collections.abc import Iterable

from benchmarks.report import Table


def tables() -> Iterable[Table]:
    """Measure (:mod:`benchmarks.peers.measuring`); return what each takes."""
    # The peers' own processes import this package, too, to be asked.
    from benchmarks.peers import measuring  # noqa: PLC0415

    return measuring.tables()
