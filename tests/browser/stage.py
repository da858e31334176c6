"""Customers in every state that a page is about, and staff, made without the pages at hand."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

from local import deploy
from local.cloud import Cloud
from registration.domain.links import LinkSigner, Purpose
from tests.browser.people import Person, link_in, mail_to, wait_for
from tests.local_cloud.browser import Browser
from tests.support.imports.files import COLUMNS
from tests.support.requests import customer_document, email_document, key_document
from tests.support.stack import ROOT


class Stage:
    """Makes each of them when first asked for, and keeps it.

    Parameters
    ----------
    cloud
        Where.
    member
        Who works in the Back Office.
    """

    def __init__(self, cloud: Cloud, member: Person | None = None) -> None:
        self.cloud = cloud
        self.member = member or Person.new("Ada")
        self.references: dict[str, str] = {}
        self._api = Browser(cloud.url)

    @cached_property
    def link(self) -> str:
        """A link that nobody has followed."""
        return link_in(mail_to(self.cloud, self.sign_up(Person.new()).email))

    @cached_property
    def replaced_link(self) -> str:
        """A link after which another one was sent."""
        person = self.sign_up(Person.new())
        link = link_in(mail_to(self.cloud, person.email))
        kind = "customer-confirmation-requests"
        answer = self._api.post(f"/{kind}", email_document(kind, person.email))
        assert answer.status == 204, answer
        mail_to(self.cloud, person.email, count=2)
        return link

    @cached_property
    def expired_link(self) -> str:
        """A link whose time is over, signed as ours are."""
        secrets_manager = self.cloud.client("secretsmanager")
        names = [secret["Name"] for secret in secrets_manager.list_secrets()["SecretList"]]
        (name,) = (name for name in names if "link" in name.lower())
        keys = json.loads(secrets_manager.get_secret_value(SecretId=name)["SecretString"])
        signer = LinkSigner([keys["current"]])
        genuine = signer.read(token_in(self.link), Purpose.CONFIRM)
        past = datetime.now(UTC) - timedelta(hours=1)
        expired = signer.token(
            type(genuine)(genuine.purpose, genuine.reference, genuine.token_id, past)
        )
        return self.link.replace(token_in(self.link), expired)

    @cached_property
    def imported(self) -> str:
        """The name of a file that was imported, good rows and bad ones."""
        name = "customer.csv"
        content = (ROOT / "examples" / name).read_bytes()
        self.cloud.client("s3").put_object(Bucket=self.cloud.bucket, Key=name, Body=content)
        self._wait_for_report(name)
        return name

    @cached_property
    def choosing_link(self) -> str:
        """A link of somebody who has no password yet, because that file brought them here."""
        assert self.imported
        return link_in(mail_to(self.cloud, "jonas.weiss@example.com"))

    @cached_property
    def customer(self) -> Person:
        """Somebody who has confirmed."""
        person = self.sign_up(Person.new("Amelia"))
        key = token_in(link_in(mail_to(self.cloud, person.email)))
        answer = self._api.post("/customer-confirmation", key_document(key))
        assert answer.status == 204, answer
        return person

    @cached_property
    def customers_browser(self) -> dict[str, str]:
        """The cookies of a browser that this customer has logged in with, and a cart."""
        browser = Browser(self.cloud.url)
        person = self.customer
        _send(browser, "/login", email=person.email, password=person.password)
        for sku in ("tea/earl-grey-100g", "mug-stoneware"):
            _send(browser, "/account", "/cart/items", sku=sku, quantity="2")
        return browser.cookies

    @cached_property
    def guests_browser(self) -> dict[str, str]:
        """The cookies of a browser with a cart that belongs to nobody yet."""
        browser = Browser(self.cloud.url)
        _send(browser, "/login", "/cart/items", sku="tea/earl-grey-100g", quantity="1")
        return browser.cookies

    @cached_property
    def invitation(self) -> str:
        """A link that invites to the Back Office."""
        return self.invite(Person.new("Grace"))

    @property
    def known_member(self) -> Person:
        """The member, once they can log in."""
        assert self.members_browser
        return self.member

    @cached_property
    def members_browser(self) -> dict[str, str]:
        """The cookies of a browser that the member has logged in to the Back Office with."""
        browser, link = Browser(self.cloud.url), self.invite(self.member)
        password = self.member.password
        path = "/back-office/invitation"
        fields = {"token": token_in(link), "new_password": password, "repeat_password": password}
        _send(browser, f"{path}?token={token_in(link)}", path, **fields)
        return browser.cookies

    @cached_property
    def reset_link(self) -> str:
        """A link to a new password."""
        kind, email = "customer-forgotten-password", self.customer.email
        answer = self._api.post(f"/{kind}", email_document(kind, email))
        assert answer.status == 204, answer
        return link_in(mail_to(self.cloud, email, count=2))

    def sign_up(self, person: Person, **more: str) -> Person:
        """Sign somebody up by the API."""
        document = customer_document(
            email=person.email,
            password=person.password,
            confirmPassword=person.password,
            salutation=person.salutation,
            gender=person.gender,
            firstName=person.first_name,
            lastName=person.last_name,
            **more,
        )
        answer = self._api.post("/customers", document)
        assert answer.status == 201, answer
        self.references[person.email] = json.loads(answer.body)["data"]["id"]
        return person

    def is_verified(self, person: Person) -> bool:
        """Tell whether somebody can sign in, which takes a proven address."""
        attributes = {"username": person.email, "password": person.password}
        document = {"data": {"type": "access-tokens", "attributes": attributes}}
        status = self._api.post("/access-tokens", document).status
        assert status in {201, 401}
        return status == 201

    def invite(self, person: Person) -> str:
        """Invite somebody to the Back Office, and return the link in the mail."""
        name = deploy.stack_outputs(self.cloud.endpoint)["InviteStaffFunction"]
        named = f"{person.first_name} {person.last_name}"
        event = json.dumps({"email": person.email, "name": named, "role": "editor"}).encode()
        told = self.cloud.client("lambda").invoke(FunctionName=name, Payload=event)
        answer = json.load(told["Payload"])
        assert answer.get("invited"), answer
        return link_in(mail_to(self.cloud, person.email))

    def _wait_for_report(self, name: str) -> None:
        s3 = self.cloud.client("s3")
        found = wait_for(
            lambda: s3.list_objects_v2(
                Bucket=self.cloud.bucket, Prefix=f"reports/{name}/summary.json"
            ).get("Contents")
        )
        assert found, f"{name} was not imported."


def _send(browser: Browser, page: str, target: str = "", **fields: str) -> None:
    """Send a form that is on a page; it must lead on."""
    csrf_token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).body)
    assert csrf_token, f"There is no form at {page}."
    answer = browser.submit(target or page, {**fields, "csrf_token": csrf_token[1]})
    assert answer.status == 303, answer


def file_of(*people: Person) -> str:
    """Return a file to import people from, each without a password."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS)
    rows.writeheader()
    for person in people:
        rows.writerow(
            {
                "email": person.email,
                "salutation": person.salutation,
                "first_name": person.first_name,
                "last_name": person.last_name,
                "gender": person.gender,
            }
        )
    return text.getvalue()


def token_in(link: str) -> str:
    """Return the token of a link."""
    (token,) = parse_qs(urlsplit(link).query)["token"]
    return token
