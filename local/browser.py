"""Finds or installs a Chromium for the tests of the pages.

Usage: python -m local.browser

`make .build/browser` runs it and writes the path to that file. It takes the first of these:

1. the browser in the variable CHROMIUM;
2. an installed headless shell: Chromium without its window, in which a new visitor costs 0.3
   seconds of CPU instead of 1.2;
3. as root (a container, CI), Debian's package of that shell;
4. an installed complete browser;
5. Debian's package of either, if it can be installed without a password;
6. Playwright's own build.

The browser has to start: on some systems `chromium-browser` only prints how to install one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Error, Playwright, sync_playwright

from local.package import BUILD

PATH_FILE = BUILD / "browser"
ARGUMENTS = [
    "--no-sandbox",  # the pages are ours, and a container's root has no sandbox
    # No request can leave this machine, not even one of the browser's own.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]

_SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
_NAMES = (*_SHELLS, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FOLDERS = ("/usr/bin", "/usr/local/bin", "/snap/bin", "/opt/google/chrome")
_APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_PACKAGES = ("chromium-headless-shell", "chromium")
_FONTS = "fonts-liberation"
_MOST_SECONDS = 900


class BrowserError(Exception):
    """No browser is available."""


def launch(playwright: Playwright, path: str) -> Browser:
    """Start a headless browser."""
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)


def path() -> str:
    """Return the path of the browser: CHROMIUM, or the one that `make .build/browser` found.

    Raises
    ------
    BrowserError
        There is none yet, or it was removed.
    """
    known = os.environ.get("CHROMIUM") or (PATH_FILE.exists() and PATH_FILE.read_text().strip())
    if not known:
        raise BrowserError("There is no browser for the tests yet: run `make .build/browser`.")
    if not Path(known).is_file():
        raise BrowserError(f"There is no browser at {known}.")
    return known


def main() -> int:
    """Find or install a browser, and write its path to the file; return the exit status."""
    try:
        if not _is_known():
            with sync_playwright() as playwright:
                found = _found(playwright)
                if not found or (not _is_shell(found) and _may_install()):
                    found = _installed(playwright, found)
            BUILD.mkdir(exist_ok=True)
            PATH_FILE.write_text(f"{found}\n")
            print(f"Browser for the tests of the pages: {found}")
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _is_known() -> bool:
    """Whether the browser is known already, because it was found before or is given."""
    try:
        path()
    except BrowserError:
        if os.environ.get("CHROMIUM"):
            raise
        return False
    return True


def _found(playwright: Playwright) -> str | None:
    """Return the first browser on this machine that starts."""
    return next((path for path in _candidates(playwright) if not _refusal(playwright, path)), None)


def _is_shell(path: str) -> bool:
    return Path(path).name in _SHELLS


def _may_install() -> bool:
    """Whether installing a package affects nobody: in a container, or in CI."""
    return os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _candidates(playwright: Playwright) -> Iterator[str]:
    folders = os.pathsep.join([os.environ.get("PATH", os.defpath), *_FOLDERS])
    on_path = (shutil.which(name, path=folders) for name in _NAMES)
    elsewhere = (*_APPLICATIONS, playwright.chromium.executable_path)
    yield from filter(None, on_path)
    yield from (place for place in elsewhere if Path(place).is_file())


def _refusal(playwright: Playwright, path: str) -> str:
    """Return why a browser does not start, or an empty text if it does."""
    try:
        launch(playwright, path).close()
    except Error as error:
        return error.message
    return ""


def _installed(playwright: Playwright, instead: str | None = None) -> str:
    """Install a browser in the first way that works, and return its path.

    ``instead`` is one that is here already, and good enough where no package can be installed.
    """
    failures = []
    ways: list[tuple[str, Callable[[], str]]] = [
        *((f"Debian's package {name}", partial(_install_package, name)) for name in _PACKAGES),
        ("Playwright's Chromium", _install_playwrights),
    ]
    for name, install in ways:
        print(f"Installing {name} for the tests of the pages ...", flush=True)
        failure = install()
        if not failure:
            if found := _found(playwright):
                return found
            failure = "It was installed, but does not start."
        if instead:
            return instead
        failures.append(f"{name}: {failure}")
    raise BrowserError(
        "\nNo browser for the tests of the pages could be found or installed.\n\n"
        + "\n\n".join(failures)
        + "\n\nInstall Chromium or Chrome, or say where it is: make test CHROMIUM=/path/to/it.\n"
        "All other tests run without it: .venv/bin/python -m pytest -m 'not browser'"
    )


def _install_package(name: str) -> str:
    if not shutil.which("apt-get"):
        return "there is no apt-get here."
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and (not shutil.which("sudo") or _failure([*as_root, "true"])):
        return "it takes root, or sudo without a password."
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    # An old package list may suffice if a new one is unavailable. So report this failure only
    # together with that of the installation.
    stale = _failure([*apt, "update"])
    failure = _failure([*apt, "install", "--yes", "--no-install-recommends", name, _FONTS])
    return "\n".join(filter(None, (stale, failure))) if failure else ""


def _install_playwrights() -> str:
    # Installing its system dependencies needs root.
    with_system = ["--with-deps"] if os.geteuid() == 0 else []
    return _failure([sys.executable, "-m", "playwright", "install", *with_system, "chromium"])


def _failure(command: list[str]) -> str:
    """Run a command; return the end of its output if it failed."""
    run = partial(subprocess.run, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    try:
        done = run(command, timeout=_MOST_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"{' '.join(command)} took longer than {_MOST_SECONDS} seconds."
    said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
    return f"{' '.join(command)} failed:\n{said}" if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
