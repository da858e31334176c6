"""``@dataclass(frozen=True)``, of which most is made when it is first needed.

The standard library writes and compiles six functions for each class. That was a fifth of a cold
start: a function imports ninety such classes, and its first answer needs a third of them. Here the
classes share five of the six, and the first instance compiles ``__init__``. To readers and to
the type checker it is the standard library's decorator, in all that the service uses of it.

https://docs.python.org/3/library/dataclasses.html
"""

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

_UNSET = object()


def _init_later(cls: type) -> Callable[..., None]:
    def __init__(self: object, *given: object, **named: object) -> None:  # noqa: N807
        cls.__init__ = made = _init(cls)  # type: ignore[misc]
        made(self, *given, **named)

    return __init__


def _init(cls: type) -> Callable[..., None]:
    """Compile the constructor; as the standard library's it works around ``__setattr__``."""
    known = sorted(fields(cls), key=lambda field: bool(field.kw_only))
    scope: dict[str, Any] = {"set_": object.__setattr__, "unset": _UNSET}
    first_named = next((field.name for field in known if field.kw_only), None)
    parameters, lines = ["self"], ["pass"]
    for field in known:
        default, value = _default(field, scope)
        parameters += ["*"] if field.name == first_named else []
        parameters.append(field.name + default)
        lines.append(f"set_(self, {field.name!r}, {value})")
    lines += ["self.__post_init__()"] if hasattr(cls, "__post_init__") else []
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines), scope)  # noqa: S102
    made: Callable[..., None] = scope["__init__"]
    return made


def _default(field: "Field[Any]", scope: dict[str, Any]) -> tuple[str, str]:
    """Return a parameter's default and its value, as they are written."""
    name, made = field.name, f"default_{field.name}"
    if field.default_factory is not MISSING:
        scope[made] = field.default_factory
        return "=unset", f"{made}() if {name} is unset else {name}"
    if field.default is not MISSING:
        scope[made] = field.default
        return f"={made}", name
    return "", name


def _eq(self: Any, other: Any) -> bool:
    if other.__class__ is not self.__class__:
        return NotImplemented  # type: ignore[no-any-return]
    return bool(self._values(self) == other._values(other))


def _hash(self: Any) -> int:
    return hash(self._values(self))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, *_value: object) -> None:  # noqa: ARG001 - as Python calls it
    raise FrozenInstanceError(f"cannot change field {name!r}")


_SHARED: dict[str, Any] = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}


def _frozen(cls: type) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    names = [each.name for each in fields(made)]
    if not all(each.init and each.compare and each.hash is None for each in fields(made)):
        raise TypeError(f"{cls.__name__}: these fields need the standard library's dataclass")
    later: dict[str, Any] = {**_SHARED, "__init__": _init_later(made)}
    for name, function in later.items():
        # A class with an equality of its own has None for its hash.
        if made.__dict__.get(name) is None:
            setattr(made, name, function)
    made._values = attrgetter(*names) if names else type
    return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass  # noqa: PLC0414 - so it is exported
else:

    def dataclass(cls=None, /, **options):
        """Return a frozen class, or the standard library's of other options."""
        if options == {"frozen": True}:
            return _frozen
        return dataclasses.dataclass(cls, **options)
