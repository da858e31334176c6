"""Builds the layer: its libraries, the service's own package, and their bytecode.

For AWS, `layers/common/Makefile` runs this file when `sam build` builds the layer::

    layer.py python3.13-arm64 FOLDER

It runs with the bare interpreter, so it needs only the standard library. It also builds the layer
of the local cloud, for the interpreter that runs the functions there. The slow steps are cached, so
that a change of the sources installs nothing::

    .build/layer/<target>/python/           the layer's content
    .build/layer/<target>/libraries.key     the key of its libraries
    .build/layer/<target>/sources.key       the key of the service's own package and of the shop

The shop's folder is `shop/`, or the one that SHOP_FOLDER names; the layer has it in the package.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "layers" / "common" / "src"
BUILD = ROOT / ".build"
_INSTALLER = BUILD / "installer"

# The folder to which Lambda unpacks a layer; tracebacks name the files there.
# https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html
_ON_LAMBDA = "/opt/python"

# The newest glibc that a wheel may require: 2.26 on Amazon Linux 2, for python3.11, and 2.34 on
# Amazon Linux 2023, for all later runtimes.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html
# https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
_GLIBC_OF_PYTHON_3_11 = 26
_GLIBC = 34
_OLDEST_GLIBC = 17
_MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}


# What no code of the service loads, by patterns in the folder of the libraries.
_POWERTOOLS = (
    "auth_alpha batch circuit_breaker data_masking feature_flags idempotency kafka metadata"
)
_POWERTOOLS += " parameters parser serialization streaming validation"
_UNUSED = (
    *(f"aws_lambda_powertools/utilities/{name}" for name in _POWERTOOLS.split()),
    "aws_lambda_powertools/event_handler/openapi/swagger_ui/*.[jc]s*",  # we serve a page of our own
    "babel/messages",  # catalogues: texts are TOML here
    "boto3/data/*",  # resources, and the service has clients alone
    "boto3/examples",
    "botocore/data/*/*/examples-1.json",
    "cffi",  # builds what argon2-cffi-bindings and its own library bring ready to use
    "dateutil/zoneinfo/*.tar.gz",  # time zones: the system has them
    "dns",  # e-mail addresses are checked without DNS
    "pycparser",
    "pydantic/v1",
    "urllib3/contrib/emscripten",
    "pydantic/mypy.py",
)
# The AWS services with botocore's clients in registration/adapters/clients.py, of 440 that it
# knows, and what endpoints call them.
_SERVICES = frozenset({"lambda", "s3", "sesv2", "sqs"})
_ENDPOINTS = ("email", "lambda", "s3", "sqs")


class LayerError(Exception):
    """The layer cannot be built."""


@dataclass(frozen=True)
class Target:
    """The target of a layer.

    Attributes
    ----------
    name
        The name of the build folder.
    wheels
        The installer's options to choose wheels; none for those of this interpreter.
    compiler
        An interpreter with the target's bytecode; without one the layer has no bytecode.
    by_pip
        Whether pip installs, and not uv, which is quicker.
    """

    name: str
    wheels: tuple[str, ...] = ()
    compiler: str | None = sys.executable
    by_pip: bool = False

    @property
    def folder(self) -> Path:
        """The build folder."""
        return BUILD / "layer" / self.name

    @property
    def python(self) -> Path:
        """The folder `python/` of the layer."""
        return self.folder / "python"


@dataclass(frozen=True)
class Layer:
    """A built layer: its folder, and keys that change with its content."""

    python: Path
    libraries: str
    sources: str


THIS_INTERPRETER = Target("local")


def for_lambda(runtime: str, architecture: str) -> Target:
    """Return the target for a Lambda runtime (`python3.13`) and architecture (`arm64`)."""
    found = re.fullmatch(r"python(3\.(\d+))", runtime)
    if not found or architecture not in _MACHINES:
        raise LayerError(f"Lambda has no {runtime} on {architecture}.")
    version, minor = found[1], int(found[2])
    machine = _MACHINES[architecture]
    name, compiler = f"{runtime}-{architecture}", _interpreter(version)
    if minor > 11:  # noqa: PLR2004
        platform = f"{machine}-manylinux_2_{_GLIBC}"
        chosen = ("--python-version", version, "--python-platform", platform)
        return Target(name, chosen, compiler)
    # uv cannot be told of this glibc: https://docs.astral.sh/uv/reference/cli/
    tags = [f"manylinux_2_{n}" for n in range(_GLIBC_OF_PYTHON_3_11, _OLDEST_GLIBC - 1, -1)]
    platforms = [f"--platform={tag}_{machine}" for tag in [*tags, "manylinux2014"]]
    wheels = ("--implementation", "cp", "--python-version", version, *platforms)
    return Target(name, wheels, compiler, by_pip=True)


@contextmanager
def built(target: Target) -> Iterator[Layer]:
    """Build what is missing in a target's layer, and lock it as long as the context lasts."""
    target.folder.mkdir(parents=True, exist_ok=True)
    with _locked(target.folder / "lock"):
        libraries = _install_libraries(target, SOURCES / "requirements.txt")
        sources = _lay_sources(target, SOURCES / "registration", shop_folder())
        yield Layer(target.python, libraries, sources)


def shop_folder() -> Path:
    """Return the folder of what is the shop's own."""
    folder = Path(os.environ.get("SHOP_FOLDER") or ROOT / "shop")
    if not folder.is_dir():
        raise LayerError(f"There is no folder {folder}: SHOP has to name the folder of a shop.")
    return folder


def files(folder: Path, *, with_bytecode: bool = False) -> Iterator[Path]:
    """Yield a folder's files in a fixed order, without the files that Python left there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (with_bytecode or not re.search(r"__pycache__|\.pyc$", str(path))):
            yield path


def digest(parts: Iterable[bytes]) -> str:
    """Return a key that changes with any of the parts."""
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big") + part)
    return found.hexdigest()


def _interpreter(version: str) -> str | None:
    """Return an interpreter of a version: this one, or `python3.13` on the path."""
    for candidate in (sys.executable, shutil.which(f"python{version}")):
        if candidate and _version_of(candidate) == f"cpython {version}":
            return candidate
    return None


def _version_of(interpreter: str) -> str:
    ask = "import sys; print(sys.implementation.name, '%d.%d' % sys.version_info[:2])"
    told = subprocess.run(
        [interpreter, "-I", "-S", "-c", ask], capture_output=True, text=True, check=False
    )
    return told.stdout.strip()


def _install_libraries(target: Target, requirements: Path) -> str:
    """Install the layer's libraries if necessary; return their key."""
    key = digest(
        [
            requirements.read_bytes(),
            Path(__file__).read_bytes(),
            *(option.encode() for option in target.wheels),
            *(locale.encode() for locale in _locales()),
            (_version_of(target.compiler) if target.compiler else "").encode(),
            (sys.version + sysconfig.get_platform() if not target.wheels else "").encode(),
        ]
    )
    stamp = target.folder / "libraries.key"
    if target.python.is_dir() and stamp.exists() and stamp.read_text() == key:
        return key
    stamp.unlink(missing_ok=True)
    partial = target.folder / "python.partial"
    for outdated in (partial, target.python):
        shutil.rmtree(outdated, ignore_errors=True)
    print(f"Installing the layer's libraries ({target.name}) ...", flush=True)
    installed = subprocess.run(
        [*_installer(target), "--target", str(partial), "--requirement", str(requirements)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if installed.returncode != 0:
        raise LayerError(f"Could not install {requirements.relative_to(ROOT)}:\n{installed.stderr}")
    # Commands, and file lists with the commands' hashes: they contain folders of this machine.
    shutil.rmtree(partial / "bin", ignore_errors=True)
    for record in partial.glob("*.dist-info/RECORD"):
        record.unlink()
    _keep_locales(partial / "babel" / "locale-data", _locales())
    _drop_unused(partial)
    _compile(target, partial, partial, "-o", "2")
    _replace_sources(partial)
    partial.rename(target.python)
    stamp.write_text(key)
    return key


def _installer(target: Target) -> list[str]:
    """Return the command that installs for a target, with the installers made if necessary."""
    if not (_INSTALLER / "installed").exists():
        made = ["local/environment.py", str(_INSTALLER), "requirements/installer.txt"]
        subprocess.run([sys.executable, *made], cwd=ROOT, check=True)
    # Do not resolve dependencies: the file lists every package.
    exactly = ["--no-deps", "--require-hashes", "--only-binary", ":all:"]
    wheels = target.wheels or ("--python", sys.executable)
    if not target.by_pip:
        uv = [str(_INSTALLER / "bin" / "uv"), "pip", "install", "--quiet", "--system-certs"]
        return [*uv, *exactly, *wheels]
    pip = [str(_INSTALLER / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-compile"]
    return [*pip, "--disable-pip-version-check", *exactly, *wheels]


def _locales() -> list[str]:
    """Return the locales that pages are written in, each with a folder of texts."""
    folders = (SOURCES / "registration" / "texts", shop_folder() / "texts")
    return sorted({path.name for folder in folders for path in folder.glob("*/")})


def _keep_locales(folder: Path, locales: Iterable[str]) -> None:
    """Leave out what Babel knows of all other languages: 29 of its 31 MB."""
    kept = {"root", *(locale.partition("_")[0] for locale in locales)}
    # The one parent in the CLDR with another name (Babel's `parent_exceptions`).
    kept |= {"no"} if kept & {"nb", "nn"} else set()
    for path in folder.glob("*.dat"):
        if path.stem.partition("_")[0] not in kept:
            path.unlink()


def _drop_unused(python: Path) -> None:
    """Leave out what is never loaded: two thirds of the archive."""
    for service in (python / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in _SERVICES:
            shutil.rmtree(service)
    _keep_endpoints(python / "botocore" / "data" / "endpoints.json")
    for unused in (found for pattern in _UNUSED for found in list(python.glob(pattern))):
        shutil.rmtree(unused) if unused.is_dir() else unused.unlink()


def _keep_endpoints(file: Path) -> None:
    """Leave out the endpoints of other services: reading them takes longer than making a client."""
    found = json.loads(file.read_bytes())
    for partition in found["partitions"]:
        known = partition["services"]
        partition["services"] = {name: known[name] for name in _ENDPOINTS if name in known}
    # uv's files are links to those of its cache, which other environments have, too.
    file.unlink()
    file.write_text(json.dumps(found))


def _replace_sources(python: Path) -> None:
    """Put the libraries' bytecode in the place of their sources, which is half of the archive.

    A traceback still has the names and lines. https://docs.python.org/3/library/compileall.html
    """
    for compiled in list(python.rglob("__pycache__/*.opt-2.pyc")):
        source = compiled.parent.parent / f"{compiled.name.partition('.')[0]}.py"
        compiled.rename(source.with_suffix(".pyc"))
        source.unlink()
    for emptied in list(python.rglob("__pycache__")):
        shutil.rmtree(emptied)


def _lay_sources(target: Target, package: Path, shop: Path) -> str:
    """Copy the service's own package and the shop into the layer, if changed; return the key."""
    found = {file.relative_to(package): file for file in files(package)}
    if found:
        found |= {"shop" / file.relative_to(shop): file for file in files(shop)}
    key = digest(part for name, file in found.items() for part in (bytes(name), file.read_bytes()))
    stamp = target.folder / "sources.key"
    copied = target.python / package.name
    if stamp.exists() and stamp.read_text() == key and copied.is_dir() == bool(found):
        return key
    stamp.unlink(missing_ok=True)
    shutil.rmtree(copied, ignore_errors=True)
    for name, file in found.items():
        copy = copied / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)
    done = not found or _prepare(target, copied)
    if found:
        _compile(target, copied, target.python)
    if done:  # else the next build tries again, and warns again
        stamp.write_text(key)
    return key


def _prepare(target: Target, copied: Path) -> bool:
    """Work out what is the same in each cold start, if this interpreter has what that needs.

    The layer's own libraries are those of the target, which may be another machine.
    """
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); sys.path.append(sys.argv[2])\n"
        "from pathlib import Path; from registration.entrypoints.rendering.prepare import prepare\n"
        "prepare(Path(sys.argv[3]))"
    )
    folders = [str(SOURCES), str(target.python), str(copied / "prepared")]
    environment = {**os.environ, "SHOP_FOLDER": str(shop_folder().resolve())}
    done = subprocess.run(
        [sys.executable, "-B", "-c", code, *folders],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        shutil.rmtree(copied / "prepared", ignore_errors=True)
        print(f"WARNING: each cold start takes longer, as nothing is prepared.\n{done.stderr}")
    return not done.returncode


def _compile(target: Target, folder: Path, python: Path, *options: str) -> None:
    """Compile modules ahead of time, because a layer is read-only at run time.

    The bytecode is unchecked, because the files get new dates on the way, which would invalidate
    bytecode with timestamps.
    """
    if not target.compiler:
        return
    compiler = [target.compiler, "-I", "-m", "compileall", "-q", "-j", "0"]
    compiler += ["--invalidation-mode", "unchecked-hash"]
    subprocess.run(
        [*compiler, *options, "-s", str(python), "-p", _ON_LAMBDA, str(folder)],
        check=False,  # a library may contain a module for another Python
        stdout=subprocess.DEVNULL,
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Lock the layer, so that concurrent builds wait for each other."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(name: str, artifacts: Path) -> None:
    """Build the layer for a runtime and an architecture into a folder."""
    runtime, _, architecture = name.partition("-")
    try:
        target = for_lambda(runtime, architecture)
        with built(target) as layer:
            shutil.copytree(layer.python, artifacts / "python", dirs_exist_ok=True)
    except LayerError as error:
        sys.exit(str(error))
    if not target.compiler:
        # On standard output, because `sam build` shows nothing else.
        print(
            f"WARNING: no {runtime} is here, so the layer has no bytecode, and each cold start "
            f"compiles it. Install {runtime}, or choose the Runtime of a Python that is here."
        )


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
