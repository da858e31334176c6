"""The composition root of the Back Office's pages."""

from functools import cached_property

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.accounts import DynamoDBAccounts, DynamoDBBelongings
from registration.adapters.customers.quiet import DynamoDBQuietAddresses
from registration.adapters.directory.directory import DynamoDBDirectory
from registration.adapters.imports.store import DynamoDBImportStore
from registration.adapters.imports.upload_forms import UploadForms
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.mail.suppressions import DynamoDBSuppressions, SesSuppressionList
from registration.adapters.personal_data import collector
from registration.adapters.secrets import RotatingKeys, SecretLinks
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.adapters.staff.members import DynamoDBStaff, DynamoDBStaffSessions
from registration.application.customers.not_me import AllowMails
from registration.application.directory import ListCustomers
from registration.application.mail.delivery_reports import LiftSuppression
from registration.application.personal_data import CollectPersonalData
from registration.application.rate_limits import LoginRateLimiter
from registration.application.staff.audit import Audited
from registration.application.staff.manage_customers import CustomerCare
from registration.application.staff.members import AcceptInvitation, StaffPasswords, StaffSignIn
from registration.entrypoints.back_office.pages import BackOfficeWriter
from registration.entrypoints.back_office.staff_gate import STAFF_COOKIE, StaffGate
from registration.entrypoints.clock import utc_now
from registration.entrypoints.ids import new_id
from registration.entrypoints.settings import BackOfficeSettings
from registration.entrypoints.web.app import CustomerApp


class BackOfficeApp(CustomerApp[BackOfficeSettings]):
    """The function of the Back Office's pages."""

    settings_model = BackOfficeSettings
    form_cookies = (STAFF_COOKIE,)

    def __init__(self) -> None:
        super().__init__()
        self.staff_gate = StaffGate(self.browser, lambda: self.sign_in)

    @cached_property
    def writer(self) -> BackOfficeWriter:
        """Renders pages, and the errors on them."""
        return BackOfficeWriter.of(self.settings)

    @cached_property
    def record(self) -> DynamoDBAuditRecord:
        """What staff did."""
        return DynamoDBAuditRecord(self.settings.customers_table)

    @cached_property
    def audited(self) -> Audited:
        """Records what staff do."""
        return Audited(self.record, utc_now, new_id)

    @cached_property
    def sign_in(self) -> StaffSignIn:
        """Signs staff in and out."""
        table = self.settings.customers_table
        return StaffSignIn(
            login_rate_limiter=self._login_rate_limiter,
            staff=self._staff,
            sessions=DynamoDBStaffSessions(table),
            audited=self.audited,
            clock=utc_now,
            new_id=new_id,
            lifetime=self.settings.staff_session_lifetime,
        )

    @cached_property
    def accept_invitation(self) -> AcceptInvitation:
        """Lets who was invited choose a password."""
        return AcceptInvitation(
            staff=self._staff,
            passwords=self.passwords,
            links=self._links,
            clock=utc_now,
        )

    @cached_property
    def customers(self) -> ListCustomers:
        """Lists customers."""
        table = self.settings.customers_table
        directory = DynamoDBDirectory(table, self._outbox, self.fields.searchable)
        return ListCustomers(directory, self._outbox, utc_now)

    @cached_property
    def care(self) -> CustomerCare:
        """Does for customers what staff may do."""
        table, outbox = self.settings.customers_table, self.settings.outbox_table
        belongings = DynamoDBBelongings(self.sessions, DynamoDBCarts(table), self._outbox)
        return CustomerCare(
            customers=DynamoDBAccounts(table, outbox),
            belongings=belongings,
            clock=utc_now,
            new_id=new_id,
            store=self.settings.store,
            lifetime=self.settings.unconfirmed_lifetime,
            fields=self.fields,
        )

    @cached_property
    def personal_data(self) -> CollectPersonalData:
        """Reads all that is kept about a customer."""
        tables = self.settings.customers_table, self.settings.outbox_table
        return collector(*tables, utc_now)

    @cached_property
    def allow_mails(self) -> AllowMails:
        """Ends the quiet of addresses."""
        table, outbox = self.settings.customers_table, self.settings.outbox_table
        return AllowMails(DynamoDBQuietAddresses(table, outbox), self._links, utc_now)

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
        return LiftSuppression(self.suppressions, SesSuppressionList(), self._outbox, utc_now)

    @cached_property
    def passwords(self) -> StaffPasswords:
        """Sets the passwords of staff."""
        return StaffPasswords(
            login_rate_limiter=self._login_rate_limiter,
            staff=self._staff,
            audited=self.audited,
            clock=utc_now,
            new_id=new_id,
            password_rules=self.settings.password_rules,
            lifetime=self.settings.staff_session_lifetime,
        )

    @cached_property
    def _links(self) -> SecretLinks:
        return SecretLinks(RotatingKeys(self.settings.link_keys_secret))

    @cached_property
    def _login_rate_limiter(self) -> LoginRateLimiter:
        return LoginRateLimiter(self.counters, self.settings.staff_logins)

    @cached_property
    def _staff(self) -> DynamoDBStaff:
        return DynamoDBStaff(self.settings.customers_table, self.settings.outbox_table)

    @cached_property
    def _outbox(self) -> DynamoDBOutbox:
        return DynamoDBOutbox(self.settings.outbox_table)

    def problem_page(self, status: int) -> str:
        """Return the page of a request that came to nothing, as staff see it."""
        return self.writer.problem(self.browser.visit(), status)
