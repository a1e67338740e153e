"""Layers of which the assembly has only the ARN."""

from dataclasses import replace
from pathlib import Path

from streambda.local.environments.distant_layers import describe_distant_layers
from streambda.local.environments.entry_point import find_entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.sandbox_files import Sandbox
from tests.support.local_functions import WORDS

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:python:3"
OTHER = "arn:aws:lambda:eu-west-1:123456789012:layer:tools:1"
PYTHON_OF_THIS_MACHINE = "a Python of this machine takes the place of the one that it may bring"
LINUX = Machine("Linux", "x86_64")


def test_a_layer_of_an_arn_is_one_line() -> None:
    [line] = describe_distant_layers([replace(WORDS, distant_layers=(ARN,))])

    assert line == (
        f"App-Words runs without the layer {ARN}: its files are in AWS and not in the assembly; "
        f"{PYTHON_OF_THIS_MACHINE}"
    )


def test_functions_with_the_same_layer_share_a_line() -> None:
    functions = [replace(WORDS, name=name, distant_layers=(ARN,)) for name in "ABCDE"]
    more = replace(WORDS, name="F", distant_layers=(OTHER,))

    first, second = describe_distant_layers([*functions, more, WORDS])

    assert first.startswith(f"A, B, C and 2 more run without the layer {ARN}: ")
    assert second.startswith(f"F runs without the layer {OTHER}: ")


def test_the_python_is_told_only_where_it_may_be_missing() -> None:
    managed = replace(WORDS, runtime="python3.13", distant_layers=(ARN,))
    beside_another = replace(WORDS, layers=(Path("python.zip"),), distant_layers=(OTHER,))

    for line in describe_distant_layers([managed, beside_another]):
        assert PYTHON_OF_THIS_MACHINE not in line


def test_the_log_of_a_start_names_the_layer(tmp_path: Path) -> None:
    function = replace(WORDS, distant_layers=(ARN,))

    for opt in (None, tmp_path):
        found = find_entry_point(function, Sandbox(tmp_path, opt), LINUX)
        assert found.note.endswith(f"(this machine's own: the layer {ARN} is in AWS and not here)")
