"""The ports without AWS, for tests: they pass the contract tests that the adapters pass."""
