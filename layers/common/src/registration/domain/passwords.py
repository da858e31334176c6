"""Passwords: the rules, and the hashes that are stored.

Length and common passwords follow NIST SP 800-63B, 3.1.1; the hash is argon2id. OWASP's Password
Storage Cheat Sheet names five sets of parameters as an equal defence: the less memory, the more
passes. Of those that OWASP's ASVS 5.0 approves as well (appendix C: 46 MiB with one pass, 19 with
two, 12 with three), ours takes the least CPU: 12 MiB, three passes, one lane.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

import argon2
import bcrypt

from registration.domain.errors import (
    PasswordCharacters,
    PasswordCommon,
    PasswordGarbled,
    PasswordRepetition,
    PasswordTooLong,
    PasswordTooShort,
)
from registration.domain.invisible import LOST

SHORTEST = 12
LONGEST = 128

_FEWEST_GUESSES = 1_000_000
# Shorter personal data is part of too many ordinary words.
_SHORTEST_OWN = 3
_FEWEST_BESIDE_OWN = 6
# What follows does not make a password easier to guess. And what it costs to judge 72 characters,
# anybody could make us pay.
_ESTIMATED_LENGTH = 40
# Normalisation makes one character of four at the most (ᾂ is alpha with three marks), so a longer
# password is too long in any case. It is cut first: in a run of marks, Python's normalisation takes
# time by the square of the run's length.
_LONGEST_TYPED = 4 * LONGEST

# What people write for a letter. Three letters have two each, so there are eight combinations.
_LOOK_ALIKES: Mapping[str, list[str]] = MappingProxyType(
    {
        "a": ["4", "@"],
        "b": ["8"],
        "c": ["("],
        "e": ["3"],
        "g": ["9"],
        "i": ["1", "!"],
        "l": ["|"],
        "o": ["0"],
        "s": ["$", "5"],
        "t": ["7"],
        "x": ["%"],
        "z": ["2"],
    }
)

_SIGN = re.compile(r"[\W_]")
_MOST_ORNAMENTS = 2
# Where passwords have to be changed, people name the season or the month.
_CALENDAR = (
    *("spring", "summer", "autumn", "winter", "frühling", "frühjahr", "sommer", "herbst"),
    *("january", "february", "march", "april", "june", "july", "august", "september", "october"),
    *("november", "december", "januar", "februar", "märz", "juni", "juli", "oktober", "dezember"),
)

_GLUE_SIGNS = r"!@#$%^&*()_\-+=\[\]{}|;:<>.,/?\\~"
_GLUE_CLASSES = re.compile(
    rf"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[{_GLUE_SIGNS}])[A-Za-z0-9{_GLUE_SIGNS}]+"
)
_GLUE_REPETITION = re.compile(r"(.)\1{2}", re.DOTALL)
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
# The last characters of the salt and of the digest hold two and four bits. bcrypt writes and
# reads no others.
_ENDS_OF_SALT, _END_OF_SALT = frozenset(".Oeu"), 28
_ENDS_OF_DIGEST = frozenset(".CGKOSWaeimquy26")
BCRYPT_COSTS = range(4, 13)
"""A cost of 12 takes seven times what our own hash takes: half a second on a function's share of a
core. A failed log-in has to hide that. 31, which the format allows, would take days."""

_BCRYPT_BYTES = 72

_hasher = argon2.PasswordHasher(time_cost=3, memory_cost=12 * 1024, parallelism=1)


class PasswordRules(StrEnum):
    """How strictly passwords are checked: by length alone, or by Glue's classes as well."""

    LENGTH = "length"
    GLUE = "glue"


def length_of(password: str) -> int:
    """Count the characters of a password in its normalised form, which is hashed."""
    return len(_normalised(password))


def has_glues_classes(password: str) -> bool:
    """Whether a password has all four of Glue's classes of characters, and no others.

    https://docs.spryker.com/docs/about/all/releases/security-releases/security-release-notes-202506.0.html
    """
    return _GLUE_CLASSES.fullmatch(_normalised(password)) is not None


def check_password(password: str, rules: PasswordRules, own_data: Iterable[str] = ()) -> None:
    """Refuse a password that is too short, too long or too easy to guess.

    Parameters
    ----------
    password
        As typed. Characters are counted after NFKC normalisation.
    rules
        ``glue`` adds Glue's four character classes and its repetition rule.
    own_data
        The owner's address, names and company, which must not be the password.

    Raises
    ------
    WeakPassword
        The first rule that the password breaks.
    """
    normal = _normalised(password)
    if LOST in password:
        raise PasswordGarbled
    if len(normal) < SHORTEST:
        raise PasswordTooShort
    if len(normal) > LONGEST:
        raise PasswordTooLong
    if rules is PasswordRules.GLUE:
        if not has_glues_classes(password):
            raise PasswordCharacters
        if _GLUE_REPETITION.search(normal):
            raise PasswordRepetition
    words = _words(own_data)
    if _is_made_of(normal, words) or _is_guessable(normal, words):
        raise PasswordCommon


def hash_password(password: str) -> str:
    """Return an argon2id hash in the PHC string format, with a salt of its own."""
    return _hasher.hash(_normalised(password))


def password_matches(password: str, kept_hash: str) -> bool:
    """Whether a password matches a hash, argon2id or bcrypt.

    Anything else matches no password.
    """
    try:
        if is_bcrypt(kept_hash):
            # bcrypt reads 72 bytes, and the library refuses more. The system that made the
            # hash truncated the password, so truncate it here as well.
            return bcrypt.checkpw(password.encode()[:_BCRYPT_BYTES], kept_hash.encode())
        return _hasher.verify(kept_hash, _normalised(password))
    except (argon2.exceptions.VerificationError, ValueError):
        # ValueError: the stored value is no hash, or the password is no valid text.
        return False


def needs_rehash(password: str, kept_hash: str) -> bool:
    """Whether a password that matches a hash is to be hashed anew, with argon2id.

    A hash is, that bcrypt made, or argon2id with other parameters. But bcrypt has not seen what
    follows its first 72 bytes: a new hash would make a wrong tail the right one, and lock the owner
    out.
    """
    if is_bcrypt(kept_hash):
        return len(password.encode()) <= _BCRYPT_BYTES
    return _hasher.check_needs_rehash(kept_hash)


def is_bcrypt(text: str) -> bool:
    """Whether a text is a possible bcrypt hash with an accepted cost."""
    return (
        bcrypt_cost(text) in BCRYPT_COSTS
        and text[_END_OF_SALT] in _ENDS_OF_SALT
        and text[-1] in _ENDS_OF_DIGEST
    )


def bcrypt_cost(text: str) -> int | None:
    """Return the cost if a text has the form of a bcrypt hash, otherwise None.

    Shops export hashes that begin with ``$2a$``, ``$2b$`` or ``$2y$``.
    """
    found = _BCRYPT.fullmatch(text)
    return int(found["cost"]) if found else None


def _normalised(password: str) -> str:
    return unicodedata.normalize("NFKC", password[: _LONGEST_TYPED + 1])


def _words(own_data: Iterable[str]) -> list[str]:
    words = {word.casefold() for text in own_data for word in (text, *re.split(r"\W+", text))}
    return sorted((w for w in words if len(w) >= _SHORTEST_OWN), key=len, reverse=True)


def _is_made_of(password: str, words: list[str]) -> bool:
    rest = password.casefold()
    for word in words:
        rest = rest.replace(word, "")
    return len(rest) < len(password) and len(rest) < _FEWEST_BESIDE_OWN


def _is_guessable(password: str, words: list[str]) -> bool:
    judged = _without_ornament(password)[:_ESTIMATED_LENGTH]
    if not judged:
        return True
    return _guesses(judged, [*words, *_CALENDAR]) < _FEWEST_GUESSES


def _guesses(password: str, known: Iterable[str]) -> float:
    """Return zxcvbn's estimate, which is exact below 10**8 guesses.

    zxcvbn cuts a password into the l parts that take the fewest guesses: l! times the product of
    theirs, and 10**(4 * (l - 1)) more (`zxcvbn.scoring`). So a password
    below 10**8 has two parts at most, one that begins it and one that ends it. No other part of it
    is looked at.
    """
    matching, scoring = _zxcvbn()
    listed = matching.build_ranked_dict([word.lower() for word in known])
    matching.RANKED_DICTIONARIES["user_inputs"] = listed
    length = len(password)
    # The guesses for so many characters at the beginning, and at the end, if nobody knows them.
    begins = {1: 11.0, **{n: 10.0**n for n in range(2, length + 1)}}
    ends = dict(begins)
    for match in matching.omnimatch(password):
        part = match["j"] + 1 - match["i"]
        for found, is_there in ((begins, match["i"] == 0), (ends, match["j"] == length - 1)):
            if is_there:
                found[part] = min(found[part], float(scoring.estimate_guesses(match, password)))
    two = [2 * begins[n] * ends[length - n] + 10_000 for n in range(1, length)]
    return min([begins[length] + 1, *two])


def _known_ends(password: str, _ranked_dictionaries: Mapping[str, Mapping[str, int]]) -> list[Any]:
    """Return zxcvbn's dictionary matches that begin or end a password."""
    lower, length = password.lower(), len(password)
    spans = [(0, end) for end in range(1, length + 1)] + [(i, length) for i in range(1, length)]
    matches = []
    for i, end in spans:
        word = lower[i:end]
        ranks = [ranked[word] for ranked in _ranked_dictionaries.values() if word in ranked]
        if ranks:
            about = {"i": i, "j": end - 1, "token": password[i:end], "matched_word": word}
            matches.append({"pattern": "dictionary", **about, "rank": min(ranks)})
    return matches


def _without_ornament(password: str) -> str:
    """Return what makes a password hard to guess: one or two signs, repeated, do not.

    Where there are more kinds of them, they are a part of the secret.
    """
    signs = set(_SIGN.findall(password))
    return _SIGN.sub("", password) if len(signs) <= _MOST_ORNAMENTS else password


@cache
def _zxcvbn() -> tuple[Any, Any]:
    # Imported here: its lists take 30 ms, which only setting a password should cost.
    from zxcvbn import matching, scoring  # noqa: PLC0415

    # It looks a password up once for each combination of the look-alikes in it: with all that it
    # knows, hundreds of times, which takes seconds.
    matching.L33T_TABLE.clear()
    matching.L33T_TABLE.update(_LOOK_ALIKES)
    # It knows the years up to 2019.
    matching.REGEXEN["recent_year"] = re.compile(r"19\d\d|20[0-4]\d")
    matching.dictionary_match = _known_ends
    return matching, scoring
