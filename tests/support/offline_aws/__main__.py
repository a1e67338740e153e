"""Serves until it is ended; the port is the first line of stdout."""

import argparse
import os
import sys

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from tests.support.offline_aws import (
    addresses,
    change_sets,
    functions,
    layers,
    methods,
    resource_table,
    stack_changes,
)

EXTENSIONS = (resource_table, functions, layers, methods, stack_changes, change_sets)


def main() -> None:
    parser = argparse.ArgumentParser(prog="offline_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    port = parser.parse_args().port
    # Roles of the bootstrap stack have policies of AWS's own.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    for extension in EXTENSIONS:
        extension.install()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", port, application, threaded=True, request_handler=MotoRequestHandler
    )
    addresses.serve_at(server.server_port)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
