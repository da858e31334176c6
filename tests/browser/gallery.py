"""A picture of every page, for a review: large and small, light and dark, in both languages.

Usage: python -m tests.browser.gallery FOLDER

Starts a local cloud of its own. `index.html` in the folder shows all pictures on one page.
"""

import html
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from local import browser as installed
from local.cloud import running_cloud
from tests.browser.places import PLACES, Place
from tests.browser.stage import Stage
from tests.browser.visitors import DESKTOP, HEIGHTS, PHONE, Visitors

LOCALES = ("en-US", "de-DE")
SIZES = (DESKTOP, PHONE)
SCHEMES = ("light", "dark")
SHOP = "Hawthorn & Finch"

INDEX = """<!doctype html>
<meta charset="utf-8">
<title>Every page</title>
<style>
body {{ margin: 2rem; font: 1rem/1.5 system-ui, sans-serif; color: #222; background: #bbb; }}
div {{ display: flex; gap: 1rem; align-items: flex-start; overflow-x: auto; }}
img {{ height: 26rem; box-shadow: 0 2px 8px #0004; }}
</style>
{body}
"""


def main(folder: Path) -> int:
    """Take all pictures; return the exit status, 1 if a page had errors."""
    folder.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []
    with running_cloud({"ShopName": SHOP}) as cloud, sync_playwright() as playwright:
        browser = installed.launch(playwright, installed.path())
        visitors = Visitors(browser, cloud)
        stage = Stage(cloud)
        for place, locale in product(PLACES, LOCALES):
            page = visitors(locale=locale)
            try:
                place.reach(page, stage)
                _take_pictures(page, folder, place, locale)
            except (Error, AssertionError) as error:
                failures.append(f"{place.name} ({locale}): {error}")
            page.context.close()
        browser.close()
    (folder / "index.html").write_text(INDEX.format(body="\n".join(_index())), "utf-8")
    failures += visitors.complaints
    print("\n".join([*failures, f"Pictures of {len(PLACES)} pages: {folder / 'index.html'}"]))
    return 1 if failures else 0


def _take_pictures(page: Page, folder: Path, place: Place, locale: str) -> None:
    for width, scheme in product(SIZES, SCHEMES):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.screenshot(path=folder / _picture(place, locale, scheme, width), full_page=True)


def _picture(place: Place, locale: str, scheme: str, width: int) -> str:
    return f"{place.name}.{locale[:2]}.{scheme}.{width}.png"


def _index() -> Iterator[str]:
    for place in PLACES:
        yield f"<h2>{html.escape(place.name)}</h2><div>"
        for locale, width, scheme in product(LOCALES, SIZES, SCHEMES):
            picture = _picture(place, locale, scheme, width)
            yield f'<a href="{picture}"><img src="{picture}" alt="{picture}" loading="lazy"></a>'
        yield "</div>"


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1])))
