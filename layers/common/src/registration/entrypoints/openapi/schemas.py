"""What goes in and comes out, as JSON Schema, taken from the rules that the code goes by.

Lengths, choices, patterns and which attributes are required are those of ``domain``;
a customer's attributes are those of a customer rendered as it always is.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from registration.application.customers.sign_in import SECONDS_VALID
from registration.domain import carts, emails, passwords
from registration.domain import profile as fields
from registration.domain.fields.own import Ask, Kind
from registration.domain.fields.rules import NOT_IN_TEXT, Field
from registration.domain.profile import Gender, Salutation
from registration.entrypoints.carts import documents
from registration.entrypoints.openapi import samples
from registration.entrypoints.openapi.errors import closed
from registration.entrypoints.openapi.own_fields import schema_of
from registration.entrypoints.rendering.api_names import NAMES, api_name
from registration.entrypoints.shop.fields import customer_fields
from registration.frozen import dataclass

Json = dict[str, Any]

_TEXT: Json = {"type": "string", "minLength": 1}
_CURRENT_PASSWORD: Json = _TEXT | {"format": "password"}
_NEW_PASSWORD: Json = {
    "type": "string",
    "format": "password",
    "minLength": passwords.SHORTEST,
    "maxLength": passwords.LONGEST,
    "description": "None of the first that an attacker tries, nor made of the customer's data.",
}
_AGAIN: Json = _NEW_PASSWORD | {"description": "The same again."}


def _without(forbidden: re.Pattern[str]) -> str:
    return f"^[^{forbidden.pattern[1:]}*$"


_NAME: Json = _TEXT | {
    "maxLength": fields.LONGEST_NAME,
    "pattern": _without(fields.NOT_IN_NAMES),
    "description": "Without : / < and >.",
}
_LINE: Json = {"type": "string", "pattern": _without(NOT_IN_TEXT)}

# What a value has to be, by the domain's names, if there is one.
_VALUES: dict[str, Json] = {
    "email": {"type": "string", "format": "email", "maxLength": emails.LONGEST},
    "salutation": {"type": "string", "enum": [str(choice) for choice in Salutation]},
    "gender": {"type": "string", "enum": [str(choice) for choice in Gender]},
    "first_name": _NAME,
    "last_name": _NAME,
    "password": _NEW_PASSWORD,
    "confirm_password": _AGAIN,
    "accepted_terms": {"type": "boolean", "const": True},
    "date_of_birth": {
        "type": "string",
        "format": "date",
        "description": f"From {fields.EARLIEST_BIRTH} to today.",
    },
    "phone": _LINE | {"maxLength": fields.LONGEST_PHONE},
    "company": _LINE | {"maxLength": fields.LONGEST_COMPANY},
    "locale": {
        "type": "string",
        "pattern": f"^{fields.LOCALE.pattern}$",
        "description": "As in en_US.",
    },
}


@dataclass(frozen=True)
class Body:
    """The body of a request: the resource's type and attributes, and an example of them.

    ``either``: groups of attributes, of which one is there.
    """

    kind: str
    properties: Json
    required: tuple[str, ...]
    sample: Json
    either: tuple[tuple[str, ...], ...] = ()

    @property
    def schema(self) -> Json:
        """The document as JSON Schema. What it does not name is ignored."""
        attributes: Json = {"type": "object", "properties": self.properties}
        if self.required:
            attributes["required"] = list(self.required)
        if self.either:
            attributes["anyOf"] = [{"required": list(group)} for group in self.either]
        data = {
            "type": "object",
            "required": ["type", "attributes"],
            "properties": {"type": {"const": self.kind}, "attributes": attributes},
        }
        return {"type": "object", "required": ["data"], "properties": {"data": data}}

    @property
    def example(self) -> Json:
        """The document as a client sends it."""
        return {"data": {"type": self.kind, "attributes": self.sample}}


def _or_null(schema: Json) -> Json:
    null: Json = {"type": [schema["type"], "null"]}
    if "enum" in schema:
        null["enum"] = [*schema["enum"], None]
    return schema | null


def _values() -> dict[str, Json]:
    """Return what each value has to be, those of the shop's own fields last."""
    own = {each.name: schema_of(each, _LINE["pattern"]) for each in samples.asked().own}
    return {**_VALUES, **own}


def _given(listed: Iterable[Field]) -> Json:
    values = _values()

    def schema(field: Field) -> Json:
        value = values[field.name]
        if not field.required:
            return _or_null(value)
        # A box that has to be ticked.
        return value | {"const": True} if value["type"] == "boolean" else value

    return {api_name(field.name): schema(field) for field in listed}


def _sign_up() -> Body:
    asked = samples.asked().fields
    passwords_given = fields.new_password(passwords.PasswordRules.LENGTH)
    first = _given((fields.EMAIL, *(each for each in asked if each.required), *passwords_given))
    terms = {NAMES["accepted_terms"]: _VALUES["accepted_terms"]}
    optional = _given(each for each in asked if not each.required)
    return Body("customers", {**first, **terms, **optional}, (*first, *terms), samples.sign_up())


def _profile_change() -> Body:
    given = _given((fields.EMAIL, *samples.asked().fields))
    return Body("customers", given, (), samples.profile_change())


def _whole(kind: str, properties: Json, sample: Json) -> Body:
    return Body(kind, properties, tuple(properties), sample)


_SKU: Json = _TEXT | {"maxLength": carts.LONGEST_SKU}
_QUANTITY: Json = {
    "type": ["integer", "string"],
    "pattern": "^[1-9][0-9]*$",
    "minimum": 1,
    "maximum": carts.LARGEST_QUANTITY,
}
_DETAIL: Json = {"type": ["string", "null"], "maxLength": carts.LONGEST_DETAIL}
_COUNTED_IN = tuple(NAMES[name] for name in ("price_mode", "currency", "store"))
_NAMED: Json = _TEXT | {"maxLength": carts.LONGEST_DETAIL}
_DETAILS: Json = {**dict.fromkeys(_COUNTED_IN, _DETAIL), "name": _NAMED}
_OPENED: Json = {**dict.fromkeys(_COUNTED_IN, _NAMED), "name": _NAMED}
_ITEM: Json = {"sku": _SKU, "quantity": _QUANTITY}
_UNKNOWN: Json = {"type": "null", "description": "Prices and articles are known elsewhere."}
_NONE: Json = {"type": "array", "maxItems": 0}

_BODIES: dict[str, Body] = {
    "Confirmation": Body(
        "customer-confirmation",
        {
            "registrationKey": _TEXT,
            "code": _TEXT | {"description": "The digits in the mail, grouped or not."},
            "customerReference": _TEXT | {"description": "The `id` that signing up answered."},
        },
        (),
        {"registrationKey": samples.KEY},
        (("registrationKey",), ("code", "customerReference")),
    ),
    "ConfirmationRequest": _whole(
        "customer-confirmation-requests", {"email": _VALUES["email"]}, {"email": samples.EMAIL}
    ),
    "PasswordChange": _whole(
        "customer-password",
        {
            "password": _CURRENT_PASSWORD,
            "newPassword": _NEW_PASSWORD,
            "confirmPassword": _AGAIN,
        },
        {
            "password": samples.PASSWORD,
            "newPassword": samples.NEW_PASSWORD,
            "confirmPassword": samples.NEW_PASSWORD,
        },
    ),
    "ForgottenPassword": _whole(
        "customer-forgotten-password", {"email": _VALUES["email"]}, {"email": samples.EMAIL}
    ),
    "PasswordReset": _whole(
        "customer-restore-password",
        {"restorePasswordKey": _TEXT, "password": _NEW_PASSWORD, "confirmPassword": _AGAIN},
        {
            "restorePasswordKey": samples.KEY,
            "password": samples.NEW_PASSWORD,
            "confirmPassword": samples.NEW_PASSWORD,
        },
    ),
    "Credentials": _whole(
        "access-tokens",
        {"username": _TEXT | {"description": "The e-mail address."}, "password": _CURRENT_PASSWORD},
        {"username": samples.EMAIL, "password": samples.PASSWORD},
    ),
    "Refresh": _whole(
        "refresh-tokens", {"refreshToken": _TEXT}, {"refreshToken": samples.REFRESH_TOKEN}
    ),
    "GuestCartItem": _whole("guest-cart-items", _ITEM, samples.ITEM),
    "GuestCartItemChange": _whole("guest-cart-items", {"quantity": _QUANTITY}, {"quantity": 3}),
    "GuestCartChange": Body("guest-carts", _DETAILS, (), {"currency": "EUR"}),
    "CartItem": _whole("items", _ITEM, samples.ITEM),
    "CartItemChange": _whole("items", {"quantity": _QUANTITY}, {"quantity": 3}),
    "NewCart": Body("carts", _OPENED, _COUNTED_IN, samples.NEW_CART),
    "CartChange": Body("carts", _DETAILS, (), {"name": "Birthday"}),
}


@cache
def bodies() -> dict[str, Body]:
    """Return every body of a request, by the name of its schema."""
    return {"SignUp": _sign_up(), "ProfileChange": _profile_change(), **_BODIES}


def _resource(kind: str, identifier: Json, attributes: Json) -> Json:
    return closed(
        {
            "type": {"const": kind},
            "id": identifier,
            "attributes": attributes,
            "links": closed({"self": {"type": "string", "format": "uri"}}),
        }
    )


def _listed(schema: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def _one(schema: str, included: str = "") -> Json:
    shown = closed({"data": {"$ref": f"#/components/schemas/{schema}"}})
    return _perhaps(shown, included=_listed(included)) if included else shown


def _many(schema: str, included: str = "") -> Json:
    shown = closed({"data": _listed(schema), "links": closed({"self": {"type": "string"}})})
    return _perhaps(shown, included=_listed(included)) if included else shown


def _perhaps(shown: Json, **optional: Json) -> Json:
    return {**shown, "properties": {**shown["properties"], **optional}}


def _customer() -> Json:
    known = {api_name(name): value for name, value in _values().items()}
    lacking = {api_name(name) for name in _perhaps_unknown()}
    attributes: Json = {}
    for name in samples.customer()["attributes"]:
        value = {k: v for k, v in known.get(name, {}).items() if k not in {"const", "description"}}
        shown = value or {"type": "string"}
        attributes[name] = _or_null(shown) if name in lacking else shown
    reference = {"type": "string", "description": "The customer reference."}
    resource = _resource("customers", reference, closed(attributes))
    if any(each.kind is Kind.CONSENT for each in customer_fields().own):
        withdraws = {"type": "string", "format": "uri", "description": "Withdraws a consent."}
        resource["properties"]["links"]["additionalProperties"] = withdraws
    return resource


def _perhaps_unknown() -> Iterator[str]:
    """Find what a customer may lack: what one of the places does not require."""
    yield "locale"
    for name, places in customer_fields().standard.items():
        if set(places.values()) != {Ask.REQUIRED}:
            yield name
    yield from (each.name for each in samples.asked().own if each.kind is not Kind.CONSENT)


_TOKEN_LIFE: Json = {"const": SECONDS_VALID, "description": "Seconds."}
_TOKENS: Json = {
    "tokenType": {"const": "Bearer"},
    "expiresIn": _TOKEN_LIFE,
    "accessToken": {"type": "string"},
    "refreshToken": {"type": "string"},
}


def _session(kind: str, attributes: Json) -> Json:
    return closed({"data": _resource(kind, {"type": "null"}, closed(attributes))})


def _cart(kind: str) -> Json:
    items = "items" if kind == "carts" else "guest-cart-items"
    amount: Json = {"type": ["integer", "null"], "description": "0 in an empty cart; else null."}
    known: Json = {
        **dict.fromkeys((*_COUNTED_IN, "name"), _DETAIL),
        "isDefault": {"type": "boolean"},
        "totals": closed(dict.fromkeys(documents.TOTALS, amount)),
        "discounts": _NONE,
        "thresholds": _NONE,
    }
    rendered = samples.cart(kind)["attributes"]
    attributes = {name: known.get(name, {"type": "string"}) for name in rendered}
    named = closed({"type": {"const": items}, "id": {"type": "string"}})
    related = closed({items: closed({"data": {"type": "array", "items": named}})})
    resource = _resource(kind, {"type": "string", "format": "uuid"}, closed(attributes))
    return _perhaps(resource, relationships=related)


def _item(kind: str) -> Json:
    attributes = {
        "sku": _SKU,
        "quantity": _QUANTITY | {"type": "integer"},
        "groupKey": {"type": "string"},
        "abstractSku": _UNKNOWN,
        "amount": _UNKNOWN,
        "calculations": {
            "type": "object",
            "required": list(documents.CALCULATIONS),
            "additionalProperties": _UNKNOWN,
        },
        "salesUnit": _UNKNOWN,
        "selectedProductOptions": _NONE,
    }
    group_key = {"type": "string", "description": "The group key."}
    return _resource(kind, group_key, closed(attributes))


def schemas() -> Json:
    """Return every schema but those of errors."""
    return {
        **{name: body.schema for name, body in bodies().items()},
        "Customer": _customer(),
        "CustomerDocument": _one("Customer"),
        "CustomersDocument": _many("Customer"),
        "AccessTokenDocument": _session(
            "access-tokens", {**_TOKENS, "idCompanyUser": {"type": "null"}}
        ),
        "RefreshTokenDocument": _session("refresh-tokens", _TOKENS),
        "GuestCart": _cart("guest-carts"),
        "GuestCartDocument": _one("GuestCart", "HeldGuestCartItem"),
        "GuestCartsDocument": _many("GuestCart", "HeldGuestCartItem"),
        "HeldGuestCartItem": _item("guest-cart-items"),
        "Cart": _cart("carts"),
        "CartDocument": _one("Cart", "HeldCartItem"),
        "CartsDocument": _many("Cart", "HeldCartItem"),
        "HeldCartItem": _item("items"),
        "OAuthRequest": _oauth_request(),
        "OAuthTokens": closed(
            {
                "token_type": {"const": "Bearer"},
                "expires_in": _TOKEN_LIFE,
                "access_token": {"type": "string"},
                "refresh_token": {"type": "string"},
            }
        ),
        "OAuthError": closed(
            {
                "error": {
                    "enum": [
                        "invalid_request",
                        "invalid_grant",
                        "temporarily_unavailable",
                    ]
                },
                "error_description": {"type": "string"},
            }
        ),
    }


def _oauth_request() -> Json:
    def grant(name: str, *texts: str) -> Json:
        required = ["grant_type", *texts]
        given = {"grant_type": {"const": name}, **dict.fromkeys(texts, _TEXT)}
        return {"type": "object", "required": required, "properties": given}

    return {
        "oneOf": [
            grant("password", "username", "password"),
            grant("refresh_token", "refresh_token"),
        ]
    }
