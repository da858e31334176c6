"""Why an import rejects a row or refuses a file, in the reader's language.

Reasons are stored, and stand in the reports, in English: that is what a report that is dropped
again is known by. Here a reason is looked up by its English text (``texts/en_US/imports.toml``);
what is not found there stays as it is.
"""

import re
from functools import cache
from string import Formatter

from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.texts import our_texts

_COLUMN = re.compile(r"([a-z0-9_]+: )?(.*)", re.DOTALL)
_NUMBERS = {"line", "count", "width", "rows"}


def in_words(locale: str, reason: str) -> str:
    """Return a reason in a language; all of them, if a row has several."""
    columns = (_COLUMN.fullmatch(part) for part in reason.split(" | "))
    return " | ".join(f"{each[1] or ''}{_translated(locale, each[2])}" for each in columns if each)


def _translated(locale: str, text: str) -> str:
    for key, pattern in _patterns().items():
        if found := pattern.fullmatch(text):
            # What is filled in may be a reason, or advice, itself.
            values = {name: _translated(locale, each) for name, each in found.groupdict().items()}
            return texts(locale)[key].format(**values)
    return text


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    known = our_texts(ENGLISH).items()
    return {key: _pattern(text) for key, text in known if key.startswith("import_reason.")}


def _pattern(text: str) -> re.Pattern[str]:
    pattern = ""
    for literal, name, _, _ in Formatter().parse(text):
        pattern += re.escape(literal)
        if name:
            values = r"[\d,]+" if name in _NUMBERS else r"\w+" if name == "name" else ".+?"
            pattern += f"(?P<{name}>{values})"
    return re.compile(pattern, re.DOTALL)
