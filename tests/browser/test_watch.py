"""The watch over all pages reports problems: otherwise its silence would mean nothing."""

import pytest

from tests.browser.visitors import Visitors


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ('<img src="http://elsewhere.example/seen.png">', "request to elsewhere.example"),
        ("<script>nonsense()</script>", "nonsense is not defined"),
        ("<script>console.error('broken')</script>", "console: broken"),
        ('<img src="{url}/gone.png">', "404: "),
    ],
    ids=["another host", "an error of a script", "an error told", "what is not there"],
)
def test_problems_are_noticed(visit: Visitors, body: str, complaint: str) -> None:
    page = visit()

    page.goto("/_local/mails")
    page.set_content(body.format(url=page.url.partition("/_local")[0]))
    page.wait_for_load_state("networkidle")

    assert visit.forgive(complaint)
    visit.forgive("ERR_NAME_NOT_RESOLVED")


def test_no_request_leaves_this_machine(visit: Visitors) -> None:
    page = visit()

    answer = page.evaluate("fetch('https://elsewhere.example/').catch(error => 'nothing')")

    assert answer == "nothing"
    assert visit.forgive("request to elsewhere.example")
    visit.forgive("console: ")
