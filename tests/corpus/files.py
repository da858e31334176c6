"""All files of the corpus."""

from tests.corpus import encodings, rows, shapes

GROUPS = {
    "encodings": (*encodings.ENCODED, *encodings.DAMAGED),
    "no text": encodings.REFUSED,
    "separators and line ends": (*shapes.SEPARATED, *shapes.LINES),
    "quotation marks": shapes.QUOTATION,
    "headers and cells": (*shapes.HEADERS, *shapes.RAGGED),
    "rows": (*rows.RIGHT, *rows.TOGETHER, rows.ALL_FLAWED),
    "flaws": rows.FLAWED,
}
CASES = tuple(case for group in GROUPS.values() for case in group)
