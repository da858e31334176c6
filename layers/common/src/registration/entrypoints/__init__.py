"""What the Lambda handlers share: settings, logging, JSON:API, pages, letters."""
