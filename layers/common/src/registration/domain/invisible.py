"""Characters that nobody sees in a line of text, and where they are right.

Most are brought along when text is copied, and have no place in a name: it looks like
another one and is not found. Some belong to the writing of words, beside letters of the
scripts that need them: joiners (Persian, Hindi), and selectors of a letter's shape
(Japanese, Mongolian, emoji).
"""

import re

_NEVER = (
    r"\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200e\u200f\u2060-\u2064\u206a-\u206f"
    r"\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
)
# Joiners, and the space without width that parts words in Khmer or Thai.
_JOINERS = r"\u200b-\u200d"
_SELECTORS = r"\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e01ef"
# Not of the Latin alphabet, which needs neither.
_BESIDE = rf"[^\x00-\u036f\u2000-\u200f\s{_NEVER}]"

HIDDEN = f"{_NEVER}{_JOINERS}{_SELECTORS}"
"""All of them, as they stand within the brackets of a pattern."""

# Signs and digits that a selector makes an emoji of.
_EMOJI = r"[0-9#*\u00a9\u00ae]"
# Signs of scripts of India after which a joiner ends a word (the older chillu letters).
_VIRAMA = r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"

_WRONG = re.compile(
    rf"[{_NEVER}]"
    rf"|(?<!{_BESIDE})[{_JOINERS}]|(?<!{_VIRAMA})[{_JOINERS}](?!{_BESIDE})"
    rf"|(?<!{_BESIDE})(?<!{_EMOJI})[{_SELECTORS}]"
)
_NOTHING_SEEN = re.compile(rf"[ {HIDDEN}]*")


def hides_something(text: str) -> bool:
    """Whether text has a hidden character where none is needed to write it."""
    return _WRONG.search(text) is not None


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen of a text."""
    return _NOTHING_SEEN.fullmatch(text) is not None
