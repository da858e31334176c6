"""Creates a virtual environment from a requirements file, unless it exists already.

Usage: environment.py FOLDER REQUIREMENTS [--editable]

The Makefile runs it with the bare interpreter, so it needs only the standard library. If the
requirements change, the environment is created anew: a left-over package would hide that it is
no longer required.

What installs is uv, which takes a twentieth of pip's work and which pip installs beforehand. Where
uv fails pip has its try: it knows settings of the machine that uv does not read, such as an index
in ``pip.conf`` (https://docs.astral.sh/uv/pip/compatibility/).
"""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

# Do not resolve dependencies: the files list every package, version and hash.
_EXACTLY = ("--no-deps", "--require-hashes", "--requirement")
_EDITABLE = ("--no-deps", "--no-build-isolation", "--editable", ".")
_INSTALLER = Path(__file__).resolve().parents[1] / ".build" / "installer"


def main(folder: Path, requirements: Path, *options: str) -> None:
    """Create the environment; the file `installed` in it records its requirements."""
    _make(_INSTALLER, Path("requirements/installer.txt"))
    _make(folder.resolve(), requirements, *options)


def _make(folder: Path, requirements: Path, *options: str) -> None:
    stamp = folder / "installed"
    made_from = hashlib.sha256(
        f"{sys.version} {options}".encode() + requirements.read_bytes()
    ).hexdigest()
    locks = Path(".build")
    locks.mkdir(exist_ok=True)
    # Two concurrent makes would destroy each other's environment.
    with (locks / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != made_from:
            print(f"Installing {requirements} ...", flush=True)
            stamp.unlink(missing_ok=True)
            venv.create(folder, clear=True, with_pip=folder == _INSTALLER)
            _install(folder, *_EXACTLY, str(requirements))
            if "--editable" in options:
                _install(folder, *_EDITABLE)
        # Write it even if it is unchanged, because make compares its date.
        stamp.write_text(made_from)


def _install(folder: Path, *what: str) -> None:
    python = str(folder / "bin" / "python")
    installing = ("pip", "install", "--quiet", "--system-certs", "--python", python)
    uv = (str(_INSTALLER / "bin" / "uv"), *installing)
    if folder != _INSTALLER and subprocess.run((*uv, *what), check=False).returncode == 0:
        return
    pip = (str(_INSTALLER / "bin" / "python"), "-m", "pip", "--python", python, "install")
    command = (*pip, "-qq", "--disable-pip-version-check", "--no-compile", *what)
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"This failed: {' '.join(command)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
