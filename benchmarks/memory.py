"""What one worker holds after many verifications, and with many half-open connections."""

import socket
import time
from contextlib import ExitStack
from typing import Final

from benchmarks.figures import Figure
from benchmarks.http import API, Target
from benchmarks.servers import HOST, Server
from benchmarks.stage import Stage

HALF_OPEN: Final = 400
_BATCH = 5000
_SETTLE_S = 2.0


def endurance(stage: Stage, verifications: int) -> list[Figure]:
    """Return resident memory after so many verifications and while 400 clients stall.

    A stalled client has sent its headers and half of its body.
    """
    with Server(environ=stage.normal) as server, ExitStack() as stalled:
        target = Target(server, API, '"recognised"')
        resident = [server.resident_mb()]
        for _ in range(max(1, verifications // _BATCH)):
            bodies = stage.bodies(min(_BATCH, verifications))
            target.send(stage, bodies)
            bodies.unlink()
            resident.append(server.resident_mb())
        for _ in range(HALF_OPEN):
            stalled.enter_context(_half_open(server.port, stage.token))
        time.sleep(_SETTLE_S)
        began = time.perf_counter()
        target.send(stage, stage.bodies(1))
        good_ms = (time.perf_counter() - began) * 1000
        with_stalled, threads = server.resident_mb(), server.threads()
    return [
        Figure(
            name="memory_mb",
            what=f"resident memory of one worker after {verifications} verifications",
            unit="MB",
            rounds=(resident[-1],),
            target=150,
            at_most=True,
            digits=0,
            note=f"every {_BATCH}: " + ", ".join(f"{each:.0f}" for each in resident),
        ),
        Figure(
            name="memory_half_open_mb",
            what=f"the same with {HALF_OPEN} half-open connections",
            unit="MB",
            rounds=(with_stalled,),
            target=250,
            at_most=True,
            digits=0,
            note=f"{threads} threads; a good request then took {good_ms:.0f} ms, its client's "
            "start included",
        ),
    ]


def _half_open(port: int, token: str) -> socket.socket:
    sock = socket.create_connection((HOST, port))
    sock.sendall(
        f"POST {API} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f'Authorization: Bearer {token}\r\nContent-Length: 200\r\n\r\n{{"code":'.encode("ascii")
    )
    return sock
