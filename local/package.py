"""Packages the layer and the functions for the deployment, as zip files in memory.

`deploy.layer` builds the layer for the interpreter that runs the functions here. In the archive,
and only there, `local/function_clock.py` replaces the functions' clock::

    .build/layer/local/layer-<key>.zip    the archive with this content
    .build/layer/local/imports.key        the layer and functions that last passed the check
"""

import io
import subprocess
import sys
import zipfile
from collections.abc import Collection, Mapping
from importlib.util import cache_from_source
from pathlib import Path

from deploy import layer as layers
from deploy.layer import digest, files

ROOT = layers.ROOT
BUILD = layers.BUILD
LAYER_SOURCES = layers.SOURCES
_TARGET = layers.THIS_INTERPRETER
_CLOCK = Path("registration", "entrypoints", "clock.py")
_LOCAL_CLOCK = Path(__file__).with_name("function_clock.py")

_EPOCH = (1980, 1, 1, 0, 0, 0)


class PackageError(Exception):
    """The package cannot be built, or is incomplete."""


def layer() -> bytes:
    """Build what is missing in the layer, and return the layer as a zip file."""
    try:
        with layers.built(_TARGET) as built:
            keys = (built.libraries, built.sources, digest([_LOCAL_CLOCK.read_bytes()]))
            archive = _TARGET.folder / f"layer-{'-'.join(key[:16] for key in keys)}.zip"
            if not archive.exists():
                partial = archive.with_suffix(".partial")
                partial.write_bytes(with_local_clock(built.python))
                partial.rename(archive)
                # Only now: a cloud with another shop may look for one at this moment.
                for other in set(_TARGET.folder.glob("layer-*")) - {archive}:
                    other.unlink()
            return archive.read_bytes()
    except layers.LayerError as error:
        raise PackageError(str(error)) from error


def with_local_clock(python: Path) -> bytes:
    """Return a layer's folder as a zip file, with the clock that the local cloud moves on."""
    content = {file.relative_to(python): file for file in files(python, with_bytecode=True)}
    # Bytecode of a layer is never compared with its source.
    content.pop(Path(cache_from_source(str(_CLOCK))), None)
    return _zipped(
        {Path("python", name): file for name, file in content.items()}
        | {"python" / _CLOCK: _LOCAL_CLOCK}
    )


def function(folder: Path) -> bytes:
    """Return a function's folder as a zip file."""
    if not folder.is_dir():
        raise PackageError(f"template.yaml has a function whose folder does not exist: {folder}")
    return _zipped({file.relative_to(folder): file for file in files(folder)})


def check_imports(handlers: Collection[tuple[Path, str]]) -> bool:
    """Import each function's handler with the layer and the standard library alone, once.

    In the emulator functions can also import the emulator's own packages, which would hide that
    the layer lacks a library.

    Parameters
    ----------
    handlers
        The folder of each function, and its handler, such as `handler.lambda_handler`.

    Returns
    -------
    bool
        Whether there was something new to check.

    Raises
    ------
    PackageError
        The functions that cannot be imported, and why.
    """
    parts = [part for folder, handler in sorted(handlers) for part in (handler, function(folder))]
    # Locked: another command may lay the layer anew meanwhile, with another shop's folder. A shop's
    # folder has nothing to import.
    with layers.built(_TARGET) as built:
        parts += [built.libraries, function(LAYER_SOURCES)]
        key = digest(part.encode() if isinstance(part, str) else part for part in parts)
        stamp = _TARGET.folder / "imports.key"
        if stamp.exists() and stamp.read_text() == key:
            return False
        _import_each(handlers)
        stamp.write_text(key)
    return True


def _import_each(handlers: Collection[tuple[Path, str]]) -> None:
    probe = (
        "import importlib, sys; sys.path[:0] = sys.argv[1:3]; "
        "getattr(importlib.import_module(sys.argv[3]), sys.argv[4])"
    )
    alone = [sys.executable, "-I", "-S", "-B", "-c", probe, str(_TARGET.python)]
    running = [
        (
            folder,
            subprocess.Popen(
                [*alone, str(folder), *handler.rsplit(".", 1)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                env={},
            ),
        )
        for folder, handler in sorted(handlers)
    ]
    failures = []
    for folder, process in running:
        _, errors = process.communicate()
        if process.returncode != 0:
            failures.append(f"{folder}:\n{errors}")
    if failures:
        raise PackageError("These functions cannot be imported:\n\n" + "\n".join(failures))


def _zipped(content: Mapping[Path, Path]) -> bytes:
    """Zip files by their names, reproducibly: the same files give the same bytes."""
    zipped = io.BytesIO()
    # Stored, not deflated, because it is unpacked more often than it is sent.
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_STORED) as archive:
        for name, file in content.items():
            entry = zipfile.ZipInfo(name.as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return zipped.getvalue()


if __name__ == "__main__":
    layer()
