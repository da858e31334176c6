"""Every alarm watches what is there, rings when it should, and is quiet otherwise."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from unittest import mock

import pytest

from tests.support.alarms.alarms import Alarm, Evaluation, Series, State, alarms_of, judged
from tests.support.alarms.emitting import emitted
from tests.support.cloud import Cloud
from tests.support.figures import Figure, figures_in
from tests.support.stack import Json, Stack

STACK = Stack({"AlarmEmail": "ops@example.com"})
ALARMS = alarms_of(STACK)
FUNCTIONS = STACK.resources("AWS::Lambda::Function")
NAMESPACE = "CustomerRegistration/registration"
MINUTE, HOUR = 60, 3600
LEGAL_SWEEPS = range(2, 61)
# Where a period or a number of periods changes, and their neighbours.
TELLING = {2, 3, 5, 6, 9, 10, 11, 15, 16, 20, 21, 29, 30, 31, 59, 60}
SWEEPS = [
    pytest.param(minutes, marks=[] if minutes in TELLING else pytest.mark.endurance)
    for minutes in LEGAL_SWEEPS
]


def behind_http() -> set[str]:
    """Return the functions that the API's routes lead to."""
    found = set()
    for permission in STACK.resources("AWS::Lambda::Permission").values():
        if permission["Properties"]["Principal"] == "apigateway.amazonaws.com":
            found.add(permission["Properties"]["FunctionName"]["Ref"])
    return found


BACKGROUND = set(FUNCTIONS) - behind_http()


def watching(namespace: str, name: str) -> dict[str, list[frozenset[tuple[str, str]]]]:
    """Return the alarms on a metric, with the dimensions of each one that they watch."""
    found = {
        alarm.name: [
            watched.figure.dimensions
            for watched in alarm.watched.values()
            if (watched.figure.namespace, watched.figure.name) == (namespace, name)
        ]
        for alarm in ALARMS.values()
    }
    return {alarm: dimensions for alarm, dimensions in found.items() if dimensions}


# What they watch


def test_a_stacks_figures_have_a_namespace_of_their_own() -> None:
    namespaces = {STACK.environment(f)["POWERTOOLS_METRICS_NAMESPACE"] for f in FUNCTIONS}
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
    longest = NAMESPACE.replace("registration", "S" + "-" * 127)

    assert namespaces == {NAMESPACE}
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
    assert re.fullmatch(r"[A-Za-z0-9./_#-]{1,255}", longest)
    assert {figure.namespace for figure in emitted().figures} == {NAMESPACE}


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_on_our_own_metrics_watches_an_emitted_one(alarm: Alarm) -> None:
    own = {w.figure for w in alarm.watched.values() if not w.figure.namespace.startswith("AWS/")}

    assert own <= emitted().figures


# Which dimensions AWS gives its own metrics:
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
AWS_METRICS: dict[tuple[str, str], list[set[str]]] = {
    ("AWS/ApiGateway", "4xx"): [{"ApiId"}],
    ("AWS/ApiGateway", "5xx"): [{"ApiId"}],
    ("AWS/ApiGateway", "Count"): [{"ApiId"}],
    ("AWS/ApiGateway", "Latency"): [{"ApiId"}],
    ("AWS/DynamoDB", "ReadThrottleEvents"): [
        {"TableName"},
        {"TableName", "GlobalSecondaryIndexName"},
    ],
    ("AWS/DynamoDB", "WriteThrottleEvents"): [
        {"TableName"},
        {"TableName", "GlobalSecondaryIndexName"},
    ],
    ("AWS/Lambda", "ClaimedAccountConcurrency"): [set()],
    ("AWS/Lambda", "Duration"): [{"FunctionName"}],
    ("AWS/Lambda", "Errors"): [{"FunctionName"}],
    ("AWS/Lambda", "IteratorAge"): [{"FunctionName"}],
    ("AWS/Lambda", "Throttles"): [{"FunctionName"}, set()],
    ("AWS/SES", "Reputation.BounceRate"): [set()],
    ("AWS/SES", "Reputation.ComplaintRate"): [set()],
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): [{"QueueName"}],
}


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_on_awss_figures_names_the_dimensions_that_aws_gives_them(alarm: Alarm) -> None:
    for figure in (watched.figure for watched in alarm.watched.values()):
        if figure.namespace.startswith("AWS/"):
            names = {name for name, _ in figure.dimensions}
            assert names in AWS_METRICS[figure.namespace, figure.name], figure


def test_requests_mails_and_imports_that_need_attention_have_an_alarm() -> None:
    rings = {
        (alarm.properties["MetricName"], alarm.threshold)
        for alarm in ALARMS.values()
        if alarm.properties.get("Namespace") == NAMESPACE
    }

    assert rings == {
        ("UnexpectedError", 0),
        ("MailMisconfigured", 0),
        ("MailParked", 10),
        ("MailParked", 0),
        ("ImportsStalled", 0),
        ("ImportUnbalanced", 0),
    }
    (broken,) = ALARMS["MailsBrokenAlarm"].watched.values()
    assert dict(broken.figure.dimensions) == {"service": "send_email", "reason": "broken"}


def test_every_failure_queue_has_an_alarm() -> None:
    read = {
        str(STACK.resolve(body["Properties"]["EventSourceArn"])).removesuffix(".Arn")
        for body in STACK.resources("AWS::Lambda::EventSourceMapping").values()
    }
    queues = {f"registration-{name}" for name in STACK.resources("AWS::SQS::Queue")} - read

    watched = watching("AWS/SQS", "ApproximateNumberOfMessagesVisible").values()

    assert queues
    assert {dict(d)["QueueName"] for each in watched for d in each} == {
        f"{queue}.QueueName" for queue in queues
    }


def test_every_function_that_runs_unseen_has_an_alarm_on_its_errors() -> None:
    alarms = watching("AWS/Lambda", "Errors")

    assert all(len(functions) == 1 for functions in alarms.values())
    # A person who invites somebody calls the function and waits for its answer.
    assert functions_of(alarms) == BACKGROUND - {"InviteStaffFunction"}


def functions_of(alarms: Mapping[str, list[frozenset[tuple[str, str]]]]) -> set[str]:
    names = {dict(d)["FunctionName"] for each in alarms.values() for d in each}
    return {name.removeprefix("registration-") for name in names}


def test_an_alarm_watches_the_throttles_of_all_functions_as_one_metric() -> None:
    assert watching("AWS/Lambda", "Throttles") == {"ThrottledAlarm": [frozenset()]}


@pytest.mark.parametrize(
    "page",
    ["/register", "/confirm", "/login", "/account", "/cart", "/back-office", "/docs", "/nowhere"],
)
def test_an_alarm_watches_the_unexpected_errors_behind_http_as_one_metric(
    cloud: Cloud, capsys: pytest.CaptureFixture[str], page: str
) -> None:
    ((watched,),) = watching(NAMESPACE, "UnexpectedError").values()
    capsys.readouterr()

    with mock.patch(
        "registration.entrypoints.web.negotiation.Resolver.refusal", side_effect=ZeroDivisionError
    ):
        assert cloud.get_page(page).status == 500

    told = figures_in(capsys.readouterr().out)
    assert {f.dimensions for f in told if f.name == "UnexpectedError"} == {watched}


def test_alarms_and_metrics_of_a_stack_at_rest_cost_less_than_3_dollars_a_month() -> None:
    # In an account ten metrics in alarms are free: https://aws.amazon.com/cloudwatch/pricing/
    # https://aws.amazon.com/secrets-manager/pricing/
    alarms = sum(len(alarm.watched) for alarm in ALARMS.values())
    secrets = len(STACK.resources("AWS::SecretsManager::Secret"))

    assert (alarms - 10) * 0.10 + secrets * 0.40 < 3


@pytest.mark.parametrize("metric", ["ReadThrottleEvents", "WriteThrottleEvents"])
def test_tables_and_their_indexes_have_an_alarm_on_throttles(metric: str) -> None:
    expected = set()
    for name, body in STACK.resources("AWS::DynamoDB::Table").items():
        table = ("TableName", f"registration-{name}")
        expected.add(frozenset({table}))
        for index in body["Properties"].get("GlobalSecondaryIndexes", []):
            expected.add(frozenset({table, ("GlobalSecondaryIndexName", index["IndexName"])}))

    assert {d for each in watching("AWS/DynamoDB", metric).values() for d in each} == expected


# How they are made


@pytest.mark.parametrize("minutes", LEGAL_SWEEPS)
def test_periods_are_those_that_cloudwatch_takes(minutes: int) -> None:
    for alarm in alarms_of(Stack({"SweepMinutes": str(minutes)})).values():
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert alarm.period % MINUTE == 0
        assert 1 <= alarm.needed <= alarm.evaluated
        longest = 24 * HOUR if alarm.period < HOUR else 7 * 24 * HOUR
        assert alarm.period * alarm.evaluated <= longest
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-limits.html
        assert len(alarm.watched) <= 10


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_an_alarm_tells_the_topic_that_it_begins_and_nothing_else(alarm: Alarm) -> None:
    assert alarm.properties["AlarmActions"] == ["registration-Alarms"]
    assert "OKActions" not in alarm.properties
    assert "InsufficientDataActions" not in alarm.properties


def test_cloudwatch_may_publish_alarms_of_this_account_and_somebody_gets_them() -> None:
    (statement,) = STACK.properties("AlarmsPolicy")["PolicyDocument"]["Statement"]

    assert STACK.properties("AlarmsPolicy")["Topics"] == ["registration-Alarms"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (statement["Action"], statement["Resource"]) == ("sns:Publish", "registration-Alarms")
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:*"},
    }
    assert STACK.properties("AlarmMail")["Endpoint"] == "ops@example.com"


def test_a_stack_without_alarms_has_no_dashboard_either() -> None:
    unwatched = Stack({"CreateAlarms": "false"})

    for stack in unwatched.stacks():
        assert stack.resources("AWS::CloudWatch::Alarm") == {}
        assert stack.resources("AWS::CloudWatch::Dashboard") == {}


# When they ring

# The tables of AWS's page on missing data: three periods are evaluated, five were fetched. A
# point that breaches is X, one that does not is 0. The states are those that it gives for
# breaching, notBreaching and ignore.
KEPT = State.INSUFFICIENT_DATA
AWS_TABLES = [
    (3, "0-X-X", State.OK, State.OK, State.OK),
    (3, "----0", State.OK, State.OK, State.OK),
    (3, "-----", State.ALARM, State.OK, KEPT),
    (3, "0XX-X", State.ALARM, State.ALARM, State.ALARM),
    (3, "--X--", State.ALARM, State.OK, KEPT),
    (2, "0-X-X", State.ALARM, State.ALARM, State.ALARM),
    (2, "00X0X", State.ALARM, State.ALARM, State.ALARM),
    (2, "0-X--", State.ALARM, State.OK, State.OK),
    (2, "----0", State.ALARM, State.OK, State.OK),
    (2, "---X-", State.ALARM, State.OK, KEPT),
]


@pytest.mark.parametrize(("needed", "points", "breaching", "not_breaching", "ignore"), AWS_TABLES)
def test_our_judge_is_cloudwatchs(
    needed: int, points: str, breaching: State, not_breaching: State, ignore: State
) -> None:
    fetched = [{"0": False, "X": True, "-": None}[point] for point in points]

    found = [
        judged(fetched, needed, 3, missing, KEPT)
        for missing in ("breaching", "notBreaching", "ignore")
    ]

    assert found == [breaching, not_breaching, ignore]


OLDEST = Figure(NAMESPACE, "OldestMailAge", frozenset({("service", "send_email")}))
STALLED = Figure(NAMESPACE, "ImportsStalled", frozenset({("service", "import_csv")}))
REQUESTS = Figure("AWS/ApiGateway", "Count", frozenset({("ApiId", "registration-Api")}))
ERRORS = Figure("AWS/ApiGateway", "5xx", frozenset({("ApiId", "registration-Api")}))
# Until CloudWatch has what a function printed.
LATE = 90


@dataclass
class Days:
    """A stack's life: when sweeps began and ended, and how old the oldest mail was that each met.

    A schedule is as exact as a minute; a sweep takes up to five, and no longer than to the next.
    Times are seconds since the stack was made.
    """

    minutes: int
    lost: range | tuple[int, ...] = ()
    """Sweeps that come to no end."""
    random: Random = field(default_factory=lambda: Random(7))  # noqa: S311 - no secret

    def sweeps(self, hours: float) -> Iterator[tuple[float, float]]:
        """Return when each sweep began and ended."""
        longest = min(5, self.minutes) * MINUTE - 30
        for number in range(int(hours * HOUR / (self.minutes * MINUTE))):
            begun = number * self.minutes * MINUTE + self.random.uniform(0, 59)
            if number not in self.lost:
                yield begun, begun + self.random.uniform(1, longest)

    def series(self, hours: float, age_at: "dict[float, float] | None" = None) -> Series:
        """Return what the sweeps told: at their end, how old the oldest mail was at their start."""
        told = [(end, (age_at or {}).get(begun, 0.0)) for begun, end in self.sweeps(hours)]
        return Series([end + LATE for end, _ in told], [age for _, age in told])


def states(
    alarm: Alarm, measured: Mapping[Figure, Series], begin: float, end: float, extra: int
) -> dict[float, State]:
    """Return the alarm's state at each minute, by CloudWatch's evaluation once a minute."""
    state, found = State.INSUFFICIENT_DATA, {}
    evaluation, now = Evaluation(alarm, measured, extra), begin
    while now <= end:
        found[now] = state = evaluation.state(state, now)
        now += MINUTE
    return found


def alarm_of(name: str, minutes: int) -> Alarm:
    return Alarm(name, Stack({"SweepMinutes": str(minutes)}).monitoring.properties(name))


def first(found: dict[float, State], state: State, after: float = 0) -> float:
    """Return when an alarm had a state first."""
    return next(now for now, each in found.items() if each is state and now >= after)


# CloudWatch does not say how many periods it fetches more than it evaluates.
@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize("minutes", SWEEPS)
def test_the_heartbeat_of_the_sweep(minutes: int, extra: int) -> None:
    alarm = alarm_of("SweepStoppedAlarm", minutes)
    hours, stopped = 16 * minutes / 60, 12 * minutes * MINUTE
    # One fails now and then; then all of them do.
    days = Days(minutes, lost=(3, 7, *range(12, 16)))
    series = days.series(hours)
    warm = alarm.properties["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"] * MINUTE

    found = states(alarm, {OLDEST: series}, series.times[0] + 1, hours * HOUR + 30 * MINUTE, extra)

    # Nothing is evaluated before the first data, or the end of the warm-up.
    assert series.times[0] < warm
    rang = first(found, State.ALARM)
    assert rang > stopped
    assert rang - stopped <= 4 * minutes * MINUTE + extra * alarm.period + LATE


@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize("minutes", SWEEPS)
def test_a_sweep_that_never_ran_is_missed(minutes: int, extra: int) -> None:
    alarm = alarm_of("SweepStoppedAlarm", minutes)

    assert alarm.state(State.INSUFFICIENT_DATA, {}, 2 * HOUR, extra=extra) is State.ALARM


def ages(days: Days, hours: float, promised: float, sent: float) -> dict[float, float]:
    """Return what sweeps find of mails promised from one time on, and sendable from another on.

    A sweep takes what is older than its interval, and tells how old the oldest is before it sends.
    """
    found, oldest = {}, promised
    for begun, _ in days.sweeps(hours):
        age = begun - oldest
        if age > days.minutes * MINUTE and promised < sent:
            found[begun] = age
            if begun >= sent:
                promised = sent
    return found


@pytest.mark.parametrize("extra", [0, 2])
@pytest.mark.parametrize("minutes", SWEEPS)
def test_mails_that_sweeps_cannot_send_ring_until_they_can(minutes: int, extra: int) -> None:
    alarm, interval = alarm_of("OldestMailAlarm", minutes), minutes * MINUTE
    hours = (20 * minutes + 60) / 60
    promised, sent = 3.5 * interval, 10.5 * interval + 30 * MINUTE
    told = Days(minutes).series(hours, ages(Days(minutes), hours, promised, sent))

    found = states(alarm, {OLDEST: told}, LATE, hours * HOUR, extra)

    rang = first(found, State.ALARM)
    assert rang > promised + 15 * MINUTE
    # Two sweeps have begun by then, a third one at the latest if the second one was early.
    assert rang <= promised + max(15 * MINUTE, 2 * interval) + 2 * interval + 5 * MINUTE + 2 * LATE
    ended = first(found, State.OK, after=rang)
    assert ended > sent, "it goes on ringing between sweeps"
    assert ended <= sent + 2 * interval + 10 * MINUTE + 2 * LATE
    assert State.ALARM not in {state for now, state in found.items() if now > ended}


@pytest.mark.parametrize("offset", [0.02, 0.5, 0.98])
@pytest.mark.parametrize("minutes", SWEEPS)
def test_a_mail_that_the_first_sweep_sends_rings_nothing(minutes: int, offset: float) -> None:
    alarm, interval = alarm_of("OldestMailAlarm", minutes), minutes * MINUTE
    hours = 8 * minutes / 60
    promised = (3 + offset) * interval
    met = ages(Days(minutes), hours, promised, promised + 1)
    told = Days(minutes).series(hours, met)

    found = states(alarm, {OLDEST: told}, LATE, hours * HOUR, 2)

    assert len(met) == 1
    assert State.ALARM not in found.values()


def test_the_heartbeat_of_the_watch() -> None:
    alarm = ALARMS["WatchStoppedAlarm"]
    days = Days(30, lost=(3, *range(10, 20)))
    series = days.series(10)

    found = states(alarm, {STALLED: series}, series.times[0] + 1, 10 * HOUR, 2)

    rang = first(found, State.ALARM)
    assert 5 * HOUR < rang <= 5 * HOUR + 3 * HOUR + LATE
    assert alarm.state(State.INSUFFICIENT_DATA, {}, 2 * HOUR) is State.ALARM


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=lambda alarm: alarm.name)
def test_a_new_stack_without_traffic_rings_nothing(alarm: Alarm) -> None:
    watches = Days(30).series(3)
    measured = {OLDEST: Days(5).series(3), STALLED: watches}
    # Lambda tells zeros of each call.
    for watched in alarm.watched.values():
        if watched.figure.namespace == "AWS/Lambda":
            measured[watched.figure] = Series(watches.times, [0.0] * len(watches.times))

    found = states(alarm, measured, watches.times[0] + 1, 3 * HOUR, 2)

    assert State.ALARM not in found.values()


def minutely(*values: float) -> Series:
    return Series([(number + 0.5) * MINUTE for number in range(len(values))], values)


@pytest.mark.parametrize(("errors", "rings"), [(4, False), (5, True)])
def test_of_few_requests_the_number_of_errors_counts(errors: int, rings: bool) -> None:
    alarm = ALARMS["ApiErrorsAlarm"]
    measured = {ERRORS: minutely(*[1.0] * errors, *[0.0] * (15 - errors))}

    assert (alarm.state(State.OK, measured, 15 * MINUTE) is State.ALARM) is rings


@pytest.mark.parametrize("name", ["CustomersThrottledAlarm", "OutboxThrottledAlarm"])
def test_an_alarm_on_a_table_ends_although_dynamodb_tells_of_no_more(name: str) -> None:
    # Whatever its setting, such an alarm keeps its state while there is no data.
    alarm = Alarm(name, {**ALARMS[name].properties, "TreatMissingData": "ignore"})
    figure = next(iter(alarm.watched.values())).figure
    measured = {figure: minutely(*[3.0] * 12)}

    found = states(alarm, measured, MINUTE, HOUR, 2)

    ended = first(found, State.OK, after=first(found, State.ALARM))
    assert ended <= 30 * MINUTE
    assert list(found.values())[-1] is State.OK


def test_the_concurrency_alarm_knows_the_accounts_quota() -> None:
    alarm = alarms_of(Stack({"LambdaConcurrency": "1000"}))["ConcurrencyAlarm"]
    figure = alarm.watched["claimed"].figure

    assert alarm.state(State.OK, {figure: minutely(*[799.0] * 9)}, 540) is State.OK
    assert alarm.state(State.OK, {figure: minutely(*[801.0] * 9)}, 540) is State.ALARM


@pytest.mark.parametrize(
    ("name", "threshold"), [("BounceRateAlarm", 0.05), ("ComplaintRateAlarm", 0.001)]
)
def test_reputation_rings_where_aws_begins_to_look(name: str, threshold: float) -> None:
    properties: Json = ALARMS[name].properties

    # https://docs.aws.amazon.com/ses/latest/dg/reputationdashboard-cloudwatch-alarm.html
    assert float(properties["Threshold"]) == threshold
    assert properties["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert properties["TreatMissingData"] == "ignore"
