"""Bad and odd files to import, each with what has to become of it."""

from dataclasses import dataclass

HEADER = "customer_reference,email,salutation,first_name,last_name,gender"
ADA = ",ada@example.com,Ms,Ada,Lovelace,Female"
BOB = ",bob@example.com,Mr,Bob,Stone,Male"
EVE = ",eve@example.com,Dr,Eve,Ocean,n/a"


@dataclass(frozen=True)
class Rejected:
    """A row that comes back: its line, the column to look at, and words of the reason."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Case:
    """A file and what becomes of it.

    ``names`` are the first names of those created, in the order of the addresses: they
    tell whether the file was decoded and cut right. ``refused`` is part of the reason.
    ``heals`` says that the rejected rows are right as they come back.
    """

    name: str
    content: bytes
    created: int = 0
    duplicate: int = 0
    rejected: tuple[Rejected, ...] = ()
    refused: str | None = None
    names: tuple[str, ...] | None = None
    unknown: tuple[str, ...] = ()
    encoding: str | None = None
    delimiter: str | None = None
    heals: bool = False

    def __str__(self) -> str:
        return self.name.replace(" ", "_")


def lines(*texts: str, end: str = "\n") -> str:
    """Return lines, each with its end."""
    return "".join(text + end for text in texts)


def utf_8(*texts: str, end: str = "\n") -> bytes:
    """Return a file in UTF-8 without a mark."""
    return lines(*texts, end=end).encode()


def in_columns(separator: str, *texts: str) -> bytes:
    """Return a file whose commas are another separator."""
    return lines(*texts).replace(",", separator).encode()
