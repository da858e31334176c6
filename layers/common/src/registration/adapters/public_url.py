"""The address that links point to, from Systems Manager's Parameter Store."""

from functools import cache

from registration.adapters import clients


@cache
def public_url(parameter: str) -> str:
    """Return scheme and host of the links in mails, without a slash at the end."""
    value = clients.ssm().get_parameter(Name=parameter)["Parameter"]["Value"]
    return value.rstrip("/")
