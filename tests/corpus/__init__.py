"""Invalid and unusual files to import, each with its expected outcome."""

from dataclasses import dataclass

HEADER = "customer_reference,email,salutation,first_name,last_name,gender"
ADA = ",ada@example.com,Ms,Ada,Lovelace,Female"
BOB = ",bob@example.com,Mr,Bob,Stone,Male"
EVE = ",eve@example.com,Dr,Eve,Ocean,n/a"


@dataclass(frozen=True)
class Rejected:
    """A rejected row: its line, the column to look at, and part of the reason."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Case:
    """A file and its expected outcome.

    ``names`` are the first names of the created customers, in the order of the addresses: they
    show whether the file was decoded and split correctly. ``refused`` is part of the reason.
    ``heals`` says that the rejected rows are valid in the report.
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
    """Return a file in UTF-8 without a byte order mark."""
    return lines(*texts, end=end).encode()


def in_columns(separator: str, *texts: str) -> bytes:
    """Return a file with another separator in place of commas."""
    return lines(*texts).replace(",", separator).encode()
