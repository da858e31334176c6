"""What is corrected of the emulator after a deployment."""

from local.corrections import missing_as_a_whole

MISSING = [{"exists": False}]


def test_a_filter_asks_for_a_missing_attribute_and_not_for_its_parts() -> None:
    customer = {"entity": {"S": ["customer"]}}
    images = {"OldImage": customer, "NewImage": {"delivery": {"M": {"status": {"S": MISSING}}}}}

    corrected = missing_as_a_whole({"dynamodb": images})

    assert corrected == {"dynamodb": {"OldImage": customer, "NewImage": {"delivery": MISSING}}}


def test_every_other_filter_stays() -> None:
    present = {"NewImage": {"waiting": {"S": [{"exists": True}]}}}

    for pattern in ({"eventName": ["INSERT"], "dynamodb": present}, {"eventName": ["REMOVE"]}):
        assert missing_as_a_whole(pattern) == pattern
