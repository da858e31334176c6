"""Watching imports: finding stalled ones."""

from collections.abc import Iterator
from datetime import timedelta

from registration.application.imports.ports import Imports
from registration.application.ports import Clock
from registration.domain.imports.jobs import Job
from registration.frozen import dataclass

_WATCHED = timedelta(days=14)
"""The retention time of a queue: an older job has no message left."""

_JOBS_AT_ONCE = 100


@dataclass(frozen=True)
class WatchImports:
    """Finds imports that do not end.

    A message that fails too often stays in the failure queue, where nobody counts rows. If a
    message were ever lost, only the job would show it.
    """

    imports: Imports
    clock: Clock

    def __call__(self) -> list[Job]:
        """Return the open jobs without progress for long."""
        now = self.clock()
        return [job for job in self._newest() if job.has_stalled(now)]

    def _newest(self) -> Iterator[Job]:
        since = self.clock() - _WATCHED
        before: str | None = None
        while jobs := self.imports.newest(_JOBS_AT_ONCE, before):
            yield from jobs
            before = jobs[-1].place
            if len(jobs) < _JOBS_AT_ONCE or jobs[-1].started_at < since:
                return
