"""The calls of Lambda and Scheduler are allowed, on the exact resources."""

import pytest

from tests.iam.lambda_itself import requests_by, requests_by_schedule
from tests.iam.policies import is_allowed
from tests.iam.roles import roles_of

ROLES = roles_of({})


@pytest.mark.parametrize("function", ROLES.of_functions)
def test_lambda_may_log_read_sources_and_send_failures(function: str) -> None:
    asked = requests_by(function, ROLES)

    assert asked
    assert [each for each in asked if not is_allowed(ROLES.of_functions[function], each)] == []


@pytest.mark.parametrize("schedule", ROLES.of_schedules)
def test_scheduler_may_invoke_its_target(schedule: str) -> None:
    asked = requests_by_schedule(schedule, ROLES)

    assert [each for each in asked if not is_allowed(ROLES.of_schedules[schedule], each)] == []


def test_lambdas_own_requests_name_streams_queues_and_logs() -> None:
    sender = {str(each) for each in requests_by("SendEmailFunction", ROLES)}
    worker = {str(each) for each in requests_by("ImportWorkerFunction", ROLES)}
    account = "eu-central-1:123456789012"

    outbox = f"arn:aws:dynamodb:{account}:table/registration-Outbox/stream/2026-11-22T12:00:00.000"
    assert f"dynamodb:GetRecords on {outbox}" in sender
    assert f"sqs:SendMessage on arn:aws:sqs:{account}:registration-MailFailures" in sender
    assert f"sqs:DeleteMessage on arn:aws:sqs:{account}:registration-Chunks" in worker
    assert not any("GetRecords" in each for each in worker)
    assert any("logs:PutLogEvents" in each and "ImportWorkerLog" in each for each in worker)
