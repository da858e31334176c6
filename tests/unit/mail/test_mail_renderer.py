"""Every mail, in every language, as it is sent."""

import re
from datetime import timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from registration.application.ports import RenderedMail
from registration.domain.links import Purpose
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.rendering.texts import texts
from tests.support.factories import NOW, a_mail
from tests.support.markup import Markup

LINK = (
    "https://shop.example/confirm?token="
    "DE--Aa1Bb2Cc3Dd4Ee5F.token-0000000001.6a3f1c2b.Jd8sK2l0aPq9Zx7Yw3Vb5Nm1Qe4Rt6Uy8Io0Pa2Sd4F"
)
LIFETIMES = {
    Purpose.CONFIRM: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
    Purpose.INVITE_STAFF: timedelta(hours=48),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.RESTORE_EMAIL: timedelta(days=7),
    Purpose.ALLOW_MAILS: timedelta(hours=24),
}
WITH_TOKEN = [kind for kind in MailKind if a_mail(kind=kind).purpose]


def letters(**overrides: Any) -> MailRenderer:
    """Return the renderer of a shop, at the moment at which the mails are promised."""
    values: dict[str, Any] = {
        "shop_name": "Hawthorn & Finch",
        "default_locale": "en_US",
        "lifetimes": LIFETIMES,
        "clock": lambda: NOW,
    }
    return MailRenderer(**values | overrides)


LETTERS = letters()
CODED = (MailKind.CONFIRM_REGISTRATION, MailKind.RESET_PASSWORD, MailKind.CONFIRM_NEW_EMAIL)


# That all languages are whole, and are shown so, is held by snapshots and in tests/unit/texts.
@pytest.fixture(params=["en_US", "de_DE"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=MailKind)
def kind(request: pytest.FixtureRequest) -> MailKind:
    return MailKind(request.param)


@pytest.fixture
def letter(kind: MailKind, locale: str) -> RenderedMail:
    return LETTERS(a_mail(kind=kind, locale=locale), LINK)


def test_each_subject_names_the_shop_and_is_like_no_other(locale: str) -> None:
    # Their words are held by the snapshots.
    subjects = [LETTERS(a_mail(kind=kind, locale=locale), LINK).subject for kind in MailKind]

    assert all("Hawthorn & Finch" in subject for subject in subjects)
    assert len(set(subjects)) == len(subjects)


def test_link_stands_unbroken_on_a_line_of_its_own(letter: RenderedMail) -> None:
    assert letter.text.splitlines().count(LINK) == 1
    assert letter.text.count("://") == 1


def test_html_has_the_link_as_a_button_and_in_plain(letter: RenderedMail) -> None:
    html = Markup.of(letter.html)

    assert [link.get("href") for link in html.elements("a")] == [LINK, LINK]
    assert LINK in html.words


@pytest.mark.parametrize("code", ["", "12345678"])
def test_text_and_html_say_the_same(kind: MailKind, locale: str, code: str) -> None:
    letter = letters(replies=True)(a_mail(kind=kind, locale=locale), LINK, code)
    shown = Markup.of(letter.html).words
    paragraphs = [" ".join(block.split()) for block in letter.text.split("\n\n")]

    for paragraph in paragraphs:
        # The colon after the button's text points to the link below.
        assert paragraph in shown or paragraph.removesuffix(":") in shown


def test_a_value_is_no_format(kind: MailKind, locale: str) -> None:
    letter = letters(shop_name="{name} {0} {{}} <b>")(a_mail(kind=kind, locale=locale), LINK)

    assert "{name} {0} {{}} <b>" in letter.subject
    assert "{name} {0} {{}} <b>" in " ".join(letter.text.split())
    assert "{name} {0} {{}} &lt;b&gt;" in letter.html
    assert "<b>" not in letter.html


def test_text_is_wrapped_whatever_the_shop_is_called(kind: MailKind, locale: str) -> None:
    letter = letters(shop_name="Hawthorn " * 6)(a_mail(kind=kind, locale=locale), LINK)

    assert [line for line in letter.text.splitlines() if len(line) > 72] == [LINK]


def test_mail_says_why_it_came_what_else_to_do_and_who_sent_it(
    letter: RenderedMail, kind: MailKind, locale: str
) -> None:
    said = [
        texts(locale)["mail.greeting_name"].format(name="Ada Lovelace"),
        texts(locale)["mail.why_said"],
        texts(locale)[f"mail.{kind}.otherwise"],
        texts(locale)["mail.never_asks"].format(shop="Hawthorn & Finch"),
        texts(locale)["mail.sent_by"].format(shop="Hawthorn & Finch"),
    ]

    html = Markup.of(letter.html).words
    for shown in (" ".join(letter.text.split()), html):
        assert [
            words for words in said if " ".join(words.split()) not in " ".join(shown.split())
        ] == []


@pytest.mark.parametrize(
    ("replies", "asked"), [(True, "Questions? Reply to this mail."), (False, "")]
)
def test_only_a_mail_whose_answers_are_read_asks_for_them(
    kind: MailKind, replies: bool, asked: str
) -> None:
    letter = letters(replies=replies)(a_mail(kind=kind), LINK)

    assert ("Reply" in letter.text, "Reply" in letter.html) == (replies, replies)
    assert asked in letter.text


# The expiry of a link


@pytest.mark.parametrize("kind", WITH_TOKEN, indirect=True)
@pytest.mark.parametrize(
    ("locale", "hours", "zone", "said"),
    [
        ("en_US", 24, "UTC", "works for 24 hours, until Monday, November 23, 2026, 12:00 (UTC)."),
        ("en_US", 1, "UTC", "works for 1 hour, until Sunday, November 22, 2026, 13:00 (UTC)."),
        ("en_US", 48, "Europe/Berlin", "works for 2 days, until Tuesday, November 24, 2026, 13:00"),
        ("de_DE", 24, "UTC", "gilt 24 Stunden, bis Montag, 23. November 2026, 12:00 Uhr (UTC)."),
        ("de_DE", 1, "UTC", "gilt 1 Stunde, bis Sonntag, 22. November 2026, 13:00 Uhr (UTC)."),
        ("de_DE", 720, "Europe/Berlin", "gilt 30 Tage, bis Dienstag, 22. Dezember 2026, 13:00 Uhr"),
    ],
    indirect=["locale"],
)
def test_mail_says_until_when_its_link_works(
    kind: MailKind, locale: str, hours: int, zone: str, said: str
) -> None:
    write = letters(
        lifetimes=dict.fromkeys(Purpose, timedelta(hours=hours)), time_zone=ZoneInfo(zone)
    )

    letter = write(a_mail(kind=kind, locale=locale), LINK)

    assert said in " ".join(letter.text.split())
    assert said in Markup.of(letter.html).words


def test_a_mail_states_the_expiry_of_its_link() -> None:
    mail = a_mail(link_since=NOW + timedelta(hours=5, minutes=30, seconds=59))

    assert mail.link(Purpose.CONFIRM, LIFETIMES[Purpose.CONFIRM]).expires_at == NOW + timedelta(
        days=1, hours=5, minutes=30, seconds=59
    )
    assert (
        "until Monday, November 23, 2026, 17:30 (UTC)" in Markup.of(LETTERS(mail, LINK).html).words
    )


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (timedelta(seconds=7), "works for 24 hours, until"),
        (timedelta(minutes=5), "works for 24 hours, until"),
        (timedelta(minutes=6), "works for 23 hours, until"),
        (timedelta(hours=18), "works for 6 hours, until"),
        (timedelta(hours=23, minutes=20), "link works until"),
        (timedelta(hours=30), "link works until"),
    ],
)
def test_mail_that_waited_promises_no_more_than_is_left(waited: timedelta, said: str) -> None:
    letter = letters(clock=lambda: NOW + waited)(a_mail(kind=MailKind.CONFIRMATION_REMINDER), LINK)

    assert said in letter.text
    assert said in Markup.of(letter.html).words
    assert "until Monday, November 23, 2026, 12:00 (UTC)" in Markup.of(letter.html).words


def test_already_registered_names_no_lifetime_and_needs_no_name(locale: str) -> None:
    mail = a_mail(
        kind=MailKind.ALREADY_REGISTERED,
        locale=locale,
        salutation=None,
        first_name=None,
        last_name=None,
    )

    letter = LETTERS(mail, "https://shop.example/login")

    assert letter.text.startswith(texts(locale)["mail.greeting"] + "\n")
    assert "24" not in letter.text
    assert "None" not in letter.text + letter.html


@pytest.mark.parametrize(
    ("wanted", "default", "expected"),
    [
        (None, "en_US", "Hello"),
        (None, "de_DE", "Guten Tag"),
        ("de_DE", "en_US", "Guten Tag"),
        ("de_AT", "en_US", "Guten Tag"),
        ("de-CH", "en_US", "Guten Tag"),
        ("en_GB", "de_DE", "Hello"),
        ("fi_FI", "de_DE", "Hello"),
        ("fr_FR", "de_DE", "Bonjour"),
        ("pl", "en_US", "Dzień dobry"),
        ("../../../etc", "de_DE", "Hello"),
    ],
)
def test_mail_is_in_the_customers_language(wanted: str | None, default: str, expected: str) -> None:
    letter = letters(default_locale=default)(a_mail(locale=wanted), LINK)

    assert letter.text.startswith(expected)


@pytest.mark.parametrize(
    "hostile",
    [
        "\U0001f600" * 60,
        "عليُ\u202e\u2067",
        "x" * 100,
        "a\u0300" * 30,
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7 * 7 }}{% raw %}",
        "{{ link }}",
        "Ada\r\nBcc: all@shop",
        "Ada\u2028\u0085\x0b\x0cBcc",
        "\u202eadA\u2066 \u200f",
        'O\'Neil & "Sons"',
    ],
)
def test_name_stays_data_on_one_line(hostile: str, kind: MailKind, locale: str) -> None:
    usual = LETTERS(a_mail(kind=kind, locale=locale), LINK)

    letter = LETTERS(a_mail(kind=kind, locale=locale, first_name=hostile, last_name=""), LINK)

    assert letter.subject == usual.subject
    tags, usual_tags = (
        [element.tag for element in Markup.of(html).elements() if element.tag != "bdi"]
        for html in (letter.html, usual.html)
    )
    assert tags == usual_tags
    assert len(letter.text.splitlines()) == len(usual.text.splitlines())
    assert "49" not in letter.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", letter.text + letter.html)


def test_html_shows_a_name_as_it_is_written() -> None:
    letter = LETTERS(a_mail(first_name="Ada", last_name="O'Neil-Söhne"), LINK)

    assert "<bdi>Ada O&#39;Neil-Söhne</bdi>" in letter.html
    assert "Hello Ada O'Neil-Söhne," in letter.text


@pytest.mark.parametrize(
    "advertisement",
    [
        "Win at evil.example",
        "Visit prize-x.com",
        "x.co",
        "a.b.cd",
        "Visit prize-x .com",
        "prize-x,com",
        "prize-x\u2024com",
        "prize-x\u00b7com",
        "Prize dot com: win",
        "WIN $$$",
        "Bonus50",
        "\u0661\u0662\u0663",
        "\u2460",
        "\U0001f381 Ada",
        "<b>Ada",
        "hxxp:/x",
        "Ada/Bob",
        "t_me",
        "#prize",
        "www.evil.example",
        "evil。example",
        "a@evil",
        "Call 0800 123456",
        "x" * 61,
    ],
)
def test_greeting_is_no_place_to_advertise(advertisement: str, kind: MailKind) -> None:
    letter = LETTERS(a_mail(kind=kind, first_name=advertisement), LINK)

    assert letter.text.startswith("Hello,\n")
    assert advertisement not in letter.html


@pytest.mark.parametrize(
    "name",
    [
        "J.R.R.",
        "St. John",
        "Ma. Luisa",
        "Jean-Luc",
        "D\u2019Arcy",
        "李",
        "علي",
        "Nguy\u1ec5n",
        "Jose\u0301",
        "\u0646\u06cc\u200c\u0646\u0627",
        "Sammy Jr.",
    ],
)
def test_greeting_has_names_of_many_kinds(name: str) -> None:
    letter = LETTERS(a_mail(first_name=name), LINK)

    assert letter.text.startswith(f"Hello {name} Lovelace,\n")


@pytest.mark.parametrize("shop", ["A\r\nBcc: x@y", "A\u2028B", "  A \t\n B ", "{{ 7 * 7 }}", "<i>"])
def test_subject_is_one_line_whatever_the_shop_is_called(shop: str, kind: MailKind) -> None:
    letter = letters(shop_name=shop)(a_mail(kind=kind), LINK)

    assert len(letter.subject.splitlines()) == 1
    assert letter.subject.isprintable()
    assert "49" not in letter.subject
    assert "<i>" not in letter.html


@pytest.mark.parametrize("kind", CODED)
def test_a_code_stands_in_the_subject_only_if_the_shop_wants_that(
    kind: MailKind, locale: str
) -> None:
    mail = a_mail(kind=kind, locale=locale)

    usual, wanted, none = (
        letters(code_in_subject=wanted)(mail, LINK, code).subject
        for wanted, code in ((False, "12345678"), (True, "12345678"), (True, ""))
    )

    assert wanted == f"1234 5678: {usual}"
    assert usual == none


@pytest.mark.parametrize("kind", CODED)
def test_a_code_is_grouped_and_no_locked_phone_shows_it(kind: MailKind, locale: str) -> None:
    """Phones show some of the text, up to 200 characters, or of the HTML with what is unseen."""
    letter = LETTERS(a_mail(kind=kind, locale=locale), LINK, "12345678")
    words = Markup.of(letter.html).words

    assert words.index("1234 5678") < words.index(LINK)
    for part in (letter.text, words):
        assert part.count("1234 5678") == 1
        assert part.index("1234 5678") > 200
    assert "1234 5678" in letter.text.splitlines()


@pytest.mark.parametrize("kind", CODED)
def test_each_mail_says_where_its_code_is_typed(kind: MailKind, locale: str) -> None:
    known = texts(locale)
    said = {each: known.get(f"mail.{each}.code_said", known["mail.code_said"]) for each in CODED}

    text = LETTERS(a_mail(kind=kind, locale=locale), LINK, "12345678").text

    assert [each for each in said if said[each] in " ".join(text.split())] == [kind]


def test_subject_is_not_escaped() -> None:
    assert "&amp;" not in LETTERS(a_mail(), LINK).subject
    assert unescape(LETTERS(a_mail(), LINK).subject).endswith("Hawthorn & Finch")


def test_same_promise_is_the_same_mail(kind: MailKind) -> None:
    assert LETTERS(a_mail(kind=kind), LINK) == LETTERS(a_mail(kind=kind), LINK)
