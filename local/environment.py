"""Creates a virtual environment from a requirements file, unless it exists already.

Usage: environment.py FOLDER REQUIREMENTS [--editable]

The Makefile runs it with the bare interpreter, so it needs only the standard library. If the
requirements change, the environment is created anew: a left-over package would hide that it is
no longer required.
"""

import fcntl
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

_PIP = ("-m", "pip", "--disable-pip-version-check", "install", "-qq", "--no-deps", "--no-compile")


def main(folder: Path, requirements: Path, *options: str) -> None:
    """Create the environment; the file `installed` in it records its requirements."""
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
            venv.create(folder, clear=True, with_pip=True)
            python = folder / "bin" / "python"
            # Do not resolve dependencies: the file lists every package, version and hash.
            _run(python, *_PIP, "--require-hashes", "--requirement", str(requirements))
            if "--editable" in options:
                _run(python, *_PIP, "--no-build-isolation", "--editable", ".")
        # Write it even if it is unchanged, because make compares its date.
        stamp.write_text(made_from)


def _run(*command: str | Path) -> None:
    result = subprocess.run(command, check=False)
    if result.returncode != 0:
        sys.exit(f"This failed: {' '.join(map(str, command))}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
