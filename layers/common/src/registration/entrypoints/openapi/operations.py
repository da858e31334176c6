"""The calls of the API: who may make them, what they take, and every way they can end."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from functools import partial
from typing import Any

from registration.domain.errors import (
    AccessTokenInvalid,
    AccessTokenMissing,
    AnonymousIdEmpty,
    AuthenticationFailed,
    CharactersLost,
    CustomerNotFound,
    EmailInUse,
    EmailTooLong,
    Forbidden,
    InvalidEmail,
    InvalidFields,
    InvalidType,
    KeyMalformed,
    KeyReused,
    LinkRefused,
    Malformed,
    NewPasswordsDiffer,
    PasswordCommon,
    PasswordNotChanged,
    PasswordRepetition,
    PasswordsDiffer,
    RefreshFailed,
    RegistrationError,
    ResetKeyWrong,
    TermsNotAccepted,
    TwoIdentities,
    WrongPassword,
)
from registration.entrypoints.openapi import samples
from registration.frozen import dataclass

Json = dict[str, Any]
Example = Callable[[], Json]
Errors = tuple[type[RegistrationError], ...]


class Caller(Enum):
    """Who may make a call."""

    ANYBODY = "anybody"
    MAYBE_GUEST = "anybody, also a guest"
    CUSTOMER = "a customer"
    GUEST = "a guest"


@dataclass(frozen=True)
class Answer:
    """How a call ends well: the name of the body's schema, and what returns an example."""

    status: int
    schema: str | None = None
    example: Example | None = None
    links: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Operation:
    """A call: ``route`` is method and path, ``name`` its operation id, ``body`` a schema.

    ``parameters`` are those that are not in the path.
    """

    route: str
    name: str
    summary: str
    answer: Answer
    description: str = ""
    body: str | None = None
    caller: Caller = Caller.ANYBODY
    errors: Errors = ()
    idempotent: bool = False
    parameters: tuple[Json, ...] = ()
    tag: str = ""

    @property
    def method(self) -> str:
        """The method, in capitals."""
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        """The path with its variables."""
        return self.route.partition(" ")[2]

    def all_errors(self) -> Iterator[type[RegistrationError]]:
        """Return the errors of its own, those that its caller and its body bring included."""
        yield from _REFUSALS.get(self.caller, ())
        if self.body:
            yield from (Malformed, CharactersLost, InvalidType, InvalidFields)
        yield from self.errors


NOTHING = Answer(204)
_REFUSALS: Mapping[Caller, Errors] = {
    Caller.CUSTOMER: (AccessTokenMissing, AccessTokenInvalid, TwoIdentities),
    Caller.GUEST: (AnonymousIdEmpty, TwoIdentities),
}
_WEAK: Errors = (PasswordRepetition, PasswordCommon)
_EMAIL: Errors = (EmailTooLong, InvalidEmail)


def one(schema: str, example: Example, status: int = 200, **links: Json) -> Answer:
    """Return the answer with one resource."""
    return Answer(status, schema, lambda: {"data": example()}, links)


def many(schema: str, path: str, example: Example, **links: Json) -> Answer:
    """Return the answer with all resources of a path."""
    own_link = {"self": f"{samples.SERVER}{path}"}
    return Answer(200, schema, lambda: {"data": [example()], "links": own_link}, links)


def link(name: str, parameters: Json | None = None, body: Json | None = None) -> Json:
    """Return the way from an answer to a call: what the one has that the other takes."""
    found: Json = {"operationId": name}
    if parameters:
        found["parameters"] = parameters
    if body:
        found["requestBody"] = body
    return found


_REFERENCE = {"reference": "$response.body#/data/0/id"}
_NEWEST = "$response.body#/data/attributes/refreshToken"
_NEXT: Json = {
    "refresh": link(
        "refreshSession",
        body={"data": {"type": "refresh-tokens", "attributes": {"refreshToken": _NEWEST}}},
    ),
    "signOut": link("signOut", {"token": _NEWEST}),
}

_of_customers = partial(Operation, tag="Customers")
_CUSTOMERS = (
    _of_customers(
        "POST /customers",
        "createCustomer",
        "Sign up",
        one("CustomerDocument", samples.customer, 201),
        "Sends the mail with the confirmation link. Whether the address is known already, the "
        "answer does not tell, unless the service is set to (`ExistingEmail=reveal`). With the "
        "header of a guest, the guest's cart becomes the customer's on confirming.",
        "SignUp",
        Caller.MAYBE_GUEST,
        (TermsNotAccepted, PasswordsDiffer, *_EMAIL, *_WEAK, EmailInUse, KeyMalformed, KeyReused),
        idempotent=True,
    ),
    _of_customers(
        "GET /customers",
        "listCustomers",
        "List oneself",
        many(
            "CustomersDocument",
            "/customers",
            samples.customer,
            read=link("readCustomer", _REFERENCE),
        ),
        "The collection holds the customer whose access token it is.",
        caller=Caller.CUSTOMER,
    ),
    _of_customers(
        "GET /customers/{reference}",
        "readCustomer",
        "Read oneself",
        one("CustomerDocument", samples.customer),
        caller=Caller.CUSTOMER,
        errors=(CustomerNotFound,),
    ),
    _of_customers(
        "PATCH /customers/{reference}",
        "changeCustomer",
        "Change one's profile",
        one("CustomerDocument", samples.customer),
        "What is left out stays as it is; null clears what is optional. A new `email` gets a mail, "
        "and the answer has the old one until the mail's link and the password have proven it.",
        "ProfileChange",
        Caller.CUSTOMER,
        (Forbidden, EmailInUse, *_EMAIL),
    ),
    _of_customers(
        "DELETE /customers/{reference}",
        "anonymiseCustomer",
        "Leave",
        NOTHING,
        "Removes everything personal; the address is free again.",
        caller=Caller.CUSTOMER,
        errors=(Forbidden,),
    ),
    _of_customers(
        "POST /customer-confirmation",
        "confirmCustomer",
        "Confirm the address",
        NOTHING,
        "The key is the `token` of the link in the mail, however the account was made. Or the code "
        "in the mail, with the reference, for clients that ask their users for it: some tries.",
        "Confirmation",
        errors=(LinkRefused,),
    ),
    _of_customers(
        "POST /customer-confirmation-requests",
        "requestConfirmation",
        "Send the confirmation mail again",
        NOTHING,
        "The answer is the same for every address. Only the newest link works.",
        "ConfirmationRequest",
        errors=_EMAIL,
    ),
)

_of_passwords = partial(Operation, tag="Passwords")
_PASSWORDS = (
    _of_passwords(
        "PATCH /customer-password/{reference}",
        "changePassword",
        "Change one's password",
        NOTHING,
        "Ends all sessions.",
        "PasswordChange",
        Caller.CUSTOMER,
        (Forbidden, NewPasswordsDiffer, WrongPassword, *_WEAK),
    ),
    _of_passwords(
        "POST /customer-forgotten-password",
        "forgetPassword",
        "Send a link to a new password",
        NOTHING,
        "The answer is the same for every address.",
        "ForgottenPassword",
        errors=_EMAIL,
    ),
    _of_passwords(
        "PATCH /customer-restore-password/{key}",
        "restorePassword",
        "Choose a new password",
        NOTHING,
        "The key is the `token` of the link in the mail; what the path names does not count.",
        "PasswordReset",
        errors=(PasswordsDiffer, ResetKeyWrong, PasswordNotChanged, *_WEAK),
    ),
)

_of_sessions = partial(Operation, tag="Sessions")
_SESSIONS = (
    _of_sessions(
        "POST /access-tokens",
        "signIn",
        "Sign in",
        one("AccessTokenDocument", partial(samples.tokens, "access-tokens"), 201, **_NEXT),
        "With the header of a guest, the guest's cart becomes the customer's at once.",
        "Credentials",
        Caller.MAYBE_GUEST,
        (AuthenticationFailed,),
    ),
    _of_sessions(
        "POST /refresh-tokens",
        "refreshSession",
        "Go on with a session",
        one("RefreshTokenDocument", partial(samples.tokens, "refresh-tokens"), 201, **_NEXT),
        "Each refresh token works once. Used twice, it ends the session.",
        "Refresh",
        errors=(RefreshFailed,),
    ),
    _of_sessions(
        "DELETE /refresh-tokens/{token}",
        "signOut",
        "Sign out",
        NOTHING,
        "`mine` instead of a token ends all sessions.",
        caller=Caller.CUSTOMER,
    ),
    _of_sessions(
        "POST /token",
        "requestToken",
        "Sign in or go on, by OAuth 2.0",
        Answer(200, "OAuthTokens", samples.oauth_tokens),
        "The password and the refresh token grants of RFC 6749.",
        caller=Caller.MAYBE_GUEST,
    ),
)

OPERATIONS = (*_CUSTOMERS, *_PASSWORDS, *_SESSIONS)
"""Those about customers and their sessions, in the order in which one needs them."""
