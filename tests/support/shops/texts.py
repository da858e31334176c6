"""Shops with texts of their own, and languages that only tests have."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from registration.entrypoints.rendering import locales as of_locales
from registration.entrypoints.shop.texts import our_texts
from tests.support.shops import forget_shop

LONGER = "sv_SE"
"""A language that is written as English with words that are 40 % longer."""
RIGHT_TO_LEFT = "ar_EG"
"""A language that is written as English in Hebrew letters, from right to left."""

_HEBREW = str.maketrans({chr(ord("a") + n): chr(0x05D0 + n) for n in range(26)})


@contextmanager
def a_shop(folder: Path, files: Mapping[str, str | bytes]) -> Iterator[None]:
    """Let a shop have files, by their names: ``texts/en_US/cart.toml``."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SHOP_FOLDER", str(folder))
            forget_shop()
            yield
    finally:
        forget_shop()


def pseudo_languages() -> dict[str, str]:
    """Return the files of a shop that adds a language with longer words, and one from the right."""
    english = our_texts(of_locales.ENGLISH)
    longer = {key: _outside_blanks(text, _stretched) for key, text in english.items()}
    turned = {key: _outside_blanks(text, _turned) for key, text in english.items()}
    return {
        f"texts/{LONGER}/all.toml": as_toml(longer),
        f"texts/{RIGHT_TO_LEFT}/all.toml": as_toml(turned),
    }


def as_toml(texts: Mapping[str, str]) -> str:
    """Return texts by their keys as a file."""
    lines = (f"{key} = '''{text}'''\n" for key, text in texts.items())
    return "".join(lines)


def _outside_blanks(text: str, change: Callable[[str], str]) -> str:
    parts = re.split(r"(\{\w*\})", text)
    return "".join(part if part.startswith("{") else change(part) for part in parts)


def _stretched(text: str) -> str:
    return re.sub(r"\w+", lambda word: word[0] + word[0][-1] * -(-len(word[0]) * 2 // 5), text)


def _turned(text: str) -> str:
    return text.lower().translate(_HEBREW)
