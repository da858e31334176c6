"""What the documentation says of imports: its tables, and the values in them."""

import re

from tests.support.stack import ROOT


def page(name: str) -> str:
    """Return the text of a page of the documentation."""
    return (ROOT / "docs" / name).read_text("utf-8")


def tables(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the tables of a section, as cells."""
    section = text.partition(heading)[2].partition("\n#")[0]
    rows = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)
    cut = [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]
    return [row for row in cut if row[-1] not in {"reason", "---"}]


def value_of(shown: str) -> str:
    """Return the value that a table shows in signs."""
    signs = {"a…a": "a" * 101, "1…1": "1" * 256, "⏎": "\n", "⇥": "\t", "◌": "\u200b"}
    for sign, value in signs.items():
        shown = shown.replace(sign, value)
    return shown
