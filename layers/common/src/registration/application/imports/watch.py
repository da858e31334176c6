"""Watching imports: which have stalled."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from registration.application.imports.ports import Imports
from registration.application.ports import Clock
from registration.domain.imports.jobs import Job

_WATCHED = timedelta(days=14)
"""For so long a message waits in a queue: what is older has nothing to go on with."""

_JOBS_AT_ONCE = 100


@dataclass(frozen=True)
class WatchImports:
    """Looks for imports that do not end.

    A message that fails too often rests in the failure queue, where nobody counts rows. And
    should one ever be lost, no queue would tell: the job does.
    """

    imports: Imports
    clock: Clock

    def __call__(self) -> list[Job]:
        """Return the jobs that are open, and on which nothing has happened for long."""
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
