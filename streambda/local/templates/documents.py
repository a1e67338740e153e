"""Reads YAML and JSON as CloudFormation does, with the short forms of its functions: !Ref, !Sub."""

import json
import re
import stat
from pathlib import Path
from typing import Any

import yaml

from streambda.local.model.errors import AssemblyError
from streambda.local.model.one_line import describe_error
from streambda.local.templates.budget import MOST_VALUES, Budget

# An object with a quoted key, or none at all.
JSON_BEGINS = re.compile(r'\s*\{\s*["}]')

# Those whose short form has no "Fn::" in front.
PLAIN = frozenset({"Condition", "Ref"})

TIMESTAMP = "tag:yaml.org,2002:timestamp"
MERGE = "tag:yaml.org,2002:merge"

# What a file may be in place of an object, in words.
KINDS = {type(None): "empty", str: "plain text", list: "a list"}

# What helps, by PyYAML's words, which are those of its grammar.
ADVICE = {
    r"found character '\t' that cannot start any token": ": a tab, expected spaces",
    "expected <block end>, but found '<block mapping start>'": ": check the indentation",
    "expected <block end>, but found '<block sequence start>'": ": check the indentation",
    "expected <block end>, but found '-'": ": check the indentation",
    "mapping values are not allowed here": ": check the indentation, and quote values with ': '",
}

# CloudFormation takes 1 MB of a template, API Gateway 6 MB of an OpenAPI document.
MOST_BYTES = 8 * 1024 * 1024


def read_document(path: Path, duplicates: list[str] | None = None) -> dict[str, Any]:
    """The object in a file. Raises `AssemblyError`, with line and column of what is wrong.

    Args: `duplicates` gets a line for each key that is there twice. The last one counts, since the
    tools that upload templates have read them so.
    """
    document = parse_document(_read_text(path), path, duplicates)
    if not isinstance(document, dict):
        kind = KINDS.get(type(document), type(document).__name__)
        raise AssemblyError(f"{path} is {kind}, expected an object with Resources")
    return document


def _read_text(path: Path) -> str:
    """Raises `AssemblyError`, also for what would never end: a device, a pipe."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AssemblyError(f"cannot read {path}: it is not a regular file")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise AssemblyError(f"{path} is too large, expected at most {MOST_BYTES} bytes")
        if b"\0" in data:  # as in UTF-16, which some shells write
            raise AssemblyError(f"{path} is not UTF-8, expected YAML or JSON: save it as UTF-8")
        return data.decode("utf-8-sig")
    except OSError as error:
        raise AssemblyError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AssemblyError(
            f"{path} is not UTF-8, expected YAML or JSON: save it as UTF-8"
        ) from error
    except ValueError as error:  # a NUL in its name
        raise AssemblyError(f"cannot read {path}: {error}") from error


def parse_document(text: str, path: Path, duplicates: list[str] | None = None) -> Any:
    """Raises `AssemblyError`."""
    found = [] if duplicates is None else duplicates
    try:
        # YAML does not allow a tab between the parts of JSON.
        if text.lstrip().startswith("{"):
            return _parse_json(text, found)
        return _parse_yaml(text, found)
    except json.JSONDecodeError as error:
        place = f"(line {error.lineno}, column {error.colno})"
        raise AssemblyError(f"{path}: JSON not well-formed. {place}: {error.msg}") from error
    except yaml.YAMLError as error:
        raise AssemblyError(f"{path}: {describe_yaml_error(error)}") from error
    except (RecursionError, ValueError) as error:
        raise AssemblyError(f"{path} cannot be read: {describe_error(error)}") from error
    except AssemblyError as error:
        raise AssemblyError(f"{path} cannot be read: {error}") from error


def _parse_yaml(text: str, duplicates: list[str]) -> Any:
    loader = TemplateLoader(text)
    try:
        document = loader.get_single_data()
    finally:
        loader.dispose()
    duplicates += loader.duplicates
    Budget().take_values(document)
    return document


def _parse_json(text: str, duplicates: list[str]) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        # YAML's flow style begins in the same way, and needs no quotes around a key.
        document = None
        if not JSON_BEGINS.match(text) or any(mark in text for mark in "!#'"):
            try:
                document = _parse_yaml(text, duplicates)
            except yaml.YAMLError:
                document = None
        if document is None:
            raise
        return document


def describe_yaml_error(error: yaml.YAMLError) -> str:
    """In CloudFormation's words, and what the parser has expected."""
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", "") or getattr(error, "reason", "") or error)
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    problem = " ".join(problem.split())
    return f"YAML not well-formed.{place}: {problem}{ADVICE.get(problem, '')}"


class TemplateLoader(yaml.SafeLoader):
    """Dates are texts, and every tag is a function of CloudFormation."""

    # "Version: 2012-10-17" is a text to CloudFormation.
    yaml_implicit_resolvers = {  # noqa: RUF012 (as in the base class)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.duplicates: list[str] = []
        self._merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        # Merges of merges multiply before there is any value that could be counted.
        for key, value in node.value:
            if key.tag == MERGE:
                for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    if isinstance(one, yaml.MappingNode):
                        self.flatten_mapping(one)
                        self._merged += len(one.value)
                    if self._merged > MOST_VALUES:
                        raise AssemblyError(f"it merges more than {MOST_VALUES} values")
        super().flatten_mapping(node)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == MERGE or not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                mark = key.start_mark
                place = f"(line {mark.line + 1}, column {mark.column + 1})"
                self.duplicates.append(f"duplicate key {key.value} {place}: the last one counts")
            seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        # To CloudFormation every key is a text: an account's id, a status code.
        return {key if isinstance(key, str) else str(key): one for key, one in found.items()}

    def construct_function(self, tag: str, node: yaml.Node) -> dict[str, Any]:
        name = tag if tag in PLAIN else f"Fn::{tag}"
        value: Any
        if isinstance(node, yaml.MappingNode):
            value = self.construct_mapping(node, deep=True)
        elif isinstance(node, yaml.SequenceNode):
            value = self.construct_sequence(node, deep=True)
        else:
            assert isinstance(node, yaml.ScalarNode), "there is no other kind of node"
            value = self.construct_scalar(node)
            if tag == "GetAtt":
                value = str(value).split(".", 1)
        return {name: value}


def _construct_map(loader: TemplateLoader, node: yaml.MappingNode) -> Any:
    # As SafeLoader does it, so that an alias may stand within its own anchor; ours has text keys.
    data: dict[Any, Any] = {}
    yield data
    data.update(loader.construct_mapping(node))


TemplateLoader.add_constructor("tag:yaml.org,2002:map", _construct_map)
TemplateLoader.add_multi_constructor("!", TemplateLoader.construct_function)
