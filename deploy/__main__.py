"""`make build` and `make deploy`: SAM, with all parameters of a stage.

::

    python -m deploy build [--params "Runtime=python3.13"]
    python -m deploy stage dev [--params "MailFrom=..."] [--preview]

It runs in the SAM CLI's environment.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import boto3
import yaml
from botocore.exceptions import BotoCoreError, ClientError
from samtranslator.yaml_helper import yaml_parse

from deploy.layer import ROOT
from deploy.shop import ShopFolderError, check
from deploy.stages import Stage, StageError, Template, parse, read_stage

_TEMPLATE = ROOT / "template.yaml"
_BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
_SAM = Path(sys.executable).with_name("sam")


def main(arguments: Sequence[str] | None = None) -> int:
    """Build or deploy; return the exit status."""
    options = _options(arguments)
    try:
        given = parse(options.params)
        template = _read(_TEMPLATE)
        if options.command == "build":
            _build(Stage("default", "", given).resolved(template))
        else:
            stage = read_stage(ROOT / "samconfig.toml", options.stage).given(given)
            _deploy(stage.resolved(template), template, preview=options.preview)
    except (ShopFolderError, StageError) as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return error.returncode
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build")
    stage = commands.add_parser("stage")
    stage.add_argument("stage")
    stage.add_argument("--preview", action="store_true", help="show the changes, make none")
    for command in (build, stage):
        command.add_argument("--params", default="", help="NAME=VALUE NAME=VALUE")
    return parser.parse_args(arguments)


def _build(stage: Stage) -> None:
    check()
    runtime, architecture = stage.parameters["Runtime"], stage.parameters["Architecture"]
    print(f"Building for {runtime} on {architecture} ...", flush=True)
    overrides = [f"Runtime={runtime}", f"Architecture={architecture}"]
    _sam("build", "--parameter-overrides", *overrides)
    _BUILT.write_text(yaml.safe_dump(_bound(_read(_BUILT)), sort_keys=False), encoding="utf-8")


def _bound(template: Template) -> Template:
    """Restrict a built template to the runtime and architecture that it was built for.

    So CloudFormation refuses a runtime that cannot load the layer's libraries.
    """
    layer = template["Resources"]["CommonLayer"]["Metadata"]["ContextPath"]
    runtime, _, architecture = PurePosixPath(layer).name.partition("-")
    for name, value in {"Runtime": runtime, "Architecture": architecture}.items():
        template["Parameters"][name] |= {"Default": value, "AllowedValues": [value]}
    return template


def _deploy(stage: Stage, template: Template, *, preview: bool) -> None:
    """Deploy a stage: first every check, then the build, then SAM."""
    try:
        cloudformation = boto3.Session(region_name=stage.region, profile_name=stage.profile).client(
            "cloudformation"
        )
        status, kept = _deployed(stage, cloudformation)
    except (BotoCoreError, ClientError) as error:
        stage.require(template)
        raise StageError(
            f"AWS cannot be asked for the stack {stage.stack}: {error}\n\n"
            "Which account and region? `aws configure`, or AWS_PROFILE and AWS_REGION, tell it."
        ) from error
    stage.require(template, kept)
    if status == "ROLLBACK_COMPLETE":
        _remove(stage, cloudformation)
    _build(stage)
    with tempfile.TemporaryDirectory() as folder:
        # JSON is YAML, too; and values in a file are not split.
        overrides = Path(folder) / "parameters.yaml"
        overrides.write_text(json.dumps(stage.parameters), encoding="utf-8")
        options = ["--no-execute-changeset"] if preview else []
        _sam(
            *("deploy", "--config-env", stage.name, *options),
            *("--parameter-overrides", f"file://{overrides}"),
        )


def _deployed(stage: Stage, cloudformation: Any) -> tuple[str, Collection[str]]:
    """Return the status of a stage's stack, and the parameters that it has."""
    try:
        (stack,) = cloudformation.describe_stacks(StackName=stage.stack)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return "", ()
        raise
    status: str = stack["StackStatus"]
    if status in {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"}:
        return status, ()  # it was never created completely, and has no parameters
    return status, [each["ParameterKey"] for each in stack.get("Parameters", [])]


def _remove(stage: Stage, cloudformation: Any) -> None:
    """Remove the stack that a failed creation left behind, because it accepts no change.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
    """
    print(f"Removing the stack {stage.stack}, whose creation failed ...", flush=True)
    cloudformation.delete_stack(StackName=stage.stack)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=stage.stack)


def _sam(*arguments: str) -> None:
    telemetry = os.environ.get("SAM_CLI_TELEMETRY", "0")
    environment = {**os.environ, "SAM_CLI_TELEMETRY": telemetry}
    subprocess.run([str(_SAM), *arguments], cwd=ROOT, env=environment, check=True)


def _read(file: Path) -> Template:
    # Copy it as JSON: plain values that share nothing.
    template: Template = json.loads(json.dumps(yaml_parse(file.read_text(encoding="utf-8"))))
    return template


if __name__ == "__main__":
    sys.exit(main())
