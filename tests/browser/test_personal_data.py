"""Downloading one's own data: the page stays, so its form can be sent again."""

import json

import pytest

from tests.browser.axe import assert_accessible
from tests.browser.people import log_in
from tests.browser.stage import Stage
from tests.browser.visitors import Visitors


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_file_is_downloaded_as_often_as_one_likes(
    visit: Visitors, stage: Stage, scripts: bool
) -> None:
    desk, person = visit(scripts=scripts), stage.customer
    desk.goto("/login")
    log_in(desk, person)
    desk.get_by_role("link", name="My data").click()

    for _ in range(2):
        desk.locator("main [name=password]").fill(person.password)
        with desk.expect_download() as download:
            desk.get_by_role("button", name="Download my data").click()

        assert download.value.suggested_filename == "my-data.json"
        assert json.loads(download.value.path().read_text("utf-8"))["email"] == person.email
    if scripts:
        assert_accessible(desk)
