"""Makes one line of what a failed CDK app has printed: the error, and where in the app. No I/O."""

import re
from collections.abc import Sequence
from pathlib import Path

# Frames of Python, the innermost last, and of Node.js, the innermost first.
FRAME = re.compile(r'^\s+File "(?P<path>[^"]+)", line (?P<line>\d+)')
NODE_FRAME = re.compile(r"^\s+at (?:.*\()?(?:file://)?(?P<path>/[^()]+):(?P<line>\d+):\d+\)?$")
# In Node.js most errors are only an "Error". Java and Go have words before theirs.
ERROR = re.compile(
    r"^(?:Error\b|panic: |(?:Exception in thread \"[^\"]*\" )?"
    r"[A-Za-z_][\w.$]*(?:Error|Exception|Exit|Interrupt|Warning|Group)\b)"
)
# The CDK's own, in Node.js: "[«FailedToBundleAsset» Failed to bundle asset A, bundle output is …".
CDK = re.compile(r"^\[?«(?P<name>\w+)» (?P<text>.+?)\]?$")
OUTPUT = re.compile(r", bundle output is located at .+?(?=: )")
# Of esbuild, which the CDK runs: the error, and below it where.
ESBUILD = re.compile(r"^✘ \[ERROR\] (?P<text>.+)$")
ESBUILD_PLACE = re.compile(r"^\s+(?P<place>\S+:\d+:\d+):$")
NPM = re.compile(r"^npm (?:error|ERR!) (?P<text>(?!code |A complete log )\S.*)$")
# Of the TypeScript compiler: "index.ts(3,5): error TS2304: …". Lines below may explain it.
TYPESCRIPT = re.compile(r"^(?P<text>(?:\S+\(\d+,\d+\): )?error TS\d+: .+)$")
# After every error: its own version.
NODE_VERSION = re.compile(r"^Node\.js v\d")
# Maven's first line; its last one is a link to its own help.
MAVEN = re.compile(r"^\[ERROR\] (?P<text>.+?)(?: -> \[Help \d+\])?$")

# What Python says of objects that fail while it ends; the error that ended it is before them.
IGNORED = re.compile(r"^Exception ignored (?:in|while)\b", re.MULTILINE)

MOST_CHARS = 400
PACKAGES = frozenset({"node_modules", "site-packages"})


def shorten_error(
    command: str, status: int, output: str, folder: Path, advice: str | None = None
) -> str:
    """`output` is stdout and stderr together, `advice` what to do about it."""
    ended = IGNORED.split(output, maxsplit=1)[0]
    printed = (line.rstrip() for line in (ended or output).splitlines())
    lines = [line for line in printed if line.strip() and not NODE_VERSION.match(line)]
    error = _find_error(lines) or (lines[-1].strip() if lines else "it has printed nothing")
    place = _find_place(lines, folder)
    summary = f"{error[:MOST_CHARS]} ({place})" if place else error[:MOST_CHARS]
    advised = f"; {advice}" if advice else ""
    return f"{command!r} ended with exit status {status}: {summary}{advised}"


def _find_error(lines: Sequence[str]) -> str | None:
    """The last one: an error in an except clause is what ended the app."""
    if any(map(CDK.match, lines)):
        return _find_bundling_error(lines) or _find_cdk_error(lines)
    found = [index for index, line in enumerate(lines) if ERROR.match(line)]
    if not found:
        patterns = (MAVEN, NPM, TYPESCRIPT)
        matches = (one.match(line) for line in lines for one in patterns)
        return next((match["text"] for match in matches if match), None)
    # Of several lines the first is enough; but the error's name alone says nothing.
    first = lines[found[-1]]
    following = lines[found[-1] + 1 : found[-1] + 2] if first.endswith(":") else []
    return " ".join([first, *(line.strip() for line in following)])


def _find_bundling_error(lines: Sequence[str]) -> str | None:
    for index, line in enumerate(lines):
        if error := ESBUILD.match(line):
            place = next(filter(None, map(ESBUILD_PLACE.match, lines[index + 1 :])), None)
            return f"{error['text']} ({place['place']})" if place else error["text"]
    return None


def _find_cdk_error(lines: Sequence[str]) -> str:
    error = next(filter(None, map(CDK.match, reversed(lines))))
    return OUTPUT.sub("", f"{error['name']}: {error['text']}")


def _find_place(lines: Sequence[str], folder: Path) -> str | None:
    """The innermost frame in the app's own files: Python's last one, Node.js's first one."""
    frames = [match for line in reversed(lines) if (match := FRAME.match(line))]
    frames += [match for line in lines if (match := NODE_FRAME.match(line))]
    for frame in frames:
        path = folder / frame["path"]
        if path.is_relative_to(folder) and not _is_foreign(path.relative_to(folder)):
            return f"{path.relative_to(folder)}, line {frame['line']}"
    return None


def _is_foreign(path: Path) -> bool:
    return bool(PACKAGES.intersection(path.parts)) or any(
        part.startswith(".") for part in path.parts
    )
