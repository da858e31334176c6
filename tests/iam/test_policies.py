"""IAM's rules, one by one."""

import pytest

from tests.iam.policies import Json, Request, denied_by, is_allowed, statements_of

TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/customers"
LEADING = "dynamodb:LeadingKeys"


def allowed(statement: Json | list[Json], request: Request) -> bool:
    return is_allowed(list(statements_of({"Statement": statement}, "policy")), request)


def a_statement(**changed: object) -> Json:
    return {"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE, **changed}


def a_request(action: str = "dynamodb:GetItem", resource: str = TABLE) -> Request:
    return Request(action, resource)


def given(**context: str) -> Request:
    """Return a request with a context."""
    return Request("dynamodb:GetItem", TABLE, {key: (value,) for key, value in context.items()})


def keys(*values: str) -> Request:
    return Request("dynamodb:BatchGetItem", TABLE, {LEADING: values})


def test_a_request_without_an_allow_is_denied() -> None:
    assert not allowed([], a_request())
    assert allowed(a_statement(), a_request())
    assert not allowed(a_statement(), a_request("dynamodb:PutItem"))
    assert not allowed(a_statement(), a_request(resource=TABLE + "/index/waiting"))


def test_a_deny_beats_every_allow() -> None:
    both = [a_statement(Action="*", Resource="*"), a_statement(Effect="Deny", Sid="Never")]
    statements = list(statements_of({"Statement": both}, "policy"))

    assert not is_allowed(statements, a_request())
    assert denied_by(statements, a_request()) == "policy/Never"
    assert is_allowed(statements, a_request("dynamodb:PutItem"))
    assert denied_by(statements, a_request("dynamodb:PutItem")) is None


@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        ("dynamodb:getitem", "dynamodb:GetItem", True),
        ("dynamodb:Get*", "dynamodb:GetItem", True),
        ("dynamodb:???Item", "dynamodb:GetItem", True),
        ("dynamodb:???Item", "dynamodb:UpdateItem", False),
        ("*", "s3:GetObject", True),
        ("dynamodb:*", "s3:GetObject", False),
    ],
)
def test_actions_know_no_case_and_take_wildcards(
    pattern: str, action: str, *, expected: bool
) -> None:
    assert allowed(a_statement(Action=pattern), a_request(action)) is expected


@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        ("arn:aws:s3:::bucket/reports/*", "arn:aws:s3:::bucket/reports/a/b:c.csv", True),
        ("arn:aws:s3:::bucket/Reports/*", "arn:aws:s3:::bucket/reports/a", False),
        ("arn:aws:s3:::bucket/?", "arn:aws:s3:::bucket/ab", False),
        ("arn:aws:s3:::bucket", "arn:aws:s3:::bucket/a", False),
        ("arn:aws:sqs:*:123456789012:q", "arn:aws:sqs:eu-central-1:123456789012:q", True),
        # Only the last * matches a colon.
        ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-central-1:123456789012:q", False),
        ("arn:aws:*", "arn:aws:sqs:eu-central-1:123456789012:q", True),
        ("*", "arn:aws:sqs:eu-central-1:123456789012:q", True),
    ],
)
def test_resources_know_case_and_take_wildcards(
    pattern: str, resource: str, *, expected: bool
) -> None:
    assert allowed(a_statement(Resource=pattern), a_request(resource=resource)) is expected


def for_all(*patterns: str) -> Json:
    return a_statement(
        Action="dynamodb:*",
        Condition={"ForAllValues:StringLike": {LEADING: list(patterns)}},
    )


def test_each_leading_key_has_to_fit_some_pattern() -> None:
    statement = for_all("CUSTOMER#*", "EMAIL#*")

    assert allowed(statement, keys("CUSTOMER#1", "EMAIL#sonia@example.com"))
    assert not allowed(statement, keys("CUSTOMER#1", "STAFF#1"))
    assert not allowed(statement, keys("customer#1"))


def test_two_statements_do_not_share_the_keys_of_one_request() -> None:
    apart = [for_all("CUSTOMER#*"), for_all("EMAIL#*")]

    assert allowed(apart, keys("CUSTOMER#1"))
    assert not allowed(apart, keys("CUSTOMER#1", "EMAIL#sonia@example.com"))


def test_for_all_values_holds_where_the_key_is_missing() -> None:
    assert allowed(for_all("CUSTOMER#*"), Request("dynamodb:Scan", TABLE))


def test_for_any_value_does_not_hold_where_the_key_is_missing() -> None:
    statement = a_statement(
        Action="dynamodb:*", Condition={"ForAnyValue:StringLike": {LEADING: "CUSTOMER#*"}}
    )

    assert not allowed(statement, Request("dynamodb:Scan", TABLE))
    assert allowed(statement, keys("STAFF#1", "CUSTOMER#1"))
    assert not allowed(statement, keys("STAFF#1"))


def test_several_values_take_a_set_operator() -> None:
    statement = a_statement(Action="*", Condition={"StringLike": {LEADING: "CUSTOMER#*"}})

    assert allowed(statement, keys("CUSTOMER#1"))
    with pytest.raises(ValueError, match="ForAllValues"):
        allowed(statement, keys("CUSTOMER#1", "CUSTOMER#2"))


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "a@shop.example", "a@shop.example", True),
        ("StringEquals", "a@shop.example", "A@shop.example", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEqualsIgnoreCase", "a@shop.example", "A@shop.example", True),
        ("StringEquals", "a", None, False),
        ("StringEqualsIfExists", "a", None, True),
        ("StringEqualsIfExists", "a", "b", False),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", "a", "a", False),
        ("StringNotEquals", "a", None, True),
        ("StringNotLike", "a*", "ab", False),
        ("StringLike", ["a*", "b*"], "bc", True),
        ("StringLike", "A*", "ab", False),
        ("ArnLike", "arn:aws:sns:*:*:topic", "arn:aws:sns:eu-central-1:1:topic", True),
        ("ArnEquals", "arn:aws:sns:*:*:topic", "arn:aws:sns:eu-central-1:1:other", False),
        ("ArnLike", "arn:aws:sns:*:topic", "arn:aws:sns:eu-central-1:1:topic", False),
        ("Bool", "false", "true", False),
        ("Bool", True, "true", True),
        ("Bool", "true", None, False),
        ("Null", "true", None, True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", False, None, False),
    ],
)
def test_operators(operator: str, wanted: object, value: str | None, *, expected: bool) -> None:
    statement = a_statement(Condition={operator: {"Key": wanted}})
    request = given() if value is None else given(key=value)

    assert allowed(statement, request) is expected


def test_all_conditions_have_to_hold() -> None:
    condition = {"StringEquals": {"a": "1", "b": "2"}, "Bool": {"c": "true"}}
    statement = a_statement(Condition=condition)

    assert allowed(statement, given(a="1", b="2", c="true"))
    assert not allowed(statement, given(a="1", b="3", c="true"))
    assert not allowed(statement, given(a="1", b="2", c="false"))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"NotAction": "a:B"}, "NotAction"),
        ({"Resource": "arn:aws:s3:::${aws:username}"}, "policy variables"),
        ({"Condition": {"NumericLessThan": {"a": "1"}}}, "NumericLessThan"),
        ({"Condition": {"ForSomeValues:StringLike": {"a": "1"}}}, "ForSomeValues"),
    ],
)
def test_an_unknown_operation_is_an_error(changed: Json, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        allowed(a_statement(**changed), a_request())
