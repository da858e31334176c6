"""Tables that throttle, conflict or fail: every request gets an answer in time."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import inf
from typing import Any
from unittest import mock
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from registration.adapters import clients
from tests.handlers.staff.test_back_office import LIST, NEW, STAFF_PASSWORD, staff
from tests.support.busy import BUSY, CONTENDED, Always, Once, cancelled, error_of, unprocessed_keys
from tests.support.cloud import Answer, Call, Cloud, Context
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.people.email_changes import asked, mail_to
from tests.support.people.shoppers import Shopper
from tests.support.requests import PASSWORD, customer_document, email_document, key_document

GUEST = {"x-anonymous-customer-unique-id": "a-guest"}
OTHER_PASSWORD = "gentle harbour lantern"
Ask = Callable[[], Answer]


def document(kind: str, **attributes: object) -> str:
    return json.dumps({"data": {"type": kind, "attributes": attributes}})


@dataclass
class Door:
    """One request with everything that it needs."""

    cloud: Cloud

    def api(self, method: str, path: str, body: str | None = None, **headers: str) -> Ask:
        headers = {"content-type": "application/json"} | headers if body else headers
        return lambda: self.cloud.request(method, path, body=body, headers=headers)

    def sign_up(self) -> Ask:
        return lambda: self.cloud.post_json("/customers", customer_document())

    def sign_up_with_key(self) -> Ask:
        return self.api(
            "POST", "/customers", json.dumps(customer_document()), **{"idempotency-key": "one"}
        )

    def _token(self) -> str:
        self.sign_up()()
        self.cloud.drain()
        return self.cloud.mails[-1].token

    def confirm(self) -> Ask:
        token = self._token()
        return lambda: self.cloud.post_json("/customer-confirmation", key_document(token))

    def resend(self) -> Ask:
        self.sign_up()()
        kind = "customer-confirmation-requests"
        return lambda: self.cloud.post_json(f"/{kind}", email_document(kind, "sonia@example.com"))

    def log_in(self) -> Ask:
        confirmed(self.cloud)
        return lambda: sign_in(self.cloud)

    def fail_to_log_in(self) -> Ask:
        confirmed(self.cloud)
        return lambda: sign_in(self.cloud, password="wrong")

    def oauth(self) -> Ask:
        confirmed(self.cloud)
        form = {"grant_type": "password", "username": "sonia@example.com", "password": PASSWORD}
        content = {"content-type": "application/x-www-form-urlencoded"}
        return lambda: self.cloud.request("POST", "/token", body=urlencode(form), headers=content)

    def _signed_in(self) -> tuple[str, Answer]:
        return confirmed(self.cloud), sign_in(self.cloud)

    def refresh(self) -> Ask:
        _, answer = self._signed_in()
        token = answer.json["data"]["attributes"]["refreshToken"]
        return self.api("POST", "/refresh-tokens", document("refresh-tokens", refreshToken=token))

    def log_out(self) -> Ask:
        _, answer = self._signed_in()
        return self.api("DELETE", "/refresh-tokens/mine", None, **bearer(answer))

    def read_account(self) -> Ask:
        return self.api("GET", "/customers", None, **bearer(self._signed_in()[1]))

    def change_account(self) -> Ask:
        reference, answer = self._signed_in()
        body = document("customers", firstName="Sonja")
        return self.api("PATCH", f"/customers/{reference}", body, **bearer(answer))

    def change_email(self) -> Ask:
        reference, answer = self._signed_in()
        body = document("customers", email="sonia@example.org")
        return self.api("PATCH", f"/customers/{reference}", body, **bearer(answer))

    def change_password(self) -> Ask:
        reference, answer = self._signed_in()
        body = document(
            "customer-password",
            password=PASSWORD,
            newPassword=OTHER_PASSWORD,
            confirmPassword=OTHER_PASSWORD,
        )
        return self.api("PATCH", f"/customer-password/{reference}", body, **bearer(answer))

    def delete_account(self) -> Ask:
        reference, answer = self._signed_in()
        self.api("POST", "/carts", CART, **bearer(answer))()
        return self.api("DELETE", f"/customers/{reference}", None, **bearer(answer))

    def forget_password(self) -> Ask:
        confirmed(self.cloud)
        kind = "customer-forgotten-password"
        return lambda: self.cloud.post_json(f"/{kind}", email_document(kind, "sonia@example.com"))

    def restore_password(self) -> Ask:
        self.forget_password()()
        self.cloud.drain()
        body = document(
            "customer-restore-password",
            restorePasswordKey=self.cloud.mails[-1].token,
            password=OTHER_PASSWORD,
            confirmPassword=OTHER_PASSWORD,
        )
        return self.api("PATCH", "/customer-restore-password/mine", body)

    def fill_cart(self) -> Ask:
        return self.api("POST", "/guest-cart-items", ITEM, **GUEST)

    def read_cart(self) -> Ask:
        self.fill_cart()()
        return self.api("GET", "/guest-carts", None, **GUEST)

    def open_cart(self) -> Ask:
        return self.api("POST", "/carts", CART, **bearer(self._signed_in()[1]))

    def change_cart(self) -> Ask:
        self.fill_cart()()
        (cart,) = self.api("GET", "/guest-carts", None, **GUEST)().json["data"]
        path = f"/guest-carts/{cart['id']}/guest-cart-items/tea-1"
        return self.api("PATCH", path, document("guest-cart-items", quantity=3), **GUEST)

    def take_cart_over(self) -> Ask:
        confirmed(self.cloud)
        self.fill_cart()()
        body = document("access-tokens", username="sonia@example.com", password=PASSWORD)
        return self.api("POST", "/access-tokens", body, **GUEST)


CART = document("carts", name="Mine", currency="EUR", store="DE", priceMode="GROSS_MODE")
ITEM = document("guest-cart-items", sku="tea-1", quantity=2)
DOORS = [name for name in vars(Door) if not name.startswith("_") and name not in {"api", "cloud"}]


@dataclass
class Page:
    """One request of a browser with everything that it needs."""

    cloud: Cloud

    def __post_init__(self) -> None:
        self.shopper = Shopper(self.cloud)
        # The page is shown before, because a form needs its CSRF token.
        self.csrf_token = self.shopper.csrf_token()

    def _send(self, path: str, **fields: str) -> Ask:
        return lambda: self.shopper.send_as_is(path, {"csrf_token": self.csrf_token, **fields})

    def _logged_in(self) -> None:
        confirmed(self.cloud)
        self.shopper.log_in()
        self.csrf_token = self.shopper.csrf_token()

    def _staff(self) -> dict[str, str]:
        self.shopper.cookies |= staff(self.cloud)
        page = self.shopper.open("/back-office/customers")
        self.csrf_token = page.body.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.shopper.cookies

    def sign_up(self) -> Ask:
        fields = {**NEW, "email": "sonia@example.com", "accepted_terms": "true"}
        return self._send("/register", **fields, password=PASSWORD, confirm_password=PASSWORD)

    def follow_link(self) -> Ask:
        self.shopper.sign_up()
        self.cloud.drain()
        return lambda: self.shopper.open(self.cloud.mails[-1].link)

    def confirm_with_password(self) -> Ask:
        self.cloud.post_json("/customers", customer_document())
        self.cloud.drain()
        return self._send("/confirm", token=self.cloud.mails[-1].token, password=PASSWORD)

    def log_in(self) -> Ask:
        confirmed(self.cloud)
        return self._send("/login", email="sonia@example.com", password=PASSWORD)

    def log_out(self) -> Ask:
        self._logged_in()
        return self._send("/logout")

    def account(self) -> Ask:
        self._logged_in()
        return lambda: self.shopper.open("/account")

    def prove_email(self) -> Ask:
        who = confirmed(self.cloud), bearer(sign_in(self.cloud))
        return self._send("/confirm-email", token=asked(self.cloud, who), password=PASSWORD)

    def restore_email(self) -> Ask:
        self.prove_email()()
        token = mail_to(self.cloud, "sonia@example.com").token
        self.csrf_token = self.shopper.csrf_token()
        chosen = {"new_password": OTHER_PASSWORD, "repeat_password": OTHER_PASSWORD}
        return self._send("/restore-email", token=token, **chosen)

    def forget_password(self) -> Ask:
        confirmed(self.cloud)
        return self._send("/forgot-password", email="sonia@example.com")

    def fill_cart(self) -> Ask:
        return self._send("/cart/items", sku="tea-1", quantity="1")

    def cart(self) -> Ask:
        self.shopper.add("tea-1")
        return lambda: self.shopper.open("/cart")

    def staff_list(self) -> Ask:
        self.cloud.post_json("/customers", customer_document())
        self._staff()
        return lambda: self.shopper.open(LIST)

    def staff_create(self) -> Ask:
        self._staff()
        return self._send(f"{LIST}/new", **NEW)

    def staff_correct(self) -> Ask:
        reference = confirmed(self.cloud)
        self._staff()
        return self._send(f"{LIST}/{reference}/edit", **NEW)

    def staff_imports(self) -> Ask:
        self._staff()
        return lambda: self.shopper.open("/back-office/imports")

    def staff_log_in(self) -> Ask:
        self._staff()
        del self.shopper.cookies["__Host-staff"]
        page = self.shopper.open("/back-office/login")
        self.csrf_token = page.body.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self._send("/back-office/login", email="ada@shop.example", password=STAFF_PASSWORD)


PAGES = [name for name in vars(Page) if not name.startswith("_") and name != "cloud"]


# For a moment, and for longer than anybody waits


KINDS = {**BUSY, **CONTENDED}


def kind_for(name: str, names: list[str]) -> str:
    """Return one kind of failure in turn, so that each request and each kind is covered."""
    return list(BUSY)[names.index(name) % len(BUSY)]


@pytest.mark.parametrize("door", DOORS)
def test_a_busy_table_is_waited_for_and_then_a_503_that_says_when_to_come_again(
    cloud: Cloud, waits: list[float], door: str
) -> None:
    ask: Ask = getattr(Door(cloud), door)()
    waits.clear()
    cloud.on_call = Always(BUSY[kind_for(door, DOORS)])

    busy = ask()

    assert (busy.status, busy.headers["retry-after"]) == (503, "5")
    assert told(busy) == "The service is busy. Please try again."
    # A guest's cart and a sign-up try two calls, because their counter fails open.
    assert sum(waits) <= 10

    waits.clear()
    cloud.on_call = fault = Once(KINDS["in conflict"], KINDS[kind_for(door, DOORS)])

    done = ask()

    assert done.status < 400 or door == "fail_to_log_in", done
    assert len(waits) == fault.failures


@pytest.mark.parametrize("page", PAGES)
def test_a_busy_table_is_waited_for_and_then_a_page_that_says_so(cloud: Cloud, page: str) -> None:
    ask: Ask = getattr(Page(cloud), page)()
    cloud.on_call = Always(BUSY[kind_for(page, PAGES)])

    busy = ask()

    assert (busy.status, busy.headers["retry-after"]) == (503, "5")
    assert busy.headers["content-type"].startswith("text/html")
    assert "busy" in busy.body

    cloud.on_call = fault = Once(KINDS["in conflict"], KINDS[kind_for(page, PAGES)])

    assert ask().status < 400
    assert fault.failures


@pytest.mark.parametrize("kind", KINDS)
def test_every_transient_error_is_retried(cloud: Cloud, waits: list[float], kind: str) -> None:
    cloud.on_call = Once(KINDS[kind])

    assert cloud.post_json("/customers", customer_document()).status == 201
    assert waits


def told(answer: Answer) -> str:
    if "error" in answer.json:
        assert answer.json["error"] == "temporarily_unavailable"
        return str(answer.json["error_description"])
    ((code, status, detail),) = answer.errors
    assert (code, status) == (None, 503)
    return detail


@pytest.mark.parametrize("door", ["sign_up", "fill_cart", "change_account"])
def test_a_conflict_that_does_not_end_is_a_503(cloud: Cloud, door: str) -> None:
    ask: Ask = getattr(Door(cloud), door)()
    cloud.on_call = Always(CONTENDED["in conflict"])

    answer = ask()

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


def test_the_log_tells_why_and_nothing_of_the_request(
    cloud: Cloud, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    def throttle(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            raise cancelled(call, "ThrottlingError", "TransactionConflict")

    cloud.on_call = throttle

    cloud.post_json("/customers", customer_document())

    (record,) = (record for record in caplog.records if record.message == "busy")
    assert record.__dict__["code"] == "TransactionCanceledException"
    assert record.__dict__["reasons"] == ["ThrottlingError", "TransactionConflict"]
    told = "".join(capsys.readouterr())
    assert '"RefusedBusy"' in told
    assert "UnexpectedError" not in told
    assert "sonia" not in told + caplog.text


# Within the request's time


@pytest.mark.parametrize(("left", "longest"), [(15_000, 7), (9_000, 1), (8_000, 0), (3_000, 0)])
def test_no_try_begins_that_might_not_end_in_time(
    cloud: Cloud, waits: list[float], monkeypatch: pytest.MonkeyPatch, left: int, longest: float
) -> None:
    monkeypatch.setattr(Context, "remaining_ms", left)
    cloud.on_call = fault = Always(BUSY["throttled"])

    assert cloud.post_json("/customers", customer_document()).status == 503
    assert sum(waits) <= longest
    assert len(waits) <= 40
    # Even without time each call is tried once: that of the counter, and that of the claim.
    assert fault.tries == len(waits) + 2


def test_the_next_request_has_its_own_time(
    cloud: Cloud, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.on_call = Always(BUSY["throttled"])
    monkeypatch.setattr(Context, "remaining_ms", 3_000)
    cloud.post_json("/customers", customer_document())
    monkeypatch.setattr(Context, "remaining_ms", 15_000)
    cloud.on_call = Once(BUSY["throttled"])

    assert cloud.post_json("/customers", customer_document()).status == 201


def test_pauses_are_spread_from_nothing_to_ever_more(
    cloud: Cloud, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    longest: list[float] = []

    def uniform(low: float, high: float) -> float:
        assert low == 0
        longest.append(high)
        return high

    monkeypatch.setattr("registration.adapters.dynamodb.retries.random.uniform", uniform)
    cloud.on_call = Always(BUSY["throttled"])
    cloud.request("GET", "/guest-carts", headers=GUEST)

    assert longest[:7] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert waits == longest[: len(waits)]


# Which errors


def test_a_failed_condition_decides_whatever_else_failed(cloud: Cloud, waits: list[float]) -> None:
    """Another sign-up with the address comes first, and the table throttles the mail's item."""
    taken = ["None", "ConditionalCheckFailed", "ThrottlingError"]

    def contend(call: Call) -> None:
        if call.operation == "TransactWriteItems" and taken:
            error = cancelled(call, *taken)
            taken.clear()
            raise error

    cloud.on_call = contend
    reads = len(cloud.calls)

    assert cloud.post_json("/customers", customer_document()).status == 201
    # It reads again and chooses again, instead of repeating the same write.
    operations = [call.operation for call in cloud.calls[reads:]]
    assert operations.count("GetItem") == 2
    assert waits == []


@pytest.mark.parametrize(
    "mistake",
    [
        lambda call: cancelled(call, "ValidationError", "ThrottlingError"),
        lambda call: cancelled(call, "ConditionalCheckFailed", "ValidationError"),
        lambda call: error_of(call, "AccessDeniedException"),
        lambda call: error_of(call, "ValidationException"),
    ],
)
def test_a_mistake_of_ours_is_not_taken_for_load(
    cloud: Cloud, waits: list[float], mistake: Callable[[Call], Exception]
) -> None:
    def fail(call: Call) -> None:
        if call.operation == "TransactWriteItems":
            raise mistake(call)

    cloud.on_call = fail

    assert cloud.post_json("/customers", customer_document()).status == 500
    assert waits == []


# Which transaction


def tokens(cloud: Cloud) -> list[str]:
    calls = [call for call in cloud.calls if call.operation == "TransactWriteItems"]
    return [call.parameters["ClientRequestToken"] for call in calls]


def once(error: Callable[[Call], Exception]) -> Callable[[Call], None]:
    left = [error]

    def fail(call: Call) -> None:
        if call.operation == "TransactWriteItems" and left:
            raise left.pop()(call)

    return fail


def test_a_transaction_that_may_be_at_work_keeps_its_token(cloud: Cloud) -> None:
    cloud.on_call = once(lambda call: error_of(call, "TransactionInProgressException"))

    cloud.post_json("/customers", customer_document())

    first, second = tokens(cloud)
    assert first == second


def test_a_transaction_that_was_cancelled_is_followed_by_another(cloud: Cloud) -> None:
    cloud.on_call = once(lambda call: cancelled(call, "ThrottlingError"))

    cloud.post_json("/customers", customer_document())

    first, second = tokens(cloud)
    assert first != second


# Reads with unprocessed keys


@pytest.mark.parametrize("door", ["log_in", "refresh", "read_cart"])
@pytest.mark.parametrize("times", [1, 3])
def test_keys_that_a_busy_table_leaves_are_read_by_the_next_call(
    cloud: Cloud, waits: list[float], door: str, times: int
) -> None:
    ask: Ask = getattr(Door(cloud), door)()

    with unprocessed_keys(times) as left:
        assert ask().status < 300

    assert len(left) == len(waits) == times


@pytest.mark.parametrize("door", ["log_in", "refresh", "read_cart"])
def test_keys_that_are_left_again_and_again_are_a_503(
    cloud: Cloud, waits: list[float], door: str
) -> None:
    ask: Ask = getattr(Door(cloud), door)()

    with unprocessed_keys(inf):
        answer = ask()

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert 4 < sum(waits) <= 5


def test_the_list_of_imports_waits_for_a_busy_table_and_not_forever(
    cloud: Cloud, waits: list[float]
) -> None:
    cookies = staff(cloud)
    cloud.drop("customers.csv", b"reference\n")
    cloud.drain()

    with unprocessed_keys(inf):
        answer = cloud.get_page("/back-office/imports", cookies=cookies)

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert sum(waits) <= 10


# Other services


def test_secrets_that_are_throttled_are_a_503(cloud: Cloud) -> None:
    def throttle(call: Call) -> None:
        if call.service == "secretsmanager":
            error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            raise ClientError(error, call.operation)

    cloud.on_call = throttle
    answer = cloud.post_json("/customer-confirmation", key_document("x.y"))

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


LAMBDA = {
    "TooManyRequestsException": 429,
    "ServiceException": 500,
    "EC2ThrottledException": 502,
}


@contextmanager
def failing_invocations(error: Exception) -> Iterator[None]:
    def fail(**_: Any) -> None:
        raise error

    events = clients.awslambda().meta.events
    events.register_first("before-call.lambda.Invoke", fail)
    try:
        yield
    finally:
        events.unregister("before-call.lambda.Invoke", fail)


def of_lambda(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": "Rate Exceeded."},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "Invoke")


@pytest.mark.parametrize("code", LAMBDA)
def test_a_function_that_lambda_cannot_run_now_is_a_503(cloud: Cloud, code: str) -> None:
    with failing_invocations(of_lambda(code, LAMBDA[code])):
        answer = cloud.post_json("/customers/", customer_document())
        page = cloud.get_page("/login/")
        oauth = cloud.request("POST", "/token/", body="grant_type=password")
        head = cloud.request("HEAD", "/login")

    for each in (answer, page, oauth, head):
        assert (each.status, each.headers["retry-after"]) == (503, "5")
    assert told(answer) == told(oauth) == "The service is busy. Please try again."
    assert page.headers["content-type"].startswith("text/html")
    assert head.body == ""


def test_a_function_that_died_is_a_500_in_the_contracts_form(cloud: Cloud) -> None:
    def die(**_: Any) -> tuple[Any, Any]:
        return mock.Mock(status_code=200), {"FunctionError": "Unhandled", "Payload": BytesIO(b"{}")}

    events = clients.awslambda().meta.events
    events.register_first("before-call.lambda.Invoke", die)
    answer = cloud.post_json("/customers/", customer_document())
    events.unregister("before-call.lambda.Invoke", die)

    assert answer.errors == [(None, 500, "Internal Server Error")]


def test_a_function_that_may_not_be_called_is_a_500_in_the_contracts_form(cloud: Cloud) -> None:
    with failing_invocations(of_lambda("AccessDeniedException", 403)):
        answer = cloud.post_json("/customers/", customer_document())

    assert answer.status == 500
    assert answer.errors == [(None, 500, "Internal Server Error")]


def test_inviting_staff_says_that_the_service_is_busy(cloud: Cloud) -> None:
    cloud.on_call = Always(BUSY["throttled"])

    answer = cloud.invoke("InviteStaffFunction", {"email": "ada@shop.example", "role": "editor"})

    assert answer == {"error": "The service is busy. Please try again."}
