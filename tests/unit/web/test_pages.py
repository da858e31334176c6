"""Every page, in every language, through the renderer that handlers call."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import registration
from registration.application.carts import CartView
from registration.domain import errors as domain_errors
from registration.domain.carts import Details
from registration.domain.emails import EmailAddress
from registration.domain.errors import (
    Busy,
    FieldFlaw,
    FlawKind,
    InvalidFields,
    LinkExpired,
    LinkRefused,
    LinkReplaced,
    LinkWrong,
    PasswordsDiffer,
    PasswordTooShort,
    RegistrationError,
    TooManyAttempts,
)
from registration.domain.profile import Gender, Salutation
from registration.entrypoints.carts.pages import Mistake
from registration.entrypoints.rendering.locales import locales
from registration.entrypoints.rendering.look import asset, stylesheet
from registration.entrypoints.rendering.page_writing import (
    PROFILE_FIELDS,
    PageWriter,
    security_headers,
)
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.brand import brand
from registration.entrypoints.web.pages import Notice
from tests.support.every_page import (
    ADA,
    CARTS,
    EVERY_PAGE,
    SOME_ERRORS,
    WRITER,
    Outline,
    almost_there_page,
    confirm_page,
    inside,
    link_problem_page,
    login_page,
    profile_page,
    register_page,
    visit,
)
from tests.support.factories import a_profile, a_verified_customer
from tests.support.people.carts import a_cart
from tests.support.shops.colours import illegible

TEXTS = Path(registration.__file__).parent / "texts"
HOSTILE = [
    "<script>alert(1)</script>",
    '" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "{shop} {0} %s",
    "one\r\ntwo\u2028three",
    "\u202emoc.live\u2066 مرحبا",
    "&lt;b&gt; &amp; <!-- -->",
]


# That all languages are whole, and are shown so, is held in tests/unit/texts.
@pytest.fixture(params=["en_US", "de_DE"])
def locale(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=EVERY_PAGE)
def html(request: pytest.FixtureRequest, locale: str) -> str:
    return EVERY_PAGE[request.param](locale)


@pytest.fixture(params=[name for name in EVERY_PAGE if name != "elsewhere"])
def in_shop(request: pytest.FixtureRequest, locale: str) -> str:
    """Each page except that of the closed address."""
    return EVERY_PAGE[request.param](locale)


def every_error() -> Iterator[RegistrationError]:
    kinds: list[type[RegistrationError]] = [RegistrationError]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind is not InvalidFields and kind.__module__ == domain_errors.__name__:
            yield kind(60) if issubclass(kind, TooManyAttempts) else kind()


# Every page


def test_page_is_well_formed_and_small(html: str) -> None:
    Outline(html)

    assert html.startswith("<!doctype html>")
    loaded = [stylesheet(), asset("script.js")]
    assert len("".join((html, *loaded)).encode()) < 45_000


def test_page_loads_nothing_from_elsewhere_and_runs_nothing(in_shop: str) -> None:
    page = Outline(in_shop)

    assert "://" not in in_shop
    assert page.all("script") == [{"src": "/script.js", "defer": None}]
    assert not page.all("style", "iframe", "object", "img")
    assert not [
        name for _, found in page.tags for name in found if name == "style" or name.startswith("on")
    ]
    icon, style = (link["href"] or "" for link in page.all("link"))
    assert icon.startswith("data:image/svg+xml,")
    assert style == "/style.css"
    assert "url(" not in stylesheet()
    assert "@import" not in stylesheet()


def test_every_form_carries_the_token_of_its_page(html: str) -> None:
    forms = re.findall(r"<form.*?</form>", html, re.DOTALL)
    # Of this one a token in a mail is the key: mail programs send it, too.
    forms = [form for form in forms if "/withdraw-consent" not in form]

    assert all('name="csrf_token" value="form-token"' in form for form in forms)


def test_page_says_its_language_title_and_shop(in_shop: str, locale: str) -> None:
    page = Outline(in_shop)

    assert page.all("html") == [{"lang": locale.replace("_", "-"), "dir": "ltr"}]
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    title = re.search("<title>(.+)</title>", in_shop)
    assert title
    assert title[1].endswith(" \N{EN DASH} Hawthorn &amp; Finch")
    # What a page says besides may lead to the account, too.
    links = {
        link["href"]
        for link in Outline(re.sub("<main.*</main>", "", in_shop, flags=re.DOTALL)).all("a")
    }
    forms = {form["action"] for form in page.all("form")}
    assert {"/", "/cart"} <= links
    assert ({"/register", "/login"} <= links) != ("/account" in links)
    assert ("/account" in links) == ("/logout" in forms)


def test_the_page_of_a_closed_address_stands_by_itself(locale: str) -> None:
    page = Outline(EVERY_PAGE["elsewhere"](locale))

    assert page.all("html") == [{"lang": locale.replace("_", "-"), "dir": "ltr"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert not page.all("script", "style", "link", "iframe", "object", "img", "form")


def test_every_input_has_a_label_and_every_reference_leads_somewhere(html: str) -> None:
    page = Outline(html)
    ids = [found["id"] for _, found in page.tags if "id" in found]
    labelled = {label["for"] for label in page.all("label")}

    assert len(ids) == len(set(ids))
    for field in page.all("input", "select"):
        if field.get("type") != "hidden" and "hidden" not in field:
            assert field["id"] in labelled
    for _, found in page.tags:
        assert set((found.get("aria-describedby") or "").split()) <= set(ids)
        if (target := found.get("href") or "").startswith("#"):
            assert target[1:] in ids


def test_only_the_first_wrong_field_is_in_focus(html: str) -> None:
    page = Outline(html)

    wrong = [found for _, found in page.tags if "aria-invalid" in found]

    assert [found["id"] for _, found in page.tags if "autofocus" in found] == [
        found["id"] for found in wrong[:1]
    ]


def test_page_with_errors_says_so_in_its_title(locale: str) -> None:
    fine, wrong = (
        register_page(visit(locale)),
        register_page(visit(locale), errors=SOME_ERRORS),
    )

    assert f"<title>{texts(locale)['summary.title_prefix']} " in wrong
    assert 'role="alert"' in wrong
    assert 'role="alert"' not in fine


# Signing up


def test_register_asks_for_the_fields_of_a_sign_up(locale: str) -> None:
    page = Outline(register_page(visit(locale)))

    (form,) = page.all("form")
    fields = {found["name"]: found for found in page.all("input", "select")}
    assert (form["method"], form["action"]) == ("post", "/register")
    known = {name: found.get("autocomplete") for name, found in fields.items()}
    assert known == {
        "salutation": "honorific-prefix",
        "gender": "sex",
        "first_name": "given-name",
        "last_name": "family-name",
        "email": "email",
        "take_suggestion": None,
        "password": "new-password",
        "confirm_password": "new-password",
        "accepted_terms": None,
    }
    optional = {name for name, found in fields.items() if "required" not in found}
    assert optional == {"take_suggestion"}
    assert "novalidate" not in form
    assert fields["accepted_terms"]["value"] == "true"
    assert fields["password"]["minlength"] == "12"
    assert re.search(r"12\D+128", page.text)


def test_register_offers_the_choices_of_the_domain() -> None:
    page = Outline(register_page(visit("en_US")))

    offered = [found["value"] for found in page.all("option")]

    assert offered == ["", *Salutation, "", *Gender]
    assert "Prefer not to say" in page.text


def test_german_calls_mrs_and_ms_the_same_and_keeps_the_choice() -> None:
    fresh = Outline(register_page(visit("de_DE")))
    again = Outline(register_page(visit("de_DE"), values={"salutation": "Mrs"}))

    assert [found["value"] for found in fresh.all("option")][:4] == ["", "Mr", "Ms", "Dr"]
    assert [found["value"] for found in again.all("option") if "selected" in found] == ["Mrs"]


def test_register_keeps_the_input_but_no_password(locale: str) -> None:
    typed = {
        "salutation": "Dr",
        "gender": "n/a",
        "first_name": "Ada",
        "last_name": "O'Neil",
        "email": "ada@example.com",
        "password": "sturdy teapot orbit",
        "confirm_password": "sturdy teapot orbit",
        "accepted_terms": "true",
    }

    html = register_page(visit(locale), values=typed)

    page = Outline(html)
    assert [found["value"] for found in page.all("option") if "selected" in found] == ["Dr", "n/a"]
    for name in ("first_name", "last_name", "email"):
        assert page.named(name)["value"] == typed[name]
    assert "checked" in page.named("accepted_terms")
    assert "teapot" not in html


def test_register_shows_each_error_beside_its_field_and_above_in_the_forms_order() -> None:
    errors = {"password": "too weak", "": "all wrong", "phone": "no phone", "first_name": "no name"}

    html = register_page(visit("en_US"), errors=errors)

    page = Outline(html)
    summary = html[html.index('role="alert"') : html.index("<form")]
    assert re.findall(r"<li>(?:<a href=\"(.*?)\">)?([^<]+)", summary) == [
        ("", "all wrong"),
        ("", "no phone"),
        ("#first_name", "no name"),
        ("#password", "too weak"),
    ]
    assert page.named("first_name")["aria-describedby"] == "first_name-error"
    assert page.named("password")["aria-describedby"] == "password-hint password-error"
    assert page.named("password")["aria-invalid"] == "true"
    assert "autofocus" in page.named("first_name")
    assert "aria-invalid" not in page.named("email")
    assert html.count("too weak") == 2


@pytest.mark.parametrize("hostile", HOSTILE)
def test_input_stays_data(hostile: str, locale: str) -> None:
    fields = ("first_name", "last_name", "email")
    odd = a_verified_customer(email=EmailAddress(hostile), profile=a_profile(first_name=hostile))

    pages = [
        register_page(
            visit(locale),
            values=dict.fromkeys((*fields, "salutation", "gender"), hostile),
        ),
        WRITER.page("new_link", visit(locale), email=hostile),
        login_page(visit(locale), email=hostile),
        confirm_page(visit(locale), token=hostile, has_password=True, customer=odd),
        PageWriter(hostile, "en_US").page("new_link_sent", visit(locale)),
        almost_there_page(visit(locale), email=hostile),
        profile_page(inside(locale), ADA, typed=dict.fromkeys(PROFILE_FIELDS, hostile)),
        profile_page(inside(locale), odd),
        CARTS.cart(visit(locale), a_cart(items={hostile: 1})),
        CARTS.cart(
            visit(locale),
            a_cart(items={"apple": 1}),
            mistake=Mistake("apple", hostile, "no number"),
        ),
        CARTS.login_step(visit(locale), a_cart(items={hostile: 1})),
        CARTS.my_carts(
            inside(locale), [CartView(a_cart(details=Details(hostile)), is_default=True)]
        ),
        CARTS.my_cart(inside(locale), CartView(a_cart(details=Details(hostile)), is_default=True)),
        CARTS.checkout(
            inside(locale), a_cart(), a_verified_customer(profile=a_profile(last_name=hostile))
        ),
    ]

    for html in pages:
        outline = Outline(html)
        assert outline.all("script", "b") == [{"src": "/script.js", "defer": None}]
        assert not [found for _, found in outline.tags if {"onfocus", "onmouseover"} & set(found)]
        assert "49" not in outline.text
    # Line ends in an attribute are normalised.
    shown = Outline(pages[0]).named("first_name")["value"] or ""
    assert shown.replace("\r\n", "\n") == hostile.replace("\r\n", "\n")
    assert Outline(pages[3]).all("input")[0]["value"] == hostile


def test_almost_there_shows_the_promised_text() -> None:
    assert (
        "Almost there! We send you an email to validate your email address. "
        "Please confirm it to be able to log in."
    ) in almost_there_page(visit("en_US"))


# Following the link


def test_confirm_asks_for_the_password_or_a_new_one(locale: str) -> None:
    page = Outline(confirm_page(visit(locale), token="to.k-en", has_password=True))

    named = [found for found in page.all("input") if "name" in found]
    fields = [(found["name"], found.get("value")) for found in named]
    assert [form["action"] for form in page.all("form")] == ["/confirm", "/confirm"]
    assert fields == [
        ("token", "to.k-en"),
        ("way", "password"),
        ("password", None),
        ("token", "to.k-en"),
        ("way", "new_password"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("date_of_birth", ""),
        ("phone", ""),
        ("company", ""),
        ("new_password", None),
        ("repeat_password", None),
        ("review_accepted_terms", "true"),
    ]
    assert page.named("password")["autocomplete"] == "current-password"
    assert "minlength" not in page.named("password")
    assert page.named("new_password")["autocomplete"] == "new-password"
    assert page.named("repeat_password")["autocomplete"] == "new-password"


def test_confirm_without_a_password_asks_to_choose_one(locale: str) -> None:
    page = Outline(confirm_page(visit(locale), token="to.k-en", has_password=False))

    assert [form["action"] for form in page.all("form")] == ["/confirm"]
    assert page.named("way")["value"] == "new_password"


def test_confirm_tells_password_managers_whose_password_it_is() -> None:
    page = Outline(confirm_page(visit("en_US"), token="t", has_password=True))

    names = [found for found in page.all("input") if found.get("autocomplete") == "username"]

    assert [found["value"] for found in names] == ["ada@example.com"] * 2
    assert all("hidden" in found and "name" not in found for found in names)


def test_each_link_problem_has_words_of_its_own_and_a_way_to_a_new_mail(locale: str) -> None:
    pages = [
        Outline(link_problem_page(visit(locale), problem))
        for problem in (LinkExpired(), LinkReplaced(), LinkWrong())
    ]

    assert len({page.text for page in pages}) == len(pages)
    for page in pages:
        (form,) = page.all("form")
        assert (form["method"], form["action"]) == ("post", "/confirm/new-link")
        assert page.named("email")["autocomplete"] == "email"


def test_link_refused_for_a_reason_yet_unknown_has_a_page(locale: str) -> None:
    class LinkNew(LinkRefused):
        pass

    assert "/confirm/new-link" in link_problem_page(visit(locale), LinkNew())


@pytest.mark.parametrize(
    ("notice", "text"),
    [
        (Notice.CONFIRMED, "Your email address is validated. Please login to continue."),
        (Notice.ALREADY_CONFIRMED, "Your email address was already confirmed. Please log in."),
    ],
)
def test_login_shows_the_result_of_the_link(notice: Notice, text: str) -> None:
    assert text in login_page(visit("en_US"), notice)
    assert text not in login_page(visit("en_US"))


def test_login_has_fields_that_password_managers_know(locale: str) -> None:
    page = Outline(login_page(visit(locale)))

    (form,) = page.all("form")
    assert (form["method"], form["action"]) == ("post", "/login")
    assert page.named("email")["autocomplete"] == "username"
    assert page.named("password")["autocomplete"] == "current-password"


# Errors


def test_each_problem_has_words_of_its_own(locale: str) -> None:
    statuses = (400, 403, 404, 405, 413, 429, 500, 503)

    told = {WRITER.problem(visit(locale), status) for status in statuses}

    assert len(told) == len(statuses)
    assert WRITER.problem(visit(locale), 418) == WRITER.problem(visit(locale), 599)


@pytest.mark.parametrize("error", list(every_error()), ids=lambda error: type(error).__name__)
def test_every_error_has_words_in_every_language(error: RegistrationError) -> None:
    told = [WRITER.errors(locale, error) for locale in locales()]

    assert [list(texts) for texts in told] == [[error.field or ""]] * len(locales())
    words = [text for texts in told for text in texts.values()]
    assert len({*words, error.detail}) == len(locales()) + 1
    for locale in locales():
        own = tomllib.loads((TEXTS / locale / "pages.toml").read_text("utf-8"))["error"]
        # A text beside a field says what is wrong with it; the other errors, which only
        # API clients see, may have the general text.
        kinds = {kind.__name__ for kind in type(error).__mro__} - {"RegistrationError"}
        assert kinds & set(own) or error.field is None


@pytest.mark.parametrize("kind", FlawKind)
@pytest.mark.parametrize("field", ["first_name", "email", "password", "accepted_terms", "phone"])
def test_every_flaw_has_words_in_every_language(kind: FlawKind, field: str) -> None:
    error = InvalidFields((FieldFlaw(field, kind, 77),))

    told = [WRITER.errors(locale, error)[field] for locale in locales()]

    assert len(set(told)) == len(locales())
    assert "{" not in "".join(told)
    if kind in {FlawKind.TOO_SHORT, FlawKind.TOO_LONG}:
        assert all("77" in text for text in told)


def test_password_of_the_wrong_length_is_told_once() -> None:
    short = FlawKind.TOO_SHORT
    both = InvalidFields(
        (FieldFlaw("password", short, 12), FieldFlaw("confirm_password", short, 12))
    )
    only_second = InvalidFields((FieldFlaw("confirm_password", short, 12),))
    none = InvalidFields(
        (FieldFlaw("password", FlawKind.BLANK), FieldFlaw("confirm_password", FlawKind.BLANK))
    )

    assert list(WRITER.errors("en_US", both)) == ["password"]
    assert list(WRITER.errors("en_US", only_second)) == ["confirm_password"]
    assert list(WRITER.errors("en_US", none)) == ["password", "confirm_password"]


def test_errors_stand_where_they_belong() -> None:
    assert list(WRITER.errors("en_US", PasswordsDiffer())) == ["confirm_password"]
    assert list(WRITER.errors("en_US", Busy())) == [""]
    assert "12" in WRITER.errors("de_DE", PasswordTooShort())["password"]


# Languages


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "en_US"),
        ("", "en_US"),
        ("de", "de_DE"),
        ("de-AT,de;q=0.9,en;q=0.8", "de_DE"),
        ("DE-ch", "de_DE"),
        ("en-GB,en;q=0.9,de;q=0.8", "en_US"),
        ("en;q=0.5, de;q=0.7", "de_DE"),
        ("fi-FI,fi;q=0.9,de;q=0.4,en;q=0.3", "de_DE"),
        ("fi,sv", "en_US"),
        ("fr-CA,fr;q=0.9", "fr_FR"),
        ("es-MX", "es_ES"),
        ("fi,pl;q=0.2,it;q=0.1", "pl_PL"),
        ("it", "it_IT"),
        ("nl-BE", "nl_NL"),
        ("de;q=0", "en_US"),
        ("fi,*;q=0.5", "en_US"),
        ("de;q=nonsense,en;q=0.1", "en_US"),
        ("de ; q=0.2 , en ; q=0.1", "de_DE"),
        ("\x00,,;;q=1,=", "en_US"),
        ("d" * 10_000, "en_US"),
    ],
)
def test_locale_follows_the_browser(header: str | None, expected: str) -> None:
    assert WRITER.locale(header) == expected


def test_locale_is_the_shops_where_the_browser_asks_for_another() -> None:
    german = PageWriter("Laden", "de_DE")

    assert german.locale("fi") == "de_DE"
    assert german.locale("*") == "de_DE"
    assert german.locale("en") == "en_US"


def test_page_in_a_language_that_there_is_not_is_an_error() -> None:
    with pytest.raises(LookupError):
        login_page(visit("../en_US"))


# Style


def test_security_headers_allow_what_pages_need_and_nothing_else() -> None:
    assert security_headers()["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert security_headers()["Referrer-Policy"] == "no-referrer"
    assert security_headers()["Cache-Control"] == "no-store"


@pytest.mark.parametrize("colours", [brand().light, brand().dark], ids=["light", "dark"])
def test_colours_keep_the_contrast_of_wcag_aa(colours: dict[str, str]) -> None:
    assert illegible(colours) == []
