"""Refresh tokens that are derived from the tokens before them."""

from registration.adapters.secrets import RotatingKeys
from registration.domain.sessions import RefreshToken
from registration.frozen import dataclass


@dataclass(frozen=True)
class DerivedTokens:
    """The port ``NextToken``, with the keys of a secret."""

    keys: RotatingKeys

    def __call__(self, token: RefreshToken) -> RefreshToken:
        """Return the next token. While the keys change, two uses at once may end a session."""
        return token.following(self.keys.oldest_first()[-1])
