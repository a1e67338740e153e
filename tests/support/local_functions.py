"""Functions as an assembly would describe them, without an assembly."""

from streambda.local.model.function_names import function_arn
from streambda.local.model.functions import LocalFunction


def make_function(
    name: str, logical_id: str, short_name: str, runtime: str = "provided.al2023"
) -> LocalFunction:
    return LocalFunction(
        name=name,
        short_name=short_name,
        logical_id=logical_id,
        arn=function_arn(name),
        handler="h",
        runtime=runtime,
        architecture="x86_64",
        environment={},
        timeout_s=3,
        memory_mb=128,
        code=None,
        layers=(),
    )


WORDS = make_function("App-Words", "Words1A", "Words")
