"""Builds what AWS gets, and deploys it: the commands behind `make build` and `make deploy`."""
