"""Moves the clock on, and does what would have happened on AWS meanwhile.

The schedules run at the new time, and on the way there whenever reminders are due. Then the items
that the tables' TTL would have deleted go. The emulator does both by the machine's time alone.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from boto3.dynamodb.conditions import Attr
from botocore.exceptions import ReadTimeoutError

from local.clock import Clock, checked
from local.cloud import Cloud

_REMINDERS = Attr("lane").eq("reminders") & Attr("parked").not_exists()


class TimeTravel:
    """What moves a local cloud's clock."""

    def __init__(self, clock: Clock, cloud: Cloud) -> None:
        self.clock = clock
        self._cloud = cloud
        self._moving = threading.Lock()

    def forward(self, by: timedelta) -> int:
        """Move the clock on; return how many items had expired, and were removed.

        Raises
        ------
        ClockError
            That is too far.
        """
        with self._moving:
            end = checked(self.clock.offset + by)
            schedules = list(self._schedules())
            for offset in self._stops(end, max(map(_rate, schedules))):
                self.clock.move_to(offset)
                self._run(schedules)
            tables = (self._cloud.customers_table, self._cloud.outbox_table)
            return sum(map(self._remove_expired, tables))

    def _schedules(self) -> Iterator[dict[str, Any]]:
        scheduler = self._cloud.client("scheduler")
        for page in scheduler.get_paginator("list_schedules").paginate():
            for listed in page["Schedules"]:
                yield scheduler.get_schedule(Name=listed["Name"], GroupName=listed["GroupName"])

    def _stops(self, end: timedelta, rate: timedelta) -> Iterator[timedelta]:
        """Yield the offsets at which schedules run: once after each reminder is due, and the end.

        A reminder waits in the outbox, and is dropped if its link has expired.
        """
        last = ""
        while last := min(self._reminders_after(last), default=""):
            wait = datetime.fromisoformat(last) + rate - self.clock.now()
            stop = self.clock.offset + max(wait, timedelta())
            if stop >= end:
                break
            yield stop
        yield end

    def _reminders_after(self, due: str) -> Iterator[str]:
        waiting = _REMINDERS & Attr("promised_at").gt(due)
        for item in self._scan(self._cloud.outbox_table, FilterExpression=waiting):
            yield item["promised_at"]

    def _run(self, schedules: list[dict[str, Any]]) -> None:
        for target in (schedule["Target"] for schedule in schedules):
            with suppress(ReadTimeoutError):  # what takes that long goes on by itself
                self._cloud.client("lambda").invoke(
                    FunctionName=target["Arn"], Payload=target.get("Input", "{}")
                )

    def _remove_expired(self, name: str) -> int:
        table = self._cloud.table(name)
        keys = [key["AttributeName"] for key in table.key_schema]
        expired = Attr("expires_at").lte(int(self.clock.now().timestamp()))
        removed = 0
        for item in self._scan(name, FilterExpression=expired):
            # Somebody may have prolonged it meanwhile.
            with suppress(table.meta.client.exceptions.ConditionalCheckFailedException):
                table.delete_item(Key={k: item[k] for k in keys}, ConditionExpression=expired)
                removed += 1
        return removed

    def _scan(self, name: str, **options: Any) -> Iterator[dict[str, Any]]:
        scan = self._cloud.table(name).meta.client.get_paginator("scan")
        for page in scan.paginate(TableName=name, **options):
            yield from page["Items"]


def _rate(schedule: dict[str, Any]) -> timedelta:
    """Return how often a schedule runs, and a minute more: it looks for what is older."""
    (minutes,) = re.findall(r"^rate\((\d+) minutes?\)$", schedule["ScheduleExpression"])
    return timedelta(minutes=int(minutes) + 1)
