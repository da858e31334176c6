"""What a customer accepts can be read, and stays on record in the words that were shown."""

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from registration.adapters import clients
from tests.handlers.customers.test_entered_customers import (
    OLD_PASSWORD,
    by_import,
    by_import_with_a_password,
)
from tests.handlers.customers.test_register_api import size
from tests.handlers.staff.test_back_office import LIST, staff, text_of
from tests.support.cloud import Cloud
from tests.support.markup import Markup
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, registration_form, review_form
from tests.support.shops.texts import a_shop

GERMAN = {"accept-language": "de"}
LEGAL = """
version = "2026-03"
[terms]
en = "https://shop.example/terms?a=1&b=2"
de_DE = "https://shop.example/agb"
[privacy]
en = "https://shop.example/privacy"
"""
ENGLISH_SENTENCE = (
    "I accept the terms and conditions of Käse & Brot and have read the privacy policy."
)
GERMAN_SENTENCE = (
    "Ich akzeptiere die Allgemeinen Geschäftsbedingungen von Käse & Brot und habe die "
    "Datenschutzerklärung gelesen."
)


@pytest.fixture(autouse=True)
def shop(tmp_path: Path) -> Iterator[None]:
    """A shop whose terms can be read, in two languages."""
    with a_shop(tmp_path, {"legal.toml": LEGAL, "brand.toml": 'name = "Käse & Brot"'}):
        yield


def only_customer(cloud: Cloud) -> dict[str, Any]:
    (customer,) = cloud.customers()
    return customer


def accepted(cloud: Cloud) -> tuple[str, str]:
    customer = only_customer(cloud)
    return customer["terms_version"], customer["terms_sentence"]


def test_the_form_links_what_is_accepted_and_keeps_itself(cloud: Cloud) -> None:
    page = Markup.of(cloud.get_page("/register", headers=GERMAN).body)
    (label,) = (each for each in page.elements("label") if each.get("for") == "accepted_terms")

    links = [each for each in label.iter() if each.tag == "a"]

    assert [link.get("href") for link in links] == [
        "https://shop.example/agb",
        "https://shop.example/privacy",
    ]
    assert {link.get("target") for link in links} == {"_blank"}
    assert {link.get("rel") for link in links} == {"noopener noreferrer"}
    read = "".join(label.itertext())
    assert read.count("(öffnet einen neuen Tab)") == 2
    assert read.replace(" (öffnet einen neuen Tab)", "") == GERMAN_SENTENCE


@pytest.mark.parametrize(
    ("headers", "sentence"), [({}, ENGLISH_SENTENCE), (GERMAN, GERMAN_SENTENCE)]
)
@pytest.mark.parametrize("origin", ["", "checkout"])
def test_the_form_keeps_version_and_sentence_in_its_language(
    cloud: Cloud, headers: dict[str, str], sentence: str, origin: str
) -> None:
    form = registration_form(**{"from": origin} if origin else {})

    cloud.post_form("/register", form, headers=headers)
    cloud.drain()

    assert accepted(cloud) == ("2026-03", sentence)
    cloud.post_form("/confirm", {"token": cloud.mails[-1].token, "password": PASSWORD})
    assert only_customer(cloud)["status"] == "verified"
    assert accepted(cloud) == ("2026-03", sentence)


@pytest.mark.parametrize(
    ("locale", "sentence"),
    [
        ({"localeName": "de_AT"}, GERMAN_SENTENCE),
        ({"localeName": "xx_XX"}, ENGLISH_SENTENCE),
        ({}, ENGLISH_SENTENCE),
    ],
)
def test_the_api_keeps_the_sentence_in_the_customers_language(
    cloud: Cloud, locale: dict[str, str], sentence: str
) -> None:
    answer = cloud.post_json("/customers", customer_document(**locale), headers=GERMAN)

    assert answer.status == 201
    assert accepted(cloud) == ("2026-03", sentence)


def test_a_default_language_is_that_of_who_has_not_said(
    make_cloud: Callable[..., Cloud],
) -> None:
    cloud = make_cloud(DefaultLocale="de_DE")

    cloud.post_json("/customers", customer_document())

    assert accepted(cloud)[1] == GERMAN_SENTENCE


def test_who_was_entered_accepts_on_the_page_of_the_link_in_its_language(cloud: Cloud) -> None:
    by_import(cloud)
    assert "terms_sentence" not in only_customer(cloud)
    form = {"token": cloud.mails[-1].token, **review_form(PASSWORD)}

    cloud.post_form("/confirm", form, headers=GERMAN)

    assert accepted(cloud) == ("2026-03", GERMAN_SENTENCE)


def test_who_was_imported_with_a_password_accepts_beside_it(cloud: Cloud) -> None:
    by_import_with_a_password(cloud)
    form = {"token": cloud.mails[-1].token, "password": OLD_PASSWORD, "way": "password"}
    refused = cloud.post_form("/confirm", form)

    cloud.post_form("/confirm", {**form, "accepted_terms": "true"})

    assert refused.status == 400
    assert accepted(cloud) == ("2026-03", ENGLISH_SENTENCE)


def test_a_sign_up_beside_what_staff_entered_keeps_its_sentence(cloud: Cloud) -> None:
    by_import(cloud)
    email = only_customer(cloud)["email"]

    cloud.post_form("/register", registration_form(email=email), headers=GERMAN)

    assert "terms_sentence" not in only_customer(cloud)
    assert only_customer(cloud)["sign_up"]["terms_sentence"] == GERMAN_SENTENCE


def test_the_parameter_of_the_template_wins(make_cloud: Callable[..., Cloud]) -> None:
    cloud = make_cloud(TermsVersion="7", ShopName="Tea & Cups")

    cloud.post_json("/customers", customer_document())

    sentence = "I accept the terms and conditions of Tea & Cups and have read the privacy policy."
    assert accepted(cloud) == ("7", sentence)


def test_the_record_shows_in_the_customers_file_and_to_staff(cloud: Cloud) -> None:
    cloud.post_form("/register", registration_form(), headers=GERMAN)
    cloud.drain()
    cloud.post_form("/confirm", {"token": cloud.mails[-1].token, "password": PASSWORD})
    shopper = Shopper(cloud)
    shopper.log_in()

    told = json.loads(shopper.send("/account/data", password=PASSWORD).body)
    reference = only_customer(cloud)["reference"]
    page = cloud.get_page(f"{LIST}/{reference}", cookies=staff(cloud))

    assert told["consent"]["termsVersion"] == "2026-03"
    assert told["consent"]["termsSentence"] == GERMAN_SENTENCE
    assert f"2026-03 {GERMAN_SENTENCE}" in text_of(page)


def test_a_record_from_before_has_no_sentence_and_reads(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document())
    cloud.drain()
    customer = only_customer(cloud)
    clients.dynamodb().update_item(
        TableName=cloud.customers_table,
        Key={name: {"S": customer[name]} for name in ("PK", "SK")},
        UpdateExpression="REMOVE terms_sentence",
    )

    cloud.post_form("/confirm", {"token": cloud.mails[-1].token, "password": PASSWORD})
    page = cloud.get_page(f"{LIST}/{customer['reference']}", cookies=staff(cloud))

    assert "2026-03" in text_of(page)
    assert "<q" not in page.body
    assert "terms_sentence" not in only_customer(cloud)


def test_every_page_and_mail_links_to_the_law_in_its_footer(cloud: Cloud) -> None:
    cloud.post_form("/register", registration_form(), headers=GERMAN)
    cloud.drain()
    (mail,) = cloud.mails

    for path in ("/login", "/register", "/forgot-password", "/cart"):
        page = cloud.get_page(path, headers=GERMAN)
        footer = page.body.partition("<footer>")[2]
        assert 'href="https://shop.example/agb"' in footer, path
        assert ">Allgemeine Geschäftsbedingungen<" in footer
        assert "Impressum" not in footer
    assert '<a class="muted" href="https://shop.example/agb"' in mail.html
    assert "Allgemeine Geschäftsbedingungen: https://shop.example/agb\n" in mail.text
    assert "Datenschutzerklärung: https://shop.example/privacy" in mail.text
    english = cloud.get_page("/login").body
    assert f'href="{html.escape("https://shop.example/terms?a=1&b=2")}"' in english


def test_a_customer_of_usual_size_takes_one_write_unit_with_the_sentence(cloud: Cloud) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html"""
    chrome = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/126.0.0.0 Safari/537.36"
    )
    headers = {**GERMAN, "user-agent": chrome}

    cloud.post_form("/register", registration_form(), headers=headers)
    cloud.drain()
    form = {"token": cloud.mails[-1].token, "password": PASSWORD}
    cloud.post_form("/confirm", form, headers=headers)

    assert only_customer(cloud)["confirmed"]["user_agent"] == chrome
    writes = [
        write["Put"]["Item"]
        for call in cloud.calls
        if call.operation == "TransactWriteItems"
        for write in call.parameters["TransactItems"]
        if write.get("Put", {}).get("Item", {}).get("entity") == {"S": "customer"}
    ]
    kept = clients.dynamodb().get_item(
        TableName=cloud.customers_table,
        Key={name: {"S": only_customer(cloud)[name]} for name in ("PK", "SK")},
    )["Item"]
    assert [size(item) <= 1024 for item in (*writes, kept)] == [True, True]
