"""The mappings of streams are read at the same time, as on AWS (`local/emulated.py`).

In another local cloud than most tests, because their lists would be full of imported customers.
"""

from local.cloud import Cloud
from tests.local_cloud.browser import Browser
from tests.local_cloud.test_end_to_end import mail_to, wait_for
from tests.support.contract_table import PASSWORD
from tests.support.imports.files import a_file, a_row
from tests.support.requests import customer_document

ROWS = 100  # as many as the function for an import's mails takes at once, and paces


def test_a_sign_ups_mail_does_not_wait_for_those_of_an_import(other_cloud: Cloud) -> None:
    rows = [a_row(n, email=f"row-{n}@streams.example.org") for n in range(ROWS)]
    s3 = other_cloud.client("s3")
    s3.put_object(Bucket=other_cloud.bucket, Key="streams.csv", Body=a_file(*rows))
    wait_for(lambda: imported(other_cloud))

    email = "somebody@streams.example.net"
    document = customer_document(email=email, password=PASSWORD, confirmPassword=PASSWORD)
    assert Browser(other_cloud.url).post("/customers", document).status == 201
    mail_to(other_cloud, email)

    assert imported(other_cloud) < ROWS


def imported(cloud: Cloud) -> int:
    """Return how many mails of the import have been sent."""
    return sum(mail["to"].endswith("@streams.example.org") for mail in cloud.mails())
