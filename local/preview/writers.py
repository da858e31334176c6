"""The product's own writers of pages and mails, in one language, as the shop's folder has them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from registration.application.ports import RenderedMail
from registration.domain.customers import WAY_BACK, Customer
from registration.domain.errors import FieldFlaw, FlawKind, InvalidFields, RegistrationError
from registration.domain.fields.asked import STANDARD
from registration.domain.fields.own import Agreement, Kind
from registration.domain.links import Purpose
from registration.domain.mail.mails import Mail, MailKind
from registration.entrypoints.back_office.pages import BackOfficeWriter
from registration.entrypoints.carts.pages import CartPages
from registration.entrypoints.rendering.mail_renderer import MailRenderer
from registration.entrypoints.rendering.page_writing import NOTHING, PageWriter, Visit
from registration.entrypoints.shop.fields import customer_fields
from registration.entrypoints.web.pages import profile_form, sign_up_form

NOW = datetime(2026, 3, 7, 9, 30, tzinfo=UTC)
"""When all samples happen."""

SHOP_URL = "https://shop.example"

_LIFETIMES = {
    Purpose.CONFIRM: timedelta(hours=24),
    Purpose.RESET_PASSWORD: timedelta(hours=2),
    Purpose.INVITE_STAFF: timedelta(hours=48),
    Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Purpose.RESTORE_EMAIL: WAY_BACK,
    Purpose.ALLOW_MAILS: timedelta(hours=24),
}


@dataclass(frozen=True)
class Writers:
    """Renders samples."""

    shop_name: str
    locale: str

    @cached_property
    def pages(self) -> PageWriter:
        """Renders the storefront's pages."""
        return PageWriter(self.shop_name, self.locale, SHOP_URL)

    @cached_property
    def staff(self) -> BackOfficeWriter:
        """Renders the Back Office's pages."""
        return BackOfficeWriter(self.shop_name, self.locale, SHOP_URL)

    @property
    def carts(self) -> CartPages:
        """Renders the pages of carts."""
        return CartPages(self.pages)

    def visit(self, *, inside: bool = False) -> Visit:
        """Return the visit of somebody, ``inside`` an account or not."""
        return Visit(self.locale, "sample", signed_in=inside)

    def page(
        self, template: str, *mistakes: RegistrationError, inside: bool = False, **content: Any
    ) -> str:
        """Return a page of the storefront, with what is said of mistakes."""
        errors = self._errors(self.pages, mistakes)
        return self.pages.page(template, self.visit(inside=inside), errors=errors, **content)

    def back_office(self, template: str, *mistakes: RegistrationError, **content: Any) -> str:
        """Return a page of the Back Office."""
        errors = self._errors(self.staff, mistakes)
        return self.staff.page(template, self.visit(inside=True), errors=errors, **content)

    def answered(self, customer: Customer) -> Customer:
        """Return a customer who has answered what the shop asks, and agreed to everything."""
        fields, profile = customer_fields(), customer.profile
        unasked: dict[str, Any] = dict.fromkeys({*STANDARD} - fields.known)
        own = {each.name: each.example for each in fields.own if each.kind is not Kind.CONSENT}
        agreed = {each.name: each for each in self._agreements()}
        told = replace(customer, profile=replace(profile, **unasked, own=own))
        return told.answering(agreed, customer.consent.signed_up)

    @property
    def consent(self) -> str:
        """The sentence of a consent: the shop's first one, or one in place of it."""
        return next((each.text for each in self._agreements()), "…")

    def own_mistakes(self) -> InvalidFields:
        """Return that no value is right of the shop's own fields which say what would be."""
        wrong = [each.name for each in customer_fields().own if each.problem]
        return InvalidFields(tuple(FieldFlaw(name, FlawKind.NOT_VALID) for name in wrong))

    def register(self, *mistakes: RegistrationError, **typed: str) -> str:
        """Return the form to sign up with."""
        return self.page("register", *mistakes, **sign_up_form(self.locale, typed))

    def confirm(self, customer: Customer, *mistakes: RegistrationError, **content: Any) -> str:
        """Return the page of a link that is opened elsewhere than in the browser that signed up."""
        shown = {"token": "sample", "has_password": True, "asks_terms": False, **content}
        form = profile_form(self.locale, self.answered(customer), review=True)
        return self.page("confirm", *mistakes, **shown, **form)

    def account(
        self,
        customer: Customer,
        *mistakes: RegistrationError,
        typed: Mapping[str, str] = NOTHING,
        **content: Any,
    ) -> str:
        """Return the page of a customer's profile."""
        shown = {"notice": None, "new_email": None, "former": (), **content}
        form = profile_form(self.locale, self.answered(customer), typed)
        return self.page("account", *mistakes, inside=True, **shown, **form)

    def mail(self, mail: Mail, path: str, code: str, not_me: str) -> RenderedMail:
        """Return a mail, two seconds after it was promised."""
        write = MailRenderer(
            self.shop_name,
            self.locale,
            _LIFETIMES,
            lambda: NOW + timedelta(seconds=2),
            own_fields=customer_fields().in_mails,
        )
        withdrawals = [
            (agreement.text, f"{SHOP_URL}/withdraw-consent?token=sample")
            for agreement in self._agreements()
            if mail.kind is MailKind.PASSWORD_CHANGED
        ]
        not_me = not_me and f"{SHOP_URL}{not_me}"
        return write(mail, f"{SHOP_URL}{path}", code, not_me, withdrawals)

    def _agreements(self) -> list[Agreement]:
        own = customer_fields().own
        return [each.agreement(self.locale) for each in own if each.kind is Kind.CONSENT]

    def _errors(
        self, writer: PageWriter, mistakes: tuple[RegistrationError, ...]
    ) -> dict[str, str]:
        told = (writer.errors(self.locale, mistake) for mistake in mistakes)
        return {field: text for errors in told for field, text in errors.items()}
