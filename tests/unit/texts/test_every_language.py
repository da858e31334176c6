"""Every page and mail, in all our languages, and in two that only tests have."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from registration.domain.links import Purpose
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.locales import direction, language_tag, our_locales
from registration.entrypoints.rendering.look import asset
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.rendering.times import day, moment, short_moment, span
from tests.support.every_page import EVERY_PAGE, WRITER, Outline
from tests.support.factories import NOW, a_mail
from tests.support.markup import Markup
from tests.support.shops.gaps import gaps_in
from tests.support.shops.texts import LONGER, RIGHT_TO_LEFT, a_shop, pseudo_languages

BERLIN = ZoneInfo("Europe/Berlin")
MAILS = MailRenderer(
    "Hawthorn & Finch",
    "en_US",
    dict.fromkeys(Purpose, timedelta(hours=48)),
    lambda: NOW,
    replies=True,
)


@pytest.fixture(params=[*our_locales(), LONGER, RIGHT_TO_LEFT])
def locale(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with a_shop(tmp_path, pseudo_languages()):
        yield request.param


def test_every_page_is_whole(locale: str) -> None:
    for name, page in EVERY_PAGE.items():
        html = page(locale)
        outline = Outline(html)

        assert gaps_in(outline.text, locale) == [], name
        said = {"lang": language_tag(locale), "dir": direction(locale)}
        assert outline.all("html") == [said], name


@pytest.mark.parametrize("kind", MailKind)
def test_every_mail_is_whole(kind: MailKind, locale: str) -> None:
    since = NOW if kind is MailKind.QUIET_ADDRESS else None
    mail = a_mail(kind=kind, locale=locale, quiet_since=since)

    written = MAILS(mail, "https://shop.example/a", "12345678", "https://shop.example/b")

    html = Markup.of(written.html)
    for shown in (written.subject, written.text, html.words):
        assert gaps_in(shown, locale) == []
    turned = [element.get("dir") for element in html.elements() if element.get("dir")]
    assert turned == [direction(locale)] * 2
    sides = set(re.findall(r"text-align: (left|right)", written.html))
    assert sides == {"right" if direction(locale) == "rtl" else "left"}


@pytest.mark.parametrize("name", ["style.css", "back_office/style.css"])
def test_styles_know_no_left_and_no_right(name: str) -> None:
    style = re.sub(r"/\*.*?\*/", "", asset(name), flags=re.DOTALL)

    sides = r"\n\s*(?:[\w-]+-)?(?:left|right)\s*:.*|text-align: (?:left|right)|float: .*"
    assert re.findall(sides, style) == []
    plain = re.sub(r"\([^()]*\)", "", style)
    four = re.findall(r"(?:padding|margin|inset): (\S+) (\S+) (\S+) ([^\s;]+);", plain)
    assert [each for each in four if each[1] != each[3]] == []


def test_the_pseudo_language_is_40_percent_longer(tmp_path: Path) -> None:
    with a_shop(tmp_path, pseudo_languages()):
        longer, english = (sum(map(len, texts(name).values())) for name in (LONGER, "en_US"))
    assert longer > english * 1.35


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en_US", ["November 22, 2026", "Nov 22, 2026, 12:00 UTC", "2 days", "23 hours"]),
        ("de_DE", ["22. November 2026", "22.11.2026, 12:00 UTC", "2 Tage", "23 Stunden"]),
        ("fr_FR", ["22 novembre 2026", "22 nov. 2026, 12:00 UTC", "2 jours", "23 heures"]),
        ("es_ES", ["22 de noviembre de 2026", "22 nov 2026, 12:00 UTC", "2 días", "23 horas"]),
        ("it_IT", ["22 novembre 2026", "22 nov 2026, 12:00 UTC", "2 giorni", "23 ore"]),
        ("nl_NL", ["22 november 2026", "22 nov 2026, 12:00 UTC", "2 dagen", "23 uur"]),
        ("pl_PL", ["22 listopada 2026", "22 lis 2026, 12:00 UTC", "2 dni", "23 godziny"]),
    ],
)
def test_times_are_told_as_in_the_language(locale: str, said: list[str]) -> None:
    # In French a number stays with its unit.
    spans = [span(timedelta(hours=n), locale).replace("\xa0", " ") for n in (48, 23)]

    assert [day(NOW, locale), short_moment(NOW, locale), *spans] == said
    assert "13:00" in moment(NOW, BERLIN, locale)
    assert "(Europe/Berlin)" in moment(NOW, BERLIN, locale)


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("en_US", ["0 items", "1 item", "2 items", "5 items", "22 items", "112 items"]),
        ("fr_FR", ["0 article", "1 article", "2 articles", "5 articles", "22 articles"]),
        ("pl_PL", ["0 produktów", "1 produkt", "2 produkty", "5 produktów", "22 produkty"]),
        ("de_DE", ["0 Artikel", "1 Artikel", "2 Artikel"]),
        ("es_ES", ["0 artículos", "1 artículo", "2 artículos"]),
        ("it_IT", ["0 articoli", "1 articolo", "2 articoli"]),
        ("nl_NL", ["0 artikelen", "1 artikel", "2 artikelen"]),
    ],
)
def test_counts_are_told_in_the_forms_of_the_language(locale: str, said: list[str]) -> None:
    counts = [int(each.split()[0]) for each in said]

    told = [WRITER.say(locale, "account_carts.items", count=count) for count in counts]

    assert told == said
    assert WRITER.say("pl_PL", "account_carts.items", count=1.5) == "1.5 produktu"
    assert WRITER.say("pl_PL", "account_carts.items", count=112) == "112 produktów"
