"""Whether bytes that are not UTF-8 are cp1252 ("ANSI"), judged by the words in them.

MacRoman, the code pages of DOS and those of Windows for other languages share cp1252's bytes
(https://www.unicode.org/Public/MAPPINGS/VENDORS/). What their letters turn into is a letter or a
sign of cp1252 as well, but odd at its place: `Böhm` from a Mac is `Bšhm`, `Szűcs` from a Hungarian
Windows `Szûcs`. So a letter counts only where names of western Europe have it, and names from
elsewhere hardly do. Some right names look odd, too; to save those as UTF-8 costs little, and a
garbled name much.
"""

import re
from functools import lru_cache

LONGEST_WORD = 100
"""A longer word is in no name, and would take long to search."""

_V = "aeiouyáéíóú"
_C = "bcdfghlmnprstv"
# Beside a letter: what would turn into it at other places.
_LETTERS = (
    rf"(?<![{_V}])ä(?![ao]|e(?!n))",  # ń, õ
    rf"(?:(?<![{_V}])|(?<=i)(?=.\Z))ö(?![aeiou]|(?<=^ö).i)",  # Í
    "(?<![aeo])ü",  # Ł
    rf"é(?!i|e[{_C}])",  # ķ
    "[óú]",
    r"(?<=.)ô(?=me\Z|té|ni)",  # È
    "(?<=[aeiouyäöü])ß(?![aiou])",  # ț
    rf"(?<![{_V}])å(?![{_V}])",  # ň
    rf"(?<=[^{_V}])æ(?=[^{_V}])",  # ć
    rf"(?<![{_V}])ø(?![aiouáéíóú]|e.)",  # ř
    r"(?<![aeiou])á|á(?=r|n\Z)",  # ß
    "(?<![ie])í(?!i|(?<=aí)e)",  # ķ
    r"(?:(?<=[nv])|(?<=[^kn]k))ý\Z",  # ř, and i without a dot
    "(?<=[aeiouáéíóú])ñ(?=[aeiouáéíóú])",  # ń
    r"^ç(?=[aeiouö])|(?<=[nl])ç(?=[aouãõé]|\Z)|(?<=ra)ç(?=[aou])|(?<=[aei])ç(?=ã)",  # š, ē, Ã
    "ã(?=[oe])",  # ă
    "õ(?=e)",  # ő
    r"(?<=[lnr])ê(?=s\Z)|ê\Z",  # ę
    rf"(?<=i)è(?=[rgsvct]+e)|(?<=[{_C}])è(?=(?:[{_C}]{{1,2}}|gu)e|s\Z)|(?<=[rs])è\Z",  # č
    "(?<=[aeiou])ë",  # ė
    "(?<=[ao])ï(?![aeiouy])",  # ď
    "(?<=[ao])î(?=[tnlc])",  # ī
    "(?<=ch)â|â(?=nge|nia|mara)",  # ā
    rf"(?<=[{_C}])à\Z|^à(?=[{_C}])",  # ą
    r"(?<=[cdlnrt])ò\Z",  # ň
    "(?<=[uó]r)ð|(?<=^gu)ð|(?<=ei)ð",  # ğ, š
    "^þ(?=[oó]r)",  # ş, ţ
    "^š(?=[aeioutp])",  # Ő
)
_WORD = re.compile(rf"(?:[a-z]|{'|'.join(_LETTERS)})+")
# Two such letters side by side: other languages have many.
_ODD_PAIR = re.compile(r"(?![áéíóú]ñ|ñ[áéíó]|ç[ãõ]|þó|ää|öö|üü)[^\x00-\x7fß][à-ÿ]")
# A small letter that begins a word or stands among capitals, or a capital within a word.
_MISSPELLED = re.compile("^[ß-ÿš]|.[À-Þ]|[A-ZÀ-Þ]{2}[à-ÿ]|[à-ÿ][A-ZÀ-Þ]")
_OF_ASIA = re.compile(r"[^\x00-\x7f].")
# In capitals, DOS turns Í into Ö; Ë, È and Ê into Ó, Ô and Ò; Ă into Æ, and Ð into Ñ.
_OF_DOS = re.compile(
    r"(?<![krlhgns])ö\w[aeiouy]|[aeiouy]\w*(?<!str)(?<!bj)ö|\wö.?\Z|^ö.\Z|ö.*i[ao]|[ao]ó|ió(?!n?\Z)|[ôòæ]|ñu|íe|ië"
)
_BETWEEN = re.compile(
    r"[\x00-@\[-`{-\x7f¿]+|(?<=[^\W\d_])\u2013(?=[A-ZÀ-Þ])|(?<=[a-zß-ÿ])[\u2019\xa0](?=[A-ZÀ-Þ])"
    r"|(?<=\b[OM])\u2019(?=[A-Z])|(?<=\b[DLdl])\u2019(?=[AEIOUYHÀ-Þ])"
    r"|(?<![^\W\d_])[\xa0€£°º](?![^\W\d_])"
)
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def are_cp1252(lines: list[bytes]) -> bool:
    """Whether nearly all of some lines are likely to be in cp1252: a few may be damaged."""
    # A row with a byte that cp1252 does not have is rejected by itself.
    rest = [line for line in lines if not _NOT_CP1252.search(line)]
    odd = sum(looks_garbled(line.decode("cp1252")) for line in rest)
    return len(rest) * 2 >= len(lines) and odd * 10 <= len(rest)


def looks_garbled(text: str) -> bool:
    """Whether a text that was read as cp1252 has a word that may be in another encoding."""
    return not all(word.isascii() or _is_likely(word) for word in _BETWEEN.split(text))


@lru_cache(4096)  # for speed: names repeat
def _is_likely(word: str) -> bool:
    if len(word.encode("cp1252", "ignore")) < len(word):
        return True
    lower = word.lower()
    in_capitals = word.replace("ß", "").isupper()
    return (
        len(word) <= LONGEST_WORD
        and not (_OF_DOS.search(lower) if in_capitals else _MISSPELLED.search(word))
        and not _OF_ASIA.fullmatch(word)
        and not _ODD_PAIR.search(lower)
        and _WORD.fullmatch(lower) is not None
    )
