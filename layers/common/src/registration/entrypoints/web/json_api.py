"""JSON:API as Spryker's Glue speaks it: bodies in, resources and errors out.

https://jsonapi.org/format/
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response

from registration.application.customers.sign_in import SECONDS_VALID, Tokens
from registration.domain.customers import Customer
from registration.domain.errors import (
    CharactersLost,
    InvalidFields,
    InvalidType,
    Malformed,
    RegistrationError,
    TooManyAttempts,
)
from registration.domain.fields.rules import Field, every_flaw_in, required_text
from registration.domain.invisible import LOST

MEDIA_TYPE = "application/vnd.api+json"
LARGEST_BODY = 64 * 1024
"""Bytes of a body at the most."""

# The contract's names of the domain's fields.
NAMES = {
    "salutation": "salutation",
    "first_name": "firstName",
    "last_name": "lastName",
    "gender": "gender",
    "email": "email",
    "password": "password",
    "confirm_password": "confirmPassword",
    "accepted_terms": "acceptedTerms",
    "date_of_birth": "dateOfBirth",
    "phone": "phone",
    "company": "company",
    "locale": "localeName",
    "registration_key": "registrationKey",
    "code": "code",
    "customer_reference": "customerReference",
    "username": "username",
    "refresh_token": "refreshToken",
    "new_password": "newPassword",
    "restore_password_key": "restorePasswordKey",
    "sku": "sku",
    "quantity": "quantity",
    "name": "name",
    "currency": "currency",
    "store": "store",
    "price_mode": "priceMode",
}
_FIELDS = {name: field for field, name in NAMES.items()}


def api_name(field: str) -> str:
    """Return the contract's name of a field: a shop's own fields are called as Glue would."""
    first, *words = field.split("_")
    return NAMES.get(field) or first + "".join(map(str.capitalize, words))


def attributes(body: str | None, resource: str) -> dict[str, object]:
    """Return the attributes of a request's body, by the domain's names.

    Attributes that the contract does not know are left out.

    Raises
    ------
    CharactersLost
        A text in it is not what it was.
    Malformed
        The body is no JSON document of the form ``{"data": {"type", "attributes"}}``; it may lack
        the type.
    InvalidType
        It is another resource's.
    """
    data = _document(body).get("data")
    if not isinstance(data, dict) or data.get("type") is None:
        raise Malformed
    if data["type"] != resource:
        raise InvalidType
    given = data.get("attributes")
    if not isinstance(given, dict):
        raise Malformed
    return {_FIELDS[name]: value for name, value in given.items() if name in _FIELDS}


def required_texts(given: Mapping[str, object], *fields: str | Field) -> list[str]:
    """Return text attributes that must be there, in the order asked for.

    Raises
    ------
    InvalidFields
        Some are missing, blank or against the rule of their field; all are told.
    Malformed
        One is no text.
    """
    ruled = [required_text(field) if isinstance(field, str) else field for field in fields]
    if flaws := every_flaw_in(given, ruled, date.min):
        raise InvalidFields(tuple(flaws))
    return [str(given[field.name]) for field in ruled]


def token_attributes(kind: str, tokens: Tokens) -> dict[str, object]:
    """Return the attributes of ``access-tokens`` or ``refresh-tokens``."""
    shared = {
        "tokenType": "Bearer",
        "expiresIn": SECONDS_VALID,
        "accessToken": tokens.access,
        "refreshToken": tokens.refresh,
    }
    # The number of a business customer, whom this shop does not have.
    return {**shared, "idCompanyUser": None} if kind == "access-tokens" else shared


def resource(
    kind: str, identifier: str | None, given: Mapping[str, object], self_link: str
) -> dict[str, object]:
    """Return a document with one resource."""
    return {
        "data": {
            "type": kind,
            "id": identifier,
            "attributes": dict(given),
            "links": {"self": self_link},
        }
    }


def with_fields(document: Mapping[str, Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Return a document with the attributes that ``fields[<type>]`` asks for, where it does.

    https://jsonapi.org/format/#fetching-sparse-fieldsets
    """

    def chosen(told: Any) -> Any:
        if isinstance(told, list):
            return [chosen(each) for each in told]
        asked = query.get(f"fields[{told['type']}]")
        if asked is None:
            return told
        names = set(map(str.strip, asked.split(",")))
        kept = {name: value for name, value in told["attributes"].items() if name in names}
        return {**told, "attributes": kept}

    parts = {"data", "included"} & document.keys()
    return {**document, **{part: chosen(document[part]) for part in parts}}


def customer_attributes(customer: Customer) -> dict[str, object]:
    """Return the attributes of a customer, all of them, absent ones as null."""
    profile = customer.profile
    born = profile.date_of_birth
    return {
        "firstName": profile.first_name,
        "lastName": profile.last_name,
        "email": customer.email.typed,
        "gender": profile.gender and profile.gender.value,
        "dateOfBirth": born.isoformat() if born else None,
        "salutation": profile.salutation and profile.salutation.value,
        "phone": profile.phone,
        "company": profile.company,
        "localeName": profile.locale,
        "acceptedTerms": customer.consent.terms_version is not None,
        "createdAt": glue_time(customer.created_at),
        "updatedAt": glue_time(customer.updated_at),
    }


def answer(status: int, document: Mapping[str, object] | None = None) -> Response[str]:
    """Return a response that nobody caches; without a document it has no body."""
    return Response(
        status_code=status,
        content_type=MEDIA_TYPE if document is not None else None,
        body=json.dumps(document, ensure_ascii=False) if document is not None else "",
        headers={"Cache-Control": "no-store"},
    )


def error_answer(error: RegistrationError) -> Response[str]:
    """Return the response that tells an error, or all flawed fields at once."""
    told = answer(error.status, {"errors": _errors(error)})
    if error.status == HTTPStatus.UNAUTHORIZED:
        told.headers["WWW-Authenticate"] = 'Bearer realm="Access to shop API"'
    if isinstance(error, TooManyAttempts):
        told.headers["Retry-After"] = str(error.retry_after)
    return told


def plain_error(status: int, detail: str) -> Response[str]:
    """Return the response for what is no error of the domain (404, 405, 500)."""
    return answer(status, {"errors": [{"status": status, "detail": detail}]})


def _errors(error: RegistrationError) -> list[dict[str, object]]:
    if isinstance(error, InvalidFields):
        return [
            {
                "code": error.code,
                "status": error.status,
                "detail": f"{NAMES.get(flaw.field, flaw.field)} => {flaw.message}",
            }
            for flaw in error.flaws
        ]
    coded: dict[str, object] = {"code": error.code} if error.code else {}
    return [{**coded, "status": error.status, "detail": error.detail}]


def _document(body: str | None) -> dict[str, Any]:
    if not body or len(body.encode("utf-8", "surrogatepass")) > LARGEST_BODY:
        raise Malformed
    try:
        # RFC 8259, 8.1: a byte order mark may be ignored.
        document = json.loads(body.removeprefix("\ufeff"), parse_constant=_no_constant)
        # A lone surrogate (`\ud800`) is valid JSON and no text: nothing can keep it.
        body_text = json.dumps(document, ensure_ascii=False)
        body_text.encode()
    except (ValueError, RecursionError) as error:
        raise Malformed from error
    if LOST in body_text:
        raise CharactersLost
    if not isinstance(document, dict):
        raise Malformed
    return document


def _no_constant(name: str) -> object:
    message = f"{name} is no JSON"
    raise ValueError(message)


def glue_time(time: datetime) -> str:
    """Return a time as Glue writes it."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
