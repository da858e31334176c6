"""A model of the import: a second, plain and slow implementation in memory.

It shares only the library for e-mail addresses with the import. It reads rows character by
character, each row by itself from its first line.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from email_validator import EmailNotValidError, validate_email

MANDATORY = ["customer_reference", "email", "salutation", "first_name", "last_name", "gender"]
KNOWN = [
    *MANDATORY,
    *("locale_name", "phone", "company", "date_of_birth", "password", "registered"),
]
UNSEEN = (
    "\x1a\u00ad\u061c\u200b\u200c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063"
    "\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f\u2800\u3164\ufeff"
)
DIRECTIONS = "\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


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
    plain = [trim(trim(name).strip('"')).lower() for name in names]
    if any(plain.count(name) > 1 for name in KNOWN):
        raise Refused
    if not set(MANDATORY) <= set(plain):
        raise Refused
    return {name: plain.index(name) for name in KNOWN if name in plain}


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
    return sum(trim(trim(name).strip('"')).lower() in KNOWN for name in names)


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
        if state != "quoted":
            return used, cells
        cells[-1] += line[len(body) :]
    return 1, None


def step(cells: list[str], state: str, character: str, separator: str) -> str:
    """Read a character; return the new state."""
    match state, {'"': "mark", separator: "separator"}.get(character, "text"):
        case "quoted", "mark":
            return "closed"
        case "begin", "mark":
            return "quoted"
        case "closed", "mark":
            cells[-1] += character
            return "quoted"
        case ("plain", "mark") | ("closed", "text"):
            return "stray"
        case (("begin" | "plain" | "closed"), "separator"):
            cells.append("")
            return "begin"
        case _:
            cells[-1] += character
            return "quoted" if state == "quoted" else "plain"


def trim(cell: str) -> str:
    """Return a cell without invisible characters at its ends."""
    while cell and (cell[0].isspace() or cell[0] in UNSEEN):
        cell = cell[1:]
    while cell and (cell[-1].isspace() or cell[-1] in UNSEEN):
        cell = cell[:-1]
    return cell


def as_meant(value: str) -> str:
    """Return a value without the formula that keeps it a text."""
    is_text = len(value) > 2 and value[:2] == '="' and value[-1] == '"' and value.count('"') == 2
    return value[2:-1] if is_text else value


def unmarked(cell: str) -> str:
    """Return a cell without the apostrophes that escape formulas, numbers and dates."""
    plain = cell.lstrip("'")
    is_shortened = re.search(r"\d", plain) and not re.search(r"(?i)(?<!e)\+|--|\$.*\$", plain)
    if is_shortened and not set(plain) & set('=;|!"@_*&<>?#'):
        return plain
    kept, at = "", 0
    while at < len(cell):
        rest = cell[at:].lstrip("'")
        begins = at == 0 or cell[at - 1] in ",;\t\r\n"
        risks = "=+-@\uff1d\uff0b\uff0d\uff20" + ("" if at else "\t\r\n")
        if begins and cell[at] == "'" and rest.lstrip("'\"")[:1] in set(risks):
            at = len(cell) - len(rest)
        kept += cell[at]
        at += 1
    return kept


def mailbox(address: str) -> str:
    """Return the key of an address."""
    valid = validate_email(address, check_deliverability=False, test_environment=True)
    return f"{valid.local_part.casefold()}@{valid.ascii_domain}"


def is_right(name: str, value: str, today: date) -> bool:
    """Whether a value is valid in a column."""
    if "\ufffd" in value or value in {"NULL", "(NULL)", "(null)", r"\N"}:
        return False
    if has(r"#(N/A|N/B|N/D|NV|#+)|Err:\d\d\d|#[¡¿]?[A-ZÀ-Ý][A-ZÀ-Ý0-9/_]*[!?]", value):
        return False
    if not value:
        return name not in MANDATORY or name == "customer_reference"
    rules: dict[str, Callable[[str], bool]] = {
        "email": is_address,
        "salutation": {"Mr", "Mrs", "Dr", "Ms"}.__contains__,
        "gender": {"Male", "Female", "n/a"}.__contains__,
        "first_name": is_name,
        "last_name": is_name,
        "company": lambda text: is_line(text, 100),
        "phone": lambda text: is_line(text, 255) and not is_shortened(text),
        "locale_name": lambda text: has(r"[a-z][a-z]_[A-Z][A-Z]", text),
        "date_of_birth": lambda text: is_day(text) and date(1900, 1, 1) <= day(text) <= today,
        "password": is_hash,
        "registered": lambda text: is_moment(text, today),
        "customer_reference": lambda text: (
            len(text) <= 64 and has(r"[A-Za-z0-9_]{1,16}--[A-Za-z0-9_-]+", text)
        ),
    }
    return rules[name](value)


def has(form: str, text: str) -> bool:
    """Whether a text matches a pattern."""
    return re.fullmatch(form, text) is not None


def is_hash(value: str) -> bool:
    """Whether a value looks like a bcrypt hash with an acceptable cost."""
    return has(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}", value)


def is_shortened(value: str) -> bool:
    """Whether a spreadsheet has written a number as a power of ten."""
    return has(r"[-+]?[0-9]+([.,][0-9]+)?[eE][-+]?[0-9]+", value)


def is_name(value: str) -> bool:
    """Whether a value is a name."""
    return is_line(value, 100) and not set(value) & set(":/<>")


def is_line(value: str, longest: int) -> bool:
    """Whether a value is one line of text, and not too long."""
    controls = any(unicodedata.category(each) == "Cc" or each in DIRECTIONS for each in value)
    return len(value) <= longest and not controls and not is_hidden_in(value)


def is_hidden_in(value: str) -> bool:
    """Whether a value has an invisible character where no script needs one."""
    around = ["", *value, ""]
    for before, each, after in zip(around, value, around[2:], strict=False):
        kind = hidden_kind(each)
        needs = NEEDS_ONE.get(kind or "")
        if kind == "selector" and before in set("0123456789#*\u00a9\u00ae"):
            continue
        if kind == "joiner" and before and before in VIRAMAS:
            continue
        if kind == "never" or (needs and not all(map(takes_hidden, (before, after)[:needs]))):
            return True
    return False


VIRAMAS = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"


NEEDS_ONE = {"joiner": 2, "selector": 1}
"""The number of neighbours that an invisible character needs: both, or the one before it."""


def hidden_kind(character: str) -> str | None:
    """Return the kind of an invisible character."""
    code = ord(character)
    if code in {0x200B, 0x200C, 0x200D}:
        return "joiner"
    if code == 0x34F or any(code in each for each in SELECTORS):
        return "selector"
    return "never" if character in NEVER or any(code in each for each in FORMATS) else None


SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0000, 0xE01F0))
FORMATS = (range(0x2060, 0x2065), range(0x206A, 0x2070), range(0xFFF9, 0xFFFC))
NEVER = "\u00ad\u061c\u115f\u1160\u17b4\u17b5\u200e\u200f\u2800\u3164\ufeff\uffa0"


def takes_hidden(character: str) -> bool:
    """Whether an invisible character may be beside this one: it is visible and not Latin."""
    if not character or character.isspace() or hidden_kind(character) in {"never", "joiner"}:
        return False
    return ord(character) > 0x36F and ord(character) not in range(0x2000, 0x2010)


def is_address(value: str) -> bool:
    """Whether mail can be sent to an address."""
    if len(value) > 100 or any(character.isspace() for character in value):
        return False
    if is_hidden_in(value):
        return False
    try:
        valid = validate_email(
            value,
            check_deliverability=False,
            allow_smtputf8=False,
            test_environment=True,
            strict=True,
        )
    except EmailNotValidError:
        return False
    in_ascii = f"{valid.local_part}@{valid.ascii_domain}"
    return "." in value.partition("@")[2] and len(in_ascii) <= 100


def is_day(value: str) -> bool:
    """Whether a value is an existing day."""
    try:
        return len(value) == 10 and value.isascii() and bool(day(value))
    except ValueError:
        return False


def day(value: str) -> date:
    """Return the day of a value."""
    return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone


def is_moment(value: str, today: date) -> bool:
    """Whether a value is a day, or a day with a time, that is not in the future."""
    time = r"[T ]\d\d:\d\d(:\d\d)?Z?"
    first, rest = value[:10], value[10:]
    if not is_day(first) or (rest and not re.fullmatch(time, rest, re.ASCII)):
        return False
    if rest and (
        int(rest[1:3]) > 23 or any(int(each) > 59 for each in re.findall(r":(\d\d)", rest))
    ):
        return False
    return date(1900, 1, 1) <= day(first) <= today + timedelta(days=1)
