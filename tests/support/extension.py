"""An extension that is a program of its own: what it does is in EXTENSION_DOES, by its name.

Runs on the standard library alone, as /opt/extensions/NAME. It prints what it hears of.
"""

import json
import os
import sys
import threading
import time
import urllib.request
from pathlib import Path

NAME = Path(sys.argv[0]).name
BASE = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2020-01-01/extension"
DOES = json.loads(os.environ.get("EXTENSION_DOES", "{}")).get(NAME, "")


def call(path: str, headers: dict[str, str], body: bytes | None = None) -> tuple[str, str]:
    """The identifier in the headers of the answer, and its body."""
    request = urllib.request.Request(f"{BASE}/{path}", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.headers.get("Lambda-Extension-Identifier", ""), answer.read().decode()


def say(text: str) -> None:
    sys.stdout.write(f"{NAME} {text}\n")
    sys.stdout.flush()


def main() -> None:
    say("starts")
    if DOES == "exits":
        sys.exit(7)
    while DOES == "never registers":
        time.sleep(60)
    headers = {"Lambda-Extension-Name": NAME, "Lambda-Extension-Accept-Feature": "accountId"}
    events = json.dumps({"events": ["INVOKE", "SHUTDOWN"]}).encode()
    identifier, description = call("register", headers, events)
    say(f"registered {description}")
    me = {"Lambda-Extension-Identifier": identifier}
    if DOES in {"init/error", "exit/error"}:
        error = me | {"Lambda-Extension-Function-Error-Type": "Extension.NoConfig"}
        call(DOES, error, b"{}")
        sys.exit(1)
    while True:
        _, text = call("event/next", me)
        event = json.loads(text)
        if event["eventType"] == "SHUTDOWN":
            say(f"SHUTDOWN {event['shutdownReason']}")
            return
        say(f"INVOKE {event['requestId']}")
        if DOES == "crashes":
            os._exit(9)
        if DOES == "crashes later":
            threading.Timer(0.2, os._exit, (9,)).start()


main()
