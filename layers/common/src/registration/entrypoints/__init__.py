"""What the Lambda handlers share: settings, logging, web, rendering, events."""
