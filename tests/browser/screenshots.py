"""The pictures in the README: a shop with a few customers.

Usage: python -m tests.browser.screenshots FOLDER

Starts a local cloud of its own, on the default port of `make run` if that is free.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from local import browser as installed
from local.cloud import running_cloud
from local.emulator import is_free
from registration.entrypoints.shop.brand import brand
from tests.browser import people
from tests.browser.people import Person, fill_in_sign_up, link_in, mail_to, wait_for
from tests.browser.places import CUSTOMERS, as_member, at, first, import_list
from tests.browser.previewed import ORIGIN, show_preview
from tests.browser.stage import Stage
from tests.browser.visitors import DESKTOP, PHONE, Visitors
from tests.support.stack import ROOT

SHOP = "Hawthorn & Finch"
ATELIER = ROOT / "examples" / "shop-atelier"
PORT = 8000
LARGEST = 200_000

SONIA = Person("Sonia", "Torres", email="sonia.torres@example.com")
ANNA = Person("Anna", "Müller", email="anna.mueller@example.com")
CLARA = Person("Clara", "Jensen", email="clara.jensen@example.com")
HENRY = Person("Henry", "Fox", "Mr", "Male", email="henry.fox@example.com")
RUTH = Person("Ruth", "Okafor", "Dr", email="ruth.okafor@example.com")
IRIS = Person("Iris", "Lindqvist", email="iris.lindqvist@example.com")
ADA = Person("Ada", "Winter", email="ada.winter@hawthorn.example")
FEWEST_ROWS = 12


def sign_up(page: Page, _stage: Stage) -> None:
    """The form, filled in."""
    page.goto("/register")
    fill_in_sign_up(page, RUTH)
    page.get_by_role("heading", level=1).click()


def mailbox(page: Page, stage: Stage) -> None:
    """The mails of some customers, with the newest one open."""
    for person, locale in ((HENRY, "en_US"), (ANNA, "de_DE"), (SONIA, "en_US")):
        stage.sign_up(person, localeName=locale)
        mail_to(stage.cloud, person.email)
    page.goto("/_local/mailbox")


def an_import(page: Page, stage: Stage) -> None:
    """An import with some bad rows, in the Back Office."""
    as_member(first("tbody a", import_list))(page, stage)


def customers(page: Page, stage: Stage) -> None:
    """The customers in the Back Office: some signed up themselves, some are imported."""
    for person in (CLARA, RUTH):
        people.sign_up(page, person)
    page.goto(link_in(mail_to(stage.cloud, RUTH.email)))
    as_member(at(CUSTOMERS))(page, stage)

    def is_complete() -> bool:
        page.reload()
        verified = page.get_by_role("main").get_by_text("Verified", exact=True)
        return page.get_by_role("row").count() > FEWEST_ROWS and verified.count() > 1

    assert wait_for(is_complete)


def waiting(page: Page, _stage: Stage) -> None:
    """The page that waits where somebody has signed up."""
    people.sign_up(page, IRIS)


def link_elsewhere(page: Page, stage: Stage) -> None:
    """The page of a link on another device."""
    page.goto(link_in(mail_to(stage.cloud, SONIA.email)))


@dataclass(frozen=True)
class Shot:
    """One picture: its name, how to reach the page, and the device."""

    name: str
    reach: Callable[[Page, Stage], None]
    width: int = DESKTOP
    dark: bool = False


SHOTS = (
    Shot("sign-up", sign_up),
    Shot("mailbox", mailbox),
    Shot("confirm-phone", link_elsewhere, width=PHONE, dark=True),
    Shot("import", an_import),
    Shot("back-office", customers),
    Shot("waiting", waiting),
)
"""All pictures, in the order in which the shop gets its customers."""


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    port = PORT if is_free(PORT) else 0
    with running_cloud({"ShopName": SHOP}, port=port) as cloud, sync_playwright() as playwright:
        browser = installed.launch(playwright, installed.path())
        stage = Stage(cloud, member=ADA)
        for shot in SHOTS:
            _take(shot, folder, browser, stage)
        _take_two_shops(folder, browser)
        browser.close()


def _take_two_shops(folder: Path, browser: Browser) -> None:
    """Take the form and a mail of two shops side by side, as the preview shows them."""
    with TemporaryDirectory() as ours:
        (Path(ours) / "brand.toml").write_text(f'name = "{SHOP}"', "utf-8")
        for name, shop in {"shop": Path(ours), "atelier": ATELIER}.items():
            os.environ["SHOP_FOLDER"] = str(shop)
            for kind, sample in {"form": "register", "mail": "mail-confirm-registration"}.items():
                _take_preview(browser, sample, folder / f"{name}-{kind}.png")


def _take_preview(browser: Browser, sample: str, file: Path) -> None:
    page = browser.new_page(viewport={"width": 460, "height": 1000}, device_scale_factor=1.5)
    show_preview(page)
    page.goto(ORIGIN)  # Then the folder is read anew.
    page.goto(f"{ORIGIN}/_preview/frame/light/{brand().language}/{sample}")
    page.evaluate("document.fonts.ready")
    page.screenshot(path=file)
    page.close()
    _compress(file)
    print(f"{file}  {file.stat().st_size // 1000} kB")


def _take(shot: Shot, folder: Path, browser: Browser, stage: Stage) -> None:
    visitors = Visitors(browser, stage.cloud)
    page = visitors(width=shot.width, dark=shot.dark, scale=2)
    shot.reach(page, stage)
    page.wait_for_load_state("networkidle")
    file = folder / f"{shot.name}.png"
    page.screenshot(path=file)
    visitors.leave()
    _compress(file)
    size = file.stat().st_size
    print(f"{file}  {size // 1000} kB")
    if visitors.complaints or size > LARGEST:
        sys.exit("\n".join([*visitors.complaints, f"At most {LARGEST // 1000} kB, please."]))


def _compress(file: Path) -> None:
    """Compress a picture to a third: 256 colours are enough for these pages."""
    with Image.open(file) as picture:
        few = picture.convert("RGB").quantize(
            256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE
        )
    few.save(file, optimize=True)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))
