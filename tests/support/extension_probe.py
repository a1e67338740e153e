"""An extension that asks for what is refused, and writes the answers to the file in PROBE.

One line for each request: what it is, the status, and the type of the error. Runs on the standard
library alone, as /opt/extensions/probe.
"""

import http.client
import json
import os
from collections.abc import Mapping
from pathlib import Path

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
BASE = "/2020-01-01/extension"
NAME, ID = "Lambda-Extension-Name", "Lambda-Extension-Identifier"
ERROR_TYPE = "Lambda-Extension-Function-Error-Type"
END = "end"

Headers = Mapping[str, str]


def ask(what: str, method: str, path: str, headers: Headers, body: str | None = None) -> str:
    """The identifier in the answer, if it has one."""
    connection = http.client.HTTPConnection(API, timeout=60)
    connection.request(method, BASE + path, body, dict(headers))
    answer = connection.getresponse()
    try:
        error_type = json.loads(answer.read()).get("errorType")
    except ValueError:
        error_type = None
    write(f"{what}: {answer.status} {error_type}")
    return answer.headers.get(ID, "")


def write(line: str) -> None:
    with Path(os.environ["PROBE"]).open("a") as file:
        file.write(f"{line}\n")


def main() -> None:
    me, inside = {NAME: "probe"}, {NAME: "inside"}
    unknown = {ID: "a9a8b2e5-6d2a-4d43-9d44-0c1b5a1c7f61"}
    register, following = "/register", "/event/next"
    ask("no name", "POST", register, {}, '{"events": []}')
    ask("unknown event", "POST", register, me, '{"events": ["OTHER"]}')
    ask("no JSON", "POST", register, me, "{")
    ask("no body", "POST", register, me)
    ask("a list", "POST", register, me, "[]")
    ask("events as a text", "POST", register, me, '{"events": "INVOKE"}')
    ask("old keys", "POST", register, me, '{"configurationKeys": ["key"]}')
    ask("a thread and the shutdown", "POST", register, inside, '{"events": ["SHUTDOWN"]}')
    mine = {ID: ask("good", "POST", register, me, '{"events": ["INVOKE", "SHUTDOWN"]}')}
    ask("twice", "POST", register, me, '{"events": []}')
    ask("nobody asks", "GET", following, {})
    ask("no identifier asks", "GET", following, {ID: "x"})
    ask("an unknown one asks", "GET", following, unknown)
    ask("an error without a type", "POST", "/init/error", mine, "{}")
    ask("an error of nobody", "POST", "/exit/error", {ID: "x"}, "{}")
    ask("an event", "GET", following, mine)
    error = {**mine, ERROR_TYPE: "Extension.Wrong"}
    ask("an init error after the first event", "POST", "/init/error", error, "{}")
    ask("late", "POST", register, inside, '{"events": ["INVOKE"]}')
    write(END)
    # The invocation is over when it waits for the next.
    ask("the next event", "GET", following, mine)


main()
