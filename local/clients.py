"""Clients of the emulator, independent of the developer's own AWS settings.

A profile, a region or an endpoint in the developer's environment must neither break the local
cloud nor, worse, direct it to a real account.
"""

import os
from functools import cache
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

HOST = "127.0.0.1"
REGION = "eu-central-1"
ACCESS_KEY = "local"
SECRET_KEY = "local"  # noqa: S105 - the emulator's, which takes any

_IGNORED_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
    "ca_bundle": (None, None, None, None),
}


def session() -> boto3.Session:
    """Return a session with the emulator's credentials and region."""
    return boto3.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        region_name=REGION,
        botocore_session=botocore.session.Session(_IGNORED_SETTINGS),
    )


@cache
def client(service: str, endpoint: str) -> Any:
    """Return a client for a service of the emulator."""
    config = Config(proxies={}, retries={"total_max_attempts": 1}, read_timeout=60)
    return session().client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]
