"""The decorator of frozen classes does what the standard library's does."""

import copy
import dataclasses
import pickle
import re
from collections.abc import Callable, Mapping
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

import pytest

from registration.frozen import dataclass as quick
from tests.support.stack import ROOT

SOURCES = ROOT / "layers" / "common" / "src" / "registration"


class Point:
    """A point."""

    x: int
    y: int = 2
    tags: Mapping[str, str] = field(default_factory=dict)
    secret: bytes = field(default=b"", repr=False)
    unit: str = field(default="m", kw_only=True)

    @cached_property
    def length(self) -> int:
        return self.x + self.y


class Checked:
    """Looked at once it is made."""

    x: int

    def __post_init__(self) -> None:
        if self.x < 0:
            raise ValueError("negative")


class Told:  # noqa: PLW1641 - that is what is tried
    """With its own text and equality."""

    x: int

    def __repr__(self) -> str:
        return "told"

    def __eq__(self, other: object) -> bool:
        return True


class Empty:
    """Nothing."""


def both(cls: type) -> tuple[Any, Any]:
    """Return a class made by the standard library, and the same one made here."""
    given = {"__dict__", "__weakref__"}
    body = {name: value for name, value in vars(cls).items() if name not in given}
    return (
        dataclass(frozen=True)(type(cls.__name__, (), dict(body))),
        quick(frozen=True)(type(cls.__name__, (), dict(body))),
    )


def outcome(act: Callable[[], object]) -> object:
    """Return what an act returns, or the kind of the error that it raises."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001 - it is compared
        return type(error)


def set_x(made: Any) -> None:
    made.x = 5


def delete_x(made: Any) -> None:
    del made.x


POINT: list[Callable[[Any], object]] = [
    lambda cls: repr(cls(1)),
    lambda cls: repr(cls(1, secret=b"s", unit="km", tags={"a": "b"})),
    lambda cls: cls(1) == cls(1),
    lambda cls: cls(1) == cls(1, unit="km"),
    lambda cls: cls(1, secret=b"1") == cls(1),
    lambda cls: cls(1) == (1, 2, {}, b"", "m"),
    lambda cls: cls(1) != cls(2),
    lambda cls: cls(1).tags is cls(1).tags,
    lambda cls: hash(cls(1)),
    lambda cls: hash(cls(1, 2, ())) == hash(cls(1, 2, ())),
    lambda cls: hash(cls(1, 2, ())) == hash(cls(1, 3, ())),
    lambda cls: replace(cls(1), y=7).y,
    lambda cls: replace(cls(1), z=7),
    lambda cls: dataclasses.asdict(cls(1)),
    lambda cls: [(each.name, each.repr) for each in fields(cls)],
    lambda cls: cls(1).length,
    lambda cls: copy.copy(cls(1)) == cls(1),
    lambda cls: cls(),
    lambda cls: cls(1, 2, {}, b"", "m"),
    lambda cls: cls(1, z=1),
    lambda cls: cls(1, x=1),
    lambda cls: set_x(cls(1)),
    lambda cls: setattr(cls(1), "unknown", 1),
    lambda cls: delete_x(cls(1)),
    lambda cls: cls.__match_args__,
]


@pytest.mark.parametrize("act", POINT)
def test_a_class_behaves_as_the_standard_librarys(act: Callable[[Any], object]) -> None:
    theirs, ours = both(Point)

    assert outcome(lambda: act(ours)) == outcome(lambda: act(theirs))


OF_IT: list[Callable[[Any], object]] = [
    repr,
    lambda made: hash(made) == hash(copy.copy(made)),
    lambda made: made == copy.copy(made),
    lambda made: made == 1,
]


@pytest.mark.parametrize(
    ("cls", "given"), [(Checked, (1,)), (Checked, (-1,)), (Told, (1,)), (Empty, ()), (Empty, (1,))]
)
@pytest.mark.parametrize("of_it", OF_IT)
def test_what_a_class_has_of_its_own_stays(
    cls: type, given: tuple[int, ...], of_it: Callable[[object], object]
) -> None:
    theirs, ours = both(cls)

    assert outcome(lambda: of_it(ours(*given))) == outcome(lambda: of_it(theirs(*given)))


@quick(frozen=True)
class Kept:
    """Pickled by its name."""

    x: int
    y: tuple[int, ...] = ()


@quick(frozen=True)
class Longer(Kept):
    """One that inherits."""

    z: int = 3


def test_a_pickled_instance_comes_back_before_any_was_made() -> None:
    assert pickle.loads(pickle.dumps(Longer(1, (2,), 4))) == Longer(1, (2,), 4)  # noqa: S301
    assert Longer(1) != Kept(1)
    assert repr(Longer(1)) == "Longer(x=1, y=(), z=3)"


def test_each_class_has_a_constructor_of_its_own() -> None:
    assert Kept(1).x == Longer(2).x - 1
    with pytest.raises(FrozenInstanceError, match="x"):
        set_x(Longer(1))


def test_other_options_are_the_standard_librarys() -> None:
    @quick
    class Changing:
        x: int = 1

    @quick(frozen=True, slots=True)
    class Slotted:
        x: int = 1

    changing = Changing()
    changing.x = 2
    assert changing == Changing(2)
    assert not hasattr(Slotted(), "__dict__")


def test_every_class_of_the_layer_is_made_by_it() -> None:
    found = [
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"^from dataclasses import .*\bdataclass\b", path.read_text(), re.MULTILINE)
    ]

    assert not found
