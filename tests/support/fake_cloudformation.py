"""A CloudFormation on loopback that gives fixed answers, for what moto does not do."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

STACK_ID = "arn:aws:cloudformation:eu-west-1:111122223333:stack/App/1"

# By operation: a status and a body, one answer after another, and the last again and again.
Answers = Mapping[str, list[tuple[int, str]]]


def error(code: str, message: str = "m", status: int = 400) -> tuple[int, str]:
    text = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return status, f"<ErrorResponse>{text}<RequestId>1</RequestId></ErrorResponse>"


def result(operation: str, text: str) -> tuple[int, str]:
    body = f"<{operation}Result>{text}</{operation}Result>"
    return 200, f"<{operation}Response>{body}</{operation}Response>"


def stack(text: str = "", status: str = "CREATE_COMPLETE") -> tuple[int, str]:
    fixed = f"<StackId>{STACK_ID}</StackId><StackName>App</StackName>"
    times = "<CreationTime>2026-01-01T00:00:00Z</CreationTime>"
    member = f"<member>{fixed}{times}<StackStatus>{status}</StackStatus>{text}</member>"
    return result("DescribeStacks", f"<Stacks>{member}</Stacks>")


def resources(names: Mapping[str, tuple[str, str]], next_token: str = "") -> tuple[int, str]:
    """`names`: type and physical id by logical id."""
    members = "".join(
        f"<member><LogicalResourceId>{name}</LogicalResourceId><ResourceType>{kind}</ResourceType>"
        f"<PhysicalResourceId>{physical}</PhysicalResourceId>"
        "<ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
        for name, (kind, physical) in names.items()
    )
    summaries = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
    return result("ListStackResources", summaries + token(next_token))


def exports(values: Mapping[str, str], next_token: str = "") -> tuple[int, str]:
    members = "".join(
        f"<member><Name>{name}</Name><Value>{value}</Value></member>"
        for name, value in values.items()
    )
    return result("ListExports", f"<Exports>{members}</Exports>{token(next_token)}")


def token(next_token: str) -> str:
    return f"<NextToken>{next_token}</NextToken>" if next_token else ""


@contextmanager
def fake_cloudformation(answers: Answers) -> Iterator[tuple[str, list[str]]]:
    """Its URL, and the operations that it is asked for."""
    left = {operation: list(several) for operation, several in answers.items()}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            operation = parse_qs(body)["Action"][0]
            asked.append(operation)
            several = left[operation]
            status, text = several.pop(0) if len(several) > 1 else several[0]
            self.send_response(status)
            self.send_header("content-type", "text/xml")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()
