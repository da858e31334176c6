"""The service on the local cloud, seen by clients that know Glue."""

import pytest

from local.cloud import Cloud


@pytest.fixture(scope="session")
def cloud(local_cloud: Cloud) -> Cloud:
    """The system with the template's defaults."""
    return local_cloud
