"""A custom runtime as a public sample has it: a bootstrap, a client of the Runtime API, a handler.

Only its shape is the sample's: a shell script sets three variables and starts `runtime.py` with the
Python of a layer; the handler is a generator of bytes, each a line of JSON about one word; chunks
are written by hand. Between two words the handler waits at a gate.
"""

import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

VERSION = f"python{sys.version_info[0]}.{sys.version_info[1]}"

BOOTSTRAP = f"""#!/bin/sh
export PYTHONHOME="OPT"
export LD_LIBRARY_PATH="OPT/lib:$LD_LIBRARY_PATH"
export PYTHONPATH="$LAMBDA_TASK_ROOT"
exec "OPT/bin/{VERSION}" -u "$LAMBDA_TASK_ROOT/runtime.py"
"""
# As it is published. Where a process may not have folders of its own, what says where layers are.
PUBLISHED_OPT = "/opt"
CHANGED_OPT = "${STREAMBDA_OPT:-/opt}"

RUNTIME = """
import http.client
import importlib
import json
import os

BASE = "/2018-06-01/runtime"


class Context:
    def __init__(self, headers):
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self.invoked_function_arn = headers["Lambda-Runtime-Invoked-Function-Arn"]


def log(text):
    print(f"[INFO] {text}")


def call(method, path, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, BASE + path, body)
    answer = connection.getresponse()
    return answer.headers, answer.read()


def describe(error):
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)})


def stream(chunks, context):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.putrequest("POST", f"{BASE}/invocation/{context.aws_request_id}/response")
    connection.putheader("Lambda-Runtime-Function-Response-Mode", "streaming")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.putheader("Content-Type", "application/x-ndjson")
    connection.endheaders()
    count = size = 0
    for chunk in chunks:
        connection.send(b"%X\\r\\n%b\\r\\n" % (len(chunk), chunk))
        count, size = count + 1, size + len(chunk)
        log(f"Sent chunk {count}: {len(chunk)} bytes")
    connection.send(b"0\\r\\n\\r\\n")
    connection.getresponse().read()
    log(f"Stream complete: {count} chunks, {size} bytes")


def serve(handler):
    headers, event = call("GET", "/invocation/next")
    context = Context(headers)
    log(f"Received invocation: {context.aws_request_id}")
    try:
        chunks = handler(json.loads(event), context)
        first = next(chunks)
    except Exception as error:
        call("POST", f"/invocation/{context.aws_request_id}/error", describe(error))
        return
    stream((chunk for rest in ([first], chunks) for chunk in rest), context)


log("Lambda custom runtime starting...")
log(f"Runtime API: {os.environ['AWS_LAMBDA_RUNTIME_API']}")
try:
    module, _, name = os.environ["_HANDLER"].rpartition(".")
    handler = getattr(importlib.import_module(module), name)
except Exception as error:
    call("POST", "/init/error", describe(error))
    raise SystemExit(1)
log("Handler imported successfully")
while True:
    serve(handler)
"""

HANDLER = """
import json
import os
import socket


def wait():
    with socket.create_connection(("127.0.0.1", int(os.environ["GATE"])), timeout=20) as gate:
        gate.recv(1)


def lambda_handler(event, context):
    if "body" in event:
        event = json.loads(event["body"])
    words = event["sentence"].split()
    for index, word in enumerate(words):
        if index:
            wait()
        yield (json.dumps({"word": word, "index": index, "total": len(words)}) + "\\n").encode()
"""

FILES = {"bootstrap": BOOTSTRAP, "runtime.py": RUNTIME, "lambda_function.py": HANDLER}


def write_function_zip(path: Path, bootstrap_mode: int = 0o755, opt: str = PUBLISHED_OPT) -> None:
    """As `zip` packs the sample after `chmod +x bootstrap`, or without it."""
    with ZipFile(path, "w") as archive:
        for name, text in FILES.items():
            file = path.parent / name
            file.write_text(text.replace("OPT/", f"{opt}/").replace('"OPT"', f'"{opt}"'))
            file.chmod(bootstrap_mode if name == "bootstrap" else 0o644)
            archive.write(file, name)


def write_python_layer(folder: Path) -> None:
    """`bin` and `lib` of the Python that runs the tests, as links."""
    for name in ("bin", "lib"):
        (folder / name).mkdir(parents=True)
    program = Path(sys.executable).resolve()
    (folder / "bin" / VERSION).symlink_to(program)
    (folder / "lib" / VERSION).symlink_to(sysconfig.get_path("stdlib"))
    library = sysconfig.get_config_var("INSTSONAME")
    if library and (shared := Path(sysconfig.get_config_var("LIBDIR"), library)).exists():
        (folder / "lib" / library).symlink_to(shared)
