"""The files of a shop that we serve or send, as they are served."""

from dataclasses import field
from struct import unpack

from registration.frozen import dataclass


@dataclass(frozen=True)
class Asset:
    """A file as it is served: its name there, its media type, its bytes."""

    name: str
    media_type: str
    content: bytes = field(repr=False)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a PNG, which its first chunk tells."""
        width, height = unpack(">II", self.content[16:24])
        return width, height

    @property
    def is_svg(self) -> bool:
        """Whether it is an SVG, which mail programs do not show."""
        return self.media_type.startswith("image/svg")
