"""Access tokens: signed JSON Web Tokens (RFC 7519), read without a look-up."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from jwt.utils import base64url_decode, base64url_encode

from registration.adapters.secrets import RotatingKeys
from registration.domain.errors import AccessTokenInvalid

LIFETIME = timedelta(hours=8)

_ALGORITHM = "HS256"
_AUDIENCE = "customers"
_ISSUER = "customer-registration"
_LONGEST = 1024
_REQUIRED = ["iss", "aud", "sub", "iat", "exp", "jti", "gen"]


@dataclass(frozen=True)
class Bearer:
    """Who a token says that its bearer is."""

    reference: str
    generation: int


@dataclass(frozen=True)
class JwtAccessTokens:
    """The port ``AccessTokens``, with the keys of a secret.

    One algorithm is accepted, whatever a token's header says; the header's key id only
    chooses between our own keys.
    """

    keys: RotatingKeys

    def issue(self, reference: str, token_id: str, now: datetime, generation: int = 0) -> str:
        """Return a token that says for :data:`LIFETIME` who a customer is."""
        key = self.keys.oldest_first()[-1]
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": reference,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "jti": token_id,
            "gen": generation,
        }
        return jwt.encode(claims, key, _ALGORITHM, headers={"kid": _key_id(key)})

    def bearer_of(self, token: str, now: datetime) -> Bearer:
        """Return whose a token is, and of which generation.

        Raises
        ------
        AccessTokenInvalid
            It is none of ours, or its time is over.
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
                # The clock is handed in: its checks are made below.
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            issued, expires = int(claims["iat"]), int(claims["exp"])
            if not issued - 60 <= now.timestamp() < expires:
                raise AccessTokenInvalid
            return Bearer(str(claims["sub"]), int(claims["gen"]))
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise AccessTokenInvalid from error

    def _key_of(self, token: str) -> str:
        wanted = jwt.get_unverified_header(token).get("kid")
        for keys in (self.keys.oldest_first, self.keys.in_doubt):
            for key in keys():
                if _key_id(key) == wanted:
                    return key
        raise AccessTokenInvalid


def _is_canonical(part: str) -> bool:
    """Whether a part of a token is spelled as Base64 has it (RFC 4648, 3.5), bit by bit."""
    try:
        return base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def _key_id(key: str) -> str:
    return hashlib.sha256(f"key id of {key}".encode()).hexdigest()[:16]
