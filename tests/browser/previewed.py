"""The preview in a browser, without its server."""

from playwright.sync_api import Page, Route

from local.preview.site import Preview

ORIGIN = "https://preview.example"


def show_preview(page: Page) -> None:
    """Answer each request of a page with the preview of the shop's folder."""
    preview = Preview()

    def answer(route: Route) -> None:
        found = preview.answer(route.request.url.removeprefix(ORIGIN))
        headers = {"content-type": found.media_type, "content-security-policy": found.policy}
        route.fulfill(status=found.status, headers=headers, body=found.body)

    page.route("**/*", answer)
