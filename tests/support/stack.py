"""``template.yaml`` as CloudFormation sees it: expanded, with intrinsics resolved.

Tests make their resources, environments and event sources from it, so that none of
them can differ from what is deployed. ``monitoring.yaml`` is the stack nested in it, with the
parameters that it gets there.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest import mock

from samtranslator.translator.transform import transform
from samtranslator.utils.py27hash_fix import Py27Keys
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parent.parent.parent
REGION = "eu-central-1"
ACCOUNT = "123456789012"
STACK = "registration"
STACK_ID = "51af3dc0-da77-11e4-872e-1234567db123"
# Parameters without a default in the template.
MAIL_FROM = "registration@shop.example"

NESTED = "AWS::CloudFormation::Stack"

Json = dict[str, Any]


class _NoManagedPolicies:
    """The template uses only managed policies that SAM itself knows."""

    def load(self) -> dict[str, str]:
        return {}


@cache
def source(file: str = "template.yaml") -> Json:
    """Return a template as it is written. It is read once: nobody may change it."""
    parsed: Json = yaml_parse((ROOT / file).read_text())
    return parsed


@cache
def expanded(**given: str) -> Json:
    """Return the template as CloudFormation gets it, with some parameters known to SAM."""
    # Copy it as JSON, because SAM would change parts shared by YAML anchors twice.
    template = json.loads(json.dumps(source(), default=str))
    for resource in template["Resources"].values():
        for name in ("CodeUri", "ContentUri"):
            if name in resource.get("Properties", {}):
                # SAM expands packaged templates only.
                resource["Properties"][name] = "s3://code/package.zip"
    # SAM asks the environment for a region.
    with (
        mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGION}),
        mock.patch.object(Py27Keys, "__deepcopy__", _copy_of_keys),
    ):
        found: Json = transform(template, given, _NoManagedPolicies())
    return found


def _copy_of_keys(keys: Py27Keys, _memo: dict[int, Any]) -> Py27Keys:
    """Return the keys of one of SAM's dictionaries; adding each anew takes most of the time."""
    copied = Py27Keys()
    vars(copied).update(vars(keys))
    copied.keyorder = dict(keys.keyorder)
    return copied


def split_target(target: Any) -> tuple[str, str]:
    """Return the logical id and the attribute in an ``Fn::GetAtt``."""
    logical_id, attribute = target if isinstance(target, list) else target.split(".", 1)
    return logical_id, attribute


def arn_of_stack(name: str) -> str:
    """Return the ARN of a stack, which a nested one is referred to by."""
    return f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/{STACK_ID}"


@dataclass(frozen=True)
class Stack:
    """The expanded template with some parameters given.

    ``names`` holds the physical names of resources that tests have made, ``template`` another
    template than ``template.yaml``, for a stack that is nested in its.
    """

    given: Mapping[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)
    name: str = STACK
    template: Json = field(default_factory=expanded, repr=False)

    @cached_property
    def parameters(self) -> Json:
        """Every parameter's value, the defaults included."""
        declared = self.template["Parameters"]
        unknown = set(self.given) - set(declared)
        assert not unknown, f"no such parameter: {unknown}"
        given = {"MailFrom": MAIL_FROM, **self.given}
        return {name: given.get(name, body.get("Default")) for name, body in declared.items()}

    @cached_property
    def monitoring(self) -> "Stack":
        """The stack of alarms and the dashboard, which is nested in this one."""
        return self.nested("Monitoring")

    def nested(self, logical_id: str) -> "Stack":
        """Return a stack that a resource of this one is, with the parameters that it is given."""
        resource = self.properties(logical_id)
        template = source(resource["TemplateURL"])
        needed = {name for name, body in template["Parameters"].items() if "Default" not in body}
        missing = needed - set(resource["Parameters"])
        assert not missing, f"{logical_id} is not given {missing}"
        # The resource's name is the stack's ARN: its own name stands in it.
        name = self._ref(logical_id).partition(":stack/")[2].partition("/")[0]
        return Stack(resource["Parameters"], name=name, template=template)

    def stacks(self) -> "Iterator[Stack]":
        """Find this stack and those nested in it whose conditions hold."""
        yield self
        for logical_id in self.resources(NESTED):
            yield from self.nested(logical_id).stacks()

    def resources(self, kind: str) -> dict[str, Json]:
        """Return the resources of a type, by logical id, whose conditions hold."""
        return {name: body for name, body in self._resources.items() if body["Type"] == kind}

    @cached_property
    def _resources(self) -> dict[str, Json]:
        return {
            name: body
            for name, body in self.template["Resources"].items()
            if "Condition" not in body or self._condition(body["Condition"])
        }

    def properties(self, logical_id: str) -> Json:
        """Return a resource's properties, resolved."""
        resolved: Json = self.resolve(self.template["Resources"][logical_id].get("Properties", {}))
        return resolved

    def output(self, name: str) -> str:
        """Return the value of an output, resolved."""
        return str(self.resolve(self.template["Outputs"][name]["Value"]))

    def environment(self, function: str) -> dict[str, str]:
        """Return the environment variables of a function."""
        body = self.template["Resources"][function]["Properties"]["Environment"]["Variables"]
        return {name: str(self.resolve(value)) for name, value in body.items()}

    def resolve(self, value: Any) -> Any:
        """Resolve the intrinsic functions in a value."""
        if isinstance(value, list):
            return [each for each in map(self.resolve, value) if each != "AWS::NoValue"]
        if not isinstance(value, dict):
            return value
        intrinsics: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": lambda target: self._attribute(*split_target(target)),
            "Fn::Sub": self._sub,
            "Fn::If": lambda cases: self.resolve(cases[1 if self._condition(cases[0]) else 2]),
            "Fn::Split": lambda parts: str(self.resolve(parts[1])).split(parts[0]),
            "Fn::Join": lambda parts: parts[0].join(map(str, self.resolve(parts[1]))),
            "Fn::Select": lambda choice: self.resolve(choice[1])[int(choice[0])],
        }
        if len(value) == 1 and (name := next(iter(value))) in intrinsics:
            return intrinsics[name](value[name])
        resolved = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in resolved.items() if each != "AWS::NoValue"}

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self.name,
            "AWS::StackId": arn_of_stack(self.name),
            "AWS::NoValue": "AWS::NoValue",
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in self.names:
            return self.names[name]
        made = f"{self.name}-{name}"
        is_stack = self.template["Resources"].get(name, {}).get("Type") == NESTED
        return arn_of_stack(made) if is_stack else made

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if attribute.startswith("Outputs."):
            return self.nested(logical_id).output(attribute.removeprefix("Outputs."))
        return self.attributes.get((logical_id, attribute), f"{self._ref(logical_id)}.{attribute}")

    def _sub(self, argument: Any) -> str:
        text: str = argument if isinstance(argument, str) else argument[0]
        own: Json = {} if isinstance(argument, str) else argument[1]
        while "${" in text:
            before, _, rest = text.partition("${")
            name, _, after = rest.partition("}")
            if name in own:
                value = self.resolve(own[name])
            else:
                value = self._attribute(*name.split(".", 1)) if "." in name else self._ref(name)
            text = f"{before}{value}{after}"
        return text

    def _condition(self, name: str) -> bool:
        return self._holds(self.template["Conditions"][name])

    def _holds(self, condition: Json) -> bool:
        ((name, argument),) = condition.items()
        if name == "Fn::Not":
            return not self._holds(argument[0])
        if name == "Fn::Equals":
            left, right = (str(self.resolve(each)) for each in argument)
            return left == right
        if name == "Fn::And":
            return all(self._holds(each) for each in argument)
        if name == "Condition":
            return self._condition(argument)
        message = f"tests cannot read the condition {name}"
        raise AssertionError(message)
