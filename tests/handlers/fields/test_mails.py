"""Texts of mails may hold a shop's own fields, if ``in_mails`` says so."""

import json
from dataclasses import replace
from typing import Any

import pytest

from registration.adapters import clients
from registration.domain.fields.own import Kind, OwnField, OwnValue
from registration.domain.mail.mails import MailKind
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.rendering.texts import texts
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.shop.folder import ShopError
from tests.support.cloud import Cloud, SentMail
from tests.support.factories import NOW, a_mail
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import PASSWORD, customer_document
from tests.support.shops import FIELDS, OpenShop

IN_MAILS = f"""\
{FIELDS}
[own.nick]
type = "text"
in_mails = true
label = "Nickname"

[own.motto]
type = "text"
pattern = ".*"
example = "x"
in_mails = true
label = "Motto"

[own.budget]
type = "number"
in_mails = true
label = "Budget"

[own.party]
type = "date"
in_mails = true
label = "Party"
"""
ALL = "{vat_number}|{size}|{nick}|{motto}|{budget}|{party}"
MESSAGES = f"""\
[mail.confirm_registration]
subject = "Confirm {{vat_number}} at {{shop}}"
message = "You gave us: {ALL}."
[mail.password_changed]
message = "Changed. {ALL}."
"""
OWN: dict[str, Any] = {
    "vatNumber": "FR40303265045",
    "size": "s",
    "nick": "Ada & Co'",
    "motto": "Carpe diem, 2x",
    "budget": 1234.5678,
    "party": "2026-03-07",
}


@pytest.fixture(autouse=True)
def _shop(open_shop: OpenShop) -> None:
    folders = {f"texts/{locale}/mails.toml": MESSAGES for locale in ("en_US", "de_DE")}
    open_shop({"fields.toml": IN_MAILS, **folders})


def sign_up(cloud: Cloud, **given: Any) -> SentMail:
    answer = cloud.post_json("/customers", customer_document(adult=True, **given))
    assert answer.status == 201, answer.body
    cloud.drain()
    return cloud.mails[-1]


def changed_password(cloud: Cloud, reference: str, session: dict[str, str]) -> None:
    new = "another teapot in orbit"
    given = {"password": PASSWORD, "newPassword": new, "confirmPassword": new}
    document = json.dumps({"data": {"type": "customer-password", "attributes": given}})
    path = f"/customer-password/{reference}"
    assert cloud.request("PATCH", path, body=document, headers=session).status == 204


def written(**own: OwnValue) -> str:
    """Return the fields in the text of a mail, as one line."""
    fields = customer_fields().in_mails
    write = MailRenderer("Shop", "en_US", {}, lambda: NOW, own_fields=fields)
    text = write(replace(a_mail(kind=MailKind.CONFIRM_REGISTRATION), own=own), "https://x").text
    return " ".join(text.split()).partition(": ")[2].partition(".  ")[0].partition(". Confirm")[0]


def test_a_mail_tells_what_the_customer_gave_in_the_mails_language(cloud: Cloud) -> None:
    english, german = sign_up(cloud, **OWN), sign_up(cloud, localeName="de_DE", **OWN)

    assert english.subject == "Confirm FR40303265045 at Shop"
    told = "FR40303265045|Small|{nick}|Carpe diem, 2x|1,234.5678|March 7, 2026."
    assert told.format(nick="") in " ".join(english.text.split())
    assert "|1.234,5678|7. März 2026." in " ".join(german.text.split())


def test_in_html_a_value_is_escaped_and_apart_from_the_text_around_it(cloud: Cloud) -> None:
    mail = sign_up(cloud, nick="Ada O'Neill", motto="<b>Q&A</b>")

    assert "<bdi>&lt;b&gt;Q&amp;A&lt;/b&gt;</bdi>" in mail.html
    assert "<bdi>Ada O&#39;Neill</bdi>" in mail.html


def test_what_is_not_known_leaves_nothing(cloud: Cloud) -> None:
    mail = sign_up(cloud)

    assert "You gave us: |||||." in " ".join(mail.text.split())
    assert mail.subject == "Confirm at Shop"


@pytest.mark.parametrize("field", ["nick", "motto"])
@pytest.mark.parametrize(
    "text",
    [
        "Buy at evil.example",
        "https://evil",
        "evil.com/now",
        "//evil",
        "write to me@evil",
        "evil\u3002com",
        "evil\uff0ecom",
        "x" * 61,
        "tel:+4930123",
        "MAILTO:me",
    ],
)
def test_nobody_advertises_in_the_shops_name(cloud: Cloud, field: str, text: str) -> None:
    mail = sign_up(cloud, **{field: text})

    assert "You gave us: |||||." in " ".join(mail.text.split())
    assert text not in mail.html


def test_a_text_without_a_pattern_is_shown_as_names_are() -> None:
    assert "|J.R.R. Müller-O'Neill|" in written(nick="J.R.R. Müller-O'Neill")
    for advertising in ("Call 0900 123", "Win €", "50% off!"):
        assert written(nick=advertising) == written()


@pytest.mark.parametrize(
    ("field", "kept"),
    [
        ("party", "some day"),
        ("party", 7),
        ("budget", "many"),
        ("budget", True),
        ("size", "xxl"),
        ("size", 3),
        ("vat_number", "no longer a VAT number"),
        ("vat_number", 40),
    ],
)
def test_what_was_kept_before_the_shop_changed_a_field_stops_no_mail(field: str, kept: Any) -> None:
    assert written(**{field: kept}) == written()


def test_a_value_with_braces_or_marks_stays_on_its_line_as_it_is() -> None:
    assert "|{shop} %s|" in written(motto="{shop} \u202e%s")


def test_an_outbox_item_holds_none_of_them(cloud: Cloud) -> None:
    cloud.post_json("/customers", customer_document(adult=True, **OWN))

    (item,) = cloud.items(cloud.outbox_table)

    assert "FR40303265045" not in str(item)
    assert "own" not in item


def test_a_later_mail_tells_what_is_known_then(cloud: Cloud) -> None:
    reference = confirmed(cloud, adult=True, **OWN)
    session = bearer(sign_in(cloud))
    change = '{"data": {"type": "customers", "attributes": {"vatNumber": "FR50303265045"}}}'
    cloud.request("PATCH", f"/customers/{reference}", body=change, headers=session)

    changed_password(cloud, reference, session)
    cloud.drain()

    assert "FR50303265045|Small" in cloud.mails[-1].text


def test_only_mails_to_the_customers_own_address_tell_a_value(
    cloud: Cloud, open_shop: OpenShop
) -> None:
    open_shop({"texts/en_US/common.toml": '[mail]\nsent_by = "From {shop} to {vat_number}."'})
    reference = confirmed(cloud, adult=True, **OWN)
    session = bearer(sign_in(cloud))
    cloud.mails.clear()
    change = '{"data": {"type": "customers", "attributes": {"email": "new@example.com"}}}'
    cloud.request("PATCH", f"/customers/{reference}", body=change, headers=session)
    cloud.post_json("/customers", customer_document(adult=True, **OWN))
    cloud.drain()

    assert {mail.to for mail in cloud.mails} == {"new@example.com", "sonia@example.com"}
    assert all("From Shop to ." in mail.text for mail in cloud.mails)


def test_a_mail_that_waited_tells_a_former_address_nothing(cloud: Cloud) -> None:
    reference = confirmed(cloud, adult=True, **OWN)
    session = bearer(sign_in(cloud))
    changed_password(cloud, reference, session)
    for item in cloud.items(cloud.outbox_table):
        key = {"PK": {"S": item["PK"]}}
        clients.dynamodb().update_item(
            TableName=cloud.outbox_table,
            Key=key,
            UpdateExpression="SET #to = :to",
            ExpressionAttributeNames={"#to": "to"},
            ExpressionAttributeValues={":to": {"S": "former@example.com"}},
        )
    cloud.drain()

    assert cloud.mails[-1].to == "former@example.com"
    assert "FR40303265045" not in cloud.mails[-1].text


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("mail.reset_password.message", "{vat_numer} {shop}", "Did you mean 'vat_number'?"),
        ("mail.reset_password.message", "{children} {shop}", "there is no {children} here."),
        ("mail.email_changed.message", "{vat_number} {shop}", "there is no {vat_number} here."),
        ("mail.already_registered.heading", "{size}", "there is no {size} here."),
        ("mail.staff_invitation.heading", "{size}", "there is no {size} here."),
        ("login.heading", "{vat_number}", "there is no {vat_number} here."),
    ],
)
def test_a_placeholder_that_has_no_value_there_is_an_error(
    open_shop: OpenShop, key: str, text: str, problem: str
) -> None:
    table, _, name = key.rpartition(".")
    open_shop({"texts/en_US/more.toml": f'[{table}]\n{name} = "{text}"'})

    with pytest.raises(ShopError) as raised:
        texts("en_US")

    assert f"{key}: " in str(raised.value)
    assert problem in str(raised.value)


def test_common_texts_of_mails_may_hold_them(open_shop: OpenShop) -> None:
    open_shop({"texts/en_US/more.toml": '[mail]\ngreeting_name = "{name} ({vat_number})"'})

    assert texts("en_US")["mail.greeting_name"] == "{name} ({vat_number})"


@pytest.mark.parametrize("key", ["button", "self", "key", "code", "link"])
def test_a_field_takes_no_place_from_a_part_of_a_mail(key: str) -> None:
    own = (OwnField(key, Kind.TEXT, {}, in_mails=True),)
    write = MailRenderer("Shop", "en_US", {}, lambda: NOW, own_fields=own)
    plain = MailRenderer("Shop", "en_US", {}, lambda: NOW)
    mail = a_mail(kind=MailKind.RESET_PASSWORD, own={key: "Oh"})

    assert write(mail, "https://x", "123456") == plain(mail, "https://x", "123456")


@pytest.mark.parametrize("kind", ["checkbox", "consent"])
@pytest.mark.parametrize("key", ["in_mails", "staff_search"])
def test_a_box_is_no_text_to_be_shown_or_found(open_shop: OpenShop, kind: str, key: str) -> None:
    version = 'version = "1"\n' if kind == "consent" else ""
    open_shop({"fields.toml": f'[own.box]\ntype = "{kind}"\n{version}label = "x"\n{key} = true'})

    with pytest.raises(ShopError, match=f"{key} is for fields with a text"):
        customer_fields()


@pytest.mark.parametrize("name", ["shop", "name", "since", "until", "lasts", "button"])
def test_a_field_is_not_called_as_what_mails_hold_anyway(open_shop: OpenShop, name: str) -> None:
    open_shop({"fields.toml": f'[own.{name}]\ntype = "text"\nlabel = "x"'})

    with pytest.raises(ShopError, match="this name is taken"):
        customer_fields()


def test_what_a_layout_fills_in_itself_wins_over_a_field() -> None:
    fields = customer_fields().in_mails
    button = replace(fields[0], name="button")
    write = MailRenderer("Shop", "en_US", {}, lambda: NOW, own_fields=(*fields, button))

    mail = write(replace(a_mail(), own={"button": "Zoe"}), "https://x")

    assert "Zoe" not in mail.text
