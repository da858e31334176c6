"""The judge: it can fail a test, and a denied call fails as on AWS."""

from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from registration.adapters import clients
from registration.adapters.imports.upload_forms import UploadForms
from registration.adapters.json_client import JsonClient
from registration.domain.imports.jobs import Upload
from tests.conftest import MakeCloud
from tests.iam.judge import fail_if_denied
from tests.iam.uses import Uses
from tests.support.cloud import Cloud
from tests.support.requests import customer_document


@pytest.fixture
def cloud(make_cloud: MakeCloud) -> Cloud:
    """A cloud whose calls do not count as uses of grants."""
    cloud = make_cloud()
    cloud.judge.uses = Uses()
    return cloud


def forbid(cloud: Cloud, function: str, *actions: str, keys: str = "") -> None:
    """Remove actions from a function's role, or all leading keys with a prefix."""
    cloud.judge.statements[function] = tuple(
        each
        for statement in cloud.judge.statements[function]
        for action in statement.actions
        for resource in statement.resources
        for each in [statement.only(action, resource)]
        if action not in actions
        and not (keys and any(key.startswith(keys) for key in statement.leading_keys))
    )


def verdict(cloud: Cloud) -> str:
    """Return the message that the test would fail with, and let it pass."""
    with pytest.raises(pytest.fail.Exception) as failed:
        fail_if_denied([cloud.judge])
    cloud.judge.denied.clear()
    cloud.judge.unknown.clear()
    return str(failed.value)


def test_a_test_fails_though_the_function_made_an_answer_of_the_error(cloud: Cloud) -> None:
    forbid(cloud, "RegisterFunction", "dynamodb:PutItem")

    answer = cloud.post_json("/customers", customer_document())

    assert answer.status == 500
    assert cloud.customers() == []
    said = verdict(cloud)
    assert "RegisterFunction: dynamodb:PutItem on arn:aws:dynamodb:" in said
    assert "table/registration-Customers dynamodb:LeadingKeys=CUSTOMER#" in said
    assert "no statement of its role allows it" in said


def test_a_test_fails_though_the_function_went_on_without(cloud: Cloud) -> None:
    forbid(cloud, "BackOfficeFunction", "s3:GetObject")

    with cloud.judge.acting_as("BackOfficeFunction"):
        link = UploadForms(cloud.bucket).link(Upload(cloud.bucket, "a.csv", "v1"), "failed.csv")

    assert link is None
    said = verdict(cloud)
    assert "BackOfficeFunction: s3:GetObject on arn:aws:s3:::registration-" in said
    assert said.endswith("no statement of its role allows it")


@pytest.mark.parametrize("client", [clients.dynamodb, clients.secrets_manager, clients.ssm])
def test_a_small_client_that_was_made_before_is_judged_too(client: Callable[[], Any]) -> None:
    made = client()
    with mock.patch.object(JsonClient, "call_once", return_value="judged") as judged:
        assert made.get_item() == "judged"

    judged.assert_called_once()


@pytest.mark.parametrize("client", [clients.s3, clients.sqs, clients.ses, clients.awslambda])
def test_a_client_that_was_made_before_is_judged_too(client: Callable[[], Any]) -> None:
    made = client()
    with mock.patch.object(BaseClient, "_make_api_call", return_value="judged") as judged:
        operation = next(iter(made.meta.method_to_api_mapping))

        assert getattr(made, operation)() == "judged"

    judged.assert_called_once()


def test_a_function_gets_the_services_own_error(cloud: Cloud) -> None:
    forbid(cloud, "SendEmailFunction", "dynamodb:Scan", "s3:GetObject", "ses:GetAccount")
    told = {}
    with cloud.judge.acting_as("SendEmailFunction"):
        with pytest.raises(ClientError) as denied:
            clients.dynamodb().scan(TableName=cloud.outbox_table)
        told["dynamodb"] = denied.value.response["Error"]["Code"]
        with pytest.raises(ClientError) as denied:
            clients.s3().get_object(Bucket=cloud.bucket, Key="a.csv")
        told["s3"] = denied.value.response["Error"]["Code"]

    assert told == {"dynamodb": "AccessDeniedException", "s3": "AccessDenied"}
    assert "SendEmailFunction: dynamodb:Scan" in verdict(cloud)


def test_a_tests_own_calls_are_not_judged(cloud: Cloud) -> None:
    cloud.judge.statements.clear()

    cloud.drop("a.csv", b"")

    assert cloud.customers() == []
    assert cloud.judge.verdict == []


def test_a_function_that_another_one_calls_has_its_own_role(cloud: Cloud) -> None:
    assert cloud.post_json("/customers/", customer_document()).status == 201
    assert cloud.judge.verdict == []

    forbid(cloud, "UnroutedFunction", "lambda:InvokeFunction")
    assert cloud.post_json("/customers/", customer_document()).status == 500
    said = verdict(cloud)
    assert "UnroutedFunction: lambda:InvokeFunction on" in said
    assert "function:registration-RegisterFunction" in said


def test_a_missing_object_is_reported_to_roles_that_may_list_the_bucket(cloud: Cloud) -> None:
    missing = "reports/missing.csv"
    with cloud.judge.acting_as("BackOfficeFunction"), pytest.raises(ClientError) as told:
        clients.s3().head_object(Bucket=cloud.bucket, Key=missing)
    forbid(cloud, "BackOfficeFunction", "s3:ListBucket")
    with cloud.judge.acting_as("BackOfficeFunction"), pytest.raises(ClientError) as not_told:
        clients.s3().head_object(Bucket=cloud.bucket, Key=missing)

    assert told.value.response["Error"]["Code"] == "404"
    assert not_told.value.response["Error"]["Code"] == "AccessDenied"
    assert "BackOfficeFunction: s3:ListBucket on arn:aws:s3:::" in verdict(cloud)


def test_a_signed_form_is_judged_as_if_it_were_posted(cloud: Cloud) -> None:
    forms = UploadForms(cloud.bucket)
    with cloud.judge.acting_as("BackOfficeFunction"):
        forms.form("1", "2", dry_run=False, then="https://shop.example")
    assert cloud.judge.verdict == []
    forbid(cloud, "BackOfficeFunction", "s3:PutObject")
    with cloud.judge.acting_as("BackOfficeFunction"):
        forms.form("1", "2", dry_run=False, then="https://shop.example")

    assert "s3:PutObject on arn:aws:s3:::" in verdict(cloud)


def test_a_signed_link_is_judged_as_if_it_were_followed(cloud: Cloud) -> None:
    client = clients.s3()
    with cloud.judge.acting_as("BackOfficeFunction"):
        address = client.generate_presigned_url(
            "get_object", Params={"Bucket": cloud.bucket, "Key": "elsewhere/a.csv"}
        )

    assert address
    assert "s3:GetObject on arn:aws:s3:::" in verdict(cloud)


def test_a_call_that_the_judge_does_not_know_fails_the_test(cloud: Cloud) -> None:
    with cloud.judge.acting_as("RegisterFunction"), pytest.raises(LookupError):
        clients.s3().list_buckets()

    assert "s3 ListBuckets: add what it asks for to tests.iam.requests" in verdict(cloud)


def test_a_key_that_is_not_granted_is_named(cloud: Cloud) -> None:
    forbid(cloud, "IndexCustomersFunction", keys="CUSTOMER#")
    with cloud.judge.acting_as("IndexCustomersFunction"), pytest.raises(ClientError):
        clients.dynamodb().batch_get_item(
            RequestItems={
                cloud.customers_table: {"Keys": [{"PK": {"S": "STAFF#1"}, "SK": {"S": "STAFF"}}]}
            }
        )

    assert verdict(cloud).count("dynamodb:LeadingKeys=STAFF#1") == 1
