"""Withdrawing a consent by the link that stands in mails: no login, no session."""

import logging
from dataclasses import replace

from registration.application.customers.account_ports import Accounts
from registration.application.ports import Conflict, Links
from registration.domain.customers import Customer, Evidence, GivenConsent
from registration.domain.errors import Busy, LinkWrong
from registration.domain.links import Purpose
from registration.frozen import dataclass

_MOST_TRIES = 8

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WithdrawConsent:
    """Withdraws the consent of a link: one read and one write, if it is not withdrawn yet.

    Both methods raise :class:`LinkWrong` if there is no such consent.
    """

    accounts: Accounts
    links: Links

    def look(self, token: str) -> GivenConsent:
        """Return the consent of a link, withdrawn or not."""
        return self._find(token)[1]

    def __call__(self, token: str, proof: Evidence) -> GivenConsent:
        """Withdraw it, with the ``proof`` of when and from where.

        Raises
        ------
        LinkWrong, Busy
        """
        for _ in range(_MOST_TRIES):
            customer, consent = self._find(token)
            if consent.withdrawn:
                return consent
            changed = replace(customer, updated_at=proof.at)
            changed = changed.answering({consent.agreement.name: None}, proof)
            try:
                self.accounts.save(changed, customer)
            except Conflict:
                logger.info("the customer was changed at the same moment")
            else:
                return replace(consent, withdrawn=proof)
        raise Busy

    def _find(self, token: str) -> tuple[Customer, GivenConsent]:
        link = self.links.read(token, Purpose.WITHDRAW_CONSENT)
        customer = self.accounts.get(link.reference)
        consent = customer.consent_of_link(link.token_id) if customer else None
        if customer is None or consent is None:
            raise LinkWrong
        return customer, consent
