"""The directory needs the customers' stream."""

import pytest

from tests.support.cloud import Cloud


@pytest.fixture
def cloud(cloud: Cloud) -> Cloud:
    """Return the service with its stream of customers."""
    cloud.follow_customers()
    return cloud
