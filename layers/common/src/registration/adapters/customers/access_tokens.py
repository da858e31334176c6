"""Access tokens: signed JSON Web Tokens (RFC 7519), verified without a read."""

import hashlib
import json
from datetime import datetime, timedelta

import jwt
from jwt.utils import base64url_decode, base64url_encode

from registration.adapters.secrets import RotatingKeys
from registration.domain.errors import AccessTokenInvalid
from registration.frozen import dataclass

LIFETIME = timedelta(hours=8)

_ALGORITHM = "HS256"
_AUDIENCE = "frontend"
_ISSUER = "customer-registration"
_SCOPES = ["customer"]
_LONGEST = 2048
_REQUIRED = [
    *("iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti", "gen", "scopes"),
    "customer_reference",
]


@dataclass(frozen=True)
class Bearer:
    """The customer whom a token authenticates."""

    reference: str
    session_id: str
    generation: int


@dataclass(frozen=True)
class JwtAccessTokens:
    """The port ``AccessTokens``, with the keys of a secret.

    Only one algorithm is accepted, whatever a token's header says. The header's key id only
    selects one of the service's keys.
    """

    keys: RotatingKeys

    def issue(
        self, reference: str, session_id: str, token_id: str, now: datetime, generation: int = 0
    ) -> str:
        """Return a token that authenticates a customer for :data:`LIFETIME` at most.

        ``sid`` is the session's id, as in OpenID Connect
        (https://openid.net/specs/openid-connect-frontchannel-1_0.html#IANA). Spryker's clients
        read ``sub``, a JSON text; ``customer_reference`` is for everybody else.
        """
        key = self.keys.oldest_first()[-1]
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": _subject(reference),
            "customer_reference": reference,
            "scopes": _SCOPES,
            "sid": session_id,
            "iat": int(now.timestamp()),
            "nbf": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": token_id,
            "gen": generation,
        }
        return jwt.encode(claims, key, _ALGORITHM, headers={"kid": _key_id(key)})

    def bearer_of(self, token: str, now: datetime) -> Bearer:
        """Verify a token and return its customer and generation.

        Raises
        ------
        AccessTokenInvalid
            The service did not issue it, or it has expired.
        """
        if len(token) > _LONGEST or not all(map(_is_canonical, token.split("."))):
            raise AccessTokenInvalid
        try:
            key = self._key_of(token)
            claims = jwt.decode(
                token,
                key,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                # The clock is a parameter, so the checks of times are made below.
                options={
                    "require": _REQUIRED,
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            begins, expires = max(int(claims["iat"]), int(claims["nbf"])), int(claims["exp"])
            if not begins - 60 <= now.timestamp() < expires:
                raise AccessTokenInvalid
            reference = str(claims["customer_reference"])
            if claims["sub"] != _subject(reference) or claims["scopes"] != _SCOPES:
                raise AccessTokenInvalid
            return Bearer(reference, str(claims["sid"]), int(claims["gen"]))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise AccessTokenInvalid from error

    def _key_of(self, token: str) -> str:
        wanted = jwt.get_unverified_header(token).get("kid")
        for keys in (self.keys.oldest_first, self.keys.in_doubt):
            for key in keys():
                if _key_id(key) == wanted:
                    return key
        raise AccessTokenInvalid


def _subject(reference: str) -> str:
    """Return the subject of a token: what Glue's clients know of a customer, as JSON.

    Where Glue has the number of a row in its table, ``id_customer`` is derived from the reference:
    always the same for one customer, positive, and exact in JavaScript (under 2**53).
    """
    number = int(hashlib.sha256(reference.encode()).hexdigest()[:13], 16) + 1
    unknown = dict.fromkeys(("id_company_user", "id_agent", "permissions"))
    customer = {"customer_reference": reference, "id_customer": number, **unknown}
    return json.dumps(customer, separators=(",", ":"))


def _is_canonical(part: str) -> bool:
    """Whether a part of a token is canonical Base64 (RFC 4648, 3.5)."""
    try:
        return base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def _key_id(key: str) -> str:
    return hashlib.sha256(f"key id of {key}".encode()).hexdigest()[:16]
