"""An extension that is a program of its own: what it does is in EXTENSION_DOES, by its name.

Runs on the standard library alone, as /opt/extensions/NAME. It prints what it hears of. If it
`subscribes`, it writes the events of the Telemetry API to the file that EVENTS names, one a line,
and asks for its next event when it has heard that the runtime is done, as OpenTelemetry's does.
"""

import http.client
import json
import os
import socket
import socketserver
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


class Receiver(socketserver.StreamRequestHandler):
    """Takes HTTP requests with a list of events, or a connection with one event a line."""

    def handle(self) -> None:
        first = self.rfile.readline()
        if b"HTTP/1.1" not in first:
            keep([json.loads(first)])
            for line in self.rfile:
                keep([json.loads(line)])
            return
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        keep(json.loads(self.rfile.read(length)))
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


kinds: set[object] = set()
heard = threading.Condition()


def keep(events: list[dict[str, object]]) -> None:
    with Path(os.environ["EVENTS"]).open("a") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)
    with heard:
        kinds.update(event["type"] for event in events)
        heard.notify_all()


def wait_for(kind: str) -> None:
    if DOES.startswith("subscribes"):
        with heard:
            if not heard.wait_for(lambda: kind in kinds, 20):
                say(f"has not heard of {kind}")


def subscribe(me: dict[str, str]) -> None:
    # One after the other: threads would change the order of the events.
    server = socketserver.TCPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    over_tcp = {"protocol": "TCP", "port": port}
    over_http = {"protocol": "HTTP", "URI": f"http://sandbox.localdomain:{port}/events"}
    _, version, path, protocol = DOES.split()
    body = {
        "schemaVersion": version,
        "types": ["platform", "function", "extension"],
        "buffering": {"timeoutMs": 25},
        "destination": over_tcp if protocol == "TCP" else over_http,
    }
    address = BASE.replace("/2020-01-01/extension", path)
    headers = me | {"Content-Type": "application/json"}
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="PUT")
    with urllib.request.urlopen(request, timeout=60) as answer:
        say(f"subscribed {answer.status} {answer.read().decode()}")


# As clients do that keep theirs for the next request.
kept = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])


def crash_at_gate() -> None:
    """Once the test lets it through (gate.py)."""
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"]))) as connection:
        if connection.recv(1):
            os._exit(9)


def say(text: str) -> None:
    sys.stdout.write(f"{NAME} {text}\n")
    sys.stdout.flush()


def main() -> None:
    say("starts")
    if DOES == "exits":
        sys.exit(7)
    while DOES == "never registers":
        time.sleep(60)
    name = "other" if DOES == "registers as other" else NAME
    headers = {"Lambda-Extension-Name": name, "Lambda-Extension-Accept-Feature": "accountId"}
    wanted = ["INVOKE"] if name != NAME else ["INVOKE", "SHUTDOWN"]
    events = json.dumps({"events": wanted}).encode()
    identifier, description = call("register", headers, events)
    say(f"registered {description}")
    me = {"Lambda-Extension-Identifier": identifier}
    if DOES == "keeps a connection":
        kept.request("GET", "/nowhere")
        kept.getresponse().read()
    if DOES == "crashes at its gate":
        threading.Thread(target=crash_at_gate, daemon=True).start()
    if DOES.startswith("subscribes"):
        subscribe(me)
    if DOES in {"init/error", "exit/error"}:
        error = me | {"Lambda-Extension-Function-Error-Type": "Extension.NoConfig"}
        call(DOES, error, b"{}")
        sys.exit(1)
    while DOES == "never asks":
        time.sleep(60)
    while True:
        _, text = call("event/next", me)
        event = json.loads(text)
        if event["eventType"] == "SHUTDOWN":
            say(f"SHUTDOWN {event['shutdownReason']}")
            while DOES == "stays":
                time.sleep(60)
            if event["shutdownReason"] == "spindown":
                # Who sends over TCP does not wait for an answer: the last event may be late.
                wait_for("platform.report")
            return
        say(f"INVOKE {event['requestId']}")
        wait_for("platform.runtimeDone")
        if DOES == "crashes":
            os._exit(9)
        while DOES == "takes its time":
            time.sleep(60)


main()
