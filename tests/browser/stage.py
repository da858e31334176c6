"""Customers in every state that pages show, and staff, created without the pages under test."""

import csv
import io
import json
import re
import secrets
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
    """Creates each of them lazily, and keeps it.

    Parameters
    ----------
    cloud
        The local cloud.
    member
        The member of staff.
    """

    def __init__(self, cloud: Cloud, member: Person | None = None) -> None:
        self.cloud = cloud
        self.member = member or Person.new("Ada")
        self.token = secrets.token_hex(4)
        self.references: dict[str, str] = {}
        self._api = Browser(cloud.url)

    @cached_property
    def link(self) -> str:
        """A confirmation link that was not used."""
        return link_in(mail_to(self.cloud, self.sign_up(Person.new()).email))

    @cached_property
    def not_me_link(self) -> str:
        """The second link of a mail, for who has not signed up; it was not used."""
        return link_in(mail_to(self.cloud, self.sign_up(Person.new()).email), 1)

    @property
    def next_not_me_link(self) -> str:
        """Another one each time, to be used."""
        return link_in(mail_to(self.cloud, self.sign_up(Person.new()).email), 1)

    @cached_property
    def quiet_address(self) -> str:
        """An address whose owner has said that it was somebody else."""
        person = self.sign_up(Person.new())
        link = link_in(mail_to(self.cloud, person.email), 1)
        browser, token = Browser(self.cloud.url), token_in(link)
        _send(browser, f"/not-me?token={token}", "/not-me", token=token, not_me="true")
        return person.email

    @cached_property
    def replaced_link(self) -> str:
        """A link that a newer one has replaced."""
        person = self.sign_up(Person.new())
        link = link_in(mail_to(self.cloud, person.email))
        kind = "customer-confirmation-requests"
        answer = self._api.post(f"/{kind}", email_document(kind, person.email))
        assert answer.status == 204, answer
        mail_to(self.cloud, person.email, count=2)
        return link

    @cached_property
    def expired_link(self) -> str:
        """An expired link with a valid signature."""
        secrets_manager = self.cloud.client("secretsmanager")
        # Tests of SAM deploy a second stack, with keys of its own.
        resource = self.cloud.client("cloudformation").describe_stack_resource(
            StackName=deploy.STACK, LogicalResourceId="LinkKeys"
        )
        name = resource["StackResourceDetail"]["PhysicalResourceId"]
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
        """The name of an imported file with valid and invalid rows."""
        # Other tests import the example too, in the same local cloud, and another stage may.
        name = f"customers-{self.token}.csv"
        content = (ROOT / "examples" / "customer.csv").read_text("utf-8")
        content = content.replace("@example.com", f"@{self.token}.example.org")
        content = content.replace("DE--1", f"DE--{self.token}-1")
        self.cloud.client("s3").put_object(
            Bucket=self.cloud.bucket, Key=name, Body=content.encode()
        )
        self._wait_for_report(name)
        return name

    @cached_property
    def choosing_link(self) -> str:
        """The link of an imported customer, who has no password yet."""
        assert self.imported
        return link_in(mail_to(self.cloud, f"jonas.weiss@{self.token}.example.org"))

    @cached_property
    def customer(self) -> Person:
        """A confirmed customer."""
        person = self.sign_up(Person.new("Amelia"))
        key = token_in(link_in(mail_to(self.cloud, person.email)))
        answer = self._api.post("/customer-confirmation", key_document(key))
        assert answer.status == 204, answer
        return person

    @cached_property
    def customers_browser(self) -> dict[str, str]:
        """The cookies of a browser in which this customer is logged in and has a cart."""
        browser = Browser(self.cloud.url)
        person = self.customer
        _send(browser, "/login", email=person.email, password=person.password)
        for sku in ("tea/earl-grey-100g", "mug-stoneware"):
            _send(browser, "/account", "/cart/items", sku=sku, quantity="2")
        return browser.cookies

    @cached_property
    def guests_browser(self) -> dict[str, str]:
        """The cookies of a browser with a guest's cart."""
        browser = Browser(self.cloud.url)
        _send(browser, "/login", "/cart/items", sku="tea/earl-grey-100g", quantity="1")
        return browser.cookies

    @cached_property
    def invitation(self) -> str:
        """The link of an invitation to the Back Office."""
        return self.invite(Person.new("Grace"))

    @property
    def known_member(self) -> Person:
        """The member, with a password to log in with."""
        assert self.members_browser
        return self.member

    @cached_property
    def members_browser(self) -> dict[str, str]:
        """The cookies of a browser in which the member is logged in to the Back Office."""
        browser, link = Browser(self.cloud.url), self.invite(self.member)
        password = self.member.password
        path = "/back-office/invitation"
        fields = {"token": token_in(link), "new_password": password, "repeat_password": password}
        _send(browser, f"{path}?token={token_in(link)}", path, **fields)
        return browser.cookies

    @cached_property
    def reset_link(self) -> str:
        """A link to choose a new password."""
        kind, email = "customer-forgotten-password", self.customer.email
        answer = self._api.post(f"/{kind}", email_document(kind, email))
        assert answer.status == 204, answer
        return link_in(mail_to(self.cloud, email, count=2))

    @cached_property
    def links_of_a_change(self) -> tuple[str, str]:
        """The links that prove a new address, and that restore the one before."""
        person, browser = Person.new("Leonie"), Browser(self.cloud.url)
        key = token_in(link_in(mail_to(self.cloud, self.sign_up(person).email)))
        self._api.post("/customer-confirmation", key_document(key))
        _send(browser, "/login", email=person.email, password=person.password)

        def ask() -> str:
            email, password = Person.new("Leonie").email, person.password
            _send(browser, "/account/email", email=email, password=password)
            return link_in(mail_to(self.cloud, email))

        first, path = ask(), "/confirm-email"
        fields = {"token": token_in(first), "password": person.password}
        _send(browser, f"{path}?token={token_in(first)}", path, **fields)
        return ask(), link_in(mail_to(self.cloud, person.email, count=2))

    def sign_up(self, person: Person, **more: str) -> Person:
        """Sign a person up with the API."""
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
        """Whether a person can sign in, which needs a verified address."""
        attributes = {"username": person.email, "password": person.password}
        document = {"data": {"type": "access-tokens", "attributes": attributes}}
        status = self._api.post("/access-tokens", document).status
        assert status in {201, 401}
        return status == 201

    def invite(self, person: Person) -> str:
        """Invite a person to the Back Office, and return the link in the mail."""
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
    """Send a form on a page; the answer must be a redirection."""
    csrf_token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).body)
    assert csrf_token, f"There is no form at {page}."
    answer = browser.submit(target or page, {**fields, "csrf_token": csrf_token[1]})
    assert answer.status == 303, answer


def file_of(*people: Person) -> str:
    """Return a file to import people without passwords."""
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
