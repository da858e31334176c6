"""Characters that nobody sees in a line of text, and where they are right.

Most are brought along when text is copied, and have no place in a name: it looks like
another one and is not found. Some belong to the writing of words, beside letters of the
scripts that need them: joiners (Persian, Hindi), and selectors of a letter's shape
(Japanese, Mongolian, emoji).
"""

import re

_NEVER = (
    r"\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u2060-\u2064\u206a-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
)
_JOINERS = r"\u200c\u200d"
_SELECTORS = r"\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e01ef"
# Not of the Latin alphabet, which needs neither.
_BESIDE = rf"[^\x00-\u036f\u2000-\u200f\s{_NEVER}]"

HIDDEN = f"{_NEVER}{_JOINERS}{_SELECTORS}"
"""All of them, as they stand within the brackets of a pattern."""

_WRONG = re.compile(rf"[{_NEVER}]|(?<!{_BESIDE})[{_JOINERS}{_SELECTORS}]|[{_JOINERS}](?!{_BESIDE})")
_NOTHING_SEEN = re.compile(rf"[ {HIDDEN}]*")


def hides_something(text: str) -> bool:
    """Whether text has a hidden character where none is needed to write it."""
    return _WRONG.search(text) is not None


def shows_nothing(text: str) -> bool:
    """Whether there is nothing to be seen of a text."""
    return _NOTHING_SEEN.fullmatch(text) is not None
