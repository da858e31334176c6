"""HTML parsed like in a browser, but without tolerating errors."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

_UNSEEN = {"style", "title", "script"}


@dataclass(frozen=True)
class Markup:
    """A parsed document."""

    root: Element

    @classmethod
    def of(cls, html: str) -> "Markup":
        """Parse a document; fail if it breaks a rule of HTML's syntax."""
        parser = HTMLParser(namespace_html_elements=False)
        root = parser.parse(html)
        assert parser.errors == []
        return cls(root)

    def elements(self, *names: str) -> list[Element]:
        """Return the elements with these names, or all, in document order."""
        found = [element for element in self.root.iter() if not _is_comment(element)]
        return [element for element in found if not names or element.tag in names]

    @property
    def words(self) -> str:
        """The text on one line."""
        return " ".join("".join(_texts(self.root)).split())


def _texts(element: Element) -> Iterator[str]:
    if not _is_comment(element) and element.tag not in _UNSEEN:
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _is_comment(element: Element) -> bool:
    return callable(element.tag)
