"""Checks accessibility with the rules of axe-core, as far as a program can."""

from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

WCAG_2_2_AA = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa")
GOOD_PRACTICE = "best-practice"


def assert_accessible(page: Page, *tags: str) -> None:
    """Fail with each violation: the rule, the place, and how to fix it.

    Parameters
    ----------
    page
        The page in its current state.
    tags
        Groups of axe's rules; by default WCAG 2.2 AA and good practice.
    """
    # Evaluated through the debugger, to which the page's content security policy does not apply.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    options = {"runOnly": tags or (*WCAG_2_2_AA, GOOD_PRACTICE), "resultTypes": ["violations"]}
    found = page.evaluate("options => axe.run(document, options)", options)
    told = "\n".join(_tell(violation) for violation in found["violations"])
    assert not told, f"{page.url} is not accessible:\n{told}"


@cache
def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def _tell(violation: dict[str, Any]) -> str:
    lines = [f"\n{violation['id']} ({violation['impact']}): {violation['help']}"]
    for node in violation["nodes"]:
        lines.append(f"  at {' '.join(map(str, node['target']))}: {node['html']}")
        reason = node["failureSummary"].partition("\n")[2]
        lines += [f"    {line.strip()}" for line in reason.splitlines()]
    return "\n".join(lines)
