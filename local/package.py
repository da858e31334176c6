"""Packages the layer and the functions for the deployment.

`deploy.layer` builds the layer for the interpreter that runs the functions here. In each cloud's
copy, and only there, `local/function_clock.py` replaces the functions' clock::

    .build/layer/local/imports.key        the layer and functions that last passed the check
"""

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
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


def layer(folder: Path) -> bytes:
    """Copy the layer to a folder, and return a layer, as a zip file, that leads there.

    The emulator unpacks a layer anew for each process of a function. Of some thousand files that
    takes longer than all the rest of a cold start, and several at once hold up one another and each
    request. So what it unpacks is one line, for a folder that Python searches for such
    (https://docs.python.org/3/library/site.html).
    """
    with _built() as built:
        with_local_clock(built.python, folder)
    leads = f"import sys; sys.path.insert(0, {str(folder)!r})"
    return _zipped({"python/lib/python3/site-packages/layer.pth": leads.encode()})


def build() -> None:
    """Build what is missing in the layer."""
    with _built():
        pass


@contextmanager
def _built() -> Iterator[layers.Layer]:
    try:
        with layers.built(_TARGET) as built:
            yield built
    except layers.LayerError as error:
        raise PackageError(str(error)) from error


def with_local_clock(python: Path, folder: Path) -> None:
    """Copy a layer's `python/` to a folder, with the clock that the local cloud moves on."""
    shutil.copytree(python, folder)
    # Bytecode of a layer is never compared with its source.
    Path(cache_from_source(str(folder / _CLOCK))).unlink(missing_ok=True)
    shutil.copyfile(_LOCAL_CLOCK, folder / _CLOCK)


def function(folder: Path) -> bytes:
    """Return a function's folder as a zip file."""
    if not folder.is_dir():
        raise PackageError(f"template.yaml has a function whose folder does not exist: {folder}")
    return _zipped({str(file.relative_to(folder)): file.read_bytes() for file in files(folder)})


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


def _zipped(content: Mapping[str, bytes]) -> bytes:
    """Zip files by their names, reproducibly: the same files give the same bytes."""
    zipped = io.BytesIO()
    # Stored, not deflated, because it is unpacked more often than it is sent.
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_STORED) as archive:
        for name, data in content.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return zipped.getvalue()


if __name__ == "__main__":
    build()
