"""A model of the import: a second, plain and slow implementation in memory.

It shares only the library for e-mail addresses with the import. It reads rows character by
character, each row by itself from its first line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from tests.support.imports.model_values import (
    KNOWN,
    MANDATORY,
    as_meant,
    is_right,
    mailbox,
    meaning,
    trim,
    unmarked,
)


class Refused(Exception):
    """The file as a whole is not imported."""


@dataclass
class ModelOutcome:
    """The outcome of each row, by its first line."""

    created: dict[int, dict[str, str]] = field(default_factory=dict)
    exists: list[int] = field(default_factory=list)
    duplicate: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)


def model(content: bytes, known: set[str], today: date) -> ModelOutcome:
    """Import a file; ``known`` are the addresses of existing customers."""
    rows = read(content)
    names = next(rows, (0, None))[1]
    places = header(names)
    outcome = ModelOutcome()
    seen: set[str] = set()
    for line, cells in rows:
        if cells is None or len(cells) != len(names or []):
            outcome.rejected.append(line)
            continue
        values = {name: trim(cells[at]) for name, at in places.items()}
        values = {name: trim(as_meant(unmarked(value))) for name, value in values.items()}
        values = {name: meaning(name, value) for name, value in values.items()}
        if "company" in values:
            values["company"] = re.sub(r"[ \t]*[\r\n]\s*", " ", values["company"])
        if not all(is_right(name, value, today) for name, value in values.items()):
            outcome.rejected.append(line)
            continue
        identities = {f"email {mailbox(values['email'])}"}
        if values["customer_reference"]:
            identities.add(f"reference {values['customer_reference']}")
        if identities & seen:
            outcome.duplicate.append(line)
            continue
        seen |= identities
        if mailbox(values["email"]) in known:
            outcome.exists.append(line)
        else:
            outcome.created[line] = values
    return outcome


def header(names: list[str] | None) -> dict[str, int]:
    """Return the positions of the known columns."""
    if not names:
        raise Refused
    plain = [plain_name(name) for name in names]
    if any(plain.count(name) > 1 for name in KNOWN):
        raise Refused
    if not set(MANDATORY) <= set(plain):
        raise Refused
    return {name: plain.index(name) for name in KNOWN if name in plain}


def plain_name(name: str) -> str:
    """Return the name of a column without the marks around it."""
    marks = "\"'=*\u201c\u201d\u201e\u2018\u2019\u201a\xab\xbb"
    while name and (not trim(name[0]) or name[0] in marks):
        name = name[1:]
    while name and (not trim(name[-1]) or name[-1] in marks):
        name = name[:-1]
    return name.lower()


def read(content: bytes) -> Iterator[tuple[int, list[str] | None]]:
    """Yield each row that is not empty, by its line; no cells if it cannot be split."""
    texts = decoded(content)
    separator = separator_of(texts)
    at, width = 0, None
    while at < len(texts) and texts[at] is not None and is_before_header(texts[at] or ""):
        at += 1
    while at < len(texts):
        used, cells = cut(texts, at, separator)
        if used > 1 and not is_one_row(texts[at : at + used], separator, cells, width):
            used, cells = 1, None
        shown = cells if cells is not None else (texts[at] or "\ufffd").split(separator)
        if any(trim(cell) for cell in shown):
            yield at + 1, cells
            width = width or len(cells or [])
        at += used


def is_one_row(
    texts: list[str | None], separator: str, cells: list[str] | None, width: int | None
) -> bool:
    """Whether lines that form a row together are not rows by themselves."""
    if cells is None or len(cells) != (width or len(cells)) or max(map(len, cells)) > 65536:
        return False
    like_rows = 0
    for text in texts:
        _, own = cut([text], 0, separator)
        if own is not None and len(own) == len(cells) and any(map(trim, own)):
            return False
        shown = as_they_stand(text or "", separator)
        like_rows += len(shown) == len(cells) and any(map(trim, shown))
    return like_rows <= 1


def as_they_stand(text: str, separator: str) -> list[str]:
    """Return the cells of a line, where quotation marks count only around a cell."""
    rest, cells = text.lstrip("\ufeff").rstrip("\r\n"), []
    end = re.escape(separator)
    while found := re.match(f'("((?:[^"]|"")*)"|[^{end}]*)({end}|$)', rest):
        cells.append(found[1] if found[2] is None else found[2])
        if not found[3]:
            break
        rest = rest[found.end() :]
    return cells


def is_before_header(text: str) -> bool:
    """Whether a line is blank, or a hint for spreadsheets with the separator."""
    plain = re.sub(r'"([^",;]*)"', r"\1", text)
    if all(character in ",;" or not trim(character) for character in plain):
        return True
    while text and (not trim(text[-1]) or text[-1] in '",;'):
        text = text[:-1]
    while text and (not trim(text[0]) or text[0] in '",;'):
        text = text[1:]
    return re.fullmatch(r"(?i)sep=.?", text) is not None


def decoded(content: bytes) -> list[str | None]:
    """Return the lines as text with their line ends; None for one in another encoding."""
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if content.startswith(mark):
            return decoded_16(content[2:], encoding)
    content = content.removeprefix(b"\xef\xbb\xbf")
    raws = [text.encode("latin-1") for text in split(content.decode("latin-1"))]
    beyond = [raw for raw in raws if any(byte > 127 for byte in raw)]
    right = [raw for raw in beyond if is_utf_8(raw)]
    if len(right) * 2 >= len(beyond):
        return [raw.decode() if is_utf_8(raw) else None for raw in raws]
    right = [raw for raw in right if not is_marked(raw.decode("latin-1"))]
    return [None if raw in right or not is_cp1252(raw) else raw.decode("cp1252") for raw in raws]


def is_marked(text: str) -> bool:
    """Whether all non-ASCII text, in cp1252, is capitals followed by a typographic mark."""
    pairs = "(?<![\x80-\xff])[\xc6-\xdf][\x85\x91-\x97\x99\xa9\xae\xbb](?![\x80-\xff])"
    return re.sub(pairs, "", text).isascii()


def decoded_16(content: bytes, encoding: str) -> list[str | None]:
    """Return the lines of UTF-16; None for a last one that ends with half a character."""
    if len(content) % 2 == 0:
        return list(split(content.decode(encoding)))
    lines = list(split(content[:-1].decode(encoding, "surrogatepass")))
    last = lines.pop() if lines and lines[-1][-1] not in "\r\n" else ""
    raw = content[-1 - len(last.encode(encoding, "surrogatepass")) :]
    is_shifted = any(end in raw[1:].decode(encoding, "replace") for end in "\r\n")
    if is_shifted or "\0" in raw.decode(encoding, "replace"):
        raise Refused
    return [*lines, None]


def split(text: str) -> Iterator[str]:
    """Split text after each line end."""
    yield from re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z", text)


def is_utf_8(raw: bytes) -> bool:
    """Whether bytes are UTF-8."""
    return raw.decode("utf-8", "replace").encode() == raw


def is_cp1252(raw: bytes) -> bool:
    """Whether cp1252 can decode these bytes."""
    return not set(raw) & {0x81, 0x8D, 0x8F, 0x90, 0x9D}


def separator_of(texts: list[str | None]) -> str:
    """Return the separator with which the first row that is not empty names most columns."""
    for at, text in enumerate(texts):
        if text and not is_before_header(text):
            return max(",;\t", key=lambda mark: known_in(cut(texts, at, mark)[1] or []))
    return ","


def known_in(names: list[str]) -> int:
    """Return the number of known columns in a header."""
    return sum(plain_name(name) in KNOWN for name in names)


def cut(texts: list[str | None], at: int, separator: str) -> tuple[int, list[str] | None]:
    """Split the row that begins at a line; return its number of lines, and its cells."""
    cells, state = [""], "begin"
    for used, text in enumerate(texts[at:], start=1):
        if text is None:
            return 1, None
        line = text.lstrip("\ufeff") if used == 1 else text
        body = line.rstrip("\r\n")
        for character in body:
            state = step(cells, state, character, separator)
            if state == "stray":
                return 1, None
        if state == "formula":
            return 1, None
        if state != "quoted":
            return used, cells
        cells[-1] += line[len(body) :]
    return 1, None


def step(  # noqa: PLR0911 - a table
    cells: list[str], state: str, character: str, separator: str
) -> str:
    """Read a character; return the new state."""
    match state, {'"': "mark", separator: "separator"}.get(character, "text"):
        case "quoted", "mark":
            return "closed"
        case "begin", "mark":
            return "quoted"
        case "closed", "mark":
            cells[-1] += character
            return "quoted"
        case "plain", "mark" if cells[-1] == "=":
            cells[-1] += character
            return "formula"
        case "formula", "mark":
            cells[-1] += character
            return "written"
        case "formula", "separator":
            return "stray"
        case ("plain" | "written", "mark") | ("closed" | "written", "text"):
            return "stray"
        case (("begin" | "plain" | "closed" | "written"), "separator"):
            cells.append("")
            return "begin"
        case _:
            cells[-1] += character
            return state if state in {"quoted", "formula"} else "plain"
