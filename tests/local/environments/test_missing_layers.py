"""Layers of which the assembly has only the ARN."""

from dataclasses import replace
from pathlib import Path

from streambda.local.environments.entry_point import find_entry_point
from streambda.local.environments.interpreter import Machine
from streambda.local.environments.sandbox_files import Sandbox
from tests.support.local_functions import WORDS

ARN = "arn:aws:lambda:eu-west-1:123456789012:layer:python:3"
LINUX = Machine("Linux", "x86_64")


def test_the_log_of_a_start_names_the_layer(tmp_path: Path) -> None:
    function = replace(WORDS, missing_layers=(ARN,))

    for opt in (None, tmp_path):
        found = find_entry_point(function, Sandbox(tmp_path, opt), LINUX)
        assert found.note.endswith(f"(this machine's own: the layer {ARN} is in AWS and not here)")
