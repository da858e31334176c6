"""The service on the local cloud, seen by clients that know Glue."""

from collections.abc import Iterator

import pytest

from local.cloud import Cloud, running_cloud


@pytest.fixture(scope="session")
def cloud(local_cloud: Cloud) -> Cloud:
    """The system with the template's defaults."""
    return local_cloud


@pytest.fixture(scope="session")
def glue_cloud() -> Iterator[Cloud]:
    """The system with the settings that are closest to Glue."""
    with running_cloud({"ExistingEmail": "reveal", "PasswordRules": "glue"}) as cloud:
        yield cloud
