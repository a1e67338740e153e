"""The workloads: what every subject is asked to do, and the event that asks for it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.runtime.subjects import Subject

KIB, MIB = 1024, 1024 * 1024
HOST = "abc.lambda-url.us-east-1.on.aws"


@dataclass(frozen=True)
class Workload:
    """`count` items of `size` bytes, in each of `invocations` of one process.

    `warm_up` invocations come before, and are not counted.
    """

    name: str
    count: int
    size: int
    invocations: int = 1
    warm_up: int = 0
    pause_us: int = 0  # between items; each item then begins with its time
    list_size: int = 0  # items that the handler yields in one list; 0: no lists
    read_pause_us: int = 0  # before each read of 64 KiB
    buffered: bool = False  # also for subjects that cannot stream
    pinned: bool = True  # to CPUs
    repeats: float = 1.0  # how often, times the run's repeats
    time_limit_s: int = 30
    is_exact: bool = True  # the response is `count` items of `size`; else it has that many bytes

    @property
    def path(self) -> str:
        """What the subject is asked for."""
        return f"/{self.count}/{self.size}/{self.pause_us}/{self.list_size}"

    @property
    def http_request(self) -> bytes:
        """The request that the event was made from, for a subject that is an HTTP server."""
        head = f"GET {self.path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\n\r\n"
        return head.encode()

    @property
    def event(self) -> bytes:
        """A Function URL event (payload 2.0): every response to it has a prelude."""
        document = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": "",
            "headers": {"host": HOST, "accept": "*/*"},
            "requestContext": {
                "accountId": "anonymous",
                "apiId": "abc",
                "domainName": HOST,
                "http": {"method": "GET", "path": self.path, "protocol": "HTTP/1.1"},
                "stage": "$default",
                "timeEpoch": 1795248000000,
            },
            "isBase64Encoded": False,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def suits(self, subject: Subject) -> bool:
        """Whether `subject` can do it."""
        if self.list_size:
            return subject.lists
        return subject.streams or self.buffered


COLD = Workload("cold", 1, 64, 2, buffered=True, pinned=False, repeats=3)
WARM = Workload("warm", 1, 64, 1000, 100, buffered=True)
SMALL = Workload("small", 1000, 64, 20, 3)
MANY = Workload("many", 20_000, 64, 3, 1)
LISTS = Workload("lists", 20_000, 64, 6, 1, list_size=100)
MEDIUM = Workload("medium", 100, 64 * KIB, 8, 2)
LARGE = Workload("large", 64, MIB, 4, 1)
PACED = Workload("paced", 150, 64, 2, 1, pause_us=2000)
SLOW = Workload("slow", 200, MIB, read_pause_us=100, repeats=0.5)

WORKLOADS = (COLD, WARM, SMALL, MANY, LISTS, MEDIUM, LARGE, PACED, SLOW)
QUICK = (
    COLD,
    Workload("warm", 1, 64, 60, 10, buffered=True),
    Workload("small", 1000, 64, 3, 1),
    Workload("lists", 20_000, 64, 2, list_size=100),
    Workload("medium", 100, 64 * KIB, 2),
)
