"""The stages: what `make build` and `make deploy` give to SAM, and what they refuse before that."""

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudformation.models import cloudformation_backends

from deploy import __main__ as deploying
from deploy.shop import ShopFolderError
from deploy.stages import StageError, parse, read_stage
from tests.support.stack import ACCOUNT, REGION, ROOT, Json, Stack, source

CONFIG = tomllib.loads((ROOT / "samconfig.toml").read_text())
STAGES = [name for name in CONFIG if name not in {"version", "default"}]
DECLARED: Json = source()["Parameters"]
RESOURCES: Json = source()["Resources"]
RUNTIMES: list[str] = DECLARED["Runtime"]["AllowedValues"]
ARCHITECTURES: list[str] = DECLARED["Architecture"]["AllowedValues"]
MAIL = "MailFrom=registration@shop.example"


def test_the_stages_are_those_of_every_team() -> None:
    assert STAGES == ["dev", "staging", "prod"]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_asks_no_question_and_has_a_name_of_its_own(stage: str) -> None:
    options = CONFIG[stage]["global"]["parameters"] | CONFIG[stage]["deploy"]["parameters"]

    assert options["confirm_changeset"] is False
    assert not options.get("guided")
    assert options["resolve_s3"] is True
    # The second one for the nested stack:
    # https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-cli-command-reference-sam-deploy.html
    assert options["capabilities"] == "CAPABILITY_IAM CAPABILITY_AUTO_EXPAND"
    # A deployment that changes nothing is no failure.
    assert options["fail_on_empty_changeset"] is False
    assert options["stack_name"] == options["s3_prefix"] == f"customer-registration-{stage}"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stages_parameters_are_the_templates(stage: str) -> None:
    found = read_stage(ROOT / "samconfig.toml", stage).resolved(source())

    assert found.name == stage
    assert found.parameters["DemoShop"] == ("true" if stage == "dev" else "false")
    written = CONFIG[stage]["global"]["parameters"]["parameter_overrides"]
    # SAM would make "True" of true.
    assert all(isinstance(value, str) for value in written.values())


def test_given_parameters_override_the_stage_and_the_stage_the_template() -> None:
    stage = read_stage(ROOT / "samconfig.toml", "dev")

    given = stage.given(parse("LogDays=1 ShopName='Tea & Cups' MailReplyTo=")).resolved(source())

    assert given.parameters["LogDays"] == "1"
    assert given.parameters["ShopName"] == "Tea & Cups"
    assert given.parameters["MailReplyTo"] == ""
    assert given.parameters["DemoShop"] == "true"
    assert "UnconfirmedDays" not in given.parameters


@pytest.mark.parametrize(
    "written",
    ["\"DemoShop=true ShopName='Tea Cups'\"", '["DemoShop=true", "ShopName=\'Tea Cups\'"]'],
)
def test_parameters_may_stand_in_the_forms_that_sam_knows(tmp_path: Path, written: str) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(
        "[qa.deploy.parameters]\n"
        f'stack_name = "qa"\nregion = "eu-west-1"\nparameter_overrides = {written}\n'
    )

    stage = read_stage(config, "qa")

    assert stage.parameters == {"DemoShop": "true", "ShopName": "Tea Cups"}
    assert (stage.stack, stage.region, stage.profile) == ("qa", "eu-west-1", None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("ShopNam=Cups", "no parameter ShopNam"),
        ("Runtime=python3.9", 'Runtime cannot be "python3.9", only: python3.11'),
        ("LogDays=6", 'LogDays cannot be "6"'),
        ("MailFrom=nobody", 'MailFrom cannot be "nobody"'),
    ],
)
def test_a_parameter_that_cannot_be_is_refused(given: str, told: str) -> None:
    stage = read_stage(ROOT / "samconfig.toml", "dev").given(parse(given))

    with pytest.raises(StageError, match=told):
        stage.resolved(source())


def test_the_runtime_is_that_of_the_python_that_builds_if_lambda_has_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = read_stage(ROOT / "samconfig.toml", "dev")

    def chosen(major: int, minor: int) -> str:
        version = type("Version", (), {"major": major, "minor": minor})
        monkeypatch.setattr(sys, "version_info", version)
        return stage.resolved(source()).parameters["Runtime"]

    assert chosen(3, 12) == "python3.12"
    assert chosen(3, 99) == DECLARED["Runtime"]["Default"]


# ----------------------------------------------------------------- the template's side


def test_every_function_and_the_layer_are_built_by_a_makefile() -> None:
    functions = {n: b for n, b in RESOURCES.items() if b["Type"] == "AWS::Serverless::Function"}

    for name, body in functions.items():
        assert body.get("Metadata") == {"BuildMethod": "makefile", "ContextPath": "functions"}, name
    assert RESOURCES["CommonLayer"]["Metadata"] == {
        "BuildMethod": "makefile",
        "BuildArchitecture": {"Ref": "Architecture"},
        "ContextPath": {"Fn::Sub": "layers/common/targets/${Runtime}-${Architecture}"},
    }


def test_each_runtime_on_each_processor_has_a_makefile_that_is_the_layers() -> None:
    folder = ROOT / "layers" / "common"

    targets = {path.name for path in (folder / "targets").iterdir()}
    assert targets == {f"{r}-{a}" for r, a in product(RUNTIMES, ARCHITECTURES)}
    for target in targets:
        linked = folder / "targets" / target / "Makefile"
        assert linked.is_symlink()
        assert linked.resolve() == folder / "Makefile"


def test_functions_and_layer_go_by_the_same_parameters() -> None:
    stack = Stack({"Runtime": "python3.14", "Architecture": "x86_64"})

    for function in map(stack.properties, stack.resources("AWS::Lambda::Function")):
        assert function["Runtime"] == "python3.14"
        assert function["Architectures"] == ["x86_64"]
    (layer,) = map(stack.properties, stack.resources("AWS::Lambda::LayerVersion"))
    assert layer["CompatibleRuntimes"] == ["python3.14"]
    assert layer["CompatibleArchitectures"] == ["x86_64"]


# ------------------------------------------------------------------------- `make deploy`

Sam = Callable[[], list[list[str]]]


@pytest.fixture
def sam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sam]:
    """A SAM that builds a template and writes down what it is asked for, and an empty account."""
    log, built, fake = tmp_path / "log", tmp_path / "built.yaml", tmp_path / "sam"
    template = {
        "Parameters": {name: dict(DECLARED[name]) for name in ("Runtime", "Architecture")},
        "Resources": {
            "CommonLayer": {"Metadata": {"ContextPath": "layers/common/targets/python3.12-x86_64"}}
        },
    }
    fake.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        "arguments = [\n"
        "    pathlib.Path(a[7:]).read_text() if a.startswith('file://') else a\n"
        "    for a in sys.argv[1:]\n"
        "]\n"
        f"with open({str(log)!r}, 'a') as log:\n"
        "    print(json.dumps(arguments), file=log)\n"
        "if arguments[0] == 'build':\n"
        f"    pathlib.Path({str(built)!r}).write_text({json.dumps(template)!r})\n"
    )
    fake.chmod(0o755)
    monkeypatch.setattr(deploying, "_SAM", fake)
    monkeypatch.setattr(deploying, "_BUILT", built)
    monkeypatch.setattr(deploying, "check", lambda: None)
    read = deploying._read
    # The template takes a second to read, each time.
    monkeypatch.setattr(
        deploying, "_read", lambda file: source() if file == deploying._TEMPLATE else read(file)
    )

    def asked() -> list[list[str]]:
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    with mock_aws():
        yield asked


def a_stack(status: str, **parameters: str) -> None:
    """Have a stack of the stage dev in the account."""
    body = {
        "Parameters": {name: {"Type": "String"} for name in parameters},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    }
    name = "customer-registration-dev"
    boto3.client("cloudformation").create_stack(
        StackName=name,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    cloudformation_backends[ACCOUNT][REGION].get_stack(name).status = status


def overrides(call: list[str]) -> Any:
    """Return the parameters that SAM is given."""
    return json.loads(call[call.index("--parameter-overrides") + 1])


def test_deploying_a_stage_builds_it_and_deploys_it_with_all_parameters(sam: Sam) -> None:
    given = f"{MAIL} Runtime=python3.12 Architecture=x86_64 ShopName='Tea & Cups' Store=TC"

    assert deploying.main(["stage", "dev", "--params", given]) == 0

    build, deploy = sam()
    bound = ["Runtime=python3.12", "Architecture=x86_64"]
    assert build == ["build", "--parameter-overrides", *bound]
    assert deploy[:3] == ["deploy", "--config-env", "dev"]
    assert "--no-execute-changeset" not in deploy
    assert overrides(deploy) == {
        "Runtime": "python3.12",
        "Architecture": "x86_64",
        "MailFrom": "registration@shop.example",
        "ShopName": "Tea & Cups",
        "Store": "TC",
        "DemoShop": "true",
        "LogDays": "7",
    }


def test_a_shop_that_is_wrong_is_not_built(
    sam: Sam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise ShopFolderError("shop/brand.toml, accent: no colour.")

    monkeypatch.setattr(deploying, "check", refuse)

    assert deploying.main(["stage", "dev", "--params", MAIL]) == 1

    assert capsys.readouterr().err == "shop/brand.toml, accent: no colour.\n"
    assert sam() == []


def test_a_preview_shows_the_changes_and_makes_none(sam: Sam) -> None:
    assert deploying.main(["stage", "prod", "--params", MAIL, "--preview"]) == 0

    assert "--no-execute-changeset" in sam()[-1]


def test_missing_parameters_are_reported_before_the_build(
    sam: Sam, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploying.main(["stage", "prod"]) == 1

    told = capsys.readouterr().err
    assert 'make deploy STAGE=prod PARAMS="MailFrom=..."' in told
    assert DECLARED["MailFrom"]["Description"] in told
    assert sam() == []


def test_a_stack_keeps_the_values_that_it_has(sam: Sam) -> None:
    a_stack("UPDATE_COMPLETE", MailFrom="registration@shop.example")

    assert deploying.main(["stage", "dev"]) == 0

    assert "MailFrom" not in overrides(sam()[-1])


def test_the_rest_of_a_failed_creation_does_not_stop_the_next_try(sam: Sam) -> None:
    a_stack("ROLLBACK_COMPLETE", MailFrom="registration@shop.example")

    assert deploying.main(["stage", "dev"]) == 1  # such a stack keeps nothing
    assert deploying.main(["stage", "dev", "--params", MAIL]) == 0

    assert boto3.client("cloudformation").list_stacks()["StackSummaries"][0]["StackStatus"] == (
        "DELETE_COMPLETE"
    )
    assert sam()[-1][0] == "deploy"


def test_without_an_account_it_tells_what_lacks(
    sam: Sam, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    assert deploying.main(["stage", "dev", "--params", MAIL]) == 1

    told = capsys.readouterr().err
    assert "You must specify a region" in told
    assert "AWS_REGION" in told
    assert sam() == []


def test_an_unknown_stage_is_told_which_there_are(
    sam: Sam, capsys: pytest.CaptureFixture[str]
) -> None:
    assert deploying.main(["stage", "production"]) == 1

    assert "It has: dev, staging, prod." in capsys.readouterr().err


def test_a_build_cannot_be_deployed_for_another_target(sam: Sam, tmp_path: Path) -> None:
    assert deploying.main(["build", "--params", "Runtime=python3.12 Architecture=x86_64"]) == 0

    built = (tmp_path / "built.yaml").read_text()
    assert "AllowedValues:\n    - python3.12\n" in built
    assert "AllowedValues:\n    - x86_64\n" in built
