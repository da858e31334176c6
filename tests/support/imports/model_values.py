"""The values of the model: how each is read, and which are valid."""

import re
import unicodedata
from collections.abc import Callable
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


def meaning(name: str, value: str) -> str:
    """Return the only value that another spelling may mean."""
    value = trim(re.sub("(?i)_x000([9AD])_", lambda found: chr(int(found[1], 16)), value))
    if name in {"phone", "customer_reference", "date_of_birth", "registered"}:
        return value.lstrip("'")
    if name == "locale_name" and has("[A-Za-z]{2}[-_][A-Za-z]{2}", value):
        return f"{value[:2].lower()}_{value[3:].upper()}"
    if name in {"salutation", "gender"}:
        word = value.lower().rstrip(".")
        known = {"herr": "Mr", "frau": "Ms", "männlich": "Male", "weiblich": "Female"}
        known |= {each.lower(): each for each in ("Mr", "Mrs", "Ms", "Dr", "Male", "Female")}
        known |= dict.fromkeys(("n/a", "keine angabe", "prefer not to say"), "n/a")
        return known.get(word, value)
    return value


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


def is_damaged(name: str, value: str) -> bool:
    """Whether letters of a value were lost, or it says that there is none."""
    if "\ufffd" in value or value in {"NULL", "(NULL)", "(null)", r"\N", "Loading..."}:
        return True
    if value in {"nan", "NaN", "NaT", "None", "<NA>", "undefined"} or is_error(value):
        return True
    if name == "company":
        return re.search(r"[?¿][\w?¿]", value) is not None
    return name in {"first_name", "last_name", "email"} and bool(set(value) & set("?¿"))


def is_right(name: str, value: str, today: date) -> bool:
    """Whether a value is valid in a column."""
    if is_damaged(name, value):
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


def is_error(value: str) -> bool:
    """Whether a spreadsheet could not work a value out."""
    if re.search("[a-zß-ÿα-ωа-я]", value) or not value.startswith("#"):
        return has(r"Err:\d\d\d", value)
    rest = value[1:].lstrip("¡¿")
    if rest[:1].isalpha() and rest[-1:] in {"!", "?"}:
        return len(value) - len(rest) <= 2 and has(r"[\w/.]+[!?]", rest)
    words = {"NV", "YOK", "HIÁNYZIK", "NENÍ_K_DISPOZICI", "NEDOSTUPNÝ", "GETTING_DATA"}
    slash = len(value) == 4 and value[2] == "/" and (value[1] + value[3]).isalpha()
    return slash or value[1:] in words or has("##+", value)


def has(form: str, text: str) -> bool:
    """Whether a text matches a pattern."""
    return re.fullmatch(form, text) is not None


def is_hash(value: str) -> bool:
    """Whether a value looks like a bcrypt hash with an acceptable cost."""
    return has(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}", value)


def is_shortened(value: str) -> bool:
    """Whether a spreadsheet has written a number as a power of ten."""
    return has(r"[-+]?[0-9]+([.,][0-9]+)?[eE][-+]?[0-9]+|[0-9]{5,}\.0", value)


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
    time = r"[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?( ?(Z|UTC|GMT|[+-]\d\d:?\d\d))?"
    first, rest = value[:10], value[10:]
    if not is_day(first) or (rest and not re.fullmatch(time, rest, re.ASCII)):
        return False
    if rest and (
        int(rest[1:3]) > 23 or any(int(each) > 59 for each in re.findall(r":(\d\d)", rest))
    ):
        return False
    return date(1900, 1, 1) <= day(first) <= today + timedelta(days=1)
