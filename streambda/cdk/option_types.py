"""Whether a value is of a type that the CDK's Python has, and how that type is written.

jsii's own check looks neither into lists nor at interfaces: a wrong value there comes back from
TypeScript as a trace of many lines, or is taken in silence.
"""

import inspect
import typing
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from jsii._reference_map import InterfaceDynamicProxy

# No construct and no token is one of these, but for texts and numbers that stand for a token.
_PLAIN = (str, bytes, int, float, list, tuple, dict, set)

# Type -> how a value of it is written. Other types are shown by their names.
_WRITTEN: dict[Any, str] = {
    bool: "True or False",
    float: "a number",
    int: "a number",
    str: "a string",
    cdk.Duration: "a cdk.Duration such as cdk.Duration.seconds(30)",
    cdk.Size: "a cdk.Size such as cdk.Size.mebibytes(512)",
    lambda_.Architecture: "aws_lambda.Architecture.ARM_64 or .X86_64",
    lambda_.SnapStartConf: "aws_lambda.SnapStartConf.ON_PUBLISHED_VERSIONS",
    lambda_.TenancyConfig: "aws_lambda.TenancyConfig.PER_TENANT",
    lambda_.Tracing: "aws_lambda.Tracing.ACTIVE",
}


def matches(value: Any, annotation: Any) -> bool:
    """Whether the CDK takes `value` where its Python says `annotation`; None is for Optional."""
    if annotation is Any:
        return True
    if len(alternatives := _alternatives(annotation)) > 1:
        return any(matches(value, one) for one in alternatives)
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is not None and issubclass(origin, Mapping):
        return isinstance(value, Mapping) and all(
            matches(key, arguments[0]) and matches(item, arguments[1])
            for key, item in value.items()
        )
    if origin is not None and issubclass(origin, Sequence):
        return isinstance(value, list | tuple) and all(matches(one, arguments[0]) for one in value)
    return _is_one(value, annotation)


def explain_mismatch(name: str, value: Any, annotation: Any) -> str | None:
    """One line that names the wrong value, or the wrong part of it; None where it matches."""
    if matches(value, annotation):
        return None
    parts: list[tuple[Any, Any]] = []
    for one in _alternatives(annotation):
        origin, arguments = typing.get_origin(one), typing.get_args(one)
        if origin is None or _is_struct_as_dict(one):
            continue
        if isinstance(value, Mapping) and issubclass(origin, Mapping):
            parts += [(key, arguments[1]) for key in value]
        elif isinstance(value, list | tuple) and issubclass(origin, Sequence):
            parts += [(place, arguments[0]) for place in range(len(value))]
    # Not the whole dict: a variable of the environment may be a secret.
    explained = (explain_mismatch(f"{name}[{key!r}]", value[key], one) for key, one in parts)
    whole = f"{name} is {value!r}, expected {describe(annotation)}"
    return next((found for found in explained if found), whole)


def describe(annotation: Any) -> str:
    """How a value of the type is written, as it follows "expected"; None is left out."""
    if len(alternatives := _alternatives(annotation)) > 1:
        types = [it for it in alternatives if it is not type(None) and not _is_struct_as_dict(it)]
        # jsii.Number is int or float: both are "a number".
        return " or ".join(dict.fromkeys(describe(one) for one in types))
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is not None and issubclass(origin, Mapping):
        return f"a dict of {' to '.join(_plural(one) for one in arguments)}"
    if origin is not None and issubclass(origin, Sequence):
        return f"a list of {_plural(arguments[0])}"
    return _WRITTEN.get(annotation) or _name(annotation)


def _is_one(value: Any, type: Any) -> bool:
    if type in (int, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    if getattr(type, "_is_protocol", False):
        return _has_interface(value, type)
    return isinstance(value, type)


def _has_interface(value: Any, interface: Any) -> bool:
    """An interface has no isinstance: every object with its members will do."""
    if isinstance(value, _PLAIN):
        return False
    # What the CDK gave to Python as an interface hides its members behind __getattr__.
    if isinstance(value, InterfaceDynamicProxy):
        return True
    members = [name for name in dir(interface) if not name.startswith("_")]
    missing = object()
    return all(inspect.getattr_static(value, name, missing) is not missing for name in members)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if typing.get_origin(annotation) in (typing.Union, UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _is_struct_as_dict(annotation: Any) -> bool:
    return typing.get_origin(annotation) is dict


def _plural(annotation: Any) -> str:
    return "strings" if annotation is str else describe(annotation)


def _name(type: Any) -> str:
    # aws_cdk.aws_lambda, or aws_cdk.interfaces.aws_lambda for an interface of references.
    *_, module = type.__module__.split(".")
    return f"{module.replace('aws_cdk', 'cdk')}.{type.__name__}"
