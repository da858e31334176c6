"""All files of the corpus."""

from tests.corpus import encodings, rows, shapes

CASES = (
    *encodings.ENCODED,
    *encodings.DAMAGED,
    *encodings.REFUSED,
    *shapes.SEPARATED,
    *shapes.LINES,
    *shapes.QUOTATION,
    *shapes.HEADERS,
    *shapes.RAGGED,
    *rows.FLAWED,
    *rows.RIGHT,
    *rows.TOGETHER,
)
