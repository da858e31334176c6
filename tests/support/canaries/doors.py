"""Ways through every door with canaries in the hands: what customers, staff and AWS do.

The doors are the routes and functions of the template, the parameters those that the code reads.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from botocore.exceptions import ClientError

from registration.entrypoints.rendering.api_names import NAMES
from registration.entrypoints.web.json_api import MEDIA_TYPE
from tests.support.canaries.values import (
    AGENT,
    CLIENT,
    EMAIL_ADDRESS,
    GUEST,
    PASSWORD,
    PERSONAL,
    VALUES,
)
from tests.support.canaries.watch import Watch
from tests.support.cloud import SESSION, Answer, Call, Cloud
from tests.support.imports.files import a_file, a_row
from tests.support.mail.mailing import ses_event
from tests.support.stack import ROOT

STAFF = "__Host-staff"
_PAGE = {"accept": "text/html"}
_FORM_TYPE = "application/x-www-form-urlencoded"
_ENTRYPOINTS = ROOT / "layers" / "common" / "src" / "registration" / "entrypoints"
_SOURCE = "".join(file.read_text() for file in sorted(_ENTRYPOINTS.rglob("*.py")))
QUERY = set(re.findall(r'(?:query|parameters\.get)\("(\w+)"', _SOURCE))
_FORM = {*VALUES, *re.findall(r'(?:form|entered)(?:\.get\(|\[)"(\w+)"', _SOURCE)}


def canary(name: str) -> str:
    """Return what is sent as a parameter of a form, a path or a query."""
    return str(VALUES.get(name, f"Canary{name}"))


FORM = {name: canary(name) for name in _FORM - {"accepted_terms", "way", "from"}} | {
    "accepted_terms": "true",
    "repeat_password": PASSWORD,
}
"""Every field of every form."""


def every_way(cloud: Cloud) -> list[tuple[str, str]]:
    """Return method and path of every route; what ends a session or an account comes last."""
    ends = re.compile("logout|delete|anonymise|DELETE")
    ways = [("GET" if method == "ANY" else method, path) for method, path in cloud.routes]
    named = [(method, path.replace("$default", "/nowhere/{at_all}")) for method, path in ways]
    return sorted(named, key=lambda way: bool(ends.search(" ".join(way))))


@dataclass
class People:
    """A customer and an editor, both of canaries, with their sessions."""

    watch: Watch
    headers: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, str] = field(default_factory=dict)
    csrf: dict[str, str] = field(default_factory=dict)
    reference: str = "DE--none"

    @property
    def cloud(self) -> Cloud:
        """Where they are."""
        return self.watch.cloud

    def call(self, method: str, path: str, kind: str = "", **more: Any) -> Answer:
        """Call the API with every attribute that it knows."""
        given = {name: VALUES[field] for field, name in NAMES.items()}
        body = json.dumps({"data": {"type": kind, "attributes": {**given, **more}}})
        return self.request(method, path, body, MEDIA_TYPE, self.headers)

    def submit(self, path: str, **more: str) -> Answer:
        """Send a form with every field that any has, from a page of the service."""
        room = "/back-office" if path.startswith("/back-office") else ""
        if room not in self.csrf:
            page = self.open(f"{room}/login")
            self._keep(page)
            self.csrf[room] = re.findall(r'name="csrf_token" value="([^"]+)"', page.body)[0]
        body = urlencode({**FORM, "csrf_token": self.csrf[room], **more})
        answer = self.request("POST", path, body, _FORM_TYPE, _PAGE)
        self._keep(answer)
        return answer

    def open(self, path: str) -> Answer:
        """Open a page."""
        return self.request("GET", path, None, "", _PAGE)

    def _keep(self, answer: Answer) -> None:
        new = dict(line.partition(";")[0].split("=", 1) for line in answer.cookies)
        if new.keys() & {SESSION, STAFF}:
            self.csrf.clear()  # the forms of a browser are bound to its session
        self.cookies |= new

    def request(
        self,
        method: str,
        path: str,
        body: str | None,
        kind: str,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request from the canaries' network address, with all of their headers."""
        sent = {
            "user-agent": AGENT,
            "referer": f"https://x.example/?q={EMAIL_ADDRESS}",
            **(headers or {}),
        }
        if body is not None:
            sent["content-type"] = kind
        return self.cloud.request(
            method, path, body=body, headers=sent, cookies=self.cookies, address=CLIENT
        )


GUEST_HEADERS = {"x-anonymous-customer-unique-id": GUEST, "idempotency-key": "a-key"}


def signed_up(people: People) -> None:
    """Sign up by the API, as a guest with a cart, and once more by the form."""
    people.headers = dict(GUEST_HEADERS)
    people.call("POST", "/guest-cart-items", "guest-cart-items")
    created = people.call("POST", "/customers", "customers")
    if created.status == 201:
        people.reference = created.json["data"]["id"]
    people.headers = {}
    people.submit("/register")


def mailed(people: People) -> None:
    """Send what the outbox promises."""
    people.cloud.drain()


def confirmed(people: People) -> None:
    """Follow the mail's link in another browser, and confirm with the password."""
    link = people.cloud.mails[-1].link
    people.cookies = {}
    people.csrf = {}
    people.open(link)
    people.submit("/confirm", token=people.cloud.mails[-1].token, password="wrong")
    people.submit("/confirm", token=people.cloud.mails[-1].token, way="password")
    people.call(
        "POST",
        "/customer-confirmation",
        "customer-confirmation",
        registrationKey=people.cloud.mails[-1].token,
    )


def logged_in(people: People) -> None:
    """Log in by the form, the API and OAuth 2.0, refresh, and once with a wrong password."""
    people.submit("/login")
    people.submit("/login", password=f"{PASSWORD}!")
    answer = people.call("POST", "/access-tokens", "access-tokens")
    form = {"grant_type": "password", "username": EMAIL_ADDRESS, "password": PASSWORD}
    for given in (form, form | {"password": f"{PASSWORD}!"}):
        people.request("POST", "/token", urlencode(given), _FORM_TYPE)
    if answer.status == 201:
        tokens = answer.json["data"]["attributes"]
        refresh = {"refreshToken": tokens["refreshToken"]}
        answer = people.call("POST", "/refresh-tokens", "refresh-tokens", **refresh)
        tokens = answer.json["data"]["attributes"]
        people.headers = {"authorization": f"Bearer {tokens['accessToken']}"}


def looked_after(people: People) -> None:
    """Open and change one's own account, and ask for a new password."""
    for path in ("/account", "/account/password", "/account/carts", "/checkout"):
        people.open(path)
    people.submit("/account")
    people.submit("/account/data")
    people.call("GET", f"/customers/{people.reference}")
    people.call("PATCH", f"/customers/{people.reference}", "customers")
    moved_and_back(people)
    people.submit("/forgot-password")
    typed(people, "/forgot-password/code")
    people.open(people.cloud.mails[-1].link)
    people.submit("/restore-password", token=people.cloud.mails[-1].token)


def typed(people: People, path: str) -> None:
    """Type the code of the newest mail, and before it what is no code and a wrong one."""
    people.cloud.drain()
    for code in ("1234", "12345678", people.cloud.mails[-1].code):
        people.submit(path, code=code)


def moved_and_back(people: People) -> None:
    """Change the address, by the API and by the form, and restore it."""
    new = f"moved-{EMAIL_ADDRESS}"
    people.call("PATCH", f"/customers/{people.reference}", "customers", email=new)
    people.submit("/account/email", email=new)
    typed(people, "/account/email/code")
    for path in ("/confirm-email", "/restore-email"):
        people.cloud.drain()
        mail = people.cloud.mails[-1]
        people.open(mail.link)
        people.submit(path, token=mail.token, password="wrong", repeat_password="wrong")
        people.submit(path, token=mail.token)


def reported(people: People) -> None:
    """Let SES tell of the mail, in each way, and in a way that nobody can read."""
    mail, now = people.cloud.mails[-1], datetime.now(UTC)
    for kind in ("Delivery", "Reject", "Bounce", "Complaint", "Open"):
        event = ses_event(kind, mail, now)
        people.cloud.invoke("RecordDeliveryFunction", event)
        told = event["Records"][0]["Sns"]
        told["Message"] = told["Message"].replace("timestamp", "when")
        people.cloud.invoke("RecordDeliveryFunction", event)


def invited(people: People) -> None:
    """Invite the editor, who accepts and logs in."""
    event = {"email": EMAIL_ADDRESS, "role": "editor", "name": VALUES["name"]}
    people.cloud.invoke("InviteStaffFunction", event)
    people.cloud.drain()
    link = people.cloud.mails[-1].link
    people.open(link)
    people.submit("/back-office/invitation", token=people.cloud.mails[-1].token)
    people.submit("/back-office/login", password=f"{PASSWORD}!")
    people.submit("/back-office/login")


def cared_for(people: People) -> None:
    """Search, view, create and edit customers as staff, and upload a file."""
    people.open(f"/back-office/customers?q={quote(EMAIL_ADDRESS)}")
    people.submit("/back-office/customers/new", email=f"new-{EMAIL_ADDRESS}")
    for page in ("", "/edit", "/anonymise"):
        people.open(f"/back-office/customers/{people.reference}{page}")
    for action in ("edit", "resend", "password-mail", "lift-suppression", "data"):
        people.submit(f"/back-office/customers/{people.reference}/{action}")
    people.submit("/back-office/imports/new")
    people.open("/back-office/record")


ROW = {
    "email": f"row-{EMAIL_ADDRESS}",
    **{name: VALUES[name] for name in ("first_name", "last_name", "phone", "company")},
    "date_of_birth": "1971-03-17",
}


def imported(people: People) -> None:
    """Import right rows and wrong ones, one for each column and one with all."""
    wrong = [
        a_row(n, **{**ROW, name: f"{PERSONAL.get(name, 'Canary')}\x01:<{n}"})
        for n, name in enumerate(a_row(), start=1)
    ]
    everywhere = a_row(99, **{name: f"{text}\ufffd" for name, text in ROW.items()})
    cells = a_file(a_row(**ROW), *wrong, everywhere, a_row(98, **ROW))
    people.cloud.drop("customers.csv", cells + b'\nCanaryx;"\xff\xfe' + b'"x"y\n')
    people.cloud.drain()
    people.cloud.invoke("ImportPlannerFunction", {"watch": "imports"})


def indexed(people: People) -> None:
    """Make the directory of the customers anew."""
    people.cloud.invoke("IndexCustomersFunction", {"rebuild": True})
    people.cloud.sweep()


LIFE: tuple[Callable[[People], None], ...] = (
    *(signed_up, mailed, confirmed, logged_in, looked_after),
    *(invited, cared_for, imported, indexed, reported),
)
"""Everything that happens to people, in its order."""


class CallFails:
    """Lets the n-th call of AWS fail; the error's text repeats all of the request, and more."""

    def __init__(self, number: int) -> None:
        self._left, self._unexpected = number, bool(number % 2)
        self.failed = False

    def __call__(self, call: Call) -> None:
        self._left -= 1
        if self._left:
            return
        self.failed = True
        text = f"{call.parameters} {PERSONAL} {PASSWORD}"
        if self._unexpected:
            raise RuntimeError(text)
        error: Any = {"Error": {"Code": "ValidationException", "Message": text}}
        raise ClientError(error, call.operation)


def let_each_call_fail(cloud: Cloud) -> None:
    """Let each invocation run again and again, each time with another of its calls failing.

    Those that send mails only with the first: a mail whose sending failed comes with the sweep.
    """
    invoke = cloud.invoke

    def invoked(function: str, event: Any) -> Any:
        for number in range(1, 2 if "Email" in function else 40):
            cloud.on_call = fails = CallFails(number)
            with suppress(Exception):
                answer = invoke(function, event)
            cloud.on_call = None
            if not fails.failed:
                return answer
        return invoke(function, event)

    cloud.invoke = invoked  # type: ignore[method-assign]


def malformed_events() -> Iterator[Any]:
    """Return events of no source that hold canaries where functions look."""
    texts: list[Any] = [PERSONAL, {**PERSONAL, "password": PASSWORD}, EMAIL_ADDRESS]
    for content in texts:
        text = json.dumps(content)
        yield content
        yield {"Records": content}
        yield {"rebuild": True, "segment": content, "cursor": content}
        yield {"unpark": content, "watch": content, "email": content, "role": content}
        for source in ("aws:sqs", "aws:sns", "aws:s3", "aws:dynamodb"):
            record = {"eventSource": source, "body": text, "messageId": "1", "receiptHandle": "1"}
            image = {name: {"S": str(value)} for name, value in PERSONAL.items()}
            change = {"SequenceNumber": "1", "Keys": image, "NewImage": image, "OldImage": image}
            for more in ({}, {"Sns": {"Message": text}}, {"Sns": {"Message": text[1:]}}):
                yield {"Records": [{**record, **more, "dynamodb": change, "s3": content}]}
