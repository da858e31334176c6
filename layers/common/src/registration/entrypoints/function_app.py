"""What a function is made of: the composition root of its settings, adapters and use cases.

Each function has one subclass. Its handler makes one instance when Lambda imports it, which reads
no environment and makes no client: the cached properties do that at the first request, once in
each process. AWS calls what runs before the first request the init phase:
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, Generic, TypeVar

from aws_lambda_powertools.utilities.typing import LambdaContext

from registration.entrypoints.settings import Settings

S = TypeVar("S", bound=Settings)


class FunctionApp(ABC, Generic[S]):
    """The composition root of one function.

    A subclass names the model of its settings, and answers the function's events.
    """

    settings_model: type[S]

    @cached_property
    def settings(self) -> S:
        """The settings, from the environment."""
        return self.settings_model.from_environment()

    @abstractmethod
    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer one event."""
