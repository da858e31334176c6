"""The template: valid, and each of its promises kept in the expanded resources."""

import json
import re
from typing import Any

import pytest

from registration.adapters.dynamodb import items
from registration.domain.mail.mails import Lane
from registration.entrypoints.rendering.locales import ENGLISH, locales
from registration.entrypoints.shop.brand import brand
from tests.support.checkers import CFN_LINT, SAM, run
from tests.support.factories import a_mail
from tests.support.stack import Json, Stack, source

STACK = Stack({"PublicUrl": "https://shop.example", "AlarmEmail": "ops@example.com"})
FUNCTIONS = STACK.resources("AWS::Lambda::Function")
TEMPLATE = source()
SENDERS = {"SendEmailFunction", "SendImportedEmailFunction"}
LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
STREAM = {
    f"dynamodb:{a}" for a in ("DescribeStream", "GetShardIterator", "GetRecords", "ListStreams")
}


FILES = ["template.yaml", "monitoring.yaml"]


# `sam build` and `sam deploy` find the same: tests/local_cloud/test_sam.py.
@pytest.mark.endurance
@pytest.mark.parametrize("file", FILES)
def test_sam_finds_it_valid(file: str) -> None:
    run(SAM, "validate", "--template", file, "--region", "eu-central-1")


@pytest.mark.parametrize("file", FILES)
def test_cfn_lint_finds_nothing(file: str) -> None:
    # As `sam validate --lint` does. Of a nested stack it compares the parameters, too.
    run(CFN_LINT, file)


def test_the_nested_stack_is_given_what_it_declares_and_nothing_else() -> None:
    resource = TEMPLATE["Resources"]["Monitoring"]
    declared = source("monitoring.yaml")["Parameters"]

    assert resource["Properties"]["TemplateURL"] == "monitoring.yaml"
    assert set(resource["Properties"]["Parameters"]) == set(declared)
    for name, parameter in declared.items():
        assert "Default" not in parameter, f"{name}: forgotten, it would be watched under it"
        assert parameter["Description"], name


def test_the_nested_stack_watches_resources_by_their_own_names() -> None:
    """A parameter that is called like a resource is that one's name."""
    for name, value in STACK.monitoring.parameters.items():
        if name in TEMPLATE["Resources"]:
            assert value in {f"registration-{name}", f"registration-{name}.QueueName"}
        elif name in TEMPLATE["Parameters"]:
            assert value == STACK.parameters[name]
        else:
            assert (name, value) == ("Namespace", "CustomerRegistration/registration")


def statements(function: str) -> list[Json]:
    """Return the statements of a function's own policies."""
    role = STACK.resources("AWS::IAM::Role")[f"{function}Role"]["Properties"]
    found = []
    for policy in role.get("Policies", []):
        document = policy["PolicyDocument"]["Statement"]
        found += document if isinstance(document, list) else [document]
    return found


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


# What IAM knows no resource of.
WITHOUT_RESOURCE = {"ses:DeleteSuppressedDestination", "ses:GetAccount"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_no_wildcard_permission(function: str) -> None:
    for statement in statements(function):
        for action in listed(statement["Action"]):
            assert "*" not in action, statement
        if not set(listed(statement["Action"])) <= WITHOUT_RESOURCE:
            assert "*" not in listed(statement["Resource"]), statement


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_role_log_and_description_of_its_own(function: str) -> None:
    properties = FUNCTIONS[function]["Properties"]

    assert properties["Role"] == {"Fn::GetAtt": [f"{function}Role", "Arn"]}
    assert properties["Description"]
    log = properties["LoggingConfig"]["LogGroup"]["Ref"]
    assert STACK.properties(log)["RetentionInDays"] == 30


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_at_info_and_lambda_only_what_fails(function: str) -> None:
    logging = STACK.properties(function)["LoggingConfig"]

    assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
    # Above INFO Lambda drops the metrics, below it botocore logs bodies of requests.
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    assert logging.get("ApplicationLogLevel", "INFO") == "INFO"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_runs_on_a_current_python_on_arm64(function: str) -> None:
    properties = STACK.properties(function)

    assert properties["Runtime"] == "python3.13"
    assert properties["Architectures"] == ["arm64"]
    assert properties["Handler"] == "handler.lambda_handler"


def actions(function: str) -> set[str]:
    return {action for s in statements(function) for action in listed(s["Action"])}


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        (
            "LinkKeys",
            {"AccountFunction", "BackOfficeFunction", "ConfirmFunction", *SENDERS},
        ),
        ("TokenKeys", {"AccountFunction", "CartsFunction", "SignInFunction"}),
    ],
)
def test_only_those_who_need_a_secret_may_read_it(secret: str, expected: set[str]) -> None:
    readers = {
        function
        for function in FUNCTIONS
        for statement in statements(function)
        if "secretsmanager:GetSecretValue" in listed(statement["Action"])
        and {"Ref": secret} in listed(statement["Resource"])
    }

    assert readers == expected


def test_only_the_senders_send_and_only_from_the_one_address() -> None:
    senders = {f for f in FUNCTIONS if "ses:SendEmail" in actions(f)}

    assert senders == SENDERS
    for sender in senders:
        (statement,) = [s for s in statements(sender) if s.get("Sid") == "Send"]
        # In the sandbox SES asks for the right to the recipient's identity, too.
        assert STACK.resolve(statement["Resource"]) == [
            "arn:aws:ses:eu-central-1:123456789012:identity/*",
            "arn:aws:ses:eu-central-1:123456789012:configuration-set/registration-MailConfiguration",
        ]
        assert STACK.resolve(statement["Condition"]) == {
            "StringEquals": {"ses:FromAddress": "registration@shop.example"}
        }


def test_functions_without_data_may_read_none() -> None:
    assert actions("DocumentationFunction") == LOGS


@pytest.mark.parametrize("table", ["Customers", "Outbox"])
def test_a_table_is_kept_safe(table: str) -> None:
    resource = STACK.resources("AWS::DynamoDB::Table")[table]
    properties = resource["Properties"]

    assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain"
    assert properties["DeletionProtectionEnabled"] is True
    assert properties["SSESpecification"] == {"SSEEnabled": True}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {
        "AttributeName": "expires_at",
        "Enabled": True,
    }
    assert properties["BillingMode"] == "PAY_PER_REQUEST"


def mappings(function: str) -> list[Json]:
    return [
        STACK.properties(name)
        for name, body in STACK.resources("AWS::Lambda::EventSourceMapping").items()
        if body["Properties"]["FunctionName"] == {"Ref": function}
    ]


def mapping(function: str) -> Json:
    (found,) = mappings(function)
    return found


def patterns(source: Json) -> list[Json]:
    return [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]


def test_the_outboxs_stream_is_bounded() -> None:
    stream = mapping("SendEmailFunction")

    assert stream["BatchSize"] == 25
    assert stream["MaximumRetryAttempts"] == 4
    assert stream["MaximumRecordAgeInSeconds"] == 3600
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["DestinationConfig"]["OnFailure"]["Destination"].endswith("MailFailures.Arn")
    waited_for = {"NewImage": {"waiting": {"S": [{"exists": True}]}}}
    assert patterns(stream) == [{"eventName": ["INSERT"], "dynamodb": waited_for}]


@pytest.mark.parametrize(
    ("reports", "events"),
    [
        ("all", {"bounce", "complaint", "reject", "delivery"}),
        ("problems", {"bounce", "complaint", "reject"}),
    ],
)
def test_ses_reports_problems_always_and_deliveries_if_asked(
    reports: str, events: set[str]
) -> None:
    destination = Stack({"MailReports": reports}).properties("MailEventDestination")

    assert set(destination["EventDestination"]["MatchingEventTypes"]) == events


def test_an_imports_mails_do_not_block_the_stream_and_are_never_parked() -> None:
    stream = mapping("SendImportedEmailFunction")

    imported = {"NewImage": {"lane": {"S": ["import"]}}}
    assert patterns(stream) == [{"eventName": ["INSERT"], "dynamodb": imported}]
    assert stream["MaximumRecordAgeInSeconds"] == 3600
    assert stream["MaximumRetryAttempts"] == 1
    assert "DestinationConfig" not in stream


def test_an_imports_row_pays_for_no_index() -> None:
    (index,) = STACK.properties("Outbox")["GlobalSecondaryIndexes"]
    row = items.mail_item(a_mail(lane=Lane.IMPORT))
    waited_for = items.mail_item(a_mail())

    keys = {each["AttributeName"] for each in index["KeySchema"]}
    assert keys <= set(waited_for)
    assert not keys <= set(row)


def test_a_lease_writes_nothing_that_the_index_holds() -> None:
    (index,) = STACK.properties("Outbox")["GlobalSecondaryIndexes"]
    held = {"held_by", "held_until", "next_claim"}

    assert index["Projection"] == {
        "ProjectionType": "INCLUDE",
        "NonKeyAttributes": ["reference", "parked"],
    }
    assert not held & {each["AttributeName"] for each in index["KeySchema"]}


def test_the_customers_stream_is_bounded_and_brings_customers_only() -> None:
    stream = mapping("IndexCustomersFunction")

    assert STACK.properties("Customers")["StreamSpecification"] == {
        "StreamViewType": "NEW_AND_OLD_IMAGES"
    }
    assert stream["StartingPosition"] == "TRIM_HORIZON"
    assert stream["BatchSize"] == 4000
    assert stream["MaximumBatchingWindowInSeconds"] == 1
    assert stream["MaximumRetryAttempts"] == 10
    assert stream["MaximumRecordAgeInSeconds"] == 43200
    assert stream["BisectBatchOnFunctionError"] is True
    assert stream["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["DestinationConfig"]["OnFailure"]["Destination"].endswith("IndexFailures.Arn")
    customer = {"entity": {"S": ["customer"]}}
    assert patterns(stream) == [
        {"dynamodb": {"NewImage": customer}},
        {"dynamodb": {"OldImage": customer}},
    ]


def test_the_directorys_function_cannot_write_a_customer() -> None:
    allowed = {s["Sid"]: s for s in statements("IndexCustomersFunction") if "Sid" in s}

    assert actions("IndexCustomersFunction") == LOGS | STREAM | {
        "dynamodb:BatchGetItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:Scan",
        "sqs:SendMessage",
    }
    assert allowed["WriteEntries"]["Condition"] == {
        "ForAllValues:StringLike": {
            "dynamodb:LeadingKeys": [
                *("DIRECTORY-ALL#*", "DIRECTORY-UNVERIFIED#*", "DIRECTORY-VERIFIED#*"),
                "SEARCH#*",
            ]
        }
    }
    assert allowed["ReadCustomers"]["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["CUSTOMER#*"]}
    }


def test_the_planner_cannot_write_a_customer() -> None:
    written = {
        key
        for statement in statements("ImportPlannerFunction")
        if "dynamodb:PutItem" in statement["Action"]
        for key in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    }

    assert written == {"IMPORT#*", "IMPORTS#*", "FILE#*", "AUDIT#*"}


def test_a_directory_that_falls_behind_is_told() -> None:
    alarm = STACK.monitoring.properties("IndexBehindAlarm")

    assert alarm["MetricName"] == "IteratorAge"
    # A stream forgets after a day.
    assert alarm["Threshold"] * alarm["EvaluationPeriods"] < 24 * 3600 * 1000


def test_the_chunk_queue_waits_longer_than_a_worker_may_take() -> None:
    queue = STACK.properties("Chunks")
    timeout = FUNCTIONS["ImportWorkerFunction"]["Properties"]["Timeout"]

    assert queue["VisibilityTimeout"] >= 6 * timeout
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 8
    assert mapping("ImportWorkerFunction")["BatchSize"] == 1
    assert mapping("ImportWorkerFunction")["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize(
    ("function", "queue"),
    [
        ("ImportPlannerFunction", "ImportFailures"),
        ("RecordDeliveryFunction", "DeliveryFailures"),
    ],
)
def test_an_event_that_fails_each_time_is_set_aside(function: str, queue: str) -> None:
    (config,) = [
        STACK.properties(name)
        for name, body in STACK.resources("AWS::Lambda::EventInvokeConfig").items()
        if body["Properties"]["FunctionName"] == {"Ref": function}
    ]

    assert config["MaximumRetryAttempts"] == 2
    assert queue in config["DestinationConfig"]["OnFailure"]["Destination"]


def test_ses_tells_of_each_mails_end_and_nobody_else_may_tell() -> None:
    (destination,) = [
        STACK.properties(name)["EventDestination"]
        for name in STACK.resources("AWS::SES::ConfigurationSetEventDestination")
    ]
    (statement,) = STACK.properties("MailEventsPolicy")["PolicyDocument"]["Statement"]
    (subscription,) = [
        body["Properties"]
        for body in STACK.resources("AWS::SNS::Subscription").values()
        if body["Properties"]["Protocol"] == "lambda"
    ]

    assert destination["MatchingEventTypes"] == ["bounce", "complaint", "delivery", "reject"]
    assert destination["SnsDestination"] == {"TopicARN": "registration-MailEvents"}
    assert statement["Principal"] == {"Service": "ses.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "123456789012",
        "aws:SourceArn": (
            "arn:aws:ses:eu-central-1:123456789012:configuration-set/registration-MailConfiguration"
        ),
    }
    assert subscription["Endpoint"] == {"Fn::GetAtt": ["RecordDeliveryFunction", "Arn"]}


def test_the_sweep_runs_as_long_as_its_schedule_waits() -> None:
    assert FUNCTIONS["SendEmailFunction"]["Properties"]["Timeout"] == 5 * 60


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("SendEmailFunctionSweep", "rate(5 minutes)"),
        ("ImportPlannerFunctionWatch", "rate(30 minutes)"),
    ],
)
def test_missed_mails_are_swept_on_a_schedule(schedule: str, expected: str) -> None:
    properties = STACK.properties(schedule)

    assert properties["ScheduleExpression"] == expected
    assert properties["State"] == "ENABLED" if "State" in properties else True


def test_the_import_bucket_is_private_versioned_encrypted_and_forgets() -> None:
    bucket = STACK.properties("ImportBucket")
    all_files, reports = bucket["LifecycleConfiguration"]["Rules"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert all_files["ExpirationInDays"] == 7
    assert all_files["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert (reports["Prefix"], reports["NoncurrentVersionExpiration"]) == (
        "reports/",
        {"NoncurrentDays": 1},
    )
    (statement,) = STACK.properties("ImportBucketPolicy")["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_access_log_holds_no_token_and_no_address() -> None:
    (stage,) = [STACK.properties(n) for n in STACK.resources("AWS::ApiGatewayV2::Stage")]

    logged = stage["AccessLogSettings"]["Format"]
    for variable in ("$context.path", "queryString", "sourceIp", "identity"):
        assert variable not in logged


def test_the_secret_makes_its_own_first_key() -> None:
    generated = STACK.properties("LinkKeys")["GenerateSecretString"]

    assert json.loads(generated["SecretStringTemplate"]) == {"previous": ""}
    assert generated["GenerateStringKey"] == "current"
    assert generated["PasswordLength"] >= 64


def test_links_point_to_the_api_itself_where_no_address_is_given() -> None:
    own = Stack().properties("PublicUrlEntry")

    assert own["Value"] == ("https://registration-Api.execute-api.eu-central-1.amazonaws.com")
    assert STACK.properties("PublicUrlEntry")["Value"] == "https://shop.example"


def test_every_setting_has_a_working_default_and_a_description() -> None:
    for name, parameter in TEMPLATE["Parameters"].items():
        # SES sends for nobody who has not proven the domain: no default can work.
        assert ("Default" in parameter) == (name != "MailFrom"), name
        assert parameter["Description"], name


def test_the_default_language_may_be_each_that_pages_and_mails_are_written_in() -> None:
    parameter = TEMPLATE["Parameters"]["DefaultLocale"]

    for locale in locales():
        assert re.fullmatch(parameter["AllowedPattern"], locale)
    assert parameter["Default"] == ""
    assert brand().language == ENGLISH


def test_every_variable_of_a_function_is_read_by_its_settings() -> None:
    from registration.entrypoints import environment, settings  # noqa: PLC0415

    models: dict[str, type[environment.Settings]] = {
        "RegisterFunction": settings.RegisterSettings,
        "ConfirmFunction": settings.ConfirmSettings,
        "SignInFunction": settings.SignInSettings,
        "AccountFunction": settings.AccountSettings,
        "BackOfficeFunction": settings.BackOfficeSettings,
        "CartsFunction": settings.CartsSettings,
        "DocumentationFunction": settings.DocumentationSettings,
        "UnroutedFunction": settings.UnroutedSettings,
        "SendEmailFunction": settings.SendEmailSettings,
        "SendImportedEmailFunction": settings.SendEmailSettings,
        "IndexCustomersFunction": settings.IndexCustomersSettings,
        "InviteStaffFunction": settings.InviteStaffSettings,
        "RecordDeliveryFunction": settings.RecordDeliverySettings,
        "ImportPlannerFunction": settings.ImportSettings,
        "ImportWorkerFunction": settings.ImportSettings,
    }
    assert set(models) == set(FUNCTIONS)
    for function, model in models.items():
        declared = {n for n in STACK.environment(function) if not n.startswith("POWERTOOLS_")}
        assert declared == {name.upper() for name in model.fields()}, function
