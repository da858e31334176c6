"""The statements of each function's role, and the names of its resources there.

The names are not those of the test cloud, some of which are random in each test, but are derived
from the template. So a role is read once per set of parameters, and the uses of different tests
can be compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from tests.iam.policies import Statement, listed, statements_of
from tests.support.stack import ACCOUNT, REGION, STACK, Json, Stack, expanded, split_target

# The value of a reference to a resource, if it is not the name.
_GIVES_ARN = {"AWS::SecretsManager::Secret", "AWS::SNS::Topic"}
_NAMED_BY = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
}
_ARNS = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{}}-aB3dE6",
    "AWS::SNS::Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
}


@dataclass(frozen=True)
class Roles:
    """The roles of a stack whose resources have names and ARNs as on AWS."""

    stack: Stack

    @cached_property
    def of_functions(self) -> dict[str, tuple[Statement, ...]]:
        """The statements of each function's own role."""
        functions = self.stack.resources("AWS::Lambda::Function")
        return {name: self.of(body["Properties"]["Role"]) for name, body in functions.items()}

    @cached_property
    def of_schedules(self) -> dict[str, tuple[Statement, ...]]:
        """The statements of the role that Scheduler assumes for each schedule."""
        schedules = self.stack.resources("AWS::Scheduler::Schedule")
        return {
            name: self.of(body["Properties"]["Target"]["RoleArn"])
            for name, body in schedules.items()
        }

    def of(self, reference: Any) -> tuple[Statement, ...]:
        """Return the statements of the role of a resource."""
        role, _ = split_target(reference["Fn::GetAtt"])
        return tuple(self._statements(role))

    def _statements(self, role: str) -> Iterator[Statement]:
        properties = self.stack.properties(role)
        # No AWS managed policies: the template lists exact actions and resources.
        unknown = set(properties) & {"ManagedPolicyArns", "PermissionsBoundary"}
        assert not unknown, f"{role}: {unknown} is not known to {__name__}"
        for policy in properties.get("Policies", []):
            yield from statements_of(policy["PolicyDocument"], policy["PolicyName"])
        for name, policy in self._attached(role):
            yield from statements_of(policy["PolicyDocument"], name)

    def _attached(self, role: str) -> Iterator[tuple[str, Json]]:
        """Return the policies in separate resources that name a role."""
        for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy"):
            for name in self.stack.resources(kind):
                policy = self.stack.properties(name)
                roles = policy.get("Roles", []) + listed(policy.get("RoleName", []))
                if self.stack.names[role] in roles:
                    yield name, policy


def roles_of(given: Mapping[str, str]) -> Roles:
    """Return the roles of the stack with some parameters given."""
    return _roles(tuple(sorted(given.items())))


@cache
def _roles(given: tuple[tuple[str, str], ...]) -> Roles:
    stack = Stack(dict(given))
    for logical_id, body in expanded()["Resources"].items():
        kind = body["Type"]
        spelled = body.get("Properties", {}).get(_NAMED_BY.get(kind, ""))
        name = str(stack.resolve(spelled)) if spelled else f"{STACK}-{logical_id}"
        arn = _ARNS.get(kind, "{}").format(name)
        stack.names[logical_id] = arn if kind in _GIVES_ARN else name
        if kind in _ARNS:
            stack.attributes[logical_id, "Arn"] = arn
        stack.attributes[logical_id, "StreamArn"] = f"{arn}/stream/2026-11-22T12:00:00.000"
    return Roles(stack)
