"""Packages the layer and the functions for the deployment, as zip files in memory.

`deploy.layer` builds the layer for the interpreter that runs the functions here::

    .build/layer/local/layer-<key>.zip    the archive with exactly this content
    .build/layer/local/imports.key        the layer and functions that last passed the check
"""

import io
import subprocess
import sys
import zipfile
from collections.abc import Collection
from pathlib import Path

from deploy import layer as layers
from deploy.layer import digest, files

ROOT = layers.ROOT
BUILD = layers.BUILD
LAYER_SOURCES = layers.SOURCES
_TARGET = layers.THIS_INTERPRETER

_EPOCH = (1980, 1, 1, 0, 0, 0)


class PackageError(Exception):
    """The package cannot be built, or is incomplete."""


def layer() -> bytes:
    """Build what is missing in the layer, and return the layer as a zip file."""
    try:
        with layers.built(_TARGET) as built:
            archive = _TARGET.folder / f"layer-{built.libraries[:16]}-{built.sources[:16]}.zip"
            if not archive.exists():
                for outdated in _TARGET.folder.glob("layer-*"):
                    outdated.unlink()
                partial = archive.with_suffix(".partial")
                partial.write_bytes(_zipped(built.python, prefix="python/", with_bytecode=True))
                partial.rename(archive)
            return archive.read_bytes()
    except layers.LayerError as error:
        raise PackageError(str(error)) from error


def function(folder: Path) -> bytes:
    """Return a function's folder as a zip file."""
    if not folder.is_dir():
        raise PackageError(f"template.yaml has a function whose folder does not exist: {folder}")
    return _zipped(folder)


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
    archive = next(_TARGET.folder.glob("layer-*.zip")).name
    key = digest(part.encode() if isinstance(part, str) else part for part in [archive, *parts])
    stamp = _TARGET.folder / "imports.key"
    if stamp.exists() and stamp.read_text() == key:
        return False
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
    stamp.write_text(key)
    return True


def _zipped(folder: Path, prefix: str = "", *, with_bytecode: bool = False) -> bytes:
    """Zip a folder reproducibly: the same files give the same bytes at any time and place."""
    content = io.BytesIO()
    # Stored, not deflated, because it is unpacked more often than it is sent.
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for file in files(folder, with_bytecode=with_bytecode):
            entry = zipfile.ZipInfo(prefix + file.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return content.getvalue()


if __name__ == "__main__":
    layer()
