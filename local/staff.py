"""`make staff`: invites a member of staff to the Back Office of a running local cloud.

On AWS use `aws lambda invoke`: docs/operations.md, "Staff".
"""

import argparse
import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from local import deploy
from local.clients import HOST
from local.cloud import Cloud

_POLL_SECONDS = 0.3
_SECONDS_TO_MAIL = 20


class InvitationFailed(Exception):
    """The invitation or the removal failed."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Invite or remove a member; return the exit status."""
    parser = argparse.ArgumentParser(prog="make staff", description=__doc__)
    parser.add_argument("email")
    parser.add_argument("--role", default="editor", help="editor or viewer")
    parser.add_argument("--name", help="to greet by")
    parser.add_argument("--remove", action="store_true", help="take access away instead")
    parser.add_argument("--cloud-port", type=int, default=4566, help="of the running emulator")
    options = parser.parse_args(arguments)
    event = {"email": options.email, "role": options.role, "name": options.name}
    if options.remove:
        event = {"email": options.email, "remove": True}
    try:
        outputs, cloud = _running(options.cloud_port)
        before = len(cloud.mails(options.email))
        answer = _asked(cloud, outputs["InviteStaffFunction"], event)
        if options.remove:
            print("Removed." if answer["removed"] else "There was no such member.")
        else:
            _wait_for_mail(cloud, options.email, before)
            print(
                f"Invited, until {answer['expires_at']}. The mail with the link is in the mailbox:"
                f"\n\n  {cloud.url}/_local/mailbox\n"
            )
    except InvitationFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _running(cloud_port: int) -> tuple[Mapping[str, str], Cloud]:
    """Return the local cloud on a port."""
    endpoint = f"http://{HOST}:{cloud_port}"
    try:
        outputs = deploy.stack_outputs(endpoint)
        return outputs, Cloud.from_outputs(outputs, endpoint)
    except (EndpointConnectionError, ClientError, KeyError) as error:
        raise InvitationFailed(
            f"The local cloud is not running at {endpoint}. Start it in another terminal, and "
            "wait for its addresses:\n\n    make run\n\n"
            "If it runs at another port, say which: make staff EMAIL=... CLOUD_PORT=..."
        ) from error


def _asked(cloud: Cloud, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
    """Invoke the function, and return its answer."""
    told = cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
    answer: dict[str, Any] = json.loads(told["Payload"].read())
    if "FunctionError" in told:
        raise InvitationFailed("The function failed: make logs tells why.")
    if "error" in answer:
        raise InvitationFailed(answer["error"])
    return answer


def _wait_for_mail(cloud: Cloud, email: str, before: int) -> None:
    deadline = time.monotonic() + _SECONDS_TO_MAIL
    while len(cloud.mails(email)) <= before:
        if time.monotonic() > deadline:
            raise InvitationFailed("Invited, but the mail has not come: make logs may tell why.")
        time.sleep(_POLL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
