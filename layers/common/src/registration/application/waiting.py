"""Waiting, so that the time of an answer does not tell what was found."""

import time

monotonic, sleep = time.monotonic, time.sleep


def wait(step: float, began: float) -> None:
    """Wait until a multiple of some seconds has passed since a time that ``monotonic`` told."""
    sleep(step - (monotonic() - began) % step)
