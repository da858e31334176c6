"""Times in words, in the languages that mails are written in."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType

_WEEKDAYS: Mapping[str, str] = MappingProxyType(
    {
        "en_US": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
        "de_DE": "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    }
)
_MONTHS: Mapping[str, str] = MappingProxyType(
    {
        "en_US": (
            "January February March April May June July August September October November December"
        ),
        "de_DE": (
            "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
        ),
    }
)
_MOMENTS: Mapping[str, str] = MappingProxyType(
    {
        "en_US": "{weekday}, {month} {at.day}, {at.year}, {at:%H:%M} ({at.tzinfo})",
        "de_DE": "{weekday}, {at.day}. {month} {at.year}, {at:%H:%M} Uhr ({at.tzinfo})",
    }
)
_UNITS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "en_US": {"hour": ("hour", "hours"), "day": ("day", "days")},
        "de_DE": {"hour": ("Stunde", "Stunden"), "day": ("Tag", "Tage")},
    }
)
# A mail is on its way some seconds after it was promised, and is read some minutes
# later. "24 hours" stays true enough for so long.
_ON_ITS_WAY = timedelta(minutes=5)
_HOURS_A_DAY = 24


def moment(at: datetime, zone: tzinfo, locale: str) -> str:
    """Return a point in time, to the minute, in a time zone that is named."""
    local = at.astimezone(zone)
    return _MOMENTS[locale].format(
        at=local,
        weekday=_WEEKDAYS[locale].split()[local.weekday()],
        month=_MONTHS[locale].split()[local.month - 1],
    )


def span(length: timedelta, locale: str) -> str:
    """Return a length of time in whole hours or days, never more than is left.

    Less than an hour is not worth a word: ``""``.
    """
    hours = (length + _ON_ITS_WAY) // timedelta(hours=1)
    days, rest = divmod(hours, _HOURS_A_DAY)
    if hours < 1:
        return ""
    number, unit = (days, "day") if days > 1 and not rest else (hours, "hour")
    one, more = _UNITS[locale][unit]
    return f"{number} {one if number == 1 else more}"
