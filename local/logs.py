"""`make logs`: prints the logs of the functions of a running local cloud."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from operator import itemgetter

from botocore.exceptions import EndpointConnectionError

from local import clients
from local.clients import HOST

_POLL_SECONDS = 1


def entries(endpoint: str, *, follow: bool = False) -> Iterator[str]:
    """Yield the functions' log entries, each after the name of its group.

    Parameters
    ----------
    endpoint
        The URL of the emulator.
    follow
        Whether to wait for new entries for ever.
    """
    logs = clients.client("logs", endpoint)
    seen: set[tuple[int, str, str]] = set()
    while True:
        found = [
            (
                event["timestamp"],
                event["logStreamName"],
                f"{group['logGroupName']}: {event['message']}",
            )
            for group in logs.describe_log_groups()["logGroups"]
            for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
        ]
        for entry in sorted(found, key=itemgetter(0)):
            if entry not in seen:
                seen.add(entry)
                yield entry[-1].rstrip()
        if not follow:
            return
        time.sleep(_POLL_SECONDS)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the entries; return the exit status."""
    parser = argparse.ArgumentParser(prog="make logs", description=__doc__)
    parser.add_argument("--cloud-port", type=int, default=4566, help="of the running emulator")
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    options = parser.parse_args(arguments)
    endpoint = f"http://{HOST}:{options.cloud_port}"
    try:
        for entry in entries(endpoint, follow=options.follow):
            print(entry)
    except EndpointConnectionError:
        print(f"The local cloud is not running at {endpoint}: make run", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
