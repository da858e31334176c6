"""The diagrams of the documentation can be drawn, and show what the template and the code have."""

import json
import re
from typing import Any

import pytest

from registration.domain.imports.jobs import JobStatus
from tests.support.docs.documents import DOCS, Diagram, diagrams_in
from tests.support.docs.mermaid import NoDiagram, kind_of
from tests.support.stack import ROOT, expanded, source

DIAGRAMS = [diagram for document in DOCS for diagram in diagrams_in(document)]
ARCHITECTURE = diagrams_in(ROOT / "docs" / "architecture.md")
# The nodes of these diagrams are named by their logical ids in the template.
RESOURCES: dict[str, Any] = source()["Resources"]
CONTAINERS = [each for each in ARCHITECTURE if re.search(r"\w+Function\[", each.source)]
EDGES = {edge for diagram in CONTAINERS for edge in diagram.edges}
SHOWN = {
    "AWS::Serverless::Function",
    "AWS::Serverless::HttpApi",
    "AWS::DynamoDB::Table",
    "AWS::SQS::Queue",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
FUNCTIONS = {
    name: body for name, body in RESOURCES.items() if body["Type"] == "AWS::Serverless::Function"
}
STORES = {
    name for name, body in RESOURCES.items() if body["Type"] in SHOWN and name not in FUNCTIONS
} - {"Api"}


def name_of(diagram: Diagram) -> str:
    return f"{diagram.document.name}-{diagram.number}"


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=name_of)
def test_each_diagram_can_be_drawn(diagram: Diagram) -> None:
    assert kind_of(diagram.source) in {"flowchart-v2", "sequence", "stateDiagram"}


@pytest.mark.parametrize(
    "broken",
    [
        "flowchart LR\n    a[open --> b\n",
        "flowchart LR\n    a -->\n",
        "sequenceDiagram\n    a->>b without a colon\n",
        "stateDiagram-v2\n    [*] -->\n",
        "flowchat LR\n    a --> b\n",
    ],
)
def test_a_broken_diagram_cannot_be_drawn(broken: str) -> None:
    with pytest.raises(NoDiagram):
        kind_of(broken)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=name_of)
def test_whatever_has_an_arrow_is_declared(diagram: Diagram) -> None:
    # Mermaid draws a box for a misspelled id.
    assert diagram.connected <= diagram.declared


def test_no_fence_of_a_diagram_is_overlooked() -> None:
    fences = sum(document.read_text("utf-8").count("```mermaid") for document in DOCS)

    assert len(DIAGRAMS) == fences > 0


def test_the_containers_are_those_of_the_template() -> None:
    nodes = {node for edge in EDGES for node in edge}
    expected = {name for name, body in RESOURCES.items() if body["Type"] in SHOWN}

    assert expected - nodes == set()
    assert {node for node in nodes if node.endswith("Function")} == set(FUNCTIONS)


def resource_in(reference: Any) -> str:
    """Return the resource that an intrinsic function of the template names."""
    named = re.findall(r"[A-Z]\w+", json.dumps(reference).replace("Fn::GetAtt", ""))
    return str(next(name for name in named if name in RESOURCES))


def test_each_event_source_has_an_arrow() -> None:
    expected = set()
    for function, body in FUNCTIONS.items():
        for name, event in body["Properties"].get("Events", {}).items():
            told = event["Properties"]
            match event["Type"]:
                case "HttpApi":
                    begins = "Api"
                case "ScheduleV2":
                    begins = f"{function}{name}"
                case "DynamoDB":
                    begins = resource_in(told["Stream"])
                case "SQS":
                    begins = resource_in(told["Queue"])
                case "SNS":
                    begins = resource_in(told["Topic"])
                case "S3":
                    begins = resource_in(told["Bucket"])
            expected.add((begins, function))

    assert expected - EDGES == set()
    # And no other function is called by the API.
    assert {edge for edge in EDGES if edge[0] == "Api"} <= expected


def granted() -> set[tuple[str, str]]:
    """Return which function may do something with which table, queue, bucket or secret."""
    found = set()
    for name, body in expanded()["Resources"].items():
        if body["Type"] not in {"AWS::IAM::Role", "AWS::IAM::Policy"}:
            continue
        roles = [role["Ref"] for role in body["Properties"].get("Roles", [])] or [name]
        policies = body["Properties"].get("Policies") or [body["Properties"]]
        told = json.dumps([policy["PolicyDocument"]["Statement"] for policy in policies])
        for role in roles:
            function = role.removesuffix("Role")
            if function in FUNCTIONS:
                found |= {
                    (function, store) for store in STORES if re.search(rf'[{{"]{store}[}}".]', told)
                }
    return found


def test_arrows_between_functions_and_stores_are_what_their_roles_grant() -> None:
    drawn = {
        (function, store)
        for start, end in EDGES
        for function, store in ((start, end), (end, start))
        if function in FUNCTIONS and store in STORES
    }

    assert drawn == granted()


def test_the_dead_letter_queues_have_an_arrow() -> None:
    expected = {
        (name, resource_in(body["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]))
        for name, body in RESOURCES.items()
        if "RedrivePolicy" in body.get("Properties", {})
    }

    assert expected
    assert expected <= EDGES


def test_the_states_of_an_import_are_those_of_its_job() -> None:
    (diagram,) = [each for each in ARCHITECTURE if "[*] --> planning" in each.source]
    states = set(re.findall(r"^ *(\w+) -->|--> (\w+)", diagram.source, re.MULTILINE))

    assert {state for pair in states for state in pair if state} == set(JobStatus)
