"""Times in words, in the languages that pages and mails are written in.

Names of days and months, plurals and the order of a date come from the CLDR, by Babel
(https://babel.pocoo.org/en/stable/dates.html). It is loaded with the first page or mail that
tells a time, since few do.
"""

from datetime import date, datetime, timedelta, tzinfo

from registration.entrypoints.rendering.texts import texts

# A mail is on its way some seconds after it was promised, and is read some minutes
# later. "24 hours" stays true enough for so long.
_ON_ITS_WAY = timedelta(minutes=5)
_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
# Babel rounds up to the next unit from here on; "24 hours" is more exact than "1 day".
_NEVER = float("inf")


def day(of: date, locale: str) -> str:
    """Return a day: "March 7, 2026", "7. März 2026"."""
    from babel.dates import format_date  # noqa: PLC0415

    return format_date(of, "long", locale)


def moment(at: datetime, zone: tzinfo, locale: str) -> str:
    """Return a point in time, to the minute, in a time zone that is named."""
    from babel.dates import format_date  # noqa: PLC0415

    local = at.astimezone(zone)
    named = {"day": format_date(local, "full", locale), "time": f"{local:%H:%M}"}
    return texts(locale)["time.moment"].format(**named, zone=local.tzinfo)


def short_moment(at: datetime, locale: str) -> str:
    """Return a point in time in UTC, to the minute: "Mar 7, 2026, 12:00 UTC"."""
    from babel.dates import format_date  # noqa: PLC0415

    return f"{format_date(at, 'medium', locale)}, {at:%H:%M} UTC"


def span(length: timedelta, locale: str) -> str:
    """Return a length of time in whole hours or days, never more than is left.

    Less than an hour is not worth a word: ``""``.
    """
    from babel.dates import format_timedelta  # noqa: PLC0415

    hours = (length + _ON_ITS_WAY) // _HOUR * _HOUR
    if hours < _HOUR:
        return ""
    in_days = hours > _DAY and not hours % _DAY
    return format_timedelta(hours, "day" if in_days else "hour", threshold=_NEVER, locale=locale)
