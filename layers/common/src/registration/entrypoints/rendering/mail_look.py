"""The shop's look in mails: the style of each part, written into the part itself.

Many mail programs take no stylesheet, and none takes variables. Those that take one get the dark
colours from it, by class.
"""

from collections.abc import Mapping
from functools import cache

from markupsafe import Markup

from registration.entrypoints.shop.brand import brand

LOGO = "logo"
"""The content id of the logo (RFC 2392), which the mail brings along: nothing is loaded."""

_LOGO_HEIGHT, _WIDEST_LOGO = 36, 240
_MONO = "'SF Mono', Consolas, Menlo, monospace"
# The property of each class, and the colour that it has in the dark.
_DARK = {
    "paper": {"background-color": "paper"},
    "surface": {"background-color": "surface", "border-color": "line"},
    "ink": {"color": "ink"},
    "muted": {"color": "muted"},
    "line": {"border-color": "line"},
    "accent": {"color": "accent"},
    "button": {"background-color": "accent"},
    "button-ink": {"color": "accent-ink"},
}


@cache
def styles() -> Mapping[str, Markup]:
    """Return the style of each part of a mail that has a colour, a font or a radius."""
    look = brand()
    paper, surface, ink, muted, line, accent, accent_ink = (
        look.light[name]
        for name in ("paper", "surface", "ink", "muted", "line", "accent", "accent-ink")
    )
    heading, body = look.heading.mail, look.body.mail
    button_radius = round(look.radius * 0.625)
    parts = {
        "page": f"margin: 0; padding: 0; background-color: {paper};",
        "paper": f"width: 100%; border-spacing: 0; background-color: {paper};",
        "margin": (
            f"padding: 36px 16px 44px; text-align: center; font-family: {body}; font-size: 16px; "
            "line-height: 1.55; word-break: break-word; overflow-wrap: anywhere;"
        ),
        "initial": (
            f"width: 36px; height: 36px; border-radius: 18px; background-color: {accent}; "
            f"color: {accent_ink}; font-family: {heading}; font-size: 18px; font-weight: 600; "
            "line-height: 36px; text-align: center;"
        ),
        "name": (
            f"vertical-align: middle; color: {ink}; font-family: {heading}; font-size: 20px; "
            "font-weight: 600; line-height: 1.25;"
        ),
        "card": (
            f"padding: 40px 40px 32px; border: 1px solid {line}; border-radius: {look.radius}px; "
            f"background-color: {surface};"
        ),
        "heading": (
            f"margin: 0 0 20px; color: {ink}; font-family: {heading}; font-size: 30px; "
            "font-weight: 600; line-height: 1.2;"
        ),
        "paragraph": f"margin: 0 0 12px; color: {ink};",
        "message": f"margin: 0 0 28px; color: {ink};",
        "before_code": f"margin: 0 0 4px; color: {ink};",
        "code": (
            f"margin: 0 0 28px; color: {ink}; font-family: {_MONO}; font-size: 30px; "
            "font-weight: 600; letter-spacing: 2px; line-height: 1.3; white-space: nowrap;"
        ),
        "button": (
            f"padding: 0; border-radius: {button_radius}px; background-color: {accent}; "
            "text-align: center; mso-padding-alt: 14px 28px;"
        ),
        "button_link": (
            f"display: block; padding: 14px 28px; border-radius: {button_radius}px; "
            f"color: {accent_ink}; font-weight: 600; line-height: 1.4; text-decoration: none;"
        ),
        "small": f"margin: 20px 0 0; color: {ink}; font-size: 14px;",
        "aside": f"margin: 24px 0 2px; color: {muted}; font-size: 14px;",
        "link": f"color: {accent};",
        "reasons": (
            f"padding: 20px 0 0; border-top: 1px solid {line}; color: {muted}; font-size: 14px;"
        ),
        "footer": (
            f"padding: 22px 12px 0; color: {muted}; font-size: 13px; line-height: 1.6; "
            "text-align: center;"
        ),
        "footer_link": f"color: {muted};",
    }
    return {part: Markup(style) for part, style in parts.items()}  # noqa: S704 - checked values


@cache
def dark_rules() -> Markup:
    """Return the stylesheet's rules for dark colours, a line each."""
    colours = brand().dark
    rules = (
        f"  .{name} {{ "
        + " ".join(f"{each}: {colours[colour]} !important;" for each, colour in properties.items())
        + " }"
        for name, properties in _DARK.items()
    )
    return Markup("\n".join(rules))  # noqa: S704 - checked values


def logo_size() -> tuple[int, int]:
    """Return width and height of the logo in a mail: Outlook keeps to attributes alone."""
    logo = brand().mail_logo
    if logo is None:
        return 0, 0
    width, height = logo.size
    height_shown = min(_LOGO_HEIGHT, _WIDEST_LOGO * height / width)
    return round(height_shown * width / height), round(height_shown)
