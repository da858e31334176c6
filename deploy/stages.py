"""The parameters of a stage, from samconfig.toml, the command line and the template.

Parameters on SAM's command line replace those of a stage in samconfig.toml instead of adding to
them. So this module merges them, and passes all of them to SAM.
"""

import re
import shlex
import sys
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

Template = dict[str, Any]


class StageError(Exception):
    """A stage cannot be built or deployed with the given parameters."""


@dataclass(frozen=True)
class Stage:
    """A stage in samconfig.toml.

    Attributes
    ----------
    name
        The name, which SAM calls an environment: `dev`.
    stack
        The name of its stack.
    parameters
        Values of template parameters.
    region, profile
        The region and the profile for AWS; None for those in the environment.
    """

    name: str
    stack: str
    parameters: Mapping[str, str]
    region: str | None = None
    profile: str | None = None

    def given(self, parameters: Mapping[str, str]) -> "Stage":
        """Return the stage with more parameters, which override its own."""
        return replace(self, parameters={**self.parameters, **parameters})

    def resolved(self, template: Template) -> "Stage":
        """Return the stage with a runtime and an architecture, after validating the parameters.

        The default runtime is the Python that runs this, so that its bytecode can be included.
        """
        declared = template["Parameters"]
        python = f"python{sys.version_info.major}.{sys.version_info.minor}"
        if python not in declared["Runtime"]["AllowedValues"]:
            python = declared["Runtime"]["Default"]
        chosen = {"Runtime": python, "Architecture": declared["Architecture"]["Default"]}
        parameters = chosen | dict(self.parameters)
        _check(parameters, declared)
        return replace(self, parameters=parameters)

    def require(self, template: Template, kept: Collection[str] = ()) -> None:
        """Check that every parameter without a default has a value.

        Parameters
        ----------
        template
            The template.
        kept
            Parameters that the stack has already: it keeps their values.
        """
        missing = {
            name: body
            for name, body in template["Parameters"].items()
            if "Default" not in body and name not in {*self.parameters, *kept}
        }
        if missing:
            told = [f"  {name}: {body.get('Description', '')}" for name, body in missing.items()]
            example = " ".join(f"{name}=..." for name in missing)
            raise StageError(
                "\n".join([f"The stage {self.name} needs a value for:", "", *told, ""])
                + f'\n    make deploy STAGE={self.name} PARAMS="{example}"\n\n'
                f"or write it under [{self.name}.global.parameters.parameter_overrides] in "
                "samconfig.toml. Once deployed, a stack keeps its values."
            )


def read_stage(config: Path, name: str) -> Stage:
    """Read a stage in samconfig.toml."""
    stages = tomllib.loads(config.read_text(encoding="utf-8"))
    names = [found for found, body in stages.items() if isinstance(body, dict) and "deploy" in body]
    if name not in names:
        raise StageError(f'samconfig.toml has no stage "{name}". It has: {", ".join(names)}.')
    options: dict[str, Any] = {}
    for command in ("global", "deploy"):
        options |= stages[name].get(command, {}).get("parameters", {})
    return Stage(
        name=name,
        stack=options["stack_name"],
        parameters=_overrides(options.get("parameter_overrides", {})),
        region=options.get("region"),
        profile=options.get("profile"),
    )


def parse(text: str) -> dict[str, str]:
    """Read `NAME=VALUE NAME='ANOTHER VALUE'`."""
    parameters = {}
    for word in shlex.split(text):
        name, equals, value = word.partition("=")
        if not equals:
            raise StageError(f'PARAMS has to be like "ExistingEmail=reveal", not "{word}".')
        parameters[name] = value
    return parameters


def _overrides(written: Any) -> dict[str, str]:
    """Read parameters in any of SAM's forms: a table, a text, a list of texts."""
    if isinstance(written, Mapping):
        return {name: str(value) for name, value in written.items()}
    texts = [written] if isinstance(written, str) else written
    return {name: value for text in texts for name, value in parse(text).items()}


def _check(parameters: Mapping[str, str], declared: Mapping[str, Any]) -> None:
    unknown = sorted(set(parameters) - set(declared))
    if unknown:
        raise StageError(
            f"template.yaml has no parameter {', '.join(unknown)}. It has: {', '.join(declared)}."
        )
    for name, value in parameters.items():
        allowed = [str(each) for each in declared[name].get("AllowedValues", [value])]
        if value not in allowed:
            raise StageError(f'{name} cannot be "{value}", only: {", ".join(allowed)}.')
        if not re.search(declared[name].get("AllowedPattern", ""), value):
            raise StageError(f'{name} cannot be "{value}". {declared[name]["Description"]}')
