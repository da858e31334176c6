"""What goes in and comes out, as JSON Schema, taken from the rules that the code goes by.

Lengths, choices, patterns and which attributes are required are those of ``domain``;
a customer's attributes are those of a customer rendered as it always is.
"""

import re
from dataclasses import dataclass
from typing import Any

from registration.application.customers.sign_in import SECONDS_VALID
from registration.domain import carts, emails, passwords
from registration.domain import profile as fields
from registration.domain.fields.asked import GLUE_FIELDS
from registration.domain.fields.own import Place
from registration.domain.fields.rules import NOT_IN_TEXT, Field
from registration.domain.profile import Gender, Salutation
from registration.entrypoints.carts import documents
from registration.entrypoints.openapi import samples
from registration.entrypoints.openapi.errors import closed
from registration.entrypoints.web.json_api import NAMES

Json = dict[str, Any]

_ASKED = GLUE_FIELDS.at(Place.API)
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
_LINE: Json = {"type": ["string", "null"], "pattern": _without(NOT_IN_TEXT)}

# What a value has to be, by the domain's names.
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
        "type": ["string", "null"],
        "format": "date",
        "description": f"From {fields.EARLIEST_BIRTH} to today.",
    },
    "phone": _LINE | {"maxLength": fields.LONGEST_PHONE},
    "company": _LINE | {"maxLength": fields.LONGEST_COMPANY},
    "locale": {
        "type": ["string", "null"],
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


def _given(listed: tuple[Field, ...]) -> tuple[Json, tuple[str, ...]]:
    properties = {NAMES[field.name]: _VALUES[field.name] for field in listed}
    return properties, tuple(NAMES[field.name] for field in listed if field.required)


def _sign_up() -> Body:
    passwords_given = fields.new_password(passwords.PasswordRules.LENGTH)
    required_fields = tuple(each for each in _ASKED.fields if each.required)
    given = (fields.EMAIL, *required_fields, *passwords_given)
    properties, required = _given(given)
    optional, _ = _given(tuple(each for each in _ASKED.fields if not each.required))
    terms = NAMES["accepted_terms"]
    all_of = {**properties, terms: _VALUES["accepted_terms"], **optional}
    return Body("customers", all_of, (*required, terms), samples.SIGN_UP)


def _whole(kind: str, properties: Json, sample: Json) -> Body:
    return Body(kind, properties, tuple(properties), sample)


_PROFILE, _ = _given((fields.EMAIL, *_ASKED.fields))
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

BODIES: dict[str, Body] = {
    "SignUp": _sign_up(),
    "ProfileChange": Body("customers", _PROFILE, (), {"phone": "+49 30 1234567"}),
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
"""Every body of a request, by the name of its schema."""


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
    nullable = {NAMES[field.name] for field in _ASKED.fields if not field.required}
    known = {NAMES[name]: value for name, value in _VALUES.items()}
    attributes: Json = {}
    for name in samples.customer()["attributes"]:
        value = {k: v for k, v in known.get(name, {}).items() if k not in {"const", "description"}}
        attributes[name] = value or {"type": "string"}
        assert ("null" in attributes[name]["type"]) == (name in nullable), name  # noqa: S101
    reference = {"type": "string", "description": "The customer reference."}
    return _resource("customers", reference, closed(attributes))


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
        **{name: body.schema for name, body in BODIES.items()},
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
