"""The load generator: one thread, many kept-alive connections, in a process of its own.

Closed loop (``rate`` 0): every connection sends its next request when the last is answered.
Open loop: requests have moments of their own, drawn once, and a latency counts from that
moment, so that a slow answer is not hidden by the requests it delays.

It reads a job (JSON) from stdin, the bodies (one a line) from a file, and writes a result
(JSON) to stdout.
"""

import json
import random
import re
import selectors
import socket
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass
from pathlib import Path

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
_GIVE_UP_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to send.

    Attributes:
        bodies: File with one body a line; each is sent once.
        expected: Text in every right answer.
        rate: Requests a second; 0 is as fast as answers come.
    """

    port: int
    path: str
    token: str
    bodies: str
    expected: str
    connections: int
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came back.

    Attributes:
        wall_s: From the first request to the last answer.
        cpu_s: CPU time of this generator; near ``wall_s`` it was the bottleneck itself.
        wrong: Answers that were not as expected, by status line.
        latencies_ms: Of every request, in the order of answers.
    """

    wall_s: float
    cpu_s: float
    wrong: dict[str, int]
    latencies_ms: list[float]


class _Connection:
    """One socket with at most one request under way."""

    __slots__ = ("received", "since", "sock")

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(0)
        self.received = b""
        self.since = 0.0

    def answer(self) -> tuple[bytes, bytes] | None:
        """Return head and body of the answer if all of it is here."""
        chunk = self.sock.recv(65_536)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self.received += chunk
        head, found, body = self.received.partition(_HEAD_END)
        length = _LENGTH.search(head + b"\r\n") if found else None
        if not found or length is None or len(body) < int(length[1]):
            return None
        self.received = b""
        return head, body


def run(job: Job) -> Result:
    """Send every body once and return what came back.

    Raises:
        TimeoutError: nothing moved for 30 s.
    """
    requests = deque(_requests(job))
    moments = deque(_moments(len(requests), job.rate))
    expected, wrong = job.expected.encode(), Counter[str]()
    latencies = list[float]()
    with selectors.DefaultSelector() as selector:
        idle = deque(_Connection(job.port) for _ in range(job.connections))
        for connection in idle:
            selector.register(connection.sock, selectors.EVENT_READ, connection)
        wanted, cpu_began, began = len(requests), time.process_time(), time.perf_counter()
        moved = began
        while len(latencies) < wanted:
            now = time.perf_counter()
            while idle and moments and began + moments[0] <= now:
                connection = idle.popleft()
                due = began + moments.popleft()
                connection.since = due if job.rate else time.perf_counter()
                connection.sock.sendall(requests.popleft())
            wait = max(0.0, began + moments[0] - now) if moments and idle else 1.0
            for key, _ in selector.select(wait):
                connection = key.data
                if (answer := connection.answer()) is None:
                    continue
                moved = time.perf_counter()
                latencies.append((moved - connection.since) * 1000)
                if expected not in answer[1]:
                    wrong[answer[0].partition(b"\r\n")[0].decode("latin-1")] += 1
                idle.append(connection)
            if time.perf_counter() - moved > _GIVE_UP_S:
                raise TimeoutError("no answer")
        wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
        for connection in idle:
            connection.sock.close()
    return Result(wall_s=wall_s, cpu_s=cpu_s, wrong=dict(wrong), latencies_ms=latencies)


def _requests(job: Job) -> list[bytes]:
    head = (
        f"POST {job.path} HTTP/1.1\r\nHost: 127.0.0.1:{job.port}\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {job.token}\r\n"
    ).encode("ascii")
    bodies = Path(job.bodies).read_bytes().splitlines()
    return [head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies]


def _moments(count: int, rate: float) -> list[float]:
    """Return when to send, in seconds from the start: a Poisson process, the same in each run."""
    if not rate:
        return [0.0] * count
    drawn = random.Random(count)  # noqa: S311  arrivals, not secrets
    moments, at = list[float](), 0.0
    for _ in range(count):
        at += drawn.expovariate(rate)
        moments.append(at)
    return moments


if __name__ == "__main__":
    json.dump(asdict(run(Job(**json.load(sys.stdin)))), sys.stdout)
