"""What the pages of the Back Office work with, each made when it is first needed."""

from collections.abc import Callable
from functools import cached_property, partial, update_wrapper

from aws_lambda_powertools.event_handler import Response

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.accounts import DynamoDBAccounts, DynamoDBBelongings
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.dynamodb.rate_limits import DynamoDBLimits
from registration.adapters.imports.store import DynamoDBImportStore
from registration.adapters.imports.upload_forms import UploadForms
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.mail.suppressions import DynamoDBSuppressions, SesSuppressionList
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff, DynamoDBStaffSessions
from registration.application.directory import ListCustomers
from registration.application.mail.delivery_reports import LiftSuppression
from registration.application.rate_limits import LoginRateLimiter
from registration.application.staff.audit import Audited
from registration.application.staff.manage_customers import CustomerCare
from registration.application.staff.members import AcceptInvitation, StaffSignIn
from registration.entrypoints.back_office.pages import BackOfficePages
from registration.entrypoints.back_office.staff_gate import STAFF_COOKIE, StaffGate
from registration.entrypoints.rendering.page_writing import PageWriter
from registration.entrypoints.settings import BackOfficeSettings
from registration.entrypoints.web import app as web
from registration.entrypoints.web.browser import Browser
from registration.entrypoints.web.ids import new_id
from registration.entrypoints.web.negotiation import WebApp


class Desk:
    """The desk that a member of staff sits at: reads settings and makes clients at first use."""

    def __init__(self) -> None:
        self.app: WebApp = web.new_app(lambda: self.writer, self._problem)
        self.browser = Browser(self.app, lambda: self.writer, bound_to=(STAFF_COOKIE,))
        self.gate = StaffGate(self.browser, lambda: self.sign_in)

    def answer(self, method: str, path: str, answer: Callable[..., Response[str]]) -> None:
        """Let a function answer a path: it gets the desk and the variables of the path."""
        self.app.route(path, method)(update_wrapper(partial(answer, self), answer))

    @cached_property
    def settings(self) -> BackOfficeSettings:
        """What the environment says."""
        return BackOfficeSettings.from_environment()

    @cached_property
    def writer(self) -> PageWriter:
        """What pages are written with."""
        return PageWriter.of(self.settings)

    @cached_property
    def pages(self) -> BackOfficePages:
        """The pages."""
        return BackOfficePages(self.writer)

    @cached_property
    def record(self) -> DynamoDBAuditRecord:
        """What staff did."""
        return DynamoDBAuditRecord(self.settings.customers_table)

    @cached_property
    def audited(self) -> Audited:
        """Records what staff do."""
        return Audited(self.record, web.utc_now, new_id)

    @cached_property
    def sign_in(self) -> StaffSignIn:
        """Signs staff in and out."""
        table = self.settings.customers_table
        return StaffSignIn(
            login_rate_limiter=LoginRateLimiter(DynamoDBLimits(table), self.settings.staff_logins),
            staff=self._staff,
            sessions=DynamoDBStaffSessions(table),
            audited=self.audited,
            clock=web.utc_now,
            new_id=new_id,
            lifetime=self.settings.staff_session_lifetime,
        )

    @cached_property
    def accept_invitation(self) -> AcceptInvitation:
        """Lets who was invited choose a password."""
        return AcceptInvitation(
            staff=self._staff,
            audited=self.audited,
            links=SecretLinks(RotatingKeys(self.settings.link_keys_secret)),
            clock=web.utc_now,
            new_id=new_id,
            password_rules=self.settings.password_rules,
            lifetime=self.settings.staff_session_lifetime,
        )

    @cached_property
    def customers(self) -> ListCustomers:
        """Lists customers."""
        table = self.settings.customers_table
        return ListCustomers(DynamoDBDirectory(table), self._outbox, web.utc_now)

    @cached_property
    def care(self) -> CustomerCare:
        """Does for customers what staff may do."""
        table, outbox = self.settings.customers_table, self.settings.outbox_table
        belongings = DynamoDBBelongings(DynamoDBSessions(table), DynamoDBCarts(table), self._outbox)
        return CustomerCare(
            customers=DynamoDBAccounts(table, outbox),
            belongings=belongings,
            clock=web.utc_now,
            new_id=new_id,
            store=self.settings.store,
            lifetime=self.settings.unconfirmed_lifetime,
        )

    @cached_property
    def imports(self) -> DynamoDBImportStore:
        """What there is to see of imports."""
        return DynamoDBImportStore(self.settings.customers_table)

    @cached_property
    def upload_forms(self) -> UploadForms:
        """Lets browsers put files into the bucket, and read reports from there."""
        return UploadForms(self.settings.import_bucket)

    @cached_property
    def suppressions(self) -> DynamoDBSuppressions:
        """The addresses that get no mail."""
        return DynamoDBSuppressions(self.settings.customers_table)

    @cached_property
    def lift_suppression(self) -> LiftSuppression:
        """Takes staff's word that an address may get mail again."""
        return LiftSuppression(self.suppressions, SesSuppressionList(), self._outbox, web.utc_now)

    @property
    def client(self) -> str | None:
        """The network address that the request comes from."""
        return web.evidence_of(self.app, web.utc_now()).address

    def query(self, name: str) -> str:
        """Return a parameter of the page's address, empty if it has none."""
        return self.app.current_event.query_string_parameters.get(name, "")

    @cached_property
    def _staff(self) -> DynamoDBStaff:
        return DynamoDBStaff(self.settings.customers_table, self.settings.outbox_table)

    @cached_property
    def _outbox(self) -> DynamoDBOutbox:
        return DynamoDBOutbox(self.settings.outbox_table)

    def _problem(self, status: int) -> str:
        return self.pages.problem(self.browser.visit(), status)
