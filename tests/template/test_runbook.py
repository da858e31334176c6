"""Who is told by an alarm finds what to do: in the runbook, docs/operations.md."""

import re

import pytest

from tests.conftest import MakeCloud
from tests.support.alarms.alarms import Alarm, alarms_of
from tests.support.cloud import Cloud
from tests.support.figures import figures_in
from tests.support.imports.runs import PLANNER
from tests.support.stack import ROOT, Stack, expanded, source

ALARMS = alarms_of(Stack())
OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")
CHAPTER = OPERATIONS.partition("\n## When an alarm rings\n")[2].partition("\n## ")[0]
SECTIONS = dict(re.findall(r"^### (.+)\n((?:(?!### ).*\n?)*)", CHAPTER, re.MULTILINE))


def section_of(alarm: Alarm) -> str:
    """Return the section that an alarm's description ends with."""
    named = re.search(r' See operations\.md, "([^"]+)"\.$', alarm.properties["AlarmDescription"])
    assert named, alarm.properties["AlarmDescription"]
    return named[1]


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_describes_itself_and_names_its_section(alarm: Alarm) -> None:
    assert section_of(alarm) in SECTIONS
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    assert len(alarm.properties["AlarmDescription"]) <= 1024


def test_every_section_has_an_alarm() -> None:
    assert set(SECTIONS) == {section_of(alarm) for alarm in ALARMS.values()}


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_says_what_it_means_what_to_look_at_and_how_to_fix_it(section: str) -> None:
    parts = re.findall(r"^\*\*(.+?)\*\*", SECTIONS[section], re.MULTILINE)

    assert parts == ["What it means.", "Look at.", "Fix it."]


def test_a_section_that_another_one_names_exists() -> None:
    named = {
        name.replace("\n", " ")
        for text in SECTIONS.values()
        for name in re.findall(r'[Ss]ee\s"([^"]+)"', text)
    }

    assert named
    assert named <= set(SECTIONS)


def test_every_resource_that_a_command_names_exists() -> None:
    named = set(re.findall(r"(?:resource|errors) ([A-Z]\w+)", OPERATIONS))
    alarms = set(re.findall(r"alarm ([A-Z]\w+Alarm)", OPERATIONS))

    assert named
    assert alarms
    assert named <= set(expanded()["Resources"])
    assert alarms <= set(source("monitoring.yaml")["Resources"])


def test_every_widget_that_is_named_exists() -> None:
    named = re.findall(r'widgets?\s"([^"]+)"(?:\sand\s"([^"]+)")?', CHAPTER)
    body = Stack().monitoring.properties("Dashboard")["DashboardBody"]
    titles = re.findall(r'"title": "([^"]+)"', body)

    names = {name.replace("\n", " ") for pair in named for name in pair if name}
    assert names
    assert {n for n in names if not any(title.startswith(n) for title in titles)} == set()


def test_the_costs_are_those_of_the_alarms_there_are() -> None:
    watched = sum(len(alarm.watched) for alarm in ALARMS.values())

    assert f"{len(ALARMS)} alarms that watch {watched} metrics" in OPERATIONS
    assert f"| ${watched / 10:.2f} |" in OPERATIONS


def test_a_stack_without_traffic_tells_the_metrics_whose_cost_is_given(
    make_cloud: MakeCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud: Cloud = make_cloud()
    capsys.readouterr()

    cloud.sweep()
    cloud.invoke(PLANNER, {"watch": "imports"})

    told = {figure.name for figure in figures_in(capsys.readouterr().out)}
    (row,) = [line for line in OPERATIONS.splitlines() if "stack without traffic |" in line or
              line.startswith("| metrics of a stack without traffic")]  # fmt: skip
    assert told == set(re.findall(r"`(\w+)`", row))
    assert f": {len(told)}, $0.30 each | ${0.3 * len(told):.2f} |" in row
