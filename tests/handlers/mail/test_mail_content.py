"""The settings for rendering and sending mails, from the template to SES."""

from email.utils import parseaddr

import pytest

from registration.entrypoints.environment import SettingsError
from tests.conftest import MakeCloud
from tests.support.cloud import Cloud, SentMail
from tests.support.imports.files import a_file, a_row
from tests.support.mail.mails_sent import headers, tags
from tests.support.requests import customer_document


def sign_up(cloud: Cloud, **overrides: str) -> SentMail:
    assert cloud.post_json("/customers", customer_document(**overrides)).status == 201
    cloud.drain()
    return cloud.mails[-1]


def test_without_settings_the_shop_sends_and_nobody_is_asked_to_answer(cloud: Cloud) -> None:
    mail = sign_up(cloud)

    assert parseaddr(mail.sender)[0] == "Shop"
    assert mail.parameters["ReplyToAddresses"] == []
    assert "Reply" not in mail.text
    assert "(UTC)" in mail.text


def test_sender_answers_and_time_zone_are_settings(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(
        MailFromName="Hawthorn Service",
        MailReplyTo="service@shop.example",
        MailTimeZone="Europe/Berlin",
        ConfirmLinkHours="48",
    )

    mail = sign_up(cloud, localeName="de_DE")

    assert parseaddr(mail.sender)[0] == "Hawthorn Service"
    assert mail.parameters["ReplyToAddresses"] == ["service@shop.example"]
    assert "Antworten Sie auf diese E-Mail." in mail.text
    assert "(Europe/Berlin)" in mail.text
    assert "Der Link gilt 2 Tage," in mail.text


def test_a_time_zone_that_there_is_not_is_named(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(MailTimeZone="Europe/Berln")

    with pytest.raises(SettingsError, match="MAIL_TIME_ZONE"):
        cloud.sweep()


def test_only_an_import_can_be_unsubscribed(make_cloud: MakeCloud) -> None:
    cloud = make_cloud(MailReplyTo="service@shop.example")
    signed_up = sign_up(cloud)

    cloud.drop("customer.csv", a_file(a_row(), a_row(2, password="")))
    cloud.drain()
    cloud.sweep()

    imported = [mail for mail in cloud.mails if mail.to != signed_up.to]
    assert "List-Unsubscribe" not in headers(signed_up.parameters)
    assert imported
    for mail in imported:
        reference = tags(mail.parameters)["reference"]
        assert headers(mail.parameters)["List-Unsubscribe"] == (
            f"<mailto:service@shop.example?subject=unsubscribe%20{reference}>"
        )
