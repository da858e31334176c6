"""Parameters and secrets in a warm process: cached for minutes, not for ever."""

import json
from datetime import timedelta
from secrets import token_hex
from typing import Any

from botocore.exceptions import ClientError

from registration.adapters import clients
from tests.support.clock import later, standing
from tests.support.cloud import Call, Cloud
from tests.support.mail.mailing import sign_up
from tests.support.people.accounts import bearer, confirmed, sign_in
from tests.support.requests import key_document


def in_minutes(minutes: float) -> Any:
    return later(timedelta(minutes=minutes))


def calls_of(cloud: Cloud, operation: str) -> int:
    return sum(call.operation == operation for call in cloud.calls)


def throttle(cloud: Cloud, operation: str) -> None:
    def fail(call: Call) -> None:
        if call.operation == operation:
            error: Any = {"Error": {"Code": "ThrottlingException", "Message": "Rate exceeded"}}
            raise ClientError(error, operation)

    cloud.on_call = fail


# The public address


def move(cloud: Cloud) -> None:
    """Deploy with another `PublicUrl`, which changes no environment of a sender."""
    name = cloud.stack.names["PublicUrlEntry"]
    clients.ssm().put_parameter(Name=name, Value="https://new.example/", Overwrite=True)


def test_a_warm_sender_mails_links_to_a_new_address_within_two_minutes(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    move(cloud)

    with in_minutes(2):
        sign_up(cloud, "b@example.com")
        cloud.drain()

    old, new = cloud.mails
    assert "https://shop.example/confirm?token=" in old.text
    assert "https://new.example/confirm?token=" in new.text
    assert "https://shop.example" not in new.text + new.html


def test_a_warm_sender_asks_for_the_address_once_a_minute(cloud: Cloud) -> None:
    with standing():
        for number in range(3):
            sign_up(cloud, f"c{number}@example.com")
            cloud.drain()

    assert len(cloud.mails) == 3
    assert calls_of(cloud, "GetParameter") == 1


def test_a_sender_that_is_refused_the_address_uses_the_cached_one(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    throttle(cloud, "GetParameter")

    with in_minutes(10):
        sign_up(cloud, "b@example.com")
        cloud.drain()
        asked = calls_of(cloud, "GetParameter")
        sign_up(cloud, "c@example.com")
        cloud.drain()

    assert [mail.to[0] for mail in cloud.mails] == ["a", "b", "c"]
    # The store is not called for half a minute.
    assert calls_of(cloud, "GetParameter") == asked


def test_a_sender_that_never_learned_the_address_keeps_its_promises(cloud: Cloud) -> None:
    sign_up(cloud)
    throttle(cloud, "GetParameter")
    cloud.drain()
    assert not cloud.mails
    cloud.on_call = None

    with in_minutes(10):
        cloud.sweep()

    assert len(cloud.mails) == 1


# Keys


def rotate(cloud: Cloud, secret: str) -> None:
    """Add a new key to a secret, and keep the previous one."""
    name = cloud.stack.names[secret]
    client = clients.secrets_manager()
    kept = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    keys = {"current": token_hex(32), "previous": kept["current"]}
    client.put_secret_value(SecretId=name, SecretString=json.dumps(keys))


def test_a_link_signed_with_a_new_key_confirms_at_a_warm_function(cloud: Cloud) -> None:
    confirmed(cloud, "a@example.com")
    rotate(cloud, "LinkKeys")
    cloud._modules.pop("SendEmailFunction")

    with in_minutes(1):
        sign_up(cloud, "b@example.com")
        cloud.drain()
        answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert answer.status == 204


def test_a_link_signed_with_the_key_before_still_confirms(cloud: Cloud) -> None:
    sign_up(cloud)
    cloud.drain()
    rotate(cloud, "LinkKeys")
    cloud.forget_processes()

    answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert answer.status == 204


def test_a_warm_sender_signs_with_a_new_key_within_a_quarter_of_an_hour(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    rotate(cloud, "LinkKeys")
    # The key before the previous one: tokens that it signs now are refused.
    with in_minutes(16):
        sign_up(cloud, "b@example.com")
        cloud.drain()
    rotate(cloud, "LinkKeys")
    cloud._modules.pop("ConfirmFunction", None)

    answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert answer.status == 204


def test_a_token_of_a_key_that_was_taken_back_opens_nothing_after_a_quarter_of_an_hour(
    cloud: Cloud,
) -> None:
    confirmed(cloud)
    token = bearer(sign_in(cloud))
    assert cloud.request("GET", "/customers", headers=token).status == 200
    rotate(cloud, "TokenKeys")
    rotate(cloud, "TokenKeys")

    with in_minutes(16):
        assert cloud.request("GET", "/customers", headers=token).status == 401


def test_a_function_that_is_refused_its_keys_uses_the_cached_ones(cloud: Cloud) -> None:
    confirmed(cloud)
    token = bearer(sign_in(cloud))
    cloud.request("GET", "/customers", headers=token)
    throttle(cloud, "GetSecretValue")

    with in_minutes(60):
        assert cloud.request("GET", "/customers", headers=token).status == 200


def test_nobody_is_told_that_a_link_is_wrong_while_newer_keys_cannot_be_read(cloud: Cloud) -> None:
    sign_up(cloud, "a@example.com")
    cloud.drain()
    key = key_document(cloud.mails[0].token)
    assert cloud.post_json("/customer-confirmation", key).status == 204
    rotate(cloud, "LinkKeys")
    cloud._modules.pop("SendEmailFunction")
    sign_up(cloud, "b@example.com")
    cloud.drain()
    throttle(cloud, "GetSecretValue")

    with in_minutes(60):
        answer = cloud.post_json("/customer-confirmation", key_document(cloud.mails[-1].token))

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
