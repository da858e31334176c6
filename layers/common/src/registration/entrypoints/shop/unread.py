"""What stands in a shop's folder and nothing reads: it is perhaps misnamed."""

from collections.abc import Iterator
from difflib import get_close_matches
from os.path import normpath
from pathlib import PurePath

from registration.entrypoints.shop.folder import read_toml, shop_folder, shown
from registration.entrypoints.shop.texts import NO_LOCALE, flat, is_known

_FILES = ("brand.toml", "fields.toml", "legal.toml")


def unread() -> Iterator[str]:
    """Yield each file that nothing reads, but for notes, and each folder that is no locale."""
    folder = shop_folder()
    named = {normpath(str(value)) for _, value in flat(read_toml(folder / "brand.toml"))}
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if any(part.startswith(".") for part in place.parts):
            continue
        if path.is_dir():
            if place.parts[0] == "texts" and len(place.parts) > 1 and not is_known(path.name):
                yield f"{shown(path)}: {path.name} {NO_LOCALE}"
        elif place.as_posix() not in named and (wrong := _misnamed(place)) is not None:
            yield f"{shown(path)}: nothing reads this file.{wrong}"


def _misnamed(place: PurePath) -> str | None:
    """Return the name that was perhaps meant; ``None`` if the file is read or a note."""
    match place.parts:
        case (_,):
            known: tuple[str, ...] = _FILES
        case ("texts", locale, _) if is_known(locale):
            known = (
                place.name if place.suffix == ".toml" else f"{place.name.partition('.')[0]}.toml",
            )
        case _:
            known = ()
    is_note = place.suffix in {"", ".md", ".txt"} and ".toml" not in place.name
    if place.name in known or is_note:
        return None
    near = get_close_matches(place.name.lower(), known, n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
