"""The service under moto: resources, environments and event sources from the template."""

import base64
import gzip
import importlib.util
import json
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from http import HTTPStatus
from io import BytesIO
from types import ModuleType
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import boto3
from boto3.dynamodb.types import TypeDeserializer

from registration.adapters import clients
from registration.adapters.dynamodb.reading import items_of_pages
from tests.iam.judge import Judge, by_the_test
from tests.support import figures
from tests.support.calls import exchanges
from tests.support.calls.exchanges import Exchange, Told
from tests.support.clock import let_pass
from tests.support.event_sources import EventSources
from tests.support.quick_moto.state import Snapshot
from tests.support.stack import ACCOUNT, REGION, ROOT, STACK, Json, Stack, source

PUBLIC_URL = "https://shop.example"
SESSION = "__Host-session"


@dataclass(frozen=True)
class SentMail:
    """A mail that SES accepted."""

    sender: str
    to: str
    subject: str
    text: str
    html: str
    parameters: Json

    @property
    def link(self) -> str:
        """The confirmation link, path and query."""
        words = [word for word in self.text.split() if "token=" in word]
        assert words, f"no link in:\n{self.text}"
        return words[0].removeprefix(PUBLIC_URL)

    @property
    def token(self) -> str:
        """The token of the link."""
        return self.link.partition("token=")[2]

    @property
    def code(self) -> str:
        """The code beside the link, without its blank; empty if there is none."""
        found = re.search(r"\b(\d{4}) (\d{4})\b", self.text)
        return "".join(found.groups()) if found else ""


@dataclass(frozen=True)
class Answer:
    """A decompressed HTTP response. ``weight`` is the transfer size of the body.

    ``raw`` are the bytes of the body; ``body`` is empty where they are no text.
    """

    status: int
    headers: Mapping[str, str]
    cookies: list[str]
    body: str
    weight: int = 0
    raw: bytes = field(default=b"", repr=False)

    @property
    def json(self) -> Json:
        """The body as JSON."""
        parsed: Json = json.loads(self.body)
        return parsed

    @property
    def errors(self) -> list[tuple[str | None, int, str]]:
        """Code, status and detail of each error."""
        return [(e.get("code"), e["status"], e["detail"]) for e in self.json["errors"]]

    @property
    def location(self) -> str:
        """The target of a redirection."""
        return self.headers["location"]

    def cookie(self, name: str) -> str:
        """Return the value of a cookie that the response sets."""
        return next(
            c.partition(";")[0].partition("=")[2] for c in self.cookies if c.startswith(name + "=")
        )


@dataclass(frozen=True)
class Route:
    """A route of the API, and the values of its path variables."""

    key: str
    function: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Call:
    """One call of an AWS API: service, operation, parameters."""

    service: str
    operation: str
    parameters: Json


class Killed(BaseException):
    """The function's process died."""


class Context:
    """The context that Lambda passes to a handler."""

    function_name = "function"
    memory_limit_in_mb = 512
    aws_request_id = "request"
    remaining_ms = 60_000

    def __init__(self, name: str) -> None:
        self.invoked_function_arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass
class Cloud:
    """Everything in the template, and a way to call and watch it."""

    stack: Stack
    calls: list[Call] = field(default_factory=list, repr=False)
    mails: list[SentMail] = field(default_factory=list, repr=False)
    on_call: Callable[[Call], object] | None = None
    """Called before each AWS call; raise to fail or kill the function there."""
    on_answer: Callable[[Call], object] | None = None
    """Called after each successful AWS call; raise to lose the answer."""
    asks_again: Callable[[Call], bool] | None = None
    """Called with each completed AWS call; True loses the answer, and botocore repeats the same
    request, as it does by itself."""
    account: Json = field(default_factory=lambda: a_quota(per_second=10_000))
    """The account's quota in SES, which moto does not have."""
    pauses: list[float] = field(default_factory=list)
    """The pauses of the sender. Tests do not really wait."""
    _modules: dict[str, ModuleType] = field(default_factory=dict)
    _watching: ExitStack | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.judge = Judge(self.stack)
        self._make_resources()
        self.calls.clear()
        self.sources = EventSources(self)

    # Running functions

    def invoke(self, function: str, event: Json) -> Any:
        """Call a function with an event, in its environment from the template."""
        environment = self.stack.environment(function)
        with (
            mock.patch.dict(os.environ, environment),
            figures.of_function(environment),
            self.judge.acting_as(function),
        ):
            return self._module(function).lambda_handler(event, Context(function))

    def forget_processes(self) -> None:
        """Let the next invocation of each function be a cold start."""
        self._modules.clear()

    def sleep(self, seconds: float) -> None:
        """Let time pass without waiting."""
        self.pauses.append(seconds)
        let_pass(timedelta(seconds=seconds))

    def drain(self) -> None:
        """Deliver records, files and messages to the functions until none are left."""
        self.sources.drain()

    def index(self) -> None:
        """Deliver the changes since :meth:`follow_customers` to the directory."""
        self.sources.index()

    def follow_customers(self) -> None:
        """Enable the customers' stream. It is off by default: moto copies it per transaction."""
        stream: Any = self.stack.properties("Customers")["StreamSpecification"]
        stream["StreamEnabled"] = True
        made = clients.dynamodb().update_table(
            TableName=self.customers_table, StreamSpecification=stream
        )
        arn = made["TableDescription"]["LatestStreamArn"]
        self.stack.attributes["Customers", "StreamArn"] = arn

    def sweep(self) -> Any:
        """Run the schedule once."""
        return self.invoke("SendEmailFunction", {})

    def drop(self, key: str, body: bytes) -> None:
        """Upload a file to the import bucket. :meth:`drain` invokes the planner."""
        clients.s3().put_object(Bucket=self.bucket, Key=key, Body=body)

    # HTTP

    def request(
        self,
        method: str,
        target: str,
        *,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        address: str = "203.0.113.7",
    ) -> Answer:
        """Send a request through the routes in the template."""
        url = urlsplit(target)
        # API Gateway decodes a path, except for percent signs.
        path = re.sub(r"(?:%(?!25)[0-9A-Fa-f]{2})+", lambda found: unquote(found[0]), url.path)
        route = self._route(method, path)
        if route is None:
            return Answer(404, {}, [], '{"message":"Not Found"}')
        event = _http_event(method, path, url.query, headers or {}, address)
        event["routeKey"] = event["requestContext"]["routeKey"] = route.key
        if route.parameters:
            event["pathParameters"] = route.parameters
        _put_body(event, body)
        if cookies:
            event["cookies"] = [f"{key}={value}" for key, value in cookies.items()]
        return _answer(self.invoke(route.function, event))

    def post_json(self, path: str, document: Any, **more: Any) -> Answer:
        """Post a JSON:API document."""
        headers = {"content-type": "application/vnd.api+json", **more.pop("headers", {})}
        body = document if isinstance(document, str) else json.dumps(document)
        return self.request("POST", path, body=body, headers=headers, **more)

    def post_form(self, path: str, fields: Mapping[str, str], **more: Any) -> Answer:
        """Submit a form like a browser: from a page of the service, with its cookies."""
        if path != "/token":
            csrf_token, cookies = self._form_of_a_page(path, more.get("cookies") or {})
            fields = {"csrf_token": csrf_token, **fields}
            more["cookies"] = cookies
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "accept": "text/html",
            **more.pop("headers", {}),
        }
        return self.request("POST", path, body=urlencode(fields), headers=headers, **more)

    def _form_of_a_page(self, path: str, cookies: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        room = "/back-office" if path.startswith("/back-office") else ""
        page = self.get_page(f"{room}/login", cookies=cookies)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.body)
        assert found, page.body
        new = dict(line.partition(";")[0].split("=", 1) for line in page.cookies)
        return found[1], {**new, **cookies}

    def get_page(self, target: str, **more: Any) -> Answer:
        """Open a page like a browser."""
        headers = {"accept": "text/html", **more.pop("headers", {})}
        return self.request("GET", target, headers=headers, **more)

    @cached_property
    def routes(self) -> dict[tuple[str, str], str]:
        """The function for each method and path; ``$default`` matches any method."""
        (api,) = self.stack.resources("AWS::ApiGatewayV2::Api").values()
        found = {}
        for path, methods in api["Properties"]["Body"]["paths"].items():
            for method, operation in methods.items():
                uri = json.dumps(operation["x-amazon-apigateway-integration"]["uri"])
                function = uri.partition("functions/${")[2].partition(".Arn}")[0]
                any_method = method == "x-amazon-apigateway-any-method"
                found["ANY" if any_method else method.upper(), path.replace("/$", "$")] = function
        return found

    def _route(self, method: str, path: str) -> "Route | None":
        """Return the route that API Gateway selects for a request.

        The most specific one for the method or for any: a path without variables before one
        with variables, then a greedy variable, ``$default`` last. A trailing slash is part of
        the path: ``/customers/`` is neither ``/customers`` nor ``/customers/{reference}``.
        """
        fitting = [
            (template.count("+}"), template.count("{"), wanted == "ANY", wanted, template, match)
            for wanted, template in self.routes
            if wanted in {method, "ANY"} and (match := _path_pattern(template).fullmatch(path))
        ]
        if fitting:
            *_, wanted, template, match = min(fitting, key=lambda found: found[:3])
            return Route(f"{wanted} {template}", self.routes[wanted, template], match.groupdict())
        default = self.routes.get(("ANY", "$default"))
        return Route("$default", default, {}) if default else None

    # State

    @cached_property
    def customers_table(self) -> str:
        """The name of the table of customers."""
        return self.stack.names["Customers"]

    @cached_property
    def outbox_table(self) -> str:
        """The name of the outbox."""
        return self.stack.names["Outbox"]

    @cached_property
    def bucket(self) -> str:
        """The name of the import bucket."""
        return self.stack.names["ImportBucket"]

    def items(self, table: str, entity: str | None = None) -> list[Json]:
        """Return the items of a table, or those of one kind, in plain Python types."""
        found = items_of_pages(clients.dynamodb().scan, TableName=table)
        items = [_plain({**item}) for item in found]
        return [item for item in items if entity is None or item["entity"] == entity]

    def customers(self) -> list[Json]:
        """Return every customer's item."""
        return self.items(self.customers_table, "customer")

    def state(self) -> Json:
        """Return the contents of both tables, for comparison."""
        return {
            table: sorted(self.items(table), key=lambda item: (item["PK"], item.get("SK", "")))
            for table in (self.customers_table, self.outbox_table)
        }

    # Setup

    def _make_resources(self) -> None:
        makers = {
            "AWS::DynamoDB::Table": self._make_table,
            "AWS::SQS::Queue": self._make_queue,
            "AWS::S3::Bucket": self._make_bucket,
            "AWS::SecretsManager::Secret": self._make_secret,
            "AWS::SES::ConfigurationSet": self._make_configuration_set,
            "AWS::SES::EmailIdentity": self._make_identity,
        }
        resources = {kind: self._by_dependency(kind) for kind in makers}
        wanted = json.dumps(
            [self.stack.properties(each) for kind in makers for each in resources[kind]]
        )
        if wanted in made_before:
            made_before[wanted].put_back(self.stack)
        else:
            for kind, make in makers.items():
                for logical_id in resources[kind]:
                    make(logical_id, self.stack.properties(logical_id))
            made_before[wanted] = Made(self.stack)
        # moto's parameters cannot be copied.
        for logical_id in self.stack.resources("AWS::SSM::Parameter"):
            self._make_parameter(logical_id, self.stack.properties(logical_id))

    def _by_dependency(self, kind: str) -> list[str]:
        # A dead-letter queue is created before the queue that uses it.
        found = self.stack.resources(kind)
        return sorted(found, key=lambda name: "RedrivePolicy" in found[name].get("Properties", {}))

    def _make_table(self, logical_id: str, properties: Json) -> None:
        taken = ("BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
        request = {name: properties[name] for name in taken if name in properties}
        stream = properties.get("StreamSpecification")
        if stream and logical_id != "Customers":
            request["StreamSpecification"] = {"StreamEnabled": True, **stream}
        name = f"registration-{logical_id}"
        made = clients.dynamodb().create_table(TableName=name, **request)["TableDescription"]
        self.stack.names[logical_id] = name
        self.stack.attributes[logical_id, "Arn"] = made["TableArn"]
        if "LatestStreamArn" in made:
            self.stack.attributes[logical_id, "StreamArn"] = made["LatestStreamArn"]

    def _make_queue(self, logical_id: str, properties: Json) -> None:
        attributes: Any = {
            name: json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in properties.items()
            if name in {"VisibilityTimeout", "RedrivePolicy"}
        }
        sqs = clients.sqs()
        url = sqs.create_queue(QueueName=f"registration-{logical_id}", Attributes=attributes)[
            "QueueUrl"
        ]
        self.stack.names[logical_id] = url
        self.stack.attributes[logical_id, "Arn"] = (
            f"arn:aws:sqs:{REGION}:{ACCOUNT}:registration-{logical_id}"
        )
        self.stack.attributes[logical_id, "QueueName"] = f"registration-{logical_id}"

    def _make_bucket(self, logical_id: str, properties: Json) -> None:
        name = f"{STACK}-{logical_id}".lower()
        location: Any = {"LocationConstraint": REGION}
        clients.s3().create_bucket(Bucket=name, CreateBucketConfiguration=location)
        versioning = properties["VersioningConfiguration"]
        clients.s3().put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        self.stack.names[logical_id] = name
        self.stack.attributes[logical_id, "Arn"] = f"arn:aws:s3:::{name}"

    def _make_secret(self, logical_id: str, properties: Json) -> None:
        generate = properties["GenerateSecretString"]
        content = json.loads(generate["SecretStringTemplate"])
        content[generate["GenerateStringKey"]] = secrets.token_hex(generate["PasswordLength"] // 2)
        answer = clients.secrets_manager().create_secret(
            Name=logical_id, SecretString=json.dumps(content)
        )
        self.stack.names[logical_id] = answer["ARN"]

    def _make_parameter(self, logical_id: str, properties: Json) -> None:
        name = properties["Name"]
        clients.ssm().put_parameter(Name=name, Value=properties["Value"], Type="String")
        self.stack.names[logical_id] = name

    def _make_configuration_set(self, logical_id: str, properties: Json) -> None:
        name = f"{STACK}-{logical_id}"
        clients.ses().create_configuration_set(ConfigurationSetName=name)
        self.stack.names[logical_id] = name

    def _make_identity(self, logical_id: str, properties: Json) -> None:
        clients.ses().create_email_identity(EmailIdentity=properties["EmailIdentity"])
        # moto's SES v2 sends only for identities that were verified in its SES v1.
        _ses_v1().verify_domain_identity(Domain=properties["EmailIdentity"])
        self.stack.names[logical_id] = properties["EmailIdentity"]

    def _module(self, function: str) -> ModuleType:
        if function not in self._modules:
            self._modules[function] = load_handler(source_folder(function))
            if source_folder(function) == "functions/send_email":
                self._modules[function].app.sleep = self.sleep
        return self._modules[function]

    # Watching calls

    def watch(self) -> Callable[[], None]:
        """Record every AWS call from now on; return a function that stops it."""
        # moto would run functions in containers.
        clients.awslambda().meta.events.register("before-call.lambda.Invoke", self._invoked)
        ses_events: Any = clients.ses().meta.events
        ses_events.register("before-call.sesv2.GetAccount", self._told)
        retried: Any = self._retried
        small = self._watching = ExitStack()  # kept: it ends when nobody holds it
        small.enter_context(exchanges.watched(self._exchanged))
        watched: list[Any] = [clients.s3(), clients.sqs(), clients.ses()]
        for client in watched:
            client.meta.events.register_first("before-parameter-build", self._before, "before")
            client.meta.events.register_last("after-call", self._after, "after")
            client.meta.events.register_first("needs-retry", retried, "again")

        def stop() -> None:
            small.close()
            clients.awslambda().meta.events.unregister("before-call.lambda.Invoke", self._invoked)
            ses_events.unregister("before-call.sesv2.GetAccount", self._told)
            for client in watched:
                client.meta.events.unregister("before-parameter-build", self._before, "before")
                client.meta.events.unregister("after-call", self._after, "after")
                client.meta.events.unregister("needs-retry", retried, "again")

        return stop

    def _before(self, params: Json, model: Any, context: Json, **_: Any) -> None:
        context["call"] = self._begun(str(model.service_model.service_name), model.name, params)

    def _begun(self, service: str, operation: str, parameters: Json) -> Call:
        call = Call(service, operation, {**parameters})
        self.calls.append(call)
        if self.on_call:
            with by_the_test():
                self.on_call(call)
        return call

    def _exchanged(self, service: str, operation: str, parameters: Json, ask: Exchange) -> Told:
        call = self._begun(service, operation, parameters)
        status, answer = ask(operation, parameters)
        if self.asks_again and self.asks_again(call):
            status, answer = ask(operation, parameters)
        if status < HTTPStatus.MULTIPLE_CHOICES:
            self._answered(call)
        return status, answer

    def _invoked(self, params: Json, **_: Any) -> tuple[Any, Json]:
        function = params["url_path"].split("/")[-2].removeprefix(f"{STACK}-")
        answer = self.invoke(function, json.loads(params["body"]))
        return mock.Mock(status_code=200), {"Payload": BytesIO(json.dumps(answer).encode())}

    def _told(self, **_: Any) -> tuple[Any, Json]:
        return mock.Mock(status_code=200), {**self.account, **_OK}

    def _retried(self, request_dict: Json, attempts: int, **_: Any) -> float | None:
        if attempts == 1 and self.asks_again and self.asks_again(request_dict["context"]["call"]):
            return 0
        return None

    def _after(self, parsed: Json, context: Json, **_: Any) -> None:
        call = context["call"]
        if parsed.get("ResponseMetadata", {}).get("HTTPStatusCode", 500) < 300:
            self._answered(call)

    def _answered(self, call: Call) -> None:
        if call.operation == "SendEmail":
            self.mails.append(_sent(call.parameters))
        if self.on_answer:
            with by_the_test():
                self.on_answer(call)


def a_quota(per_second: float = 14, per_day: float = 50_000, sent: float = 0, **more: Any) -> Json:
    """Return an account's quota as in SES."""
    quota = {"MaxSendRate": per_second, "Max24HourSend": per_day, "SentLast24Hours": sent}
    return {"SendQuota": quota, "SendingEnabled": True, "EnforcementStatus": "HEALTHY", **more}


class Made:
    """The resources of a new stack, and their names."""

    def __init__(self, stack: Stack) -> None:
        self._resources = Snapshot(("dynamodb", "sqs", "s3", "secretsmanager", "ses"), REGION)
        self._names, self._attributes = dict(stack.names), dict(stack.attributes)

    def put_back(self, stack: Stack) -> None:
        """Restore them in an empty account."""
        self._resources.put_back()
        stack.names.update(self._names)
        stack.attributes.update(self._attributes)


# Each test has its own resources, but they are created once per process.
made_before: dict[str, Made] = {}

_OK = {"ResponseMetadata": {"HTTPStatusCode": 200}}


@cache
def _ses_v1() -> Any:
    """Return a client that only tests need, created once."""
    return boto3.client("ses")


def source_folder(function: str) -> str:
    """Return the folder of a function's code under ``functions/``."""
    return str(source()["Resources"][function]["Properties"]["CodeUri"])


def load_handler(folder: str) -> ModuleType:
    """Import a handler again, like a cold start."""
    path = ROOT / folder / "handler.py"
    name = f"{folder.replace('/', '_')}_{secrets.token_hex(4)}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    del sys.modules[name]
    return module


@cache
def _path_pattern(template: str) -> re.Pattern[str]:
    # {reference} is one segment of the path, {rest+} one or more.
    variables = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
    return re.compile(re.sub(r"\{(\w+)\+\}", r"(?P<\1>.+)", variables))


def _http_event(
    method: str, path: str, query: str, headers: Mapping[str, str], address: str
) -> Json:
    return {
        "version": "2.0",
        "routeKey": f"{method} {path}",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example", "user-agent": "Browser/1", **headers},
        # A parameter that comes twice has its values joined.
        "queryStringParameters": {
            name: ",".join(values)
            for name, values in parse_qs(query, keep_blank_values=True).items()
        },
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "api",
            "domainName": "api.execute-api.eu-central-1.amazonaws.com",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": address,
                "userAgent": headers.get("user-agent", "Browser/1"),
            },
            "requestId": "request",
            "routeKey": f"{method} {path}",
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": 1795348800000,
        },
        "isBase64Encoded": False,
    }


def _put_body(event: Json, body: str | bytes | None) -> None:
    if isinstance(body, bytes):
        event["body"] = base64.b64encode(body).decode()
        event["isBase64Encoded"] = True
    elif body is not None:
        event["body"] = body


def _answer(response: Json) -> Answer:
    text = response.get("body") or ""
    body = base64.b64decode(text) if response.get("isBase64Encoded") else text.encode()
    weight = len(body)
    headers = {name.lower(): value for name, value in response.get("headers", {}).items()}
    if headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    cookies = response.get("cookies", [])
    is_text = not headers.get("content-type", "").startswith(("image/png", "font/"))
    text = body.decode() if is_text else ""
    return Answer(response["statusCode"], headers, cookies, text, weight, body)


def _sent(parameters: Json) -> SentMail:
    content = parameters["Content"]["Simple"]
    return SentMail(
        sender=parameters["FromEmailAddress"],
        to=parameters["Destination"]["ToAddresses"][0],
        subject=content["Subject"]["Data"],
        text=content["Body"]["Text"]["Data"],
        html=content["Body"]["Html"]["Data"],
        parameters=parameters,
    )


def _plain(item: Json) -> Json:
    deserialize = TypeDeserializer().deserialize
    return {name: deserialize(value) for name, value in item.items()}
