"""Removing all personal data of a customer."""

from datetime import datetime

from registration.application.customers.account_ports import Accounts, Belongings
from registration.application.ports import Conflict
from registration.domain.customers import Customer
from registration.domain.errors import Busy


def anonymise(
    customer: Customer, accounts: Accounts, belongings: Belongings, now: datetime
) -> None:
    """Keep the reference alone, and free the addresses.

    The customer's belongings are removed first: if a try dies half-way, the customer still exists,
    and the next try removes the rest.

    Raises
    ------
    Busy
        The customer changed meanwhile.
    """
    belongings.remove_all(customer)
    try:
        accounts.anonymise(customer, now)
    except Conflict as error:
        raise Busy from error
