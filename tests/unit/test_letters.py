"""Every mail, in every language, as it is handed over."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

import registration
from registration.application.ports import Letter
from registration.domain.links import Purpose
from registration.domain.mails import MailKind
from registration.entrypoints.letters import Letters
from registration.entrypoints.locales import LOCALES
from tests.factories import a_mail

LINK = (
    "https://shop.example/confirm?token="
    "DE--Aa1Bb2Cc3Dd4Ee5F.token-0000000001.6a3f1c2b.Jd8sK2l0aPq9Zx7Yw3Vb5Nm1Qe4Rt6Uy8Io0Pa2Sd4F"
)
HOURS = {Purpose.CONFIRM: 24, Purpose.RESET_PASSWORD: 2}
LETTERS = Letters("Hawthorn & Finch", "en_US", HOURS)
MAILS = Path(registration.__file__).parent / "mails"
WITH_TOKEN = [MailKind.CONFIRM_REGISTRATION, MailKind.CONFIRM_AND_CHOOSE_PASSWORD]
VOID = {"meta"}

SUBJECTS = {
    (MailKind.CONFIRM_REGISTRATION, "en_US"): "Please confirm your email address for {shop}",
    (MailKind.CONFIRM_REGISTRATION, "de_DE"): "Bitte bestätigen Sie Ihre E-Mail-Adresse für {shop}",
    (MailKind.CONFIRM_AND_CHOOSE_PASSWORD, "en_US"): (
        "Your account at {shop}: please choose a password"
    ),
    (MailKind.CONFIRM_AND_CHOOSE_PASSWORD, "de_DE"): (
        "Ihr Konto bei {shop}: Bitte wählen Sie ein Passwort"
    ),
    (MailKind.ALREADY_REGISTERED, "en_US"): "You already have an account at {shop}",
    (MailKind.ALREADY_REGISTERED, "de_DE"): "Sie haben schon ein Konto bei {shop}",
    (MailKind.RESET_PASSWORD, "en_US"): "Choose a new password for {shop}",
    (MailKind.RESET_PASSWORD, "de_DE"): "Wählen Sie ein neues Passwort für {shop}",
    (MailKind.PASSWORD_CHANGED, "en_US"): "Your password at {shop} was changed",
    (MailKind.PASSWORD_CHANGED, "de_DE"): "Ihr Passwort bei {shop} wurde geändert",
    (MailKind.STAFF_INVITATION, "en_US"): "Your access to the Back Office of {shop}",
    (MailKind.STAFF_INVITATION, "de_DE"): "Ihr Zugang zum Back Office von {shop}",
}


class Words(HTMLParser):
    """The words that a mail's HTML shows, and its tags; fails where tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.shown: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self.shown.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.shown).split())


@pytest.fixture(params=LOCALES)
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=MailKind)
def kind(request: pytest.FixtureRequest) -> MailKind:
    return MailKind(request.param)


@pytest.fixture
def letter(kind: MailKind, locale: str) -> Letter:
    return LETTERS(a_mail(kind=kind, locale=locale), LINK)


def test_subject_says_what_it_is_about_and_from_whom(
    letter: Letter, kind: MailKind, locale: str
) -> None:
    assert letter.subject == SUBJECTS[kind, locale].format(shop="Hawthorn & Finch")


def test_link_stands_unbroken_on_a_line_of_its_own(letter: Letter) -> None:
    assert letter.text.splitlines().count(LINK) == 1
    assert letter.text.count("://") == 1


def test_html_has_the_link_as_a_button_and_in_plain(letter: Letter) -> None:
    words = Words(letter.html)

    links = [attributes["href"] for tag, attributes in words.tags if tag == "a"]

    assert links == [LINK, LINK]
    assert LINK in words.text


def test_html_loads_nothing(letter: Letter) -> None:
    words = Words(letter.html)

    assert not {tag for tag, _ in words.tags} & {"img", "script", "link", "iframe", "form"}
    assert "url(" not in letter.html
    assert set(re.findall(r"https?://[^/\"<]+", letter.html)) == {"https://shop.example"}
    assert len(letter.html.encode()) < 20_000


def test_html_says_its_language(letter: Letter, locale: str) -> None:
    assert Words(letter.html).tags[0] == ("html", {"lang": locale.replace("_", "-")})


def test_text_and_html_say_the_same(letter: Letter) -> None:
    shown = Words(letter.html).text
    sentences = [" ".join(block.split()) for block in letter.text.split("\n\n")]

    for sentence in sentences:
        # What introduces the link as text is said by the button in HTML.
        said = re.sub(r" (Open this link|Öffnen Sie dazu diesen Link):$", "", sentence)
        said = re.sub(r" (You can log in here|Hier können Sie sich anmelden):$", "", said)
        assert said in shown


def test_mail_greets_by_name_and_says_why_it_came(letter: Letter, locale: str) -> None:
    greeting, why = {
        "en_US": ("Hello Ada Lovelace,", "Why you get this mail"),
        "de_DE": ("Guten Tag Ada Lovelace,", "Warum Sie diese E-Mail erhalten"),
    }[locale]

    for shown in (letter.text, Words(letter.html).text):
        assert greeting in shown
        assert why in shown
        assert {"en_US": "need not do anything", "de_DE": "nichts zu tun"}[locale] in " ".join(
            shown.split()
        )


@pytest.mark.parametrize("kind", WITH_TOKEN, indirect=True)
@pytest.mark.parametrize(
    ("locale", "hours", "said"),
    [
        ("en_US", 24, "works for 24 hours."),
        ("en_US", 1, "works for 1 hour."),
        ("de_DE", 24, "gilt 24 Stunden."),
        ("de_DE", 1, "gilt 1 Stunde."),
    ],
    indirect=["locale"],
)
def test_mail_says_how_long_its_link_works(
    kind: MailKind, locale: str, hours: int, said: str
) -> None:
    letter = Letters("Shop", "en_US", dict.fromkeys(Purpose, hours))(
        a_mail(kind=kind, locale=locale), LINK
    )

    assert said in letter.text
    assert said in Words(letter.html).text


def test_already_registered_names_no_lifetime_and_needs_no_name(locale: str) -> None:
    mail = a_mail(
        kind=MailKind.ALREADY_REGISTERED,
        locale=locale,
        salutation=None,
        first_name=None,
        last_name=None,
    )

    letter = LETTERS(mail, "https://shop.example/login")

    assert letter.text.startswith({"en_US": "Hello,\n", "de_DE": "Guten Tag,\n"}[locale])
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
        ("fr_FR", "de_DE", "Hello"),
        ("../../../etc", "de_DE", "Hello"),
    ],
)
def test_mail_is_in_the_customers_language(wanted: str | None, default: str, expected: str) -> None:
    letter = Letters("Shop", default, HOURS)(a_mail(locale=wanted), LINK)

    assert letter.text.startswith(expected)


@pytest.mark.parametrize(
    "hostile",
    [
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
    assert [tag for tag, _ in Words(letter.html).tags if tag != "bdi"] == [
        tag for tag, _ in Words(usual.html).tags if tag != "bdi"
    ]
    assert len(letter.text.splitlines()) == len(usual.text.splitlines())
    assert "49" not in letter.text
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", letter.text + letter.html)


def test_html_shows_a_name_as_it_is_written() -> None:
    letter = LETTERS(a_mail(first_name="<b>Ada", last_name="O'Neil & Söhne"), LINK)

    assert "<bdi>&lt;b&gt;Ada O&#39;Neil &amp; Söhne</bdi>" in letter.html
    assert "Hello <b>Ada O'Neil & Söhne," in letter.text


@pytest.mark.parametrize(
    "advertisement",
    [
        "Win at evil.example",
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
    "name", ["J.R.R.", "St. John", "Ma. Luisa", "Jean-Luc", "D\u2019Arcy", "李", "علي", "Ada 2nd"]
)
def test_greeting_has_names_of_many_kinds(name: str) -> None:
    letter = LETTERS(a_mail(first_name=name), LINK)

    assert letter.text.startswith(f"Hello {name} Lovelace,\n")


@pytest.mark.parametrize("shop", ["A\r\nBcc: x@y", "A\u2028B", "  A \t\n B ", "{{ 7 * 7 }}", "<i>"])
def test_subject_is_one_line_whatever_the_shop_is_called(shop: str, kind: MailKind) -> None:
    letter = Letters(shop, "en_US", HOURS)(a_mail(kind=kind), LINK)

    assert len(letter.subject.splitlines()) == 1
    assert letter.subject.isprintable()
    assert "49" not in letter.subject
    assert "<i>" not in letter.html


def test_subject_is_not_escaped() -> None:
    assert "&amp;" not in LETTERS(a_mail(), LINK).subject
    assert unescape(LETTERS(a_mail(), LINK).subject).endswith("Hawthorn & Finch")


def test_same_promise_is_the_same_letter(kind: MailKind) -> None:
    assert LETTERS(a_mail(kind=kind), LINK) == LETTERS(a_mail(kind=kind), LINK)


def test_every_mail_is_there_in_every_language() -> None:
    parts = {"subject.txt", "body.txt", "body.html"}

    for kind in MailKind:
        for locale in LOCALES:
            assert {file.name for file in (MAILS / kind / locale).iterdir()} == parts
