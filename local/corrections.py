"""Corrects the errors of the emulator's CloudFormation, using the processed template.

CloudFormation itself works with the processed template, so that the local cloud runs exactly

- creates no routes, integrations and CORS settings from the `Body` of an HTTP API,
- does not enable the tables' time to live,
- treats a queue's maximum concurrency as text if it comes from a parameter, and then reads no
  queue at all,
- finds no part of a missing attribute missing, where a filter of records asks for that,
- refers to a secret by its name instead of its ARN, so that no policy allows reading it,
- checks the permission to send mail on `*` instead of on the identity, and does not pass a mail's
  sender to the policies,
- has no DKIM records for a mail identity, so that the stack cannot be created with one,
- checks `sqs:SendMessageBatch` where AWS checks `sqs:SendMessage`,
- and uses HTTP without TLS, which the buckets' policies rightly deny.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from local import clients

Template = dict[str, Any]

_MISSING = [{"exists": False}]


class CorrectionError(Exception):
    """The template contains something that this module cannot correct yet."""


@dataclass(frozen=True)
class Deployed:
    """A stack as the emulator created it.

    Attributes
    ----------
    template
        The processed template.
    names
        The physical ids of the resources, by their logical ids.
    parameters
        The values of the template's parameters.
    endpoint
        The emulator's address.
    """

    template: Template
    names: Mapping[str, str]
    parameters: Mapping[str, str]
    endpoint: str

    def correct(self) -> None:
        """Correct everything."""
        self._make_routes()
        self._enable_time_to_live()
        self._count_concurrency()
        self._correct_filters()
        self._correct_policies()
        self._allow_plain_transport()
        self._make_mail_identity()

    def resources(self, kind: str) -> Iterator[tuple[str, Template]]:
        """Return the resources of a type: physical id and properties."""
        for logical_id, resource in self.template["Resources"].items():
            if resource["Type"] == kind and logical_id in self.names:
                yield self.names[logical_id], resource.get("Properties", {})

    def _make_routes(self) -> None:
        gateway = self._client("apigatewayv2")
        for api_id, properties in self.resources("AWS::ApiGatewayV2::Api"):
            body = properties["Body"]
            if body.get("components", {}).get("securitySchemes"):
                # Without them, routes would be open here that are closed on AWS.
                raise CorrectionError(
                    "The API has authorizers, which local/corrections.py does not support."
                )
            integrations: dict[str, str] = {}
            for route_key, uri in routes(body):
                if uri not in integrations:
                    integrations[uri] = gateway.create_integration(
                        ApiId=api_id,
                        IntegrationType="AWS_PROXY",
                        IntegrationUri=self._function_arn(uri),
                        PayloadFormatVersion="2.0",
                    )["IntegrationId"]
                gateway.create_route(
                    ApiId=api_id, RouteKey=route_key, Target=f"integrations/{integrations[uri]}"
                )
            cors = self._resolved(body.get("x-amazon-apigateway-cors"))
            if cors:
                settings = {key[0].upper() + key[1:]: value for key, value in cors.items()}
                gateway.update_api(ApiId=api_id, CorsConfiguration=settings)

    def _resolved(self, value: Any) -> Any:
        """Resolve the intrinsic functions that the emulator leaves in an API's body."""
        if isinstance(value, list):
            return [self._resolved(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            name, then, otherwise = value["Fn::If"]
            holds = self._holds(self.template["Conditions"][name])
            return self._resolved(then if holds else otherwise)
        if "Fn::Split" in value:
            separator, text = value["Fn::Split"]
            return str(self._resolved(text)).split(separator)
        if "Ref" in value:
            return self.parameters.get(value["Ref"])
        return {key: self._resolved(each) for key, each in value.items()}

    def _holds(self, condition: Template) -> bool:
        ((kind, argument),) = condition.items()
        if kind == "Fn::Not":
            return not self._holds(argument[0])
        if kind == "Fn::Equals":
            left, right = self._resolved(argument)
            return bool(left == right)
        raise CorrectionError(
            f"The API depends on {kind}, which local/corrections.py does not support."
        )

    def _function_arn(self, uri: str) -> str:
        """Resolve the URI of an integration, which contains a function's logical id."""
        found = re.search(r"functions/\$\{(\w+)\.Arn\}/invocations", uri)
        if not found:
            raise CorrectionError(f"local/corrections.py does not support the integration {uri}.")
        function = self._client("lambda").get_function_configuration(
            FunctionName=self.names[found[1]]
        )
        return str(function["FunctionArn"])

    def _enable_time_to_live(self) -> None:
        for table, properties in self.resources("AWS::DynamoDB::Table"):
            wanted = properties.get("TimeToLiveSpecification")
            if wanted:
                self._client("dynamodb").update_time_to_live(
                    TableName=table, TimeToLiveSpecification=wanted
                )

    def _count_concurrency(self) -> None:
        awslambda = self._client("lambda")
        for mapping in awslambda.list_event_source_mappings()["EventSourceMappings"]:
            most = mapping.get("ScalingConfig", {}).get("MaximumConcurrency")
            if most:
                awslambda.update_event_source_mapping(
                    UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": int(most)}
                )

    def _correct_filters(self) -> None:
        awslambda = self._client("lambda")
        for mapping in awslambda.list_event_source_mappings()["EventSourceMappings"]:
            filters = mapping.get("FilterCriteria", {}).get("Filters", [])
            patterns = [each["Pattern"] for each in filters]
            corrected = [json.dumps(missing_as_a_whole(json.loads(each))) for each in patterns]
            if patterns:
                awslambda.update_event_source_mapping(
                    UUID=mapping["UUID"],
                    FilterCriteria={"Filters": [{"Pattern": each} for each in corrected]},
                )

    def _correct_policies(self) -> None:
        secrets = self._client("secretsmanager")
        arns = {
            name: secrets.describe_secret(SecretId=name)["ARN"]
            for name, _ in self.resources("AWS::SecretsManager::Secret")
        }
        iam = self._client("iam")
        for role, _ in self.resources("AWS::IAM::Role"):
            for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
                for statement in document["Statement"]:
                    resources = _listed(statement["Resource"])
                    statement["Resource"] = [arns.get(resource, resource) for resource in resources]
                    actions = _listed(statement["Action"])
                    if "ses:SendEmail" in actions:
                        statement["Resource"] = "*"
                        statement.pop("Condition", None)
                    if "sqs:SendMessage" in actions:
                        statement["Action"] = [*actions, "sqs:SendMessageBatch"]
                iam.put_role_policy(
                    RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document)
                )

    def _allow_plain_transport(self) -> None:
        s3 = self._client("s3")
        for _, properties in self.resources("AWS::S3::BucketPolicy"):
            bucket = self.names[properties["Bucket"]["Ref"]]
            document = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
            kept = [
                statement
                for statement in document["Statement"]
                if "aws:SecureTransport" not in json.dumps(statement.get("Condition", {}))
            ]
            if kept:
                policy = json.dumps(document | {"Statement": kept})
                s3.put_bucket_policy(Bucket=bucket, Policy=policy)
            else:
                s3.delete_bucket_policy(Bucket=bucket)

    def _make_mail_identity(self) -> None:
        domain = self.parameters["MailFrom"].rpartition("@")[2]
        ses = self._client("sesv2")
        with suppress(ses.exceptions.AlreadyExistsException):
            ses.create_email_identity(EmailIdentity=domain)

    def _client(self, service: str) -> Any:
        return clients.client(service, self.endpoint)


def missing_as_a_whole(pattern: dict[str, Any]) -> dict[str, Any]:
    """Return a filter of a stream's records that asks for missing attributes, not for their parts.

    AWS matches each path that a record has not: a part of a missing attribute is missing, too.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.Lambda.Tutorial2.html
    """
    changes = pattern.get("dynamodb", {})
    images = {name: _wholes(wanted) for name, wanted in changes.items()}
    return {**pattern, "dynamodb": images} if changes else pattern


def _wholes(image: dict[str, Any]) -> dict[str, Any]:
    return {name: _MISSING if _is_missing(wanted) else wanted for name, wanted in image.items()}


def _is_missing(wanted: Any) -> bool:
    while isinstance(wanted, dict):
        wanted = next(iter(wanted.values()))
    return bool(wanted == _MISSING)


def routes(body: Template) -> Iterator[tuple[str, str]]:
    """Return the routes in an HTTP API's OpenAPI body: their keys and their integrations."""
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            uri = operation["x-amazon-apigateway-integration"]["uri"]
            key = "ANY" if method == "x-amazon-apigateway-any-method" else method.upper()
            yield (
                "$default" if path.strip("/") == "$default" else f"{key} {path}",
                uri["Fn::Sub"] if isinstance(uri, dict) else uri,
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
