"""How a measured process is asked: a line ``with 20`` or ``without 20`` on its standard input.

``with`` and ``without`` say whether passwords are hashed, the number how many sign-ups to make. The
process prints its versions once, and then for each line the CPU time of a sign-up in milliseconds.
"""

import json
import sys
import time
from collections.abc import Callable


def serve(versions: dict[str, str], sign_up: Callable[[int, bool], object]) -> None:
    """Answer each line. ``sign_up`` gets a number that no other call had, and whether to hash."""
    sys.stdout, out = sys.stderr, sys.stdout
    print(json.dumps(versions), file=out, flush=True)
    done = 0
    for line in sys.stdin:
        way, _, times = line.partition(" ")
        numbers = range(done, done := done + int(times))
        began = time.process_time()
        for number in numbers:
            sign_up(number, way == "with")
        print(1e3 * (time.process_time() - began) / len(numbers), file=out, flush=True)
