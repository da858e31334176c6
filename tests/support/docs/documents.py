"""The documentation: its files, the links and anchors in them, and its diagrams."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.stack import ROOT

DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\]\(\s*([^)\s]+)[^)]*\)|(?:src|href)=\"([^\"]+)\"")
_HEADING = re.compile(r"^#{1,6} +(.+?)\s*#*$", re.MULTILINE)
# What connects two nodes of the flowcharts here, with or without a label.
_EDGE = re.compile(
    r"^\s*([\w &]+?) +(?:-->|-\.->|<-->)(?:\|\"[^\"]*\"\|)? +([\w &]+?)$", re.MULTILINE
)

_MESSAGE = re.compile(r"^\s*(\w+)-+[>)]+(\w+):", re.MULTILINE)
_DECLARED = re.compile(r"(?:participant|actor|subgraph) (\w+)|(\w+)(?=[\[({>]+\")")


@dataclass(frozen=True)
class Diagram:
    """A Mermaid diagram of a document."""

    document: Path
    number: int
    source: str

    @property
    def kind(self) -> str:
        """What its first word says: ``flowchart``, ``sequenceDiagram``, ``stateDiagram-v2``."""
        return self.source.split()[0]

    @property
    def edges(self) -> set[tuple[str, str]]:
        """The ids of a flowchart's nodes that an arrow connects."""
        return {
            (start, end)
            for starts, ends in _EDGE.findall(self.source)
            for start in re.split(r"\s*&\s*", starts)
            for end in re.split(r"\s*&\s*", ends)
        }

    @property
    def connected(self) -> set[str]:
        """The ids of nodes or participants that an arrow connects (states need no declaration)."""
        if self.kind == "sequenceDiagram":
            messages = _MESSAGE.findall(self.source)
            return {participant for message in messages for participant in message}
        return {node for edge in self.edges for node in edge} if self.kind == "flowchart" else set()

    @property
    def declared(self) -> set[str]:
        """The ids of nodes or participants that have a name to show."""
        return {first or second for first, second in _DECLARED.findall(self.source)}


def diagrams_in(document: Path) -> list[Diagram]:
    """Return the Mermaid diagrams of a document."""
    found = _FENCE.findall(document.read_text("utf-8"))
    sources = [content for language, content in found if language == "mermaid"]
    return [Diagram(document, number, source) for number, source in enumerate(sources, 1)]


def links_in(document: Path) -> list[str]:
    """Return the targets of a document's links and images, but not what stands in code."""
    prose = _CODE.sub("", _FENCE.sub("", document.read_text("utf-8")))
    return [first or second for first, second in _LINK.findall(prose)]


def anchors_in(document: Path) -> set[str]:
    """Return the anchors that GitHub makes of a document's headings."""
    anchors: set[str] = set()
    for heading in _HEADING.findall(_FENCE.sub("", document.read_text("utf-8"))):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (anchor := f"{slug}-{number}" if number else slug) in anchors:
            number += 1
        anchors.add(anchor)
    return anchors
