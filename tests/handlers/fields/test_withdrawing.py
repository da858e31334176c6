"""Withdrawing a consent by its link: without a login, as easily as it was given (GDPR, 7(3))."""

from datetime import timedelta

import pytest

from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.domain.customers import Customer
from registration.domain.links import LONGEST_TOKEN, Link, Purpose
from tests.conftest import MakeCloud
from tests.handlers.fields.test_account_page import NAMES, SENTENCE, customer, kept
from tests.handlers.fields.test_form_page import ANSWERS, fields_on
from tests.support.clock import later
from tests.support.cloud import PUBLIC_URL, Answer, Call, Cloud, SentMail
from tests.support.factories import NOW, a_verified_customer
from tests.support.people.accounts import bearer, sign_in
from tests.support.people.email_changes import asked
from tests.support.people.shoppers import Shopper, text_of
from tests.support.requests import email_document, key_document
from tests.support.shops import FIELDS, OpenShop

ASK, DONE, WRONG = "Withdraw this consent?", "This consent is withdrawn", "This link does not work"
ONE_CLICK = "List-Unsubscribe=One-Click"
MULTIPART = (
    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def shop(open_shop: OpenShop, make_cloud: MakeCloud) -> Cloud:
    """A shop that asks for a consent."""
    open_shop()
    return make_cloud()


def links_of(cloud: Cloud) -> dict[str, str]:
    """Return the links of the customer's resource."""
    signed_in = sign_in(cloud)
    (item,) = cloud.customers()
    answer = cloud.request("GET", f"/customers/{item['reference']}", headers=bearer(signed_in))
    found: dict[str, str] = answer.json["data"]["links"]
    return found


def link_of(cloud: Cloud) -> str:
    """Return the path and query of the link that withdraws the newsletter."""
    return links_of(cloud)["withdrawNewsletter"].removeprefix(PUBLIC_URL)


def post(cloud: Cloud, link: str, body: str = "", kind: str = "application/x-www-form-urlencoded",
         address: str = "198.51.100.9") -> Answer:  # fmt: skip
    """Send what a browser or a mail program sends, without cookies."""
    headers = {"content-type": kind, "user-agent": "Mail/1"}
    return cloud.request("POST", link, body=body, headers=headers, address=address)


def test_its_page_shows_the_sentence_and_changes_nothing(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    link, before = link_of(shop), shop.state()

    pages = [shop.get_page(link), shop.request("HEAD", link), shop.get_page(link)]

    assert [page.status for page in pages] == [200] * 3
    assert ASK in text_of(pages[0])
    assert SENTENCE in text_of(pages[0])
    assert shop.state() == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "application/x-www-form-urlencoded"),
        (ONE_CLICK, "application/x-www-form-urlencoded"),
        (MULTIPART, "multipart/form-data; boundary=x"),
    ],
    ids=["button", "one click", "one click, multipart"],
)
def test_a_post_withdraws_it_without_a_page_or_a_cookie(shop: Cloud, body: str, kind: str) -> None:
    customer(shop, newsletter="true")
    link = link_of(shop)

    answer = post(shop, link, body, kind)

    assert answer.status == 200, "a redirect would not do (RFC 8058, 3.1)"
    assert DONE in text_of(answer)
    (item,) = shop.customers()
    (consent,) = item["consents"]
    assert (consent["text"], consent["version"]) == (SENTENCE, "2026-01")
    assert consent["withdrawn"]["address"] == "198.51.100.9"
    assert consent["withdrawn"]["user_agent"] == "Mail/1"
    assert list(links_of(shop)) == ["self"]


def test_the_button_is_of_the_same_link(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    link = link_of(shop)

    assert f'<form method="post" action="{link}">' in shop.get_page(link).body


def test_a_second_time_says_that_it_is_withdrawn(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    link = link_of(shop)
    post(shop, link)
    before = shop.state()

    with later(timedelta(days=400)):
        again = post(shop, link)
        page = shop.get_page(link)

    assert (again.status, page.status) == (200, 200)
    assert DONE in text_of(again)
    assert DONE in text_of(page)
    assert shop.state() == before


def test_the_link_works_for_years_and_for_a_consent_that_was_given_again(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")
    link = link_of(shop)
    post(shop, link)
    sonia.send("/account", **NAMES, newsletter="true")

    with later(timedelta(days=3650)):
        assert ASK in text_of(shop.get_page(link))
        post(shop, link)

    assert kept(shop) == [(SENTENCE, True), (SENTENCE, True)]


def test_only_the_consent_of_the_link_is_withdrawn(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    calls = FIELDS.rpartition("[own.")[2].replace("newsletter]", "phone_calls]")
    open_shop({"fields.toml": f"{FIELDS}[own.{calls}"})
    cloud = make_cloud()
    customer(cloud, newsletter="true", phone_calls="true")
    links = links_of(cloud)

    post(cloud, links["withdrawPhoneCalls"].removeprefix(PUBLIC_URL))

    (item,) = cloud.customers()
    ends = {each["name"]: "withdrawn" in each for each in item["consents"]}
    assert ends == {"newsletter": False, "phone_calls": True}


def test_the_link_works_when_the_shop_asks_no_more(
    open_shop: OpenShop, make_cloud: MakeCloud
) -> None:
    open_shop()
    cloud = make_cloud()
    customer(cloud, newsletter="true")
    link = link_of(cloud)
    open_shop({"fields.toml": ""})
    cloud.forget_processes()

    assert DONE in text_of(post(cloud, link))
    assert kept(cloud) == [(SENTENCE, True)]


@pytest.mark.parametrize("now", ["", FIELDS.replace("newsletter", "letters"), "box"])
def test_the_account_names_a_consent_that_the_shop_asks_no_more_with_its_link(
    open_shop: OpenShop, make_cloud: MakeCloud, now: str
) -> None:
    open_shop()
    cloud = make_cloud()
    sonia = customer(cloud, newsletter="true")
    former = f'href="{links_of(cloud)["withdrawNewsletter"]}"'
    assert former not in sonia.open("/account").body
    box = FIELDS.replace('"consent"\nversion = "2026-01"', '"checkbox"')
    open_shop({"fields.toml": box if now == "box" else now})
    cloud.forget_processes()

    page = sonia.open("/account")

    assert SENTENCE in text_of(page)
    assert page.body.count(former) == 1
    post(cloud, link_of(cloud))
    assert "/withdraw-consent" not in sonia.open("/account").body


def wrong_links(cloud: Cloud) -> dict[str, str]:
    (item,) = cloud.customers()
    links, ends = SecretLinks(RotatingKeys(cloud.stack.names["LinkKeys"])), NOW.replace(year=2100)

    def signed(purpose: Purpose, reference: str, token_id: str) -> str:
        return links.token(Link(purpose, reference, token_id, ends))

    good = link_of(cloud).partition("token=")[2]
    _, token_id, *_ = good.split(".")
    return {
        "none": "",
        "cut off": good[:-4],
        "another consent": signed(Purpose.WITHDRAW_CONSENT, item["reference"], "other"),
        "another customer": signed(Purpose.WITHDRAW_CONSENT, "DE--nobody", token_id),
        "another purpose": signed(Purpose.RESET_PASSWORD, item["reference"], token_id),
        "too long": "x" * 1000,
    }


def test_wrong_links_are_all_answered_alike(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    before = shop.state()

    answers = [
        answer
        for token in wrong_links(shop).values()
        for link in (f"/withdraw-consent?token={token}",)
        for answer in (shop.get_page(link), post(shop, link, ONE_CLICK))
    ]

    assert {answer.status for answer in answers} == {410}
    assert all(WRONG in text_of(answer) for answer in answers)
    assert len({answer.weight for answer in answers}) <= 2
    assert [row for row in shop.state()[shop.customers_table] if row["entity"] == "customer"] == [
        row for row in before[shop.customers_table] if row["entity"] == "customer"
    ]


def test_an_anonymised_customers_link_is_wrong(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")
    link = link_of(shop)
    assert sonia.send("/account/delete", password="sturdy teapot orbit").status == 303

    assert (shop.get_page(link).status, post(shop, link).status) == (410, 410)


def test_it_is_withdrawn_while_the_customer_is_changed(shop: Cloud) -> None:
    sonia = customer(shop, newsletter="true")
    link, token = link_of(shop), sonia.csrf_token()

    def change(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            shop.on_call = None
            sonia.send_as_is("/account", {"csrf_token": token, **NAMES, "company": "Ltd"})

    shop.on_call = change

    assert DONE in text_of(post(shop, link))
    (item,) = shop.customers()
    assert item["company"] == "Ltd"
    assert kept(shop) == [(SENTENCE, True)]


def test_an_unconfirmed_consent_does_not_count(shop: Cloud) -> None:
    Shopper(shop).sign_up(**ANSWERS, newsletter="true")
    shop.drain()
    (mail,) = shop.mails

    assert "withdraw" not in mail.text + mail.html
    answer = shop.post_json("/customer-confirmation", key_document(mail.token))
    assert answer.status == 204
    assert "withdrawNewsletter" in links_of(shop)


def test_a_token_of_the_longest_reference_fits(shop: Cloud) -> None:
    longest: Customer = a_verified_customer(reference=f"DE--{'x' * 60}")
    keys = RotatingKeys(shop.stack.names["LinkKeys"])

    token = SecretLinks(keys).token(longest.withdrawal_link("n" * 40))

    assert len(token) <= LONGEST_TOKEN


# In mails


def forgotten(cloud: Cloud) -> SentMail:
    kind = "customer-forgotten-password"
    cloud.post_json(f"/{kind}", email_document(kind, "sonia@example.com"))
    cloud.drain()
    return cloud.mails[-1]


def test_our_mails_to_who_has_agreed_have_the_link_at_their_foot(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    link = links_of(shop)["withdrawNewsletter"]

    mail = forgotten(shop)

    assert mail.link.startswith("/restore-password?")
    for text in (mail.text, mail.html):
        assert SENTENCE in text
        assert link in text
    post(shop, link.removeprefix(PUBLIC_URL))
    assert "withdraw-consent" not in forgotten(shop).text


def test_mails_to_other_addresses_have_none(shop: Cloud) -> None:
    customer(shop, newsletter="true")
    (item,) = shop.customers()
    asked(shop, (item["reference"], bearer(sign_in(shop))), "new@example.org")

    mail = shop.mails[-1]

    assert mail.to == "new@example.org"
    assert "withdraw-consent" not in mail.text + mail.html
    assert SENTENCE not in mail.text


def test_a_sentence_stays_data_in_a_mail(open_shop: OpenShop, make_cloud: MakeCloud) -> None:
    open_shop({"fields.toml": FIELDS.replace(SENTENCE, "A <b>& {shop}")})
    cloud = make_cloud()
    customer(cloud, newsletter="true")

    mail = forgotten(cloud)

    assert "A <b>& {shop}" in mail.text
    assert "A &lt;b&gt;&amp; {shop}" in mail.html
    assert "A &lt;b&gt;&amp; {shop}" in cloud.get_page("/register").body
    assert "newsletter" in fields_on(cloud.get_page("/register").body)
