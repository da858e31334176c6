"""Where all that is kept about a customer is read from: the tables ``customers`` and ``outbox``."""

from registration.adapters.carts.carts import DynamoDBCarts
from registration.adapters.customers.sessions import DynamoDBSessions
from registration.adapters.mail.outbox import DynamoDBOutbox
from registration.adapters.mail.suppressions import DynamoDBSuppressions
from registration.adapters.staff.audit import DynamoDBAuditRecord
from registration.application.personal_data import CollectPersonalData
from registration.application.ports import Clock


def collector(customers_table: str, outbox_table: str, clock: Clock) -> CollectPersonalData:
    """Return what reads the tables of these names."""
    return CollectPersonalData(
        sessions=DynamoDBSessions(customers_table),
        carts=DynamoDBCarts(customers_table),
        outbox=DynamoDBOutbox(outbox_table),
        suppressions=DynamoDBSuppressions(customers_table),
        record=DynamoDBAuditRecord(customers_table),
        clock=clock,
    )
