"""Deploys `template.yaml` to the emulator, puts right what the emulator drops, and checks it.

The emulator's CloudFormation carries out a change set but leaves out three things that the
template has: the routes that an HTTP API's `Body` describes, its CORS settings, and the tables'
time to live. They are read from the processed template, the one that CloudFormation itself acts
upon, so that what runs here is what the template says.
"""

import hashlib
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

from local import clients, package

STACK = "customer-registration"
_PACKAGES = f"{STACK}-packages"
_SECONDS_TO_DEPLOY = 60
_SECONDS_TO_ANSWER = 60
_SERVER_ERROR = 500

Template = dict[str, Any]


class DeployError(Exception):
    """The template cannot be deployed, or what was deployed does not work."""


@dataclass(frozen=True)
class Stack:
    """What a deployment made.

    Attributes
    ----------
    api_url
        The API's address at the emulator.
    outputs
        The template's outputs, by name.
    """

    api_url: str
    outputs: Mapping[str, str]


def deploy(template_file: Path, parameters: Mapping[str, str], endpoint: str) -> Stack:
    """Deploy a template with everything that it names, and check that it works.

    Parameters
    ----------
    template_file
        A SAM template; the folders that it names are relative to it.
    parameters
        Values of its parameters; the others have their defaults.
    endpoint
        The emulator's address.
    """
    template = _read(template_file)
    _check_names(parameters, template)
    layer = package.layer()
    with ThreadPoolExecutor() as background:
        imports = background.submit(
            package.check_imports, _handlers(template, template_file.parent)
        )
        packaged = _upload(template, template_file.parent, layer, endpoint)
        _carry_out(packaged, parameters, endpoint)
        imports.result()
    cloudformation = clients.client("cloudformation", endpoint)
    processed = _processed_template(cloudformation)
    names = {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    }
    _enable_time_to_live(processed, names, endpoint)
    apis = [
        _add_routes(names[logical_id], resource["Properties"]["Body"], names, endpoint)
        for logical_id, resource in _resources(processed, "AWS::ApiGatewayV2::Api")
    ]
    if len(apis) != 1:
        raise DeployError(f"The front door leads to one HTTP API; the template has {len(apis)}.")
    stack = Stack(apis[0], stack_outputs(endpoint))
    _check_answers(stack, next(_resources(processed, "AWS::ApiGatewayV2::Api"))[1])
    return stack


def stack_outputs(endpoint: str) -> dict[str, str]:
    """Return the outputs of the stack that an emulator runs."""
    stacks = clients.client("cloudformation", endpoint).describe_stacks(StackName=STACK)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def _read(file: Path) -> Template:
    try:
        template: Template = yaml_parse(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DeployError(f"{file.name} is no YAML: {error}") from error
    return template


def _check_names(parameters: Mapping[str, str], template: Template) -> None:
    known = template.get("Parameters", {})
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise DeployError(
            f"template.yaml has no parameter {', '.join(unknown)}. It has: {', '.join(known)}."
        )


def _handlers(template: Template, folder: Path) -> Iterator[tuple[Path, str]]:
    default = template.get("Globals", {}).get("Function", {}).get("Handler")
    for _, resource in _resources(template, "AWS::Serverless::Function"):
        properties = resource["Properties"]
        yield folder / properties["CodeUri"], properties.get("Handler", default)


def _upload(template: Template, folder: Path, layer: bytes, endpoint: str) -> str:
    """Upload the packages and a template that names them; return the template's address."""
    s3 = clients.client("s3", endpoint)
    s3.create_bucket(
        Bucket=_PACKAGES, CreateBucketConfiguration={"LocationConstraint": clients.REGION}
    )

    def uploaded(content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()
        s3.put_object(Bucket=_PACKAGES, Key=key, Body=content)
        return key

    for _, resource in _resources(template, "AWS::Serverless::Function"):
        properties = resource["Properties"]
        code = package.function(folder / properties["CodeUri"])
        properties["CodeUri"] = f"s3://{_PACKAGES}/{uploaded(code)}"
    for _, resource in _resources(template, "AWS::Serverless::LayerVersion"):
        properties = resource["Properties"]
        if (folder / properties["ContentUri"]).resolve() != package.LAYER_SOURCES:
            raise DeployError(f"There is no packer for the layer {properties['ContentUri']}.")
        properties["ContentUri"] = f"s3://{_PACKAGES}/{uploaded(layer)}"
    return f"{endpoint}/{_PACKAGES}/{uploaded(json.dumps(template).encode())}"


def _carry_out(template_url: str, parameters: Mapping[str, str], endpoint: str) -> None:
    """Create and execute a change set, and wait for its end."""
    cloudformation = clients.client("cloudformation", endpoint)
    try:
        change_set = cloudformation.create_change_set(
            StackName=STACK,
            ChangeSetName="local",
            ChangeSetType="CREATE",
            TemplateURL=template_url,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        )["Id"]
        planned = _settled(lambda: cloudformation.describe_change_set(ChangeSetName=change_set))
        if planned["Status"] != "CREATE_COMPLETE":
            raise DeployError(f"CloudFormation refuses the template: {planned['StatusReason']}")
        cloudformation.execute_change_set(ChangeSetName=change_set)
        done = _settled(lambda: cloudformation.describe_stacks(StackName=STACK)["Stacks"][0])
    except ClientError as error:
        raise DeployError(f"CloudFormation refuses the template: {error}") from error
    if _status(done) != "CREATE_COMPLETE":
        events = cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in reversed(events)
            if event["ResourceStatus"].endswith("_FAILED")
        ]
        raise DeployError("\n".join([f"The stack is {_status(done)}:", *reasons]))


def _settled(describe: Any) -> dict[str, Any]:
    """Ask until what is asked for is no longer in progress or pending."""
    deadline = time.monotonic() + _SECONDS_TO_DEPLOY
    while True:
        answer: dict[str, Any] = describe()
        if not re.search(r"PENDING|IN_PROGRESS", _status(answer)):
            return answer
        if time.monotonic() > deadline:
            raise DeployError(f"Still {_status(answer)} after {_SECONDS_TO_DEPLOY} seconds.")
        time.sleep(0.05)


def _status(answer: Mapping[str, Any]) -> str:
    return str(answer.get("StackStatus") or answer["Status"])


def _processed_template(cloudformation: Any) -> Template:
    body = cloudformation.get_template(StackName=STACK, TemplateStage="Processed")["TemplateBody"]
    template: Template = json.loads(body) if isinstance(body, str) else body
    return template


def _resources(template: Template, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == kind:
            yield logical_id, resource


def _enable_time_to_live(template: Template, names: Mapping[str, str], endpoint: str) -> None:
    dynamodb = clients.client("dynamodb", endpoint)
    for logical_id, table in _resources(template, "AWS::DynamoDB::Table"):
        wanted = table["Properties"].get("TimeToLiveSpecification")
        if wanted:
            dynamodb.update_time_to_live(
                TableName=names[logical_id], TimeToLiveSpecification=wanted
            )


def _add_routes(api_id: str, body: Template, names: Mapping[str, str], endpoint: str) -> str:
    """Give an HTTP API the routes and CORS settings of its OpenAPI body; return its address."""
    gateway = clients.client("apigatewayv2", endpoint)
    if body.get("components", {}).get("securitySchemes"):
        # An API that asks nobody who he is would pass every test here.
        raise DeployError("The template has authorizers, which local/deploy.py cannot make yet.")
    integrations: dict[str, str] = {}
    for route_key, integration in routes(body):
        uri = _function_arn(integration["uri"], names, endpoint)
        if uri not in integrations:
            integrations[uri] = gateway.create_integration(
                ApiId=api_id,
                IntegrationType="AWS_PROXY",
                IntegrationUri=uri,
                PayloadFormatVersion=integration.get("payloadFormatVersion", "2.0"),
            )["IntegrationId"]
        gateway.create_route(
            ApiId=api_id, RouteKey=route_key, Target=f"integrations/{integrations[uri]}"
        )
    cors = body.get("x-amazon-apigateway-cors")
    if cors:
        settings = {key[0].upper() + key[1:]: value for key, value in cors.items()}
        gateway.update_api(ApiId=api_id, CorsConfiguration=settings)
    return f"{endpoint}/_aws/execute-api/{api_id}/$default"


def routes(body: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the routes of an HTTP API's OpenAPI body, each with its integration."""
    for path, operations in body["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            if path == "/$default":
                yield "$default", integration
            else:
                any_method = method == "x-amazon-apigateway-any-method"
                yield f"{'ANY' if any_method else method.upper()} {path}", integration


def _function_arn(uri: Template | str, names: Mapping[str, str], endpoint: str) -> str:
    """Resolve an integration's address, in which a function stands by its name in the template."""
    text = uri["Fn::Sub"] if isinstance(uri, dict) else uri
    found = re.search(r"functions/\$\{(\w+)(?:\.Arn)?\}/invocations", text)
    if not found:
        raise DeployError(f"local/deploy.py does not understand the integration {text}.")
    awslambda = clients.client("lambda", endpoint)
    function = awslambda.get_function_configuration(FunctionName=names[found[1]])
    return str(function["FunctionArn"])


def _check_answers(stack: Stack, api: Template) -> None:
    """Ask each function behind the API for one page: it has to start, and not to fail."""
    paths = {
        json.dumps(integration["uri"]): route_key.removeprefix("GET ")
        for route_key, integration in routes(api["Properties"]["Body"])
        if re.fullmatch(r"GET [^{]*", route_key)
    }
    with ThreadPoolExecutor() as background:
        answers = dict(
            zip(
                paths.values(),
                background.map(_ask, [stack.api_url + path for path in paths.values()]),
                strict=True,
            )
        )
    failures = [f"  GET {path}: {answer}" for path, answer in answers.items() if answer]
    if failures:
        raise DeployError("\n".join(["What was deployed does not work:", *failures]))


def _ask(url: str) -> str:
    """Return what is wrong with the answer to a request; nothing, if it is right."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(url, timeout=_SECONDS_TO_ANSWER):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            return (
                f"{error.code} {error.read(500).decode(errors='replace')}"
                if error.code >= _SERVER_ERROR
                else ""
            )
    except OSError as error:
        return str(error)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Takes a redirection for the answer that it is."""

    def redirect_request(self, *_: Any) -> None:
        """Redirect nowhere."""
