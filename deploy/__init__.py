"""Builds and deploys to AWS: the commands behind `make build` and `make deploy`."""
