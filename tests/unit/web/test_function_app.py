"""What a function does before its first event, on Lambda."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from registration.adapters import clients
from registration.entrypoints.environment import Settings, SettingsError
from registration.entrypoints.function_app import EventApp, handler_of
from tests.support.cloud import Context

CONTEXT: Any = Context("App")


class Named(Settings):
    name: str


class App(EventApp[Named]):
    settings_model = Named

    def handle(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        return {"name": self.settings.name}


@pytest.fixture
def on_lambda(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "function")
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("on_lambda")
def test_what_each_event_needs_is_made_in_the_init_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(clients, "dynamodb", lambda: made.append("client"))
    monkeypatch.setenv("NAME", "before")
    app = App()

    handler = handler_of(app)
    monkeypatch.setenv("NAME", "after")

    assert made == ["client"]
    assert handler({}, CONTEXT) == {"name": "before"}


@pytest.mark.usefixtures("on_lambda")
def test_what_is_wrong_in_the_init_phase_is_told_by_the_first_event() -> None:
    handler = handler_of(App())

    with pytest.raises(SettingsError, match="NAME"):
        handler({}, CONTEXT)


@pytest.mark.usefixtures("on_lambda")
def test_the_collector_runs_again_and_passes_over_what_was_imported() -> None:
    handler_of(App())

    assert gc.isenabled()
    assert gc.get_freeze_count() > 1000


def test_elsewhere_importing_a_function_reads_and_makes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(App, "warm_up", lambda _: pytest.fail("not in a test"))

    handler_of(App())

    assert gc.get_freeze_count() == 0
