"""What a function is made of: the composition root of its settings, adapters and use cases.

Each function has one subclass. Its handler makes one instance when Lambda imports it, which reads
no environment and makes no client: the cached properties do that at the first use, once in each
process. On Lambda, :func:`handler_of` uses what each request needs in the init phase, which has a
whole processor, whatever the function's memory is:
https://serverlessland.com/content/service/lambda/guides/effectively-running-java-on-serverless/init-heavy-lifting
"""

import gc
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.adapters import clients
from registration.entrypoints.environment import Settings, SettingsError, on_lambda
from registration.entrypoints.failures import place_of
from registration.entrypoints.observability import logger, metrics
from registration.entrypoints.shop.folder import ShopError

S = TypeVar("S", bound=Settings)


class Failed(Exception):
    """An event was not handled: its source brings it again. The text tells nobody's data."""


class FunctionApp(ABC, Generic[S]):
    """The composition root of one function.

    A subclass names the model of its settings, and answers the function's events.
    """

    settings_model: type[S]

    @cached_property
    def settings(self) -> S:
        """The settings, from the environment and from the shop's folder."""
        return self.settings_model.from_environment()

    def warm_up(self) -> None:
        """Read and make what each event needs."""
        _ = self.settings

    @abstractmethod
    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event."""


class EventApp(FunctionApp[S], Generic[S]):
    """A function for events of AWS or of the operator, rather than requests.

    Lambda logs the text of what is raised, and sends it to destinations: so none is, but those of
    our own.
    """

    def warm_up(self) -> None:
        """Read and make what each event needs."""
        super().warm_up()
        clients.dynamodb()

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event, or raise what tells the kind of the error alone."""
        try:
            return self.handle(event, context)
        except (Failed, ShopError, SettingsError):
            raise
        except Exception as error:  # noqa: BLE001 - told without its text
            logger.error("event failed", extra=place_of(error))
            raise Failed(type(error).__name__) from None

    @abstractmethod
    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event."""


def handler_of(app: FunctionApp[S]) -> Callable[[dict[str, Any], LambdaContext], dict[str, Any]]:
    """Return what Lambda calls with each event: it hands the event to an app."""

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics
    @_telling_what_is_wrong_with_the_shop()
    def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        return app(event, context)

    if on_lambda():
        # Whatever is wrong, the first event tells: AWS would start a process anew that dies here.
        with suppress(Exception):
            app.warm_up()
        gc.freeze()
        gc.enable()
    return lambda_handler


@contextmanager
def _telling_what_is_wrong_with_the_shop() -> Iterator[None]:
    try:
        yield
    except ShopError as error:
        logger.error("the shop's folder is wrong", extra={"problems": error.problems})
        raise
