"""The pages of signing up, confirming, logging in and forgotten passwords."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from registration.domain.errors import AlreadyConfirmed, LinkRefused
from registration.domain.profile import Gender, Salutation
from registration.entrypoints.rendering.locales import ENGLISH
from registration.entrypoints.rendering.page_writing import (
    NOTHING,
    PageWriter,
    Visit,
    choices,
    nearest_key,
    wrong,
)

# The fields of each form in the order in which they stand there.
_REGISTER_FIELDS = (
    "salutation",
    "gender",
    "first_name",
    "last_name",
    "email",
    "password",
    "confirm_password",
    "accepted_terms",
)
_CONFIRM_FIELDS = ("password", "new_password", "repeat_password")
_NEW_LINK_FIELDS = ("email",)
_LOGIN_FIELDS = ("email", "password")
_NEVER_SHOWN = {"password", "confirm_password"}


NEW_PASSWORD_FIELDS = {"password": "new_password", "confirm_password": "repeat_password"}
"""What the fields are called on pages where an earlier password may stand besides."""


class Notice(StrEnum):
    """What the login page says above its form."""

    CONFIRMED = "confirmed"
    ALREADY_CONFIRMED = "already-confirmed"
    LOGGED_OUT = "logged-out"
    LOGGED_OUT_EVERYWHERE = "logged-out-everywhere"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a notice's name
    LOG_IN_FIRST = "log-in-first"
    ACCOUNT_DELETED = "account-deleted"

    @classmethod
    def of(cls, said: str | None) -> "Notice | None":
        """Return the notice that an address asks for, if it is one."""
        return cls(said) if said in set(cls) else None


class Target(StrEnum):
    """Where a login leads on to. An address names one of these, never an address."""

    ACCOUNT = "account"
    CARTS = "carts"
    CHECKOUT = "checkout"

    @property
    def path(self) -> str:
        """The page's path."""
        paths = {Target.CARTS: "/account/carts", Target.CHECKOUT: "/checkout"}
        return paths.get(self, "/account")

    @classmethod
    def of(cls, said: str | None) -> "Target | None":
        """Return the target that an address or a form asks for, if it is one."""
        return cls(said) if said in set(cls) else None


@dataclass(frozen=True)
class Pages:
    """The pages that lead to an account.

    ``errors`` are texts by the name of the field that they stand beside, as
    :meth:`PageWriter.errors` returns them; a text of no field (``""``) stands above
    the form.
    """

    writer: PageWriter

    def register(
        self,
        visit: Visit,
        *,
        values: Mapping[str, str] = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return the form to sign up with, what was typed kept but for passwords."""
        typed = {name: value for name, value in values.items() if name not in _NEVER_SHOWN}
        return self.writer.page(
            "register",
            visit,
            values=typed,
            salutations=choices(visit.locale, "salutation", Salutation, typed),
            genders=choices(visit.locale, "gender", Gender, typed),
            **wrong(_REGISTER_FIELDS, errors),
        )

    def almost_there(self, visit: Visit, *, from_checkout: bool = False) -> str:
        """Return the page after a sign-up: a mail is on its way.

        With ``from_checkout`` it says that the cart is kept.
        """
        return self.writer.page("almost_there", visit, from_checkout=from_checkout)

    def confirm(
        self,
        visit: Visit,
        *,
        token: str,
        has_password: bool,
        email: str = "",
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return the page of a link opened elsewhere than in the browser that signed up.

        Parameters
        ----------
        token
            The link's token, handed on by the forms.
        has_password
            Whether a password was chosen at sign-up, which then confirms too.
        email
            The customer's address, for password managers only: nothing shows it.
        errors
            Texts beside ``password``, ``new_password`` and ``repeat_password``.
        """
        return self.writer.page(
            "confirm",
            visit,
            token=token,
            has_password=has_password,
            email=email,
            **wrong(_CONFIRM_FIELDS if has_password else _CONFIRM_FIELDS[1:], errors),
        )

    def link_problem(self, visit: Visit, problem: LinkRefused) -> str:
        """Return the page of a link that confirms nothing, with a way to a new mail."""
        if isinstance(problem, AlreadyConfirmed):
            return self.login(visit, Notice.ALREADY_CONFIRMED)
        key = nearest_key(visit.locale, "link_problem", problem, ".heading")
        return self.writer.page("link_problem", visit, key=key, email="", **wrong((), NOTHING))

    def new_link(
        self, visit: Visit, *, email: str = "", errors: Mapping[str, str] = NOTHING
    ) -> str:
        """Return the form to ask for a new mail with."""
        return self.writer.page("new_link", visit, email=email, **wrong(_NEW_LINK_FIELDS, errors))

    def new_link_sent(self, visit: Visit) -> str:
        """Return the answer to that form: the same for every address."""
        return self.writer.page("new_link_sent", visit)

    def forgot_password(
        self, visit: Visit, *, email: str = "", errors: Mapping[str, str] = NOTHING
    ) -> str:
        """Return the form to say that a password was forgotten."""
        fields = wrong(_NEW_LINK_FIELDS, errors)
        return self.writer.page("forgot_password", visit, email=email, **fields)

    def forgot_password_sent(self, visit: Visit) -> str:
        """Return the answer to that form: the same for every address."""
        return self.writer.page("forgot_password_sent", visit)

    def restore_password(
        self, visit: Visit, *, token: str, email: str = "", errors: Mapping[str, str] = NOTHING
    ) -> str:
        """Return the form to choose a new password with, behind the link of the mail.

        ``email`` is for password managers only: nothing shows it. ``errors`` stand
        beside ``new_password`` and ``repeat_password``.
        """
        fields = wrong(_CONFIRM_FIELDS[1:], errors)
        return self.writer.page("restore_password", visit, token=token, email=email, **fields)

    def restore_problem(self, visit: Visit) -> str:
        """Return the page of a link to a new password that does not work (any more)."""
        return self.writer.page("restore_problem", visit)

    def login(
        self,
        visit: Visit,
        notice: Notice | None = None,
        *,
        email: str = "",
        errors: Mapping[str, str] = NOTHING,
        to: Target | None = None,
    ) -> str:
        """Return the form to log in with, below what there is to say.

        ``to`` is where the login leads on to.
        """
        fields = wrong(_LOGIN_FIELDS, errors)
        return self.writer.page("login", visit, notice=notice, email=email, to=to or "", **fields)

    def documentation(self, **content: object) -> str:
        """Return the page that describes the API, in English as the contract is."""
        return self.writer.page("documentation", Visit(ENGLISH), **content)
