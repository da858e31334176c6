"""Customers in every state that a page is about, made by the other doors: the API, the import."""

import csv
import io
import json
import secrets
from datetime import UTC, datetime, timedelta
from functools import cached_property
from urllib.parse import parse_qs, urlsplit

from local.cloud import Cloud
from registration.domain.links import LinkSigner, Purpose
from tests.browser.people import Person, link_in, mail_to
from tests.imports import COLUMNS
from tests.local_cloud.browser import Browser
from tests.requests import customer_document, email_document, key_document


class Stage:
    """Makes each of them when first asked for, and keeps it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
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
    def choosing_link(self) -> str:
        """A link of somebody who has no password yet, because a file brought them here."""
        return link_in(mail_to(self.cloud, self.drop_file(Person.new("Emily"))[0].email))

    @cached_property
    def customer(self) -> Person:
        """Somebody who has confirmed."""
        person = self.sign_up(Person.new("Amelia"))
        key = token_in(link_in(mail_to(self.cloud, person.email)))
        answer = self._api.post("/customer-confirmation", key_document(key))
        assert answer.status == 204, answer
        return person

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
        return person

    def is_verified(self, person: Person) -> bool:
        """Tell whether somebody can sign in, which takes a proven address."""
        attributes = {"username": person.email, "password": person.password}
        document = {"data": {"type": "access-tokens", "attributes": attributes}}
        status = self._api.post("/access-tokens", document).status
        assert status in {201, 401}
        return status == 201

    def drop_file(self, *people: Person) -> tuple[Person, ...]:
        """Drop a file of people, without passwords, into the bucket."""
        self.cloud.client("s3").put_object(
            Bucket=self.cloud.bucket,
            Key=f"{secrets.token_hex(4)}.csv",
            Body=file_of(*people).encode(),
        )
        return people


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
