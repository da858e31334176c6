"""The local cloud's clock, which can be moved on, but never back."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

LATEST = timedelta(days=3650)
"""How far the clock goes: a date past the year 9999 would stop every function for good."""

_OFFSET = re.compile(r"\+?(?=[0-9])(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?", re.ASCII)


class ClockError(Exception):
    """The clock cannot be moved like that."""


class Clock:
    """The machine's time, moved on by an offset.

    Parameters
    ----------
    file
        Where `local.function_clock`, in the functions' processes, reads the offset.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.move_to(timedelta())

    def now(self) -> datetime:
        """Return the time."""
        return datetime.now(UTC) + self.offset

    def move_to(self, offset: timedelta) -> None:
        """Set the offset; raise `ClockError` beyond :data:`LATEST`."""
        checked(offset)
        partial = self.file.with_suffix(".partial")
        partial.write_text(str(int(offset.total_seconds())), encoding="ascii")
        partial.rename(self.file)  # so that no function reads half of it
        self.offset = offset


def read_offset(text: str) -> timedelta:
    """Return the offset in a text such as ``+1d2h30m``.

    The plus may lack, because an unquoted one in a form means a space.

    Raises
    ------
    ClockError
        It is none, leads back, or beyond :data:`LATEST`.
    """
    text = text.strip().lower()
    if re.match(r"-[0-9]", text):
        raise ClockError("The clock goes forward only. For the real time, start the system again.")
    found = _OFFSET.fullmatch(text)
    if not found:
        raise ClockError("Move the clock forward by days, hours and minutes, such as +1d2h30m.")
    days, hours, minutes = (int(each or 0) for each in found.groups())
    try:
        return checked(timedelta(days=days, hours=hours, minutes=minutes))
    except OverflowError:
        return checked(timedelta.max)


def spelled(offset: timedelta) -> str:
    """Return the text of an offset, in whole minutes."""
    hours, minutes = divmod(int(offset.total_seconds()) // 60, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "+" + ("".join(f"{count}{unit}" for count, unit in parts if count) or "0m")


def checked(offset: timedelta) -> timedelta:
    """Return an offset if it is within :data:`LATEST`; raise `ClockError` otherwise."""
    if offset > LATEST:
        raise ClockError("The clock goes ten years forward at most.")
    return offset
