"""Serves until its process ends. The first line of stdout is the port."""

import argparse
import os
import sys

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from tests.support.offline_aws.cloudformation import change_sets, stack_update
from tests.support.offline_aws.resources import (
    lambda_functions,
    lambda_layers,
    object_urls,
    rest_api_methods,
    supported_types,
)

# Each changes a part of moto.
EXTENSIONS = (
    supported_types,
    lambda_functions,
    lambda_layers,
    rest_api_methods,
    stack_update,
    change_sets,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="offline_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    port = parser.parse_args().port
    # The roles of the bootstrap stack have AWS managed policies.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    for extension in EXTENSIONS:
        extension.install()
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(
        "127.0.0.1", port, application, threaded=True, request_handler=MotoRequestHandler
    )
    object_urls.use_port(server.server_port)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
