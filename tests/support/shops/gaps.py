"""What a page or mail shows in the place of words."""

import re

from registration.entrypoints.rendering.texts import texts


def gaps_in(shown: str, locale: str) -> list[str]:
    """Return the keys and the blanks that are shown."""
    words = set(re.findall(r"[a-z_]+\.[\w.-]+\w", shown))
    return [*(words & set(texts(locale))), *re.findall(r"[{}]\S*", shown)]
