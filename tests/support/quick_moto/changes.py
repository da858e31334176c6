"""A change of somebody else's class or module."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """An attribute of a class or a module, and what it is to be."""

    owner: Any
    name: str
    value: Any

    def made(self) -> "Change":
        """Make it, and return the change back."""
        # Not by getattr, which would bind a class method.
        before = vars(self.owner).get(self.name, getattr(self.owner, self.name, None))
        setattr(self.owner, self.name, self.value)
        return Change(self.owner, self.name, before)
