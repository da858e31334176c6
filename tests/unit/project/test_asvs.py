"""The documents about security name what there is, and leave out nothing of the standard."""

import re
from collections import Counter

import pytest

from tests.support.stack import ROOT

# https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/docs_en has them.
LEVEL_1 = """
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.3.2 1.5.1 2.1.1 2.2.1 2.2.2 2.3.1 3.2.1 3.2.2 3.3.1 3.4.1
3.4.2 3.5.1 3.5.2 3.5.3 4.1.1 4.4.1 5.2.1 5.2.2 5.3.1 5.3.2 6.1.1 6.2.1 6.2.2 6.2.3 6.2.4 6.2.5
6.2.6 6.2.7 6.2.8 6.3.1 6.3.2 6.4.1 6.4.2 7.2.1 7.2.2 7.2.3 7.2.4 7.4.1 7.4.2 8.1.1 8.2.1 8.2.2
8.3.1 9.1.1 9.1.2 9.1.3 9.2.1 10.4.1 10.4.2 10.4.3 10.4.4 10.4.5 11.3.1 11.3.2 11.4.1 12.1.1
12.2.1 12.2.2 13.4.1 14.2.1 14.3.1 15.1.1 15.2.1 15.3.1
"""
ITEMS_OF_LEVEL_2 = 183
ANSWERS = {"met", "in part", "**not met**", "does not apply"}

PACKAGE = ROOT / "layers" / "common" / "src" / "registration"
CHECKED = (ROOT / "docs" / "asvs.md").read_text("utf-8").partition("\n## Encoding")[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in CHECKED.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]


def test_every_item_of_level_1_has_one_row_that_answers_it() -> None:
    # Level 1 has a column for tests, which level 2 has not.
    rows = Counter(row[0] for row in ROWS if len(row) == 5)

    assert rows == dict.fromkeys(LEVEL_1.split(), 1)


def test_every_item_of_level_2_is_answered_once() -> None:
    told = re.findall(r"^\| (\d+\.\d+\.\d+) \|", CHECKED, re.MULTILINE)
    prose = re.sub(r"(?<=[^\n|])\n(?=[^\n|#-])", " ", CHECKED)
    lists = re.findall(r"^([\d., and]+) do(?:es)? not apply", prose, re.MULTILINE)
    items = Counter(told + re.findall(r"\d+\.\d+\.\d+", " ".join(lists)))

    assert items.most_common(1)[0][1] == 1
    assert len(items) == len(LEVEL_1.split()) + ITEMS_OF_LEVEL_2


def test_an_answer_is_one_of_four_and_says_why() -> None:
    for row in ROWS:
        assert row[2] in ANSWERS, row
        assert row[3], row


def test_what_is_not_met_at_level_1_is_told_at_the_beginning() -> None:
    summary = (ROOT / "docs" / "asvs.md").read_text("utf-8").partition("Of level 2,")[0]

    told = set(re.findall(r"\*\*(\d+\.\d+\.\d+)\*\*", summary))

    open_items = [row[0] for row in ROWS if len(row) == 5 and row[2] in {"in part", "**not met**"}]
    assert told == set(open_items)


@pytest.mark.parametrize("document", ["asvs", "threat-model"])
def test_every_file_that_is_named_exists(document: str) -> None:
    text = (ROOT / "docs" / f"{document}.md").read_text("utf-8")
    named = re.findall(r"`([\w./-]+/[\w./-]+\.(?:py|html|js|json|txt|yaml))`", text)

    assert len(named) > 20
    missing = [path for path in named if not any((at / path).is_file() for at in (ROOT, PACKAGE))]
    assert missing == []
