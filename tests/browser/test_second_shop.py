"""The example shop `examples/shop-atelier`: French, with a look and questions of its own.

Each of the five ways in ends in a confirmed customer with a VAT number, and with the newsletter
where it was asked for. Each page on the way is accessible, light, and loads nothing from elsewhere.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from local.cloud import Cloud, running_cloud
from registration.entrypoints.rendering.texts import texts
from tests.browser.axe import assert_accessible
from tests.browser.people import Person, follow_link, mail_to, wait_for
from tests.browser.places import CUSTOMERS, as_member, at
from tests.browser.stage import Stage
from tests.browser.test_every_page import HEAVIEST, Loading, weight
from tests.browser.visitors import Visitors
from tests.local_cloud.browser import Browser as Client
from tests.support.requests import customer_document
from tests.support.stack import ROOT

SHOP = ROOT / "examples" / "shop-atelier"
VAT = "FR40303265045"
NEWSLETTER = (
    "Oui, envoyez-moi la lettre de l\N{RIGHT SINGLE QUOTATION MARK}atelier, une fois par mois."
)
FRENCH = texts("fr_FR")
SOON = 60_000
ELEMENTS = (
    "[...document.querySelectorAll('*')].map(each => each.outerHTML.match(/^<[^>]*>/)[0])"
    ".map(tag => tag.replace(/(value|content|href|src)=\"[^\"]*\"/g, '')).join('')"
)

Visit = Callable[..., "Visitor"]


class Visitor:
    """Somebody who looks at each page that is reached: closely, if nobody has seen its elements."""

    _accessible: ClassVar[set[str]] = set()

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page, self._scripts, self._loading = page, scripts, Loading(page)

    def open(self, path: str) -> None:
        """Open a page."""
        self.page.goto(path)
        self.look()

    def look(self) -> None:
        """Check the page that is open."""
        self.page.wait_for_load_state()
        assert self.page.locator("html").get_attribute("lang") == "fr-FR"
        assert sum(weight(answer) for answer in self._loading.answers) <= HEAVIEST
        if self._scripts and (elements := self.page.evaluate(ELEMENTS)) not in self._accessible:
            assert_accessible(self.page)
            self._accessible.add(elements)

    def field(self, name: str) -> Locator:
        """Return a field of the page's last form that has it."""
        return self.page.locator(f"main [name={name}]:not([type=hidden])").last

    def fill(self, **values: str) -> None:
        """Fill fields in by their names."""
        for name, value in values.items():
            self.field(name).fill(value)

    def send(self, button: str) -> None:
        """Send a form with a button, by the key of its text."""
        with self.page.expect_navigation():
            self.page.get_by_role("main").get_by_role(
                "button", name=FRENCH[button], exact=True
            ).click()
        self.look()

    def sign_up(self, person: Person) -> None:
        """Fill the form in, at first with a number that is none, and send it."""
        assert self.field("gender").count() == 0
        expect(self.field("newsletter")).not_to_be_checked()
        typed = {"password": person.password, "confirm_password": person.password}
        self.fill(first_name=person.first_name, last_name=person.last_name, email=person.email)
        self.fill(**typed, vat_number="DE136695976")
        self.field("newsletter").check()
        self.field("accepted_terms").check()
        self.send("register.button")
        wrong = self.page.get_by_role("main").get_by_text("comme FR40303265045")
        expect(wrong.first).to_be_visible()
        self.fill(**typed, vat_number=VAT)
        self.send("register.button")
        expect(self.page.get_by_role("heading", level=1)).to_have_text(
            FRENCH["almost_there.heading"]
        )

    def choose_password(self, person: Person, *, newsletter: bool) -> None:
        """Choose a password on the page of a mail's link, where no consent is ticked."""
        self.look()
        expect(self.field("newsletter")).not_to_be_checked()
        self.fill(new_password=person.password, repeat_password=person.password)
        self.field("review_accepted_terms").check()
        self.field("newsletter").set_checked(newsletter)
        self.send("confirm.choose_button")

    def log_in(self, person: Person) -> None:
        """Log in on the page that is open."""
        self.fill(email=person.email, password=person.password)
        self.send("login.button")

    def expect_account(self, person: Person, *, newsletter: bool) -> None:
        """Check the account: whose it is, and what was said at the sign-up."""
        self.open("/account")
        expect(self.page.get_by_role("main")).to_contain_text(person.email)
        expect(self.field("vat_number")).to_have_value(VAT)
        expect(self.field("newsletter")).to_be_checked(checked=newsletter)
        assert self.field("gender").count() == 0


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """The system with the folder of the second shop."""
    with running_cloud(shop=SHOP) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def stage(cloud: Cloud) -> Stage:
    """Staff of this shop."""
    return Stage(cloud)


@pytest.fixture
def visit(browser: Browser, cloud: Cloud) -> Iterator[Visit]:
    """A function that returns a visitor with a browser of their own."""
    visitors = Visitors(browser, cloud)

    def begin(*, scripts: bool = True, width: int = 1280) -> Visitor:
        page = visitors(scripts=scripts, width=width, locale="fr-FR")
        return Visitor(page, scripts=scripts)

    yield begin
    visitors.leave()
    if complaints := visitors.complaints:
        pytest.fail("In the browser:\n" + "\n".join(complaints), pytrace=False)


def followed(visitor: Visitor, cloud: Cloud, person: Person) -> Visitor:
    """Return the visitor on the page that the link of a person's mail opens."""
    return Visitor(follow_link(visitor.page, cloud, person.email))


def test_by_the_form(visit: Visit, cloud: Cloud) -> None:
    visitor, person = visit(), Person.new("Camille")

    visitor.open("/register")
    expect(visitor.page.get_by_role("heading", level=1)).to_contain_text("Bienvenue")
    visitor.sign_up(person)
    mail = mail_to(cloud, person.email)
    confirmed = followed(visitor, cloud, person)
    confirmed.look()
    confirmed.log_in(person)

    confirmed.expect_account(person, newsletter=True)
    assert mail["subject"] == "Atelier Rivage vous attend : confirmez votre adresse e-mail"
    assert "https://atelier-rivage.example/cgv" in mail["text"]
    assert 'src="cid:' in mail["html"]
    assert "Atelier Rivage <" in mail["from"]


def test_from_the_checkout_without_a_script_and_confirmed_on_a_phone(
    visit: Visit, cloud: Cloud
) -> None:
    visitor, person = visit(scripts=False), Person.new("Camille")

    visitor.open("/")
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("main").get_by_role("button").first.click()
    visitor.open("/register?from=checkout")
    visitor.sign_up(person)
    phone = followed(visit(width=320), cloud, person)
    phone.look()
    phone.page.locator("main [name=password]").fill(person.password)
    phone.send("confirm.button")

    phone.expect_account(person, newsletter=True)


def test_through_the_back_office(visit: Visit, cloud: Cloud, stage: Stage) -> None:
    office, person = visit(), Person.new("Camille")

    as_member(at(f"{CUSTOMERS}/new"))(office.page, stage)
    office.look()
    assert office.field("gender").count() == office.field("newsletter").count() == 0
    office.fill(email=person.email, first_name=person.first_name, last_name=person.last_name)
    office.fill(vat_number=VAT)
    office.send("back_office.create")
    expect(office.page.get_by_role("main")).to_contain_text(VAT)
    chosen = followed(visit(), cloud, person)
    chosen.choose_password(person, newsletter=True)

    chosen.expect_account(person, newsletter=True)
    office.page.reload()
    expect(office.page.get_by_role("main")).to_contain_text(NEWSLETTER)
    office.look()


def test_by_the_api(visit: Visit, cloud: Cloud) -> None:
    person, given = Person.new("Camille"), {"vatNumber": VAT, "newsletter": True}
    document = customer_document(
        email=person.email, **given, gender=None, salutation=None, localeName="fr_FR"
    )
    answer = Client(cloud.url).post("/customers", document)
    assert answer.status == 201, answer.body

    told = json.loads(answer.body)["data"]["attributes"]
    visitor = followed(visit(), cloud, person)
    visitor.look()
    visitor.page.locator("main [name=password]").fill(person.password)
    visitor.send("confirm.button")

    assert {name: told[name] for name in given} == given
    visitor.expect_account(person, newsletter=True)


def test_by_a_file(visit: Visit, cloud: Cloud, stage: Stage, tmp_path: Path) -> None:
    office, person = visit(), Person.new("Camille")
    file = tmp_path / "clients.csv"
    rows = f",{person.email},Camille,Laurent,{VAT}\n,non@example.com,Non,Non,DE136695976\n"
    file.write_text(f"customer_reference,email,first_name,last_name,vat_number\n{rows}", "utf-8")

    as_member(at("/back-office/imports"))(office.page, stage)
    office.look()
    office.send("back_office.upload")
    office.page.get_by_label(FRENCH["back_office.upload_file"]).set_input_files(file)
    office.page.get_by_role("button", name=FRENCH["back_office.upload_button"]).click()
    failed = office.page.get_by_role("link", name=FRENCH["back_office.download_failed"])
    expect(failed).to_be_visible(timeout=SOON)
    expect(office.page.get_by_role("main")).to_contain_text("vat_number")
    office.look()
    chosen = followed(visit(), cloud, person)
    chosen.choose_password(person, newsletter=False)

    chosen.expect_account(person, newsletter=False)


def test_staff_find_a_customer_by_the_vat_number(visit: Visit, cloud: Cloud, stage: Stage) -> None:
    person, office = Person.new("Camille"), visit()
    document = customer_document(email=person.email, vatNumber="FR83404833048", gender=None)
    assert Client(cloud.url).post("/customers", document).status == 201

    def is_listed() -> int:
        as_member(at(f"{CUSTOMERS}?q=FR83404833048"))(office.page, stage)
        return office.page.get_by_role("row").filter(has_text=person.email).count()

    assert wait_for(is_listed)
    office.look()
