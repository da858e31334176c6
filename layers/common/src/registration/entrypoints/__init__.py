"""What the Lambda handlers share: settings, logging, web, rendering, events."""

import gc

from registration.entrypoints.environment import on_lambda

if on_lambda():
    # What importing makes stays. `handler_of` turns the collector on again.
    gc.disable()
