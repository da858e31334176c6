"""Invisible characters, and where they are legitimate.

Most come with copied text and have no place in a name: the name looks like another one
and is not found. Some are part of the spelling, beside letters of the scripts that need
them: joiners (Persian, Hindi) and variation selectors (Japanese, Mongolian, emoji).
"""

import re

_NEVER = (
    "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200e\u200f\u2060-\u2064\u206a-\u206f"
    "\u2800\u3164\ufeff\uffa0\ufff9-\ufffb"
)
# Joiners, and the zero-width space that separates words in Khmer or Thai.
_JOINERS = "\u200b-\u200d"
_SELECTORS = "\u034f\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e01ef"
# Not of the Latin alphabet, which needs neither.
_BESIDE = rf"[^\x00-\u036f\u2000-\u200f\s{_NEVER}]"

LOST = "\ufffd"
"""What decoders write for a character that they cannot read: the character is lost."""

HIDDEN = f"{_NEVER}{_JOINERS}{_SELECTORS}"
"""All invisible characters, for use inside the brackets of a pattern."""

# Signs and digits that a selector turns into an emoji.
_EMOJI = r"[0-9#*\u00a9\u00ae]"
# Signs of Indian scripts after which a joiner ends a word (the older chillu letters).
_VIRAMA = r"[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]"

_WRONG = re.compile(
    rf"[{_NEVER}]"
    rf"|(?<!{_BESIDE})[{_JOINERS}]|(?<!{_VIRAMA})[{_JOINERS}](?!{_BESIDE})"
    rf"|(?<!{_BESIDE})(?<!{_EMOJI})[{_SELECTORS}]"
)
_END_OF_WORD = re.compile(f".(?:[{_SELECTORS}]+|[{_JOINERS}])")
# White space, the end mark of old DOS files, direction marks.
_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\x1a\u202a-\u202e\u2066-\u2069"


def _characters(ranges: str) -> str:
    return re.sub(
        "(.)-(.)",
        lambda ends: "".join(map(chr, range(ord(ends[1]), ord(ends[2]) + 1))),
        ranges,
    )


_AROUND = _characters(f"{_BLANKS}{HIDDEN}")
_ENDS = frozenset(_AROUND)

INVISIBLE = _characters(f"{_BLANKS}{_NEVER}\u200b\u200c")
"""What no text begins or ends with. No zero-width joiner: it ends words in Malayalam."""


def hides_something(text: str) -> bool:
    """Whether a text has an invisible character where its spelling needs none."""
    return _WRONG.search(text) is not None


def trimmed(text: str) -> str:
    """Return a text without spaces and invisible characters around it.

    Those stay that the spelling of its last letter needs.
    """
    # Nearly every text ends here, a dozen in each row of an import.
    if text[:1] not in _ENDS and text[-1:] not in _ENDS:
        return text
    begun = text.lstrip(_AROUND)
    seen = begun.rstrip(_AROUND)
    if seen == begun:
        return seen
    end = _END_OF_WORD.match(begun, len(seen) - 1)
    is_needed = end and not seen[-1].isascii() and not hides_something(end[0])
    return seen + end[0][1:] if end and is_needed else seen
