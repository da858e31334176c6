"""Deploys `template.yaml` to the emulator with CloudFormation, and checks that it works."""

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

from local import clients, logs, package
from local.corrections import Deployed, Template, routes
from local.emulator import Emulator

STACK = "customer-registration"
_PACKAGES = f"{STACK}-packages"
_SECONDS_TO_DEPLOY = 60
_SECONDS_TO_ANSWER = 60
_SERVER_ERROR = 500


class DeployError(Exception):
    """The template cannot be deployed, or the deployed stack does not work."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack.

    Attributes
    ----------
    api_url
        The URL of the API at the emulator.
    outputs
        The template's outputs, by name.
    """

    api_url: str
    outputs: Mapping[str, str]


def deploy(
    template_file: Path,
    parameters: Mapping[str, str],
    running: Emulator,
    *,
    thorough: bool = True,
) -> Stack:
    """Deploy a template with all its packages, and check that it works.

    Parameters
    ----------
    template_file
        A SAM template; its folders are relative to it.
    parameters
        Values of parameters; the others have their defaults, but limits per client are off.
    running
        The emulator.
    thorough
        Whether to check every function, even if the same code worked before.
    """
    endpoint, template = running.url, _read(template_file)
    _check_names(parameters, template)
    parameters = {**_limits_per_client_off(template), **parameters}
    layer = package.layer(running.folder / "layer")
    handlers = set(_handlers(template, template_file.parent))
    with ThreadPoolExecutor() as background:
        imports = background.submit(package.check_imports, handlers)
        packaged = _upload(template, template_file.parent, layer, endpoint)
        _carry_out(packaged, parameters, endpoint)
        is_new = imports.result()
    stack, body = _corrected(endpoint, STACK)
    # If the same code and settings worked before, check one page only: a cold start of every
    # function takes longer than all the rest.
    _check_answers(stack.api_url, body, endpoint, most=None if thorough or is_new else 1)
    return stack


def correct(endpoint: str, name: str) -> Stack:
    """Correct a stack that something else, such as SAM, deployed to the emulator."""
    return _corrected(endpoint, name)[0]


def stack_outputs(endpoint: str, name: str = STACK) -> dict[str, str]:
    """Return the outputs of a stack in the emulator."""
    stacks = clients.client("cloudformation", endpoint).describe_stacks(StackName=name)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", [])}


def _read(file: Path) -> Template:
    try:
        template: Template = yaml_parse(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise DeployError(f"{file.name} is not valid YAML: {error}") from error
    return template


def _check_names(parameters: Mapping[str, str], template: Template) -> None:
    known = template.get("Parameters", {})
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise DeployError(
            f"template.yaml has no parameter {', '.join(unknown)}. It has: {', '.join(known)}."
        )


def _limits_per_client_off(template: Template) -> dict[str, str]:
    # Every request comes from the front door, so limits per client would stop all of them.
    return {name: "0" for name in template["Parameters"] if name.endswith("PerClient")}


def _handlers(template: Template, folder: Path) -> Iterator[tuple[Path, str]]:
    default = template.get("Globals", {}).get("Function", {}).get("Handler")
    for function in _properties(template, "AWS::Serverless::Function"):
        yield folder / function["CodeUri"], function.get("Handler", default)


def _upload(template: Template, folder: Path, layer: bytes, endpoint: str) -> str:
    """Upload the packages and a template that refers to them; return the template's URL."""
    s3 = clients.client("s3", endpoint)
    s3.create_bucket(
        Bucket=_PACKAGES, CreateBucketConfiguration={"LocationConstraint": clients.REGION}
    )

    def uploaded(content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()
        s3.put_object(Bucket=_PACKAGES, Key=key, Body=content)
        return key

    for function in _properties(template, "AWS::Serverless::Function"):
        code = package.function(folder / function["CodeUri"])
        function["CodeUri"] = f"s3://{_PACKAGES}/{uploaded(code)}"
    for version in _properties(template, "AWS::Serverless::LayerVersion"):
        if (folder / version["ContentUri"]).resolve() != package.LAYER_SOURCES:
            raise DeployError(f"No package is built for the layer {version['ContentUri']}.")
        version["ContentUri"] = f"s3://{_PACKAGES}/{uploaded(layer)}"
    return f"{endpoint}/{_PACKAGES}/{uploaded(json.dumps(template).encode())}"


def _properties(template: Template, kind: str) -> Iterator[Template]:
    for resource in template["Resources"].values():
        if resource["Type"] == kind:
            yield resource["Properties"]


def _carry_out(template_url: str, parameters: Mapping[str, str], endpoint: str) -> None:
    """Create and execute a change set, and wait until it has finished."""
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
    """Poll until the status is no longer pending or in progress."""
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


def _corrected(endpoint: str, name: str) -> tuple[Stack, Template]:
    """Correct a stack; return it, and the body of its API."""
    deployed = _deployed(endpoint, name)
    deployed.correct()
    apis = list(deployed.resources("AWS::ApiGatewayV2::Api"))
    if len(apis) != 1:
        raise DeployError(f"The front door leads to one HTTP API; the template has {len(apis)}.")
    api_id, api = apis[0]
    api_url = f"{endpoint}/_aws/execute-api/{api_id}/$default"
    return Stack(api_url, stack_outputs(endpoint, name)), api["Body"]


def _deployed(endpoint: str, name: str) -> Deployed:
    cloudformation = clients.client("cloudformation", endpoint)
    body = cloudformation.get_template(StackName=name, TemplateStage="Processed")["TemplateBody"]
    resources = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in stack.get("Parameters", [])}
    template = json.loads(body) if isinstance(body, str) else body
    declared = {name: each.get("Default") for name, each in template["Parameters"].items()}
    return Deployed(
        template=template,
        names={found["LogicalResourceId"]: found["PhysicalResourceId"] for found in resources},
        parameters={**declared, **given},
        endpoint=endpoint,
    )


def _check_answers(api_url: str, body: Template, endpoint: str, *, most: int | None) -> None:
    """Request a page from each function behind the API, or from ``most``: each has to start."""
    pages = {
        uri: route_key.removeprefix("GET ")
        for route_key, uri in routes(body)
        if re.fullmatch(r"GET [^{]*", route_key)
    }
    # One after the other, because the emulator unpacks layers no faster in parallel.
    answers = {path: _ask(api_url + path) for path in [*pages.values()][:most]}
    failures = [f"  GET {path}: {answer}" for path, answer in answers.items() if answer]
    if failures:
        errors = [entry for entry in logs.entries(endpoint) if "ERROR" in entry]
        raise DeployError("\n".join(["The deployed stack does not work:", *failures, *errors]))


def _ask(url: str) -> str:
    """Return what is wrong with the response to a request, or an empty text."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
    try:
        with opener.open(url, timeout=_SECONDS_TO_ANSWER):
            return ""
    except urllib.error.HTTPError as error:
        with error:
            body = error.read(500).decode(errors="replace")
        return f"{error.code} {body}" if error.code >= _SERVER_ERROR else ""
    except OSError as error:
        return str(error)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Does not follow redirections."""

    def redirect_request(self, *_: Any) -> None:
        """Follow no redirection."""
