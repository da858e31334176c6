"""A user without a mouse."""

from typing import Any

from playwright.sync_api import Page

_MOST_STEPS = 60

# The browser scrolls to the focused element by its next frame.
_FOCUSED = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
    const element = document.activeElement;
    const labels = [...(element.labels || [])];
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    const onTop = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return {
        tag: element.localName,
        id: element.id,
        text: (labels[0] || element).innerText.trim(),
        outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
        inView: onTop !== null && box.width > 0,
        onTop: [element, ...labels].some(one => one.contains(onTop)),
    };
}"""


class Keyboard:
    """Moves from control to control, and checks that the focus is visible at each step."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._keys = page.keyboard

    def tab_to(self, text: str) -> None:
        """Press Tab until the control with a text or label has the focus."""
        passed = []
        for _ in range(_MOST_STEPS):
            focused = self.step()
            if focused["text"] == text:
                return
            passed.append(focused["text"].partition("\n")[0])
        raise AssertionError(f"No way to {text!r}; passed {passed}")

    def step(self) -> dict[str, Any]:
        """Press Tab, and return the focused element, which must be visible."""
        self._keys.press("Tab")
        focused: dict[str, Any] = self._page.evaluate(_FOCUSED)
        if focused["tag"] != "body":
            assert focused["outline"] >= 2, f"no sign of the focus: {focused}"
            assert focused["inView"], f"out of sight: {focused}"
            assert focused["onTop"], f"covered: {focused}"
        return focused

    def type(self, label: str, text: str) -> None:
        """Move to a field, and type."""
        self.tab_to(label)
        self._keys.type(text)

    def press(self, text: str, key: str = "Enter") -> None:
        """Move to a control, and press a key there."""
        self.tab_to(text)
        self._keys.press(key)
