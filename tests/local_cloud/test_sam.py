"""SAM builds the service as the README says, and deploys it to the local cloud.

The clone is built in a folder with spaces in its name. It shares the folder `.build`, which has
SAM and the layer's libraries.
"""

import importlib.util
import io
import json
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from boto3.dynamodb.conditions import Attr
from samtranslator.yaml_helper import yaml_parse

from local import clients, deploy
from local.cloud import Cloud, running_cloud
from local.package import BUILD
from registration.entrypoints.rendering.locales import locales
from tests.local_cloud.browser import Browser
from tests.local_cloud.test_end_to_end import link_in, mail_to, scan
from tests.support.requests import PASSWORD, customer_document, key_document
from tests.support.stack import NESTED, ROOT, Json, source

# The programs that the README requires, and those that every system with a shell has.
NEEDED = ["make", "sh", "cp", "dirname", "basename", "test"]
# AArch64 and x86-64 in an ELF header. https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"arm64": 183, "x86_64": 62}
# Amazon Linux 2023, on which the default runtime runs.
GLIBC = (2, 34)
MEGABYTE = 1024 * 1024
HERE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
THIS_PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
# The emulator has no DKIM records, and refuses alarms on more than one metric.
WITHOUT = "CreateMailIdentity=false CreateAlarms=false"
MAIL = WITHOUT + " MailFrom=registration@{}.shop.example"
# The longest that CloudFormation takes, short of what tests have no use for: letters of both cases.
LONG_NAME = "Kundenregistrierung-Mit-Bestaetigung-Der-E-Mail-Adresse-PROD"


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a command with its own environment, and return its output."""
    done = subprocess.run(
        command,
        cwd=folder,
        env={"SAM_CLI_TELEMETRY": "0", "HOME": str(folder), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """A system of its own: the emulator does nothing else for seconds while it expands a template.

    Others would wait longer for a table's answer than a function does.
    """
    with running_cloud() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the sources, with some uncommitted work in it."""
    clone = tmp_path_factory.mktemp("sam") / "a clone"
    clone.mkdir()
    for name in ("template.yaml", "monitoring.yaml", "samconfig.toml"):
        shutil.copy(ROOT / name, clone)
    for name in ("functions", "layers", "deploy", "shop"):
        shutil.copytree(ROOT / name, clone / name, symlinks=True)
    (clone / "functions" / "register" / "__pycache__").mkdir(exist_ok=True)
    (clone / "functions" / "register" / "__pycache__" / "handler.cpython-39.pyc").touch()
    (clone / ".build").symlink_to(BUILD)
    # SAM looks for a newer version of itself once a week.
    (clone / ".aws-sam").mkdir()
    (clone / ".aws-sam" / "metadata.json").write_text('{"lastVersionCheck": 4102444800}')
    return clone


@pytest.fixture(scope="module")
def told(clone: Path) -> str:
    """The output of `sam build`, with no other Python than the one that runs the tests."""
    path = clone / "path"
    path.mkdir()
    for name in NEEDED:
        (path / name).symlink_to(shutil.which(name) or name)
    for name in ("python3", THIS_PYTHON):
        (path / name).symlink_to(Path(sys.executable).resolve())
    sam = str(BUILD / "sam" / "bin" / "sam")
    return run(
        [sam, "build", "--build-dir", "as on AWS"],
        clone,
        PATH=str(path),
        AWS_DEFAULT_REGION=clients.REGION,
    )


@pytest.fixture(scope="module")
def built(clone: Path, told: str) -> Path:
    """The build of `sam build` without options: for the default runtime and processor."""
    return clone / "as on AWS"


@pytest.fixture(scope="module")
def environment(cloud: Cloud) -> dict[str, str]:
    """The environment in which SAM deploys to the local cloud."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_ENDPOINT_URL": cloud.endpoint,
        "AWS_ACCESS_KEY_ID": clients.ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": clients.SECRET_KEY,
        "AWS_DEFAULT_REGION": clients.REGION,
        "SAM_CLI_POLL_DELAY": "0.2",
    }


@pytest.fixture(scope="module")
def dev(clone: Path, cloud: Cloud, environment: dict[str, str]) -> deploy.Stack:
    """The stage dev, built and deployed beside the stack of `make run`."""
    sam_python = str(BUILD / "sam" / "bin" / "python")
    command = [sam_python, "-m", "deploy", "stage", "dev"]
    run([*command, "--params", f"{bound()} {MAIL.format('dev')}"], clone, **environment)
    return deploy.correct(cloud.endpoint, "customer-registration-dev")


@pytest.fixture(scope="module")
def stacks(
    clone: Path, cloud: Cloud, environment: dict[str, str], dev: deploy.Stack
) -> Mapping[str, deploy.Stack]:
    """The stages dev and prod, side by side."""
    prod = clone / "prod.yaml"
    overrides = f"{bound()} {MAIL.format('prod')} DemoShop=false".split()
    prod.write_text(json.dumps(dict(each.split("=") for each in overrides)))
    sam = str(BUILD / "sam" / "bin" / "sam")
    run(
        [sam, "deploy", "--config-env", "prod", "--parameter-overrides", f"file://{prod}"],
        clone,
        **environment,
    )
    return {"dev": dev, "prod": deploy.correct(cloud.endpoint, "customer-registration-prod")}


def bound() -> str:
    """Return what the functions here can load: this processor, and the emulator's Python."""
    (library,) = (BUILD / "cloud" / "lib").glob("python3.*")
    return f"Architecture={HERE} Runtime={library.name}"


def modules(layer: Path) -> Iterator[Path]:
    """Find the extension modules in a layer."""
    yield from sorted(layer.rglob("*.so*"))


def test_a_function_is_its_handler_and_nothing_else(built: Path) -> None:
    functions = [folder for folder in built.glob("*Function") if folder.is_dir()]

    declared = [name for name, body in resources().items() if body["Type"].endswith("Function")]
    assert sorted(folder.name for folder in functions) == sorted(declared)
    for folder in functions:
        assert [file.name for file in folder.rglob("*")] == ["handler.py"]


def resources() -> Json:
    """Return the template's resources."""
    found: Json = source()["Resources"]
    return found


def sources(package: Path) -> dict[Path, bytes]:
    files = (file for file in package.rglob("*") if file.is_file())
    return {f.relative_to(package): f.read_bytes() for f in files if "__pycache__" not in f.parts}


def test_the_layer_holds_our_package_and_every_library(built: Path) -> None:
    python = built / "CommonLayer" / "python"
    ours = ROOT / "layers" / "common" / "src" / "registration"
    pinned = re.findall(
        r"^([\w.-]+)==", (ours.parent / "requirements.txt").read_text(), re.MULTILINE
    )

    assert {p.name for p in (built / "CommonLayer").iterdir()} == {"python"}
    # To the byte: the local cloud replaces a module of it.
    shop = {"shop" / name: content for name, content in sources(ROOT / "shop").items()}
    found = sources(python / "registration")
    prepared = {name for name in found if name.parts[0] == "prepared"}
    assert {n: c for n, c in found.items() if n not in prepared} == sources(ours) | shop
    # On a machine of another kind than the layer's, too.
    assert {f"prepared/{name}.json" for name in locales()} <= set(map(str, prepared))
    assert "prepared/shop.pickle" in set(map(str, prepared))
    installed = {
        folder.name.split("-")[0].replace("_", "-") for folder in python.glob("*.dist-info")
    }
    assert installed == {name.replace("_", "-") for name in pinned}
    assert not (python / "bin").exists()


def test_the_layer_holds_the_calendars_of_our_languages_alone(built: Path) -> None:
    calendars = built / "CommonLayer" / "python" / "babel" / "locale-data"

    found = {file.stem for file in calendars.glob("*.dat")}
    languages = {locale.partition("_")[0] for locale in locales()}
    assert {"root", *languages, *locales()} <= found
    assert {name.partition("_")[0] for name in found} == {"root", *languages}


def test_libraries_are_for_the_processor_and_the_runtime(built: Path) -> None:
    parameters = source()["Parameters"]
    runtime, processor = (parameters[name]["Default"] for name in ("Runtime", "Architecture"))
    tags = {f"cpython-{runtime.removeprefix('python').replace('.', '')}", "abi3"}
    found = list(modules(built / "CommonLayer"))

    assert len(found) >= 4
    for module in found:
        content = module.read_bytes()
        magic, width = content[:4], content[4]
        (machine,) = struct.unpack_from("<H", content, 18)
        assert (magic, width, machine) == (b"\x7fELF", 2, MACHINES[processor]), module
        tag = re.search(r"\.(cpython-\d+|abi3)", module.name)
        assert tag, module
        assert tag[1] in tags, module
        needed = re.findall(rb"GLIBC_(\d+)\.(\d+)", content)
        assert max((int(major), int(minor)) for major, minor in needed) <= GLIBC, module


def test_a_build_fits_in_a_function(built: Path) -> None:
    layer = [file for file in (built / "CommonLayer").rglob("*") if file.is_file()]
    largest = max(
        sum(file.stat().st_size for file in function.rglob("*"))
        for function in built.glob("*Function")
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as zipped:
        for file in layer:
            zipped.write(file, file.relative_to(built))

    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    unzipped = sum(file.stat().st_size for file in layer) + largest
    assert unzipped < 250 * MEGABYTE
    assert archive.tell() < 50 * MEGABYTE


def test_a_layer_with_its_bytecode_is_small(clone: Path, dev: deploy.Stack) -> None:
    archive = io.BytesIO()
    layer = clone / ".aws-sam" / "build" / "CommonLayer"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for file in filter(Path.is_file, layer.rglob("*")):
            zipped.write(file, file.relative_to(layer))

    assert archive.tell() < 10_000_000


def test_without_the_runtime_here_it_is_told_that_bytecode_lacks(built: Path, told: str) -> None:
    runtime = source()["Parameters"]["Runtime"]["Default"]
    is_here = runtime == THIS_PYTHON

    assert any((built / "CommonLayer").rglob("*.pyc")) == is_here
    assert (f"WARNING: no {runtime} is here" in told) == (not is_here)


def test_each_module_of_the_layer_is_compiled_and_never_compared_with_its_source(
    clone: Path, dev: deploy.Stack
) -> None:
    layer = clone / ".aws-sam" / "build" / "CommonLayer" / "python"
    own = list(layer.glob("registration/**/*.py"))
    compiled = list(layer.rglob("*.pyc"))

    assert len(compiled) > 600
    # The libraries have no sources beside their bytecode.
    assert set(layer.rglob("*.py")) == set(own)
    assert {cache_of(module) for module in own} <= set(compiled)
    for module in compiled:
        content = module.read_bytes()
        assert content[:4] == importlib.util.MAGIC_NUMBER, module
        # Bit 0: it has its source's hash, not its date. Bit 1: that is compared. See PEP 552.
        assert struct.unpack_from("<I", content, 4) == (0b01,), module
        assert str(BUILD).encode() not in content, module
    customers = cache_of(layer / "registration" / "domain" / "customers.py")
    assert b"/opt/python/registration/" in customers.read_bytes()


def cache_of(module: Path) -> Path:
    """Return the place of a module's bytecode."""
    return Path(importlib.util.cache_from_source(str(module)))


CLIENTS = """
import sys
sys.path.insert(0, sys.argv[1])
from registration.adapters import clients
from registration.adapters.json_client import JsonClient
made = [make() for make in vars(clients).values() if hasattr(make, "cache_info")]
for client in made:
    if not isinstance(client, JsonClient):
        print(client.meta.service_model.service_name)
"""


def test_every_client_can_be_made_with_what_is_left_of_botocore(
    clone: Path, dev: deploy.Stack
) -> None:
    layer = clone / ".aws-sam" / "build" / "CommonLayer" / "python"
    alone = [str(BUILD / "cloud" / "bin" / "python"), "-I", "-S", "-B", "-c", CLIENTS, str(layer)]
    made = run(
        alone,
        clone,
        AWS_DEFAULT_REGION=clients.REGION,
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
    )

    data = layer / "botocore" / "data"
    assert set(made.split()) == {each.name for each in data.iterdir() if each.is_dir()}


IMPORTS = """
import importlib.util, sys
sys.path.insert(0, sys.argv[1])
for file in sys.argv[2:]:
    spec = importlib.util.spec_from_file_location("handler", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(module.lambda_handler.__name__)
"""


def test_every_function_starts_with_the_layer_and_the_standard_library_alone(
    clone: Path, dev: deploy.Stack
) -> None:
    built = clone / ".aws-sam" / "build"
    handlers = sorted(map(str, built.glob("*Function/handler.py")))
    python = str(BUILD / "cloud" / "bin" / "python")

    alone = [python, "-I", "-S", "-B", "-c", IMPORTS, str(built / "CommonLayer" / "python")]
    assert run([*alone, *handlers], clone).split() == ["lambda_handler"] * len(handlers)


def test_a_built_template_has_no_anchors(built: Path) -> None:
    # CloudFormation takes no aliases: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
    alias = re.compile(r"(?:^|\s)[&*][\w-]+\s*$|<<:", re.MULTILINE)

    for name, result in {
        "template.yaml": built / "template.yaml",
        "monitoring.yaml": built / "Monitoring" / "template.yaml",
    }.items():
        assert alias.search((ROOT / name).read_text())
        assert not alias.search(result.read_text())
        written = {**source(name), "Resources": {}}
        assert {**yaml_parse(result.read_text()), "Resources": {}} == written


def original(cloud: Cloud, stack: str) -> Json:
    """Return the template of a stack as it was given to CloudFormation."""
    found = cloud.client("cloudformation").get_template(StackName=stack, TemplateStage="Original")
    body = found["TemplateBody"]
    template: Json = yaml_parse(body if isinstance(body, str) else json.dumps(body))
    return template


def test_the_nested_template_is_uploaded_and_named_by_its_address(
    cloud: Cloud, dev: deploy.Stack
) -> None:
    name = "customer-registration-dev"
    monitoring = original(cloud, name)["Resources"]["Monitoring"]
    url = urlsplit(monitoring["Properties"]["TemplateURL"])
    bucket, _, key = url.path.removeprefix("/").partition("/")
    uploaded = cloud.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    nested = yaml_parse(uploaded)
    for resource in nested["Resources"].values():
        assert set(resource.pop("Metadata", ())) <= {"SamResourceId"}
    assert url.scheme.startswith("http")
    assert key.startswith(f"{name}/")
    assert nested == source("monitoring.yaml")


def test_a_build_for_one_runtime_is_deployed_for_no_other(clone: Path, dev: deploy.Stack) -> None:
    text = (clone / ".aws-sam" / "build" / "template.yaml").read_text()

    for name, value in {"Runtime": THIS_PYTHON, "Architecture": HERE}.items():
        declared = re.search(rf"^  {name}:\n(    .*\n)+", text, re.MULTILINE)
        assert declared
        assert f"    Default: {value}\n    AllowedValues:\n    - {value}\n    Desc" in declared[0]


def test_a_customer_signs_up_and_confirms(cloud: Cloud, dev: deploy.Stack) -> None:
    client = signed_up(cloud, dev, "dev")

    assert client.get(f"{path_of(cloud, dev)}/").status == 200  # the demo shop


@pytest.mark.endurance
def test_a_customer_of_one_stage_is_none_of_the_other(
    cloud: Cloud, stacks: Mapping[str, deploy.Stack]
) -> None:
    client = signed_up(cloud, stacks["prod"], "prod")

    assert client.get(f"{path_of(cloud, stacks['prod'])}/").status != 200  # no demo shop
    for stage, stack in stacks.items():
        table = cloud.table(stack.outputs["CustomersTable"])
        known = scan(table, Attr("entity").eq("customer") & Attr("email").eq("sam@prod.example"))
        assert bool(known) == (stage == "prod")


def path_of(cloud: Cloud, stack: deploy.Stack) -> str:
    """Return the path of a stack's API."""
    return stack.api_url.removeprefix(cloud.endpoint)


def signed_up(cloud: Cloud, stack: deploy.Stack, stage: str) -> Browser:
    """Sign somebody up, confirm by the mail's link, and log in."""
    client, email, api = Browser(cloud.endpoint), f"sam@{stage}.example", path_of(cloud, stack)
    assert client.post(f"{api}/customers", customer_document(email=email)).status == 201
    mail = mail_to(cloud, email)
    assert f"registration@{stage}.shop.example" in mail["from"]
    token = link_in(mail).partition("token=")[2]
    assert client.post(f"{api}/customer-confirmation", key_document(token)).status == 204

    attributes = {"username": email, "password": PASSWORD}
    login = {"data": {"type": "access-tokens", "attributes": attributes}}
    assert client.post(f"{api}/access-tokens", login).status == 201
    return client


def physical(cloud: Cloud, stack: str) -> dict[str, str]:
    """Return a stack's resources as they are called in the account."""
    found = cloud.client("cloudformation").describe_stack_resources(StackName=stack)
    return {
        each["PhysicalResourceId"]: each["ResourceType"]
        for each in found["StackResources"]
        if each["ResourceType"] != "AWS::ApiGatewayV2::Stage"  # its name is its API's alone
    }


def test_two_stacks_share_nothing(cloud: Cloud, dev: deploy.Stack) -> None:
    share_nothing(cloud, "customer-registration-dev", deploy.STACK)


@pytest.mark.endurance
def test_two_stages_share_nothing(cloud: Cloud, stacks: Mapping[str, deploy.Stack]) -> None:
    share_nothing(cloud, *(f"customer-registration-{stage}" for stage in stacks))


def share_nothing(cloud: Cloud, one: str, other: str) -> None:
    """Hold that neither stack has or names anything of the other's."""
    first, second = physical(cloud, one), physical(cloud, other)

    assert min(len(first), len(second)) > 50
    assert not set(first) & set(second)
    awslambda = cloud.client("lambda")
    for mine, others in ((first, second), (second, first)):
        for function in (name for name, kind in mine.items() if kind == "AWS::Lambda::Function"):
            configuration = awslambda.get_function_configuration(FunctionName=function)
            named = [*configuration["Environment"]["Variables"].values(), configuration["Role"]]
            named.append(configuration["LoggingConfig"]["LogGroup"])
            for name in others:
                assert not [value for value in named if name in value], (function, name)


def what_the_emulator_knows(monitoring: Json) -> Json:
    """Return the nested template without alarms on more than one metric, which it refuses."""
    known: Json = json.loads(json.dumps(monitoring))
    for name, body in monitoring["Resources"].items():
        if "Metrics" in body["Properties"]:
            del known["Resources"][name]
    known["Resources"]["Dashboard"]["Properties"]["DashboardBody"] = '{"widgets": []}'
    return known


@pytest.mark.usefixtures("dev")
def test_the_longest_name_makes_a_stack_with_the_one_nested_in_it(cloud: Cloud) -> None:
    cloudformation, s3 = cloud.client("cloudformation"), cloud.client("s3")
    dev = "customer-registration-dev"
    address = f"{cloud.endpoint}/{cloud.bucket}/longest"
    nested = what_the_emulator_knows(source("monitoring.yaml"))
    template = original(cloud, dev)
    template["Resources"]["Monitoring"]["Properties"]["TemplateURL"] = f"{address}/nested"
    for name, content in {"nested": nested, "template": template}.items():
        body = json.dumps(content).encode()
        s3.put_object(Bucket=cloud.bucket, Key=f"longest/{name}", Body=body)
    found = cloudformation.describe_stacks(StackName=dev)["Stacks"][0]["Parameters"]
    given = {each["ParameterKey"]: each["ParameterValue"] for each in found}
    assert len(LONG_NAME) == 60

    cloudformation.create_stack(
        StackName=LONG_NAME,
        TemplateURL=f"{address}/template",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value}
            for name, value in {**given, "CreateAlarms": "true"}.items()
        ],
    )
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName=LONG_NAME, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )

    made, others = physical(cloud, LONG_NAME), physical(cloud, dev)
    (monitoring,) = [name for name, kind in made.items() if kind == NESTED]
    assert len(made) == len(others) + 1
    assert not set(made) & set(others)
    alarms = physical(cloud, monitoring)
    assert len(alarms) == len(nested["Resources"])
    watched = {
        dimension["Value"]
        for alarm in cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
        if alarm["AlarmName"] in alarms
        for dimension in alarm["Dimensions"]
        if dimension["Name"] in {"FunctionName", "TableName"}
    }
    assert watched
    assert watched <= set(made)
