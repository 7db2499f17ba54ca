"""Partners on loopback that answer with exactly the bytes that a test gives them."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from threading import Event, Thread

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.ids import Timestamp
from gateway.remote.fetch import Fetcher, TimeLimits

JWT = "application/entity-statement+jwt"
LOOPBACK_ALLOWED = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
NOON = Timestamp(1_792_843_200)
PATIENT = TimeLimits(connect_s=5, read_s=5, total_s=20)
HASTY = TimeLimits(connect_s=5, read_s=5, total_s=0.5)


class NoonClock:
    def now(self) -> Timestamp:
        return NOON


@dataclass
class Call:
    """One connection that a peer accepted."""

    sock: socket.socket
    stopped: Event

    def drip(self, data: bytes, every_s: float = 0.05) -> None:
        """Send byte by byte until the other side has had enough."""
        for byte in data:
            if self.stopped.wait(every_s):
                return
            self.sock.sendall(bytes([byte]))

    def hold(self) -> None:
        """Keep the connection open and say nothing."""
        self.stopped.wait(30)


Script = Callable[[Call], None]


@dataclass
class Peer:
    port: int
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/.well-known/openid-federation"


@contextlib.contextmanager
def peer(script: Script, tls: ssl.SSLContext | None = None) -> Generator[Peer]:
    """Run a partner that lets ``script`` answer each request."""
    stopped = Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = Peer(listener.getsockname()[1])
        thread = Thread(target=_serve, args=(listener, running, script, tls, stopped))
        thread.start()
        try:
            yield running
        finally:
            stopped.set()
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(
    listener: socket.socket,
    running: Peer,
    script: Script,
    tls: ssl.SSLContext | None,
    stopped: Event,
) -> None:
    while not stopped.is_set():
        try:
            sock = listener.accept()[0]
        except OSError:
            return
        with contextlib.suppress(OSError), sock:
            sock.settimeout(10)
            _answer(
                tls.wrap_socket(sock, server_side=True) if tls else sock, running, script, stopped
            )


def _answer(sock: socket.socket, running: Peer, script: Script, stopped: Event) -> None:
    with sock:
        request = b""
        # A TLS greeting (0x16) at a plain port has no end to wait for.
        while b"\r\n\r\n" not in request and request[:1] != b"\x16":
            if not (more := sock.recv(4096)):
                break
            request += more
        running.requests.append(request)
        script(Call(sock, stopped))


def answer(
    body: bytes = b"statement", status: str = "200 OK", drop: Sequence[str] = (), **fields: str
) -> bytes:
    """Return a good answer, changed by fields (``content_type=``) and without those dropped."""
    named = {
        "Content-Type": JWT,
        "Content-Length": str(len(body)),
        "ETag": '"v1"',
        "Date": "Sat, 24 Oct 2026 12:00:00 GMT",
    }
    named |= {name.replace("_", "-").title(): value for name, value in fields.items()}
    named["ETag"] = named.pop("Etag", named["ETag"])
    lines = [f"{name}: {value}" for name, value in named.items() if name not in drop]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body


def saying(data: bytes) -> Script:
    """Return a script that sends ``data`` and closes."""
    return lambda call: call.sock.sendall(data)


def demo_fetcher(limits: TimeLimits = PATIENT) -> Fetcher:
    """Return a fetcher that may visit http://127.0.0.1."""
    return Fetcher((), allow_http_loopback=True, clock=NoonClock(), limits=limits)


@dataclass(frozen=True)
class Authority:
    """A certificate authority made for one test run."""

    directory: Path
    name: x509.Name
    key: ec.EllipticCurvePrivateKey

    @property
    def file(self) -> Path:
        return self.directory / "ca.pem"

    @classmethod
    def create(cls, directory: Path) -> "Authority":
        authority = cls(
            directory, _name("Illustrative CA"), ec.generate_private_key(ec.SECP256R1())
        )
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = (
            _builder(authority.name, authority.name, authority.key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
        )
        certificate = builder.sign(authority.key, SHA256())
        authority.file.write_bytes(certificate.public_bytes(Encoding.PEM))
        return authority

    def server(self, host: str, *, expired: bool = False) -> ssl.SSLContext:
        """Return the server side of TLS with a certificate for ``host``."""
        key = ec.generate_private_key(ec.SECP256R1())
        days = -1 if expired else 30
        builder = _builder(_name(host), self.name, key, days=days).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False
        )
        chain = self.directory / f"{host}-{days}.pem"
        chain.write_bytes(
            builder.sign(self.key, SHA256()).public_bytes(Encoding.PEM)
            + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, *, days: int = 30
) -> x509.CertificateBuilder:
    # The TLS library looks at this machine's clock, therefore so must the certificate.
    now = datetime.now(UTC)  # noqa: TID251  a certificate of now
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
    )
