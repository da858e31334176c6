"""Asking for a new confirmation link."""

from registration.application.customers.link_request import LinkRequest
from registration.domain.claims import Claim
from registration.domain.customers import Customer
from registration.domain.mail.mails import already_registered_mail


class RenewLink(LinkRequest):
    """Sends the confirmation mail again, with a new link that replaces the old one.

    The owner of a confirmed address is told that it is confirmed.
    """

    def _promise(self, claim: Claim | None, found: Customer | None, placeholder: Customer) -> None:
        if not (claim and claim.verified and found):
            renewed = found or placeholder
            # A code counts where the sign-up was made: in this browser, or by the API.
            here = (renewed.sign_up or renewed).browser == placeholder.browser
            self._renew(renewed, placeholder, has_code=here)
            return
        mail = already_registered_mail(
            to=found.email.typed,
            reference=claim.reference,
            mail_id=placeholder.token_id,
            locale=claim.locale,
            promised_at=placeholder.created_at,
            lifetime=self.lifetime,
        )
        self.customers.notify(mail, claim)
