"""Writing the pages of the Back Office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registration.adapters.imports.upload_forms import UploadForm
from registration.application.directory import Page
from registration.application.mail.ports import MailProgress
from registration.domain.customers import Customer, Origin, Status
from registration.domain.errors import RegistrationError
from registration.domain.imports.jobs import Job, RowOutcome
from registration.domain.mail.deliveries import Suppression
from registration.domain.profile import Gender, Salutation, profile_values
from registration.domain.staff.audit import AuditEntry
from registration.domain.staff.members import StaffMember
from registration.entrypoints.rendering.locales import LOCALES
from registration.entrypoints.rendering.page_writing import (
    NOTHING,
    PROFILE_FIELDS,
    PageWriter,
    Visit,
    choices,
    texts,
    wrong,
)

_CUSTOMER_FIELDS = ("email", *PROFILE_FIELDS)
_LOGIN_FIELDS = ("email", "password")
_INVITATION_FIELDS = ("new_password", "repeat_password")


class Said(StrEnum):
    """What a page says about what was just done."""

    CREATED = "created"
    SAVED = "saved"
    UNCHANGED = "unchanged"
    RESENT = "resent"
    PASSWORD_MAIL = "password-mail"  # noqa: S105 - a notice's name
    ANONYMISED = "anonymised"
    LIFTED = "lifted"
    SIGNED_OUT = "signed-out"

    @classmethod
    def of(cls, text: str) -> "Said | None":
        """Return what an address asks to say, if it is one of these."""
        return cls(text) if text in set(cls) else None


@dataclass(frozen=True)
class Query:
    """What the list of customers is asked for, as it stands in the address."""

    text: str = ""
    status: str = ""
    origin: str = ""
    page: str = ""


@dataclass(frozen=True)
class BackOfficePages:
    """Every page that staff see.

    ``member`` is who looks at it; ``errors`` are texts by the field that they stand
    beside, ``""`` for those above the form.
    """

    writer: PageWriter

    def login(
        self,
        visit: Visit,
        said: Said | None = None,
        *,
        email: str = "",
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return the form to sign in with."""
        return self._page("login", visit, said=said, email=email, **wrong(_LOGIN_FIELDS, errors))

    def invitation(
        self, visit: Visit, token: str, member: StaffMember, errors: Mapping[str, str] = NOTHING
    ) -> str:
        """Return the form behind an invitation's link."""
        fields = wrong(_INVITATION_FIELDS, errors)
        return self._page("invitation", visit, token=token, invited=member, **fields)

    def invitation_problem(self, visit: Visit) -> str:
        """Return the page of an invitation that leads nowhere any more."""
        return self._page("invitation_problem", visit)

    def customers(
        self,
        visit: Visit,
        member: StaffMember,
        found: Page,
        query: Query,
        *,
        said: Said | None = None,
        error: str = "",
    ) -> str:
        """Return the list of customers."""
        return self._page(
            "customers",
            visit,
            member=member,
            rows=found.rows,
            cursor=found.cursor,
            query=query,
            statuses=list(Status),
            origins=list(Origin),
            said=said,
            error=error,
        )

    def customer(
        self,
        visit: Visit,
        member: StaffMember,
        customer: Customer,
        *,
        history: Sequence[AuditEntry],
        mail: MailProgress | None,
        suppression: Suppression | None,
        said: Said | None = None,
        error: str = "",
    ) -> str:
        """Return what is known of a customer, and what was done."""
        return self._page(
            "customer",
            visit,
            member=member,
            customer=customer,
            history=history,
            mail=mail,
            suppression=suppression,
            said=said,
            error=error,
        )

    def form(
        self,
        visit: Visit,
        member: StaffMember,
        customer: Customer | None = None,
        *,
        values: Mapping[str, str] = NOTHING,
        errors: Mapping[str, str] = NOTHING,
    ) -> str:
        """Return the form to create a customer with, or to edit one."""
        kept = _shown(customer) if customer else {"locale": visit.locale}
        filled = {**kept, **values}
        return self._page(
            "form",
            visit,
            member=member,
            customer=customer,
            values=filled,
            salutations=choices(visit.locale, "salutation", Salutation, filled),
            genders=choices(visit.locale, "gender", Gender, filled),
            locales=[
                (locale, texts(visit.locale)[f"choice.locale.{locale}"]) for locale in LOCALES
            ],
            **wrong(_CUSTOMER_FIELDS, errors),
        )

    def anonymise(self, visit: Visit, member: StaffMember, customer: Customer) -> str:
        """Return the page that asks before a customer is anonymised."""
        return self._page("anonymise", visit, member=member, customer=customer)

    def record(
        self, visit: Visit, member: StaffMember, entries: Sequence[AuditEntry], older: str | None
    ) -> str:
        """Return the page of what staff did."""
        return self._page("record", visit, member=member, entries=entries, older=older)

    def imports(
        self, visit: Visit, member: StaffMember, jobs: Sequence[Job], older: str | None
    ) -> str:
        """Return the list of imports, with the way to a new one."""
        return self._page("imports", visit, member=member, jobs=jobs, older=older)

    def upload(
        self, visit: Visit, member: StaffMember, upload: UploadForm, *, dry_run: bool
    ) -> str:
        """Return the form that a file is uploaded with."""
        return self._page("upload", visit, member=member, upload=upload, dry_run=dry_run)

    def uploaded(self, visit: Visit, then: str, member: StaffMember | None = None) -> str:
        """Return the page that waits for an uploaded file's import to begin."""
        return self._page("uploaded", visit, member=member, then=then)

    def import_job(
        self, visit: Visit, member: StaffMember, job: Job, errors: Sequence[RowOutcome]
    ) -> str:
        """Return an import: how far it is, or what became of it, with the first errors."""
        return self._page("import", visit, member=member, job=job, failures=errors)

    def problem(self, visit: Visit, status: int) -> str:
        """Return the page of a request that came to nothing."""
        known = f"problem.{status}.heading" in texts(visit.locale)
        return self._page("problem", visit, key=f"problem.{status if known else 'other'}")

    def errors(self, visit: Visit, error: RegistrationError) -> dict[str, str]:
        """Return what is wrong, in words for staff, by the field to show it beside."""
        known = texts(visit.locale)
        own = f"back_office.error.{type(error).__name__}"
        if own in known:
            return {error.field or "": known[own]}
        return self.writer.errors(visit.locale, error)

    def _page(self, name: str, visit: Visit, **content: object) -> str:
        form = texts(visit.locale)["format.time"]

        def at(time: datetime) -> str:
            return time.strftime(form)

        return self.writer.page(
            f"back_office/{name}", visit, **{"member": None, "at": at} | content
        )


def _shown(customer: Customer) -> dict[str, str]:
    values = {name: str(value or "") for name, value in profile_values(customer.profile).items()}
    return {**values, "email": customer.email.typed}
