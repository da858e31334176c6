"""Access tokens: signed JSON Web Tokens (RFC 7519), verified without a read."""

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
_REQUIRED = ["iss", "aud", "sub", "sid", "iat", "exp", "jti", "gen"]


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
        (https://openid.net/specs/openid-connect-frontchannel-1_0.html#IANA).
        """
        key = self.keys.oldest_first()[-1]
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": reference,
            "sid": session_id,
            "iat": int(now.timestamp()),
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
                options={"require": _REQUIRED, "verify_exp": False, "verify_iat": False},
            )
            issued, expires = int(claims["iat"]), int(claims["exp"])
            if not issued - 60 <= now.timestamp() < expires:
                raise AccessTokenInvalid
            return Bearer(str(claims["sub"]), str(claims["sid"]), int(claims["gen"]))
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
            raise AccessTokenInvalid from error

    def _key_of(self, token: str) -> str:
        wanted = jwt.get_unverified_header(token).get("kid")
        for keys in (self.keys.oldest_first, self.keys.in_doubt):
            for key in keys():
                if _key_id(key) == wanted:
                    return key
        raise AccessTokenInvalid


def _is_canonical(part: str) -> bool:
    """Whether a part of a token is canonical Base64 (RFC 4648, 3.5)."""
    try:
        return base64url_encode(base64url_decode(part)).decode() == part
    except ValueError:
        return False


def _key_id(key: str) -> str:
    return hashlib.sha256(f"key id of {key}".encode()).hexdigest()[:16]
