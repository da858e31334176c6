"""The calls of Lambda and EventBridge Scheduler with a role, before and after a function runs.

No test makes these calls. They follow from the template: logs, event sources, destinations.
"""

from collections.abc import Iterator

from tests.iam.policies import Request
from tests.iam.roles import Roles
from tests.support.stack import Json, split_target

# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
# Each on the stream: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.Tutorial.html
_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
_QUEUE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
_LOGS = ("CreateLogStream", "PutLogEvents")


def requests_by(function: str, roles: Roles) -> list[Request]:
    """Return the requests of Lambda with the role of a function."""
    return [
        *_logs(function, roles),
        *_sources(function, roles),
        *_destinations("AWS::Lambda::EventSourceMapping", function, roles),
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
        *_destinations("AWS::Lambda::EventInvokeConfig", function, roles),
    ]


def requests_by_schedule(schedule: str, roles: Roles) -> list[Request]:
    """Return the requests of EventBridge Scheduler with the role of a schedule.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
    """
    target = roles.stack.properties(schedule)["Target"]
    asked = [Request("lambda:InvokeFunction", target["Arn"])]
    if queue := target.get("DeadLetterConfig", {}).get("Arn"):
        asked.append(Request("sqs:SendMessage", queue))
    return asked


def _logs(function: str, roles: Roles) -> Iterator[Request]:
    group = roles.stack.properties(function)["LoggingConfig"]["LogGroup"]
    region = roles.stack.resolve({"Fn::Sub": "${AWS::Region}:${AWS::AccountId}"})
    # The log group exists already: Lambda creates the log stream and writes to it.
    for action in _LOGS:
        stream = "2026/11/22/[$LATEST]0123456789abcdef"
        yield Request(
            f"logs:{action}", f"arn:aws:logs:{region}:log-group:{group}:log-stream:{stream}"
        )


def _sources(function: str, roles: Roles) -> Iterator[Request]:
    for mapping in _of_function("AWS::Lambda::EventSourceMapping", function, roles):
        arn = mapping["EventSourceArn"]
        service, actions = ("sqs", _QUEUE) if arn.split(":")[2] == "sqs" else ("dynamodb", _STREAM)
        for action in actions:
            yield Request(f"{service}:{action}", arn)


def _destinations(kind: str, function: str, roles: Roles) -> Iterator[Request]:
    for each in _of_function(kind, function, roles):
        for destination in each.get("DestinationConfig", {}).values():
            arn = destination["Destination"]
            assert arn.split(":")[2] == "sqs", f"add what {arn} asks for to {__name__}"
            yield Request("sqs:SendMessage", arn)


def _of_function(kind: str, function: str, roles: Roles) -> Iterator[Json]:
    for name, body in roles.stack.resources(kind).items():
        named = body["Properties"]["FunctionName"]
        logical_id = named["Ref"] if "Ref" in named else split_target(named["Fn::GetAtt"])[0]
        if logical_id == function:
            yield roles.stack.properties(name)
