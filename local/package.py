"""Packs the layer and the functions as the deployment takes them: zip files in memory.

The layer's libraries are installed once per `requirements.txt` and interpreter, and our own
package is laid beside them, so that a change of our sources installs nothing::

    .build/layer/python/            what the functions find on their path
    .build/layer/libraries.key      the requirements and the Python that it was installed for
    .build/layer/layer-<key>.zip    the archive of exactly this content
    .build/layer/imports.key        the layer and functions that were last found to work together
"""

import fcntl
import hashlib
import io
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / ".build"
LAYER_SOURCES = ROOT / "layers" / "common" / "src"
_LAYER_BUILD = BUILD / "layer"
LAYER = _LAYER_BUILD / "python"

_EPOCH = (1980, 1, 1, 0, 0, 0)


class PackageError(Exception):
    """What is to be deployed cannot be packed, or does not stand on its own."""


def layer() -> bytes:
    """Install what is missing in the layer, and return the layer as a zip file."""
    _LAYER_BUILD.mkdir(parents=True, exist_ok=True)
    with _locked(BUILD / "layer.lock"):
        libraries = _install_libraries(LAYER_SOURCES / "requirements.txt")
        sources = _lay_sources(LAYER_SOURCES / "registration")
        archive = _LAYER_BUILD / f"layer-{libraries[:16]}-{sources[:16]}.zip"
        if not archive.exists():
            for outdated in _LAYER_BUILD.glob("layer-*"):
                outdated.unlink()
            partial = archive.with_suffix(".partial")
            partial.write_bytes(_zipped(LAYER, prefix="python/", with_bytecode=True))
            partial.rename(archive)
        return archive.read_bytes()


def function(folder: Path) -> bytes:
    """Return a function's folder as a zip file."""
    if not folder.is_dir():
        raise PackageError(f"template.yaml names a function's folder that is not there: {folder}")
    return _zipped(folder)


def check_imports(handlers: Collection[tuple[Path, str]]) -> bool:
    """Import each function's handler with the layer and the standard library alone, once.

    The emulator's Python lets functions see the emulator's own packages too, which would hide a
    library that the layer lacks.

    Parameters
    ----------
    handlers
        Each function's folder and its handler, as `handler.lambda_handler`.

    Returns
    -------
    bool
        Whether there was something new to check.

    Raises
    ------
    PackageError
        Naming the functions that cannot be imported, and why.
    """
    parts = [part for folder, handler in sorted(handlers) for part in (handler, function(folder))]
    archive = next(_LAYER_BUILD.glob("layer-*.zip")).name
    key = _digest(part.encode() if isinstance(part, str) else part for part in [archive, *parts])
    stamp = _LAYER_BUILD / "imports.key"
    if stamp.exists() and stamp.read_text() == key:
        return False
    probe = (
        "import importlib, sys; sys.path[:0] = sys.argv[1:3]; "
        "getattr(importlib.import_module(sys.argv[3]), sys.argv[4])"
    )
    alone = [sys.executable, "-I", "-S", "-B", "-c", probe, str(LAYER)]
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


def _install_libraries(requirements: Path) -> str:
    """Install the layer's libraries for this interpreter, if they are not; return their key."""
    key = _digest(
        [requirements.read_bytes(), sys.version.encode(), sysconfig.get_platform().encode()]
    )
    stamp = _LAYER_BUILD / "libraries.key"
    if LAYER.is_dir() and stamp.exists() and stamp.read_text() == key:
        return key
    stamp.unlink(missing_ok=True)
    partial = _LAYER_BUILD / "python.partial"
    for outdated in (partial, LAYER):
        shutil.rmtree(outdated, ignore_errors=True)
    print("Installing the layer's libraries ...", flush=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    # Without looking for dependencies: the file names every package, and pip would otherwise
    # compare them with the emulator's, which have nothing to do with them.
    exactly = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--no-compile"]
    installed = subprocess.run(
        [*pip, *exactly, "--target", str(partial), "--requirement", str(requirements)], check=False
    )
    if installed.returncode != 0:
        raise PackageError(f"pip could not install {requirements.relative_to(ROOT)} (see above).")
    shutil.rmtree(partial / "bin", ignore_errors=True)
    _compile(partial)
    partial.rename(LAYER)
    stamp.write_text(key)
    return key


def _lay_sources(package: Path) -> str:
    """Lay our own package into the layer, if it differs; return its key."""
    files = list(_files(package)) if package.is_dir() else []
    key = _digest(
        part for file in files for part in (bytes(file.relative_to(package)), file.read_bytes())
    )
    stamp = _LAYER_BUILD / "sources.key"
    target = LAYER / package.name
    if stamp.exists() and stamp.read_text() == key and target.is_dir() == bool(files):
        return key
    stamp.unlink(missing_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    for file in files:
        copy = target / file.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    if files:
        _compile(target)
    stamp.write_text(key)
    return key


def _compile(folder: Path) -> None:
    """Compile modules beforehand: the emulator unpacks the layer for each process it starts.

    Unchecked, because the unpacked files are dated anew, and dated bytecode would not count.
    """
    compiler = [sys.executable, "-m", "compileall", "-q", "-j", "0"]
    compiler += ["--invalidation-mode", "unchecked-hash"]
    subprocess.run(
        [*compiler, "-s", str(folder.parent), str(folder)],
        check=False,  # a library may carry a module for another Python
        stdout=subprocess.DEVNULL,
    )


def _zipped(folder: Path, prefix: str = "", *, with_bytecode: bool = False) -> bytes:
    """Zip a folder: the same files make the same bytes, whenever and wherever that is."""
    content = io.BytesIO()
    # Stored, not deflated: it is unpacked more often than it is sent.
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for file in _files(folder, with_bytecode=with_bytecode):
            entry = zipfile.ZipInfo(prefix + file.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())
    return content.getvalue()


def _files(folder: Path, *, with_bytecode: bool = False) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (with_bytecode or not re.search(r"__pycache__|\.pyc$", str(path))):
            yield path


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep two local clouds that start at once from building the layer at once."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    layer()
