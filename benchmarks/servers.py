"""Servers under load: started as in production, their CPU time and memory read from /proc."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from benchmarks.load import Job, Result
from gateway.app.server import server_command

HOST: Final = "127.0.0.1"
_START_S: Final = 120.0
_STOP_S: Final = 5.0
_ROOT: Final = Path(__file__).parent.parent


class Server:
    """One granian with one worker and the flags of production, in a process group of its own."""

    def __init__(
        self,
        factory: str | None = None,
        environ: Mapping[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        """Prepare a server of the gateway, or of another app with the same flags.

        Args:
            factory: ``module:function`` of another app.
            environ: Settings of the gateway.
            port: Where it listens; a browser needs that of the city's address.
        """
        self.port = free_port() if port is None else port
        command = server_command(host=HOST, port=self.port, workers=1)
        self._command = command if factory is None else [*command[:-1], factory]
        self._environ = dict(os.environ) | {"PYTHONPATH": str(_ROOT)} | dict(environ or {})
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            self._command,
            env=self._environ,
            cwd=_ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"this server did not start: {' '.join(self._command[1:])}")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process group: politely, and after 5 s for good."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def cpu_s(self) -> float:
        """Return user and system time of all processes of the server so far, threads and all."""
        return sum(map(cpu_of, self._group()))

    def resident_mb(self) -> float:
        """Return the resident memory of the largest process, which is the worker."""
        pages = max(int(stat[21]) for stat in self._group().values())
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def threads(self) -> int:
        """Return the threads of the process that has most."""
        return max(int(stat[17]) for stat in self._group().values())

    def _group(self) -> dict[int, list[str]]:
        """Return the fields of /proc/PID/stat from the third on (proc(5)) of all processes."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        group, found = str(self._process.pid), dict[int, list[str]]()
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = path.read_text("latin-1").rpartition(") ")[2].split()
                if fields[2] == group:
                    found[int(path.parent.name)] = fields
        return found

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=1) as sock:
                sock.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                return sock.recv(12).startswith(b"HTTP/1.")
        except OSError:
            return False


def fire(job: Job) -> Result:
    """Return what the load generator measured, run in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(asdict(job)),
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return Result(**json.loads(done.stdout))


def cpu_of(pid: int) -> float:
    """Return user and system time of a process so far, as clock_getcpuclockid(3) finds it on Linux.

    /proc has the same in ticks of 10 ms, too coarse for runs of a second.
    """
    return time.clock_gettime(~pid << 3 | 2)


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        port: int = sock.getsockname()[1]
        return port
