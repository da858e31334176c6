"""The edge's template: valid, and each of its promises kept. It has no transform to expand."""

import json
import re
from functools import cache
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from registration.entrypoints.web import edge
from registration.entrypoints.web.routes import plain_path, routes
from tests.support.checkers import CFN_LINT, SAM, run
from tests.support.cloud import Cloud
from tests.support.stack import ROOT, Json

PATH = "template-edge.yaml"
UUID = "51af3dc0-da77-11e4-872e-1234567db123"
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


@cache
def template() -> Json:
    parsed: Json = yaml_parse((ROOT / PATH).read_text())
    return parsed


RESOURCES = template()["Resources"]
DISTRIBUTION = RESOURCES["Distribution"]["Properties"]["DistributionConfig"]
BEHAVIORS = [DISTRIBUTION["DefaultCacheBehavior"], *DISTRIBUTION["CacheBehaviors"]]
FIREWALL = RESOURCES["Firewall"]["Properties"]
RULES = {rule["Name"]: rule for rule in FIREWALL["Rules"]}


# What it finds here, cfn-lint finds in half the time.
@pytest.mark.endurance
def test_sam_finds_it_valid() -> None:
    run(SAM, "validate", "--template", PATH, "--region", "us-east-1")


def test_cfn_lint_finds_nothing() -> None:
    run(CFN_LINT, "--regions", "us-east-1", "--", PATH)


# The parameters


@pytest.mark.parametrize(
    ("parameter", "right", "wrong"),
    [
        (
            "ApiDomain",
            ["a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com"],
            [
                "",
                "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
                "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/",
                "shop.example",
            ],
        ),
        (
            "DomainName",
            ["shop.example", "www.shop.example", "xn--mller-kva.example"],
            [
                "",
                "https://shop.example",
                "Shop.example",
                "shop.example.",
                "localhost",
                "-a.example",
            ],
        ),
        (
            "CertificateArn",
            [
                "",
                "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
            ],
            [
                "arn:aws:acm:eu-central-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
            ],
        ),
        ("HostedZoneId", ["", "Z2FDTNDATAQYW2"], ["shop.example", "/hostedzone/Z2FDTNDATAQYW2"]),
        ("OriginSecretVersion", ["", "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"], ["AWSCURRENT"]),
    ],
)
def test_a_parameter_takes_valid_values_only(
    parameter: str, right: list[str], wrong: list[str]
) -> None:
    pattern = template()["Parameters"][parameter]["AllowedPattern"]

    assert all(re.fullmatch(pattern, value) for value in right)
    assert not any(re.fullmatch(pattern, value) for value in wrong)


def test_every_parameter_is_described_and_only_two_are_required() -> None:
    parameters = template()["Parameters"]

    assert all(body["Description"] for body in parameters.values())
    required = {name for name, body in parameters.items() if "Default" not in body}
    assert required == {"ApiDomain", "DomainName"}


def test_the_stack_is_refused_where_cloudfront_would_not_find_its_parts() -> None:
    # https://docs.aws.amazon.com/waf/latest/developerguide/cloudfront-features.html
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cnames-and-https-requirements.html
    (assertion,) = template()["Rules"]["IsInItsRegion"]["Assertions"]

    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]}
    assert FIREWALL["Scope"] == "CLOUDFRONT"


# Names


def test_no_name_is_ours_but_the_functions_which_fits_whatever_the_stack_is_called() -> None:
    # https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateFunction.html
    named = {name for name, body in RESOURCES.items() if "Name" in body.get("Properties", {})}
    text, given = RESOURCES["ViewerAddress"]["Properties"]["Name"]["Fn::Sub"]

    assert named - {"Address", "AddressV6"} == {"ViewerAddress"}
    assert given["Id"] == {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,64}", text.replace("${Id}", UUID))


def test_it_is_uploaded_as_it_stands_so_it_has_no_aliases_and_needs_no_capabilities() -> None:
    text = (ROOT / PATH).read_text()

    assert not re.search(r": [&*]\w|- \*\w|<<:", text)
    assert "Transform" not in template()
    assert not [body for body in RESOURCES.values() if body["Type"].startswith("AWS::IAM")]
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    assert len(text.encode()) < 51_200


# What reaches the service


def test_every_request_brings_the_secret_and_the_viewers_address() -> None:
    (origin,) = DISTRIBUTION["Origins"]
    (header,) = origin["OriginCustomHeaders"]
    code = RESOURCES["ViewerAddress"]["Properties"]["FunctionCode"]

    assert header["HeaderName"].lower() == edge.SECRET_HEADER
    assert f"request.headers['{edge.ADDRESS_HEADER}'] = {{value: event.viewer.ip}};" in code
    for behavior in BEHAVIORS:
        assert behavior["TargetOriginId"] == origin["Id"]
        assert behavior["FunctionAssociations"] == [
            {
                "EventType": "viewer-request",
                "FunctionARN": {"Fn::GetAtt": ["ViewerAddress", "FunctionARN"]},
            }
        ]


@pytest.mark.parametrize("header", [edge.SECRET_HEADER, edge.ADDRESS_HEADER])
def test_cloudfront_and_its_functions_may_add_the_headers(header: str) -> None:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-function-restrictions-all.html
    assert re.fullmatch(r"x-[a-z-]+", header)
    assert not header.startswith(("x-amz", "x-edge-", "x-accel-", "x-forwarded-", "x-real-ip"))


def test_the_secret_is_made_by_aws_and_told_by_nothing() -> None:
    (header,) = DISTRIBUTION["Origins"][0]["OriginCustomHeaders"]
    _, chosen, first = header["HeaderValue"]["Fn::If"]
    told = json.dumps(template()["Outputs"])

    assert RESOURCES["OriginSecret"]["Properties"]["GenerateSecretString"] == {
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }
    assert first == {"Fn::Sub": "{{resolve:secretsmanager:${OriginSecret}}}"}
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/cfn-example_reference-secret.html
    by_version = "{{resolve:secretsmanager:${OriginSecret}:SecretString:::${OriginSecretVersion}}}"
    assert chosen == {"Fn::Sub": by_version}
    assert "resolve" not in told


def test_api_gateway_gets_all_that_a_viewer_sends_but_the_host() -> None:
    for behavior in BEHAVIORS:
        assert behavior["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
        assert len(behavior["AllowedMethods"]) == 7


def test_everything_is_https() -> None:
    certificate, (origin,) = DISTRIBUTION["ViewerCertificate"], DISTRIBUTION["Origins"]

    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert certificate["SslSupportMethod"] == "sni-only"
    assert DISTRIBUTION["HttpVersion"] == "http2and3"
    assert {behavior["ViewerProtocolPolicy"] for behavior in BEHAVIORS} == {"redirect-to-https"}
    assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origin["CustomOriginConfig"]["OriginSSLProtocols"] == ["TLSv1.2"]


# What is kept


def test_only_files_that_are_the_same_for_everybody_are_kept(cloud: Cloud) -> None:
    default, *others = BEHAVIORS
    kept = {behavior["PathPattern"] for behavior in others}
    public = {
        route.path
        for route in routes()
        if route.method == "GET"
        and route.path.endswith((".css", ".js", ".svg"))
        and "public, max-age" in cloud.request("GET", route.path).headers["cache-control"]
    }

    assert default["CachePolicyId"] == CACHING_DISABLED
    assert {behavior["CachePolicyId"] for behavior in others} == {CACHING_OPTIMIZED}
    assert kept == public
    assert not any(sign in path for path in kept for sign in "*?")


def test_no_error_is_cached_for_the_next_request() -> None:
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/custom-error-pages-expiration.html
    # https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/HTTPStatusCodes.html
    seconds = {
        each.pop("ErrorCode"): each for each in map(dict, DISTRIBUTION["CustomErrorResponses"])
    }

    assert set(seconds) >= {400, 403, 404, 405, 414, 500, 501, 502, 503, 504}
    assert all(kept == {"ErrorCachingMinTTL": 0} for kept in seconds.values())


def test_the_services_own_security_headers_are_the_only_ones() -> None:
    assert not [behavior for behavior in BEHAVIORS if "ResponseHeadersPolicyId" in behavior]


def test_nothing_of_a_request_is_logged_or_sampled() -> None:
    types = {body["Type"] for body in RESOURCES.values()}

    assert "Logging" not in DISTRIBUTION
    assert not types & {
        "AWS::Logs::Delivery",
        "AWS::CloudFront::RealtimeLogConfig",
        "AWS::WAFv2::LoggingConfiguration",
    }
    seen = [FIREWALL["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in RULES.values())]
    assert not any(each["SampledRequestsEnabled"] for each in seen)
    assert all(each["CloudWatchMetricsEnabled"] for each in seen)


# The firewall


def test_the_firewall_stands_before_every_request() -> None:
    assert DISTRIBUTION["WebACLId"] == {"Fn::GetAtt": ["Firewall", "Arn"]}
    assert [rule["Priority"] for rule in RULES.values()] == [0, 1, 2]


@pytest.mark.parametrize(
    ("rule", "parameter"),
    [
        ("requests-per-client", "RequestsPerClient"),
        ("sensitive-requests-per-client", "SensitiveRequestsPerClient"),
    ],
)
def test_a_client_that_asks_too_often_is_told_to_wait(rule: str, parameter: str) -> None:
    rate = RULES[rule]["Statement"]["RateBasedStatement"]
    answer = RULES[rule]["Action"]["Block"]["CustomResponse"]

    assert (rate["AggregateKeyType"], rate["EvaluationWindowSec"]) == ("IP", 300)
    assert rate["Limit"] == {"Ref": parameter}
    # https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html
    assert template()["Parameters"][parameter]["MinValue"] == 10
    assert answer["ResponseCode"] == 429
    assert answer["CustomResponseBodyKey"] in FIREWALL["CustomResponseBodies"]
    assert {"Name": "Retry-After", "Value": "300"} in answer["ResponseHeaders"]


SENSITIVE = {
    "/customers",
    "/register",
    "/confirm",
    "/confirm/new-link",
    "/customer-confirmation",
    "/customer-confirmation-requests",
    "/customer-forgotten-password",
    "/customer-restore-password",
    "/customer-restore-password/{key}",
    "/customer-password",
    "/customer-password/{reference}",
    "/forgot-password",
    "/forgot-password/code",
    "/account/email/code",
    "/account/email",
    "/confirm-email",
    "/restore-email",
    "/register/code",
    "/register/new-mail",
    "/not-me",
    "/allow-mails",
    "/restore-password",
    "/login",
    "/access-tokens",
    "/refresh-tokens",
    "/token",
    "/account/password",
    "/account/data",
    "/account/delete",
    "/back-office/login",
    "/back-office/invitation",
}


def sensitive_patterns() -> list[str]:
    rate = RULES["sensitive-requests-per-client"]["Statement"]["RateBasedStatement"]
    not_get, paths = rate["ScopeDownStatement"]["AndStatement"]["Statements"]
    assert not_get["NotStatement"]["Statement"]["ByteMatchStatement"]["SearchString"] == "GET"
    return [
        each["RegexMatchStatement"]["RegexString"] for each in paths["OrStatement"]["Statements"]
    ]


def test_expensive_routes_have_a_stricter_limit() -> None:
    def is_limited(path: str) -> bool:
        return any(re.search(pattern, path) for pattern in sensitive_patterns())

    written = {route.path for route in routes() if route.method in {"POST", "PATCH"}}

    assert {path for path in written if is_limited(re.sub(r"\{\w+\+?\}", "x", path))} == SENSITIVE
    # The service takes these for the same path.
    assert all(is_limited(path) for path in ("/login/", "//login", "/customers//"))
    assert plain_path("//login/") == "/login"
    # https://docs.aws.amazon.com/waf/latest/developerguide/limits.html
    assert all(len(pattern) <= 200 for pattern in sensitive_patterns())


def test_common_attacks_are_blocked_but_never_for_the_body() -> None:
    # https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html
    rule = RULES["common-attacks"]
    group: Any = rule["Statement"]["ManagedRuleGroupStatement"]
    counted = {each["Name"] for each in group["RuleActionOverrides"]}

    assert rule["OverrideAction"] == {"None": {}}
    assert (group["VendorName"], group["Name"]) == ("AWS", "AWSManagedRulesCommonRuleSet")
    assert counted == {
        "NoUserAgent_HEADER",
        "SizeRestrictions_BODY",
        "EC2MetaDataSSRF_BODY",
        "GenericLFI_BODY",
        "GenericRFI_BODY",
        "CrossSiteScripting_BODY",
    }
    assert all(each["ActionToUse"] == {"Count": {}} for each in group["RuleActionOverrides"])
