"""The sources of a role's statements."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.iam.policies import Request, is_allowed
from tests.iam.roles import Roles, roles_of
from tests.support.stack import Json, Stack

ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
ASKED = Request("s3:GetObject", "arn:aws:s3:::bucket/a")


@dataclass(frozen=True)
class AStack(Stack):
    """A stack of some resources only."""

    made: dict[str, Json] = field(default_factory=dict)

    def resources(self, kind: str) -> dict[str, Json]:
        return {name: body for name, body in self.made.items() if body["Type"] == kind}

    def properties(self, logical_id: str) -> Json:
        properties: Json = self.made[logical_id].get("Properties", {})
        return properties


def allowed(role: Json, **others: Json) -> bool:
    stack = AStack(
        names={"Role": "role"},
        made={"Role": {"Type": "AWS::IAM::Role", "Properties": role}, **others},
    )
    return is_allowed(Roles(stack).of({"Fn::GetAtt": ["Role", "Arn"]}), ASKED)


def a_policy(**more: Any) -> Json:
    return {"PolicyName": "policy", "PolicyDocument": {"Statement": ALLOW}, **more}


def test_a_role_has_its_own_policies() -> None:
    assert allowed({"Policies": [a_policy()]})
    assert not allowed({})


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("AWS::IAM::Policy", {"Roles": ["other", "role"]}),
        ("AWS::IAM::ManagedPolicy", {"Roles": ["role"]}),
        ("AWS::IAM::RolePolicy", {"RoleName": "role"}),
    ],
)
def test_a_role_has_the_policies_that_name_it(kind: str, named: Json) -> None:
    assert allowed({}, Policy={"Type": kind, "Properties": a_policy(**named)})
    elsewhere = {name: ["other"] if name == "Roles" else "other" for name in named}
    assert not allowed({}, Policy={"Type": kind, "Properties": a_policy(**elsewhere)})


@pytest.mark.parametrize("property_", ["ManagedPolicyArns", "PermissionsBoundary"])
def test_unsupported_policy_features_are_an_error(property_: str) -> None:
    with pytest.raises(AssertionError, match=property_):
        allowed({"Policies": [a_policy()], property_: ["arn:aws:iam::aws:policy/SomeAccess"]})


def test_roles_are_read_once_for_the_same_parameters() -> None:
    assert roles_of({"Store": "DE"}) is roles_of({"Store": "DE"})
    assert roles_of({"Store": "DE"}) is not roles_of({"Store": "AT"})
