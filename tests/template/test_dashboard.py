"""The dashboard shows what there is: every metric of a widget is one that somebody tells.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from tests.support.alarms.alarms import alarms_of
from tests.support.alarms.emitting import emitted
from tests.support.figures import Figure
from tests.support.stack import REGION, Json, Stack
from tests.template.test_alarms import AWS_METRICS, BACKGROUND

STACK = Stack()
BODY: Json = json.loads(STACK.monitoring.properties("Dashboard")["DashboardBody"])
WIDGETS: list[Json] = BODY["widgets"]
CHARTS = [widget["properties"] for widget in WIDGETS if widget["type"] == "metric"]
COLUMNS = 24


def title_of(chart: Json) -> str:
    return str(chart["title"])


def options_of(row: list[Any]) -> Json:
    return row[-1] if isinstance(row[-1], dict) else {}


def figure_of(row: list[Any]) -> Figure | None:
    """Return the metric of a row of a chart, unless the row is an expression."""
    names = [each for each in row if not isinstance(each, dict)]
    if not names:
        return None
    namespace, name, *dimensions = names
    return Figure(namespace, name, frozenset(zip(dimensions[::2], dimensions[1::2], strict=True)))


def figures(chart: Json) -> set[Figure]:
    return {figure for row in chart["metrics"] if (figure := figure_of(row))}


def test_the_widgets_are_as_many_as_allowed_and_none_lies_on_another() -> None:
    assert 0 < len(WIDGETS) <= 500
    for widget in WIDGETS:
        assert widget["x"] >= 0 <= widget["y"]
        assert widget["width"] >= 1 <= widget["height"]
        assert widget["x"] + widget["width"] <= COLUMNS
    for one, other in combinations(WIDGETS, 2):
        assert (
            one["x"] + one["width"] <= other["x"]
            or other["x"] + other["width"] <= one["x"]
            or one["y"] + one["height"] <= other["y"]
            or other["y"] + other["height"] <= one["y"]
        ), (one["properties"]["title"], other["properties"]["title"])


@pytest.mark.parametrize("chart", CHARTS, ids=title_of)
def test_a_chart_shows_only_emitted_metrics(chart: Json) -> None:
    for figure in figures(chart):
        if figure.namespace.startswith("AWS/"):
            names = {name for name, _ in figure.dimensions}
            assert names in AWS_METRICS[figure.namespace, figure.name], figure
        else:
            assert figure in emitted().figures


@pytest.mark.parametrize("chart", CHARTS, ids=title_of)
def test_a_chart_names_its_region_and_its_statistic(chart: Json) -> None:
    assert chart["region"] == REGION
    assert chart["period"] % 60 == 0
    assert chart["title"]
    for row in chart["metrics"]:
        options = options_of(row)
        assert options["label"] if options.get("visible", True) else options["id"]
        if figure_of(row):
            statistic = options.get("stat", chart.get("stat"))
            assert re.fullmatch(r"Sum|Maximum|p\d\d", str(statistic)), row


@pytest.mark.parametrize("chart", CHARTS, ids=title_of)
def test_an_expression_is_made_of_metrics_of_its_chart(chart: Json) -> None:
    ids = {options["id"] for row in chart["metrics"] if "id" in (options := options_of(row))}

    assert all(re.fullmatch(r"[a-z]\w*", each) for each in ids)
    for row in chart["metrics"]:
        expression = options_of(row).get("expression", "")
        assert set(re.findall(r"[a-z]\w*", expression)) <= ids


def test_all_alarms_are_shown() -> None:
    (shown,) = [widget["properties"]["alarms"] for widget in WIDGETS if widget["type"] == "alarm"]

    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html#CloudWatch-Dashboard-Properties-Alarm-Widget-Object
    assert len(shown) <= 100
    names = [f"registration-Monitoring-{name}.Arn" for name in alarms_of(STACK)]
    assert sorted(shown) == sorted(names)


def test_the_errors_of_every_function_that_answers_no_visitor_are_shown() -> None:
    shown = {
        dict(figure.dimensions)["FunctionName"]
        for chart in CHARTS
        for figure in figures(chart)
        if (figure.namespace, figure.name) == ("AWS/Lambda", "Errors")
    }

    assert shown == {f"registration-{name}" for name in BACKGROUND}


def test_the_dashboard_is_one_of_those_that_are_free() -> None:
    # Of up to 50 metrics: https://aws.amazon.com/cloudwatch/pricing/
    assert sum(1 for chart in CHARTS for row in chart["metrics"] if figure_of(row)) <= 50


def test_the_most_important_metrics_are_shown() -> None:
    shown = {figure.name for chart in CHARTS for figure in figures(chart)}

    assert shown >= {
        "SignedUp", "CreatedByStaff", "Confirmed", "OldestMailAge", "MailsWaiting",
        "MailAccepted", "MailParked", "MailBounced", "MailComplained",
        "ImportRowsCreated", "ImportRowsExists", "ImportRowsDuplicate", "ImportRowsRejected",
        "ImportsStalled", "5xx", "UnexpectedError", "Latency", "Duration", "Throttles",
        "ReadThrottleEvents", "WriteThrottleEvents", "ClaimedAccountConcurrency",
    }  # fmt: skip


def test_the_dashboard_has_no_name_that_another_stack_could_have_and_an_address() -> None:
    properties = STACK.monitoring.properties("Dashboard")

    # CloudFormation makes one:
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-dashboard.html
    assert set(properties) == {"DashboardBody"}
    assert STACK.output("DashboardUrl") == (
        "https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1"
        "#dashboards:name=registration-Monitoring-Dashboard"
    )
