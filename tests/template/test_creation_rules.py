"""Rules of AWS for creating the stack that no schema or emulator checks.

Each test is one rule, with the page of AWS's documentation that states it. The names are as long
as they can get: those that CloudFormation makes, for the longest legal name of a stack.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.stack import (
    ACCOUNT,
    NESTED,
    Json,
    Stack,
    arn_of_stack,
    expanded,
    source,
    split_target,
)

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-using-console-create-stack.html
LONGEST_STACK_NAME = "S" + "t" * 127
REGION = "ap-southeast-2"
LAMBDA = "AWS::Lambda::Function"

# How long a name may be that CloudFormation makes, of the stack, the resource and 12 characters.
# https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
LIMITS = {
    # API Gateway's own identifier.
    "AWS::ApiGatewayV2::Api": 10,
    NESTED: 128,
    "AWS::CloudWatch::Alarm": 255,
    "AWS::CloudWatch::Dashboard": 255,
    "AWS::DynamoDB::Table": 255,
    "AWS::IAM::Role": 64,
    LAMBDA: 64,
    "AWS::Logs::LogGroup": 512,
    "AWS::S3::Bucket": 63,
    "AWS::SES::ConfigurationSet": 64,
    "AWS::SNS::Topic": 256,
    "AWS::SQS::Queue": 80,
}

# The two templates, and what each of them makes. No resource of one is called like one of the
# other's, so that both stand in one table.
TEMPLATES: dict[str, Json] = {
    "template.yaml": expanded(),
    "monitoring.yaml": source("monitoring.yaml"),
}
RESOURCES: dict[str, Json] = {
    name: body for template in TEMPLATES.values() for name, body in template["Resources"].items()
}


def arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


ARNS: dict[str, Callable[[str], str]] = {
    "AWS::DynamoDB::Table": lambda name: arn("dynamodb", f"table/{name}"),
    "AWS::IAM::Role": lambda name: f"arn:aws:iam::{ACCOUNT}:role/{name}",
    LAMBDA: lambda name: arn("lambda", f"function:{name}"),
    "AWS::Logs::LogGroup": lambda name: arn("logs", f"log-group:{name}:*"),
    "AWS::S3::Bucket": lambda name: f"arn:aws:s3:::{name}",
    "AWS::SNS::Topic": lambda name: arn("sns", name),
    "AWS::SQS::Queue": lambda name: arn("sqs", name),
}


def with_longest_names(stack: Stack) -> Stack:
    """Return a stack whose resources have the longest names that they can have."""
    for logical_id, resource in stack.template["Resources"].items():
        kind = resource["Type"]
        name = f"{stack.name}-{logical_id}-1A2B3C4D5E6F"[-LIMITS.get(kind, 255) :]
        stack.names[logical_id] = name
        if kind in ARNS:
            stack.attributes[logical_id, "Arn"] = ARNS[kind](name)
        if kind == "AWS::SQS::Queue":
            url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
            stack.names[logical_id] = url
        elif kind in {"AWS::SNS::Topic", "AWS::SecretsManager::Secret"}:
            stack.names[logical_id] = arn("service", name)
        elif kind == NESTED:
            stack.names[logical_id] = arn_of_stack(name)
    return stack


STACK = with_longest_names(
    Stack({"PublicUrl": "https://" + "a" * 60 + ".example"}, name=LONGEST_STACK_NAME)
)
STACKS = [STACK, with_longest_names(STACK.monitoring)]


def of(kind: str) -> dict[str, Json]:
    """Return the resources of a type, resolved, also those that a condition leaves out."""
    return {
        name: stack.properties(name)
        for stack in STACKS
        for name, body in stack.template["Resources"].items()
        if body["Type"] == kind
    }


def test_the_two_templates_have_no_resource_of_one_name() -> None:
    assert len(RESOURCES) == sum(len(each["Resources"]) for each in TEMPLATES.values())
    assert [stack.template for stack in STACKS] == list(TEMPLATES.values())
    assert [stack.name for stack in STACK.stacks()] == [stack.name for stack in STACKS]


def function_of(mapping: str) -> str:
    name = RESOURCES[mapping]["Properties"]["FunctionName"]
    return str(name["Ref"]) if "Ref" in name else split_target(name["Fn::GetAtt"])[0]


def mappings() -> dict[str, Json]:
    return of("AWS::Lambda::EventSourceMapping")


def source_of(mapping: str) -> str:
    return json.dumps(RESOURCES[mapping]["Properties"]["EventSourceArn"])


# -------------------------------------------------------------------------- event sources


def test_a_function_reads_a_source_by_one_mapping() -> None:
    """Lambda answers 409 to a second one.

    https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
    """
    pairs = Counter((function_of(name), source_of(name)) for name in mappings())

    assert [pair for pair, count in pairs.items() if count > 1] == []


def test_a_stream_has_two_readers_at_the_most() -> None:
    """More of them throttle one another.

    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
    """
    readers = Counter(source_of(name) for name in mappings() if "StreamArn" in source_of(name))

    assert readers
    assert [stream for stream, count in readers.items() if count > 2] == []


def test_a_mapping_keeps_lambdas_bounds() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html."""
    for name, mapping in mappings().items():
        is_queue = "ScalingConfig" in mapping
        assert 1 <= mapping["BatchSize"] <= (10 if is_queue else 10_000), name
        assert 0 <= mapping.get("MaximumBatchingWindowInSeconds", 0) <= 300, name
        assert 1 <= mapping.get("ParallelizationFactor", 1) <= 10, name
        assert 60 <= mapping.get("MaximumRecordAgeInSeconds", 60) <= 604_800, name
        assert 0 <= mapping.get("MaximumRetryAttempts", 0) <= 10_000, name
        filters = mapping.get("FilterCriteria", {}).get("Filters", [])
        assert len(filters) <= 5, name
        assert all(len(each["Pattern"]) <= 4096 for each in filters), name


def test_a_queue_hides_a_message_for_as_long_as_its_function_runs() -> None:
    """Lambda refuses the mapping otherwise; six times as long is its advice.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """
    queues = [name for name in mappings() if "ScalingConfig" in mappings()[name]]
    assert queues
    for name in queues:
        reference = RESOURCES[name]["Properties"]["EventSourceArn"]["Fn::GetAtt"]
        queue = STACK.properties(split_target(reference)[0])
        timeout = STACK.properties(function_of(name))["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout, name


@pytest.mark.parametrize("limit", ["MinValue", "MaxValue"])
def test_the_most_workers_at_once_are_what_lambda_takes(limit: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html."""
    assert 2 <= source()["Parameters"]["ImportWorkers"][limit] <= 1000


def test_a_new_account_has_room_for_sign_ups_beside_an_import() -> None:
    """It runs ten functions at once, all together.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    at_once = 0
    for mapping in mappings().values():
        if "ScalingConfig" in mapping:
            at_once += int(mapping["ScalingConfig"]["MaximumConcurrency"])
        else:
            # A stream of a table that was just made has one shard or few.
            at_once += mapping.get("ParallelizationFactor", 1)

    assert at_once <= 6


def test_two_notifications_of_a_bucket_never_fit_the_same_key() -> None:
    """S3 refuses overlapping prefixes and suffixes of one event type.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
    """
    for name, bucket in of("AWS::S3::Bucket").items():
        configurations = bucket["NotificationConfiguration"]
        events = [each["Event"] for kind in configurations.values() for each in kind]
        assert len(events) == len(set(events)) == 1, f"{name}: compare their filters here"


def test_asynchronous_calls_are_kept_within_lambdas_bounds() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html."""
    for name, config in of("AWS::Lambda::EventInvokeConfig").items():
        assert 60 <= config["MaximumEventAgeInSeconds"] <= 21_600, name
        assert 0 <= config["MaximumRetryAttempts"] <= 2, name


def test_a_schedule_keeps_the_schedulers_bounds() -> None:
    """https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html."""
    for name, schedule in of("AWS::Scheduler::Schedule").items():
        retry = schedule["Target"]["RetryPolicy"]
        assert 60 <= retry["MaximumEventAgeInSeconds"] <= 86_400, name
        assert 0 <= retry["MaximumRetryAttempts"] <= 185, name


def test_a_sweep_that_could_not_run_is_left_to_the_next() -> None:
    """Lambda would keep it for six hours and try it three times.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
    """
    config = STACK.properties("SendEmailFunctionEventInvokeConfig")

    assert config["MaximumRetryAttempts"] == 0
    assert config["MaximumEventAgeInSeconds"] == 120


# ------------------------------------------------------------------------------- names

# What names a resource, where CloudFormation would make a name by itself.
NAMES = {
    "AWS::ApiGatewayV2::Api": "Name",
    NESTED: "StackName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    LAMBDA: "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::SecretsManager::Secret": "Name",
}
# What has a name in no account: it is a part of something else, or is named by its identity.
NAMELESS = {
    "AWS::ApiGatewayV2::Stage",
    "AWS::IAM::Policy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
    "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SES::EmailIdentity",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
}
# Named by us, and with the stack in the name.
OURS = {"AWS::SSM::Parameter": "Name", "AWS::Lambda::LayerVersion": "LayerName"}


@pytest.mark.parametrize("name", RESOURCES)
def test_no_name_is_in_the_way_of_another_stack_or_of_a_second_try(name: str) -> None:
    """A literal name exists once in an account and region, also after a try that failed.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    kind, properties = RESOURCES[name]["Type"], RESOURCES[name].get("Properties", {})
    if kind in OURS:
        assert "AWS::Stack" in json.dumps(properties[OURS[kind]])
    elif kind in NAMES:
        assert NAMES[kind] not in properties
    else:
        assert kind in NAMELESS, f"Is {kind} named? Add it to one of the three lists."


def test_the_names_that_are_ours_are_short_enough_for_any_stack() -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html.

    https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    """
    (layer,) = of("AWS::Lambda::LayerVersion").values()
    (parameter,) = of("AWS::SSM::Parameter").values()

    assert len(layer["LayerName"]) <= 140
    # With the ARN that stands before it.
    assert len(arn("ssm", "parameter" + parameter["Name"])) <= 1011
    assert not parameter["Name"].lower().startswith(("aws", "ssm", "/aws", "/ssm"))


@pytest.mark.parametrize("file", TEMPLATES)
def test_nothing_is_exported(file: str) -> None:
    """An export's name exists once in an account and region.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
    """
    assert [name for name, output in source(file)["Outputs"].items() if "Export" in output] == []


@pytest.mark.parametrize("name", RESOURCES)
def test_a_first_try_that_fails_can_be_rolled_back(name: str) -> None:
    """What was just made goes again, unless deletion protection would make the rollback fail.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
    """
    resource = RESOURCES[name]
    policy = resource.get("DeletionPolicy", "Delete")

    if resource.get("Properties", {}).get("DeletionProtectionEnabled"):
        assert policy == "Retain"
    else:
        assert policy in {"Delete", "RetainExceptOnCreate"}


def test_data_and_keys_outlive_the_stack() -> None:
    kept = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"}

    for name, resource in RESOURCES.items():
        if resource["Type"] in kept:
            assert resource["DeletionPolicy"].startswith("Retain"), name
            assert resource["UpdateReplacePolicy"] == "Retain", name


# ------------------------------------------------------------------------------- sizes


@pytest.mark.parametrize("name", of(LAMBDA))
def test_a_functions_environment_fits(name: str) -> None:
    """4 KB for all names and values.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    environment = STACK.environment(name)

    assert len(json.dumps(environment, separators=(",", ":")).encode()) <= 4096


def policies() -> Iterator[tuple[str, list[Json]]]:
    for name, role in of("AWS::IAM::Role").items():
        inline = [policy["PolicyDocument"] for policy in role.get("Policies", [])]
        apart = [
            policy["PolicyDocument"]
            for other, policy in of("AWS::IAM::Policy").items()
            if {"Ref": name} in RESOURCES[other]["Properties"]["Roles"]
        ]
        yield name, inline + apart


def test_a_roles_inline_policies_fit() -> None:
    """10,240 characters of all of them together, white space not counted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    sizes = {
        name: sum(len(json.dumps(each, separators=(",", ":"))) for each in documents)
        for name, documents in policies()
    }

    assert {name: size for name, size in sizes.items() if size > 10_240} == {}


def test_nobody_is_given_a_managed_policy() -> None:
    """SAM's for streams and queues allow them all, `*`.

    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaDynamoDBExecutionRole.html
    """
    for name, role in of("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in role, name


def permissions(function: str) -> list[Json]:
    """Return the statements of a function's own policy: who may invoke it."""
    found = of("AWS::Lambda::Permission").items()
    return [
        {
            # At most 100 characters, including twelve of CloudFormation.
            "Sid": f"{LONGEST_STACK_NAME}-{name}-1A2B3C4D5E6F"[-100:],
            "Effect": "Allow",
            "Principal": {"Service": permission["Principal"]},
            "Action": permission["Action"],
            "Resource": STACK.attributes[function, "Arn"],
            "Condition": {"ArnLike": {"AWS:SourceArn": permission.get("SourceArn", ACCOUNT)}},
        }
        for name, permission in found
        if {"Ref": function} == RESOURCES[name]["Properties"]["FunctionName"]
    ]


@pytest.mark.parametrize("function", of(LAMBDA))
def test_a_functions_policy_has_room_for_all_its_routes(function: str) -> None:
    """SAM makes a statement for each route; 20 KB is all that Lambda keeps.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    document = {"Version": "2012-10-17", "Id": "default", "Statement": permissions(function)}

    assert len(json.dumps(document, separators=(",", ":"))) <= 20_480


def test_the_api_may_invoke_its_functions_by_every_route() -> None:
    """A variable stands in a permission as a wildcard: whatever its value, the call is allowed.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-invoke-api.html
    """
    for name, permission in of("AWS::Lambda::Permission").items():
        assert "{" not in permission.get("SourceArn", ""), name


def test_the_api_has_no_more_routes_than_it_may() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html."""
    for api in of("AWS::ApiGatewayV2::Api").values():
        assert sum(len(methods) for methods in api["Body"]["paths"].values()) <= 300


def test_the_access_log_names_each_request() -> None:
    """API Gateway refuses a format without it.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
    """
    for stage in of("AWS::ApiGatewayV2::Stage").values():
        assert "$context.requestId" in stage["AccessLogSettings"]["Format"]


@pytest.mark.parametrize("file", TEMPLATES)
def test_the_template_is_small_enough(file: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html."""
    template = TEMPLATES[file]

    assert len(template["Resources"]) <= 500
    assert len(template["Parameters"]) <= 200
    assert len(template["Outputs"]) <= 200
    assert len(template["Description"].encode()) <= 1024
    assert len(json.dumps(template).encode()) <= 1_000_000
    assert all(len(p.get("Description", "")) <= 4000 for p in template["Parameters"].values())


def test_the_nested_stack_takes_what_it_is_given() -> None:
    """SAM nests no more than 60 parameters; CloudFormation takes 4,096 bytes in each.

    https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-nested-applications.html
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    given = of(NESTED)["Monitoring"]["Parameters"]

    assert len(given) <= 60
    assert all(len(str(value).encode()) <= 4096 for value in given.values())


@pytest.mark.parametrize("name", of(LAMBDA))
def test_a_function_keeps_lambdas_bounds(name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    function = STACK.properties(name)

    assert 0 < len(function["Description"]) <= 256
    assert 128 <= function["MemorySize"] <= 10_240
    assert 1 <= function["Timeout"] <= 900


# ------------------------------------------------------------------------------ alarms


def periods(alarm: Json) -> list[int]:
    """Return the periods of an alarm's own metric, or of those that it calculates with."""
    if "Period" in alarm:
        return [int(alarm["Period"])]
    found: list[Any] = [
        each["MetricStat"]["Period"] if "MetricStat" in each else each.get("Period", 60)
        for each in alarm["Metrics"]
    ]
    return [int(period) for period in found]


@pytest.mark.parametrize("name", of("AWS::CloudWatch::Alarm"))
def test_an_alarm_looks_back_no_further_than_cloudwatch_does(name: str) -> None:
    """Over a day, or over a week where a period is an hour or longer.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    alarm = of("AWS::CloudWatch::Alarm")[name]

    for period in periods(alarm):
        assert period in {10, 20, 30} or period % 60 == 0
        span = period * int(alarm["EvaluationPeriods"])
        assert span <= (604_800 if period >= 3600 else 86_400)


# -------------------------------------------------------------------------------- mail


BELOW = {"MailFrom": "a@m.shop.example", "MailIdentity": "shop.example"}


@pytest.mark.parametrize(
    ("given", "identity", "bounces"),
    [
        ({}, "shop.example", "bounces.shop.example"),
        (BELOW, "shop.example", "bounces.shop.example"),
        ({"MailBounceSubdomain": "return"}, "shop.example", "return.shop.example"),
        ({"MailBounceSubdomain": ""}, "shop.example", None),
    ],
)
def test_the_mail_identity_is_the_senders_domain_unless_told(
    given: dict[str, str], identity: str, bounces: str | None
) -> None:
    sender = Stack(given).properties("MailSender")

    assert sender["EmailIdentity"] == identity
    assert sender.get("MailFromAttributes", {}).get("MailFromDomain") == bounces


def test_the_records_for_the_domain_are_told() -> None:
    """https://docs.aws.amazon.com/ses/latest/dg/mail-from.html.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html
    """
    stack = Stack()
    outputs = {name: stack.resolve(out["Value"]) for name, out in expanded()["Outputs"].items()}

    assert outputs["MailBounceMxRecord"] == (
        "bounces.shop.example MX 10 feedback-smtp.eu-central-1.amazonses.com"
    )
    assert outputs["MailBounceSpfRecord"].startswith('bounces.shop.example TXT "v=spf1 include:')
    assert outputs["MailDmarcRecord"].startswith('_dmarc.shop.example TXT "v=DMARC1;')
    for number in "123":
        assert f"DkimDNSTokenName{number}" in outputs[f"MailDkimRecord{number}"]


def test_outputs_of_missing_resources_are_omitted() -> None:
    made = {"MailDkimRecord1", "MailDkimRecord2", "MailDkimRecord3", "MailDmarcRecord"}

    for name in made:
        assert expanded()["Outputs"][name]["Condition"] == "MakesMailIdentity"
    assert Stack({"CreateMailIdentity": "false"}).resources("AWS::SES::EmailIdentity") == {}
