"""Connections that go only where they may: to the very address that a name was resolved to and that was looked at.

A name is resolved once a connection, each address it stands for is judged, and the socket is opened to that address,
not to the name: a name server that answers otherwise a moment later is not asked again. The name stays what TLS and
the Host header say.
"""

import ipaddress
import socket
import time
import typing
from collections.abc import Callable, Iterable, Iterator, Sequence

import httpcore
import httpx

from dramaturg.errors import SourceError

__all__ = ["Connections", "HostError", "Resolve", "is_public", "resolve"]

Resolve = Callable[[str], Sequence[str]]
"""From a host's name to the IP addresses it stands for. Raises OSError where it stands for none."""

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # an IPv4 address in the last four bytes (RFC 6052)
_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class HostError(SourceError):
    """A host is not there, or not one to be connected to."""


def resolve(host: str) -> list[str]:
    """The IP addresses of a host, as the system resolves it; what is short for one (127.1, 0x7f000001) too."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an IP address is of the open network: not loopback, private, link-local, multicast or reserved, nor
    an IPv6 address that leads to such a one."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        meant = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            meant.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if ip.is_site_local or not all(is_public(str(each)) for each in meant if each is not None):
            return False
        if ip.ipv4_mapped is not None or ip.sixtofour is not None:  # by itself either is global to some Pythons only
            return True
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


class Connections(httpx.BaseTransport):
    """What httpx sends its requests through. `deadline`, of `time.monotonic`, ends whatever is read or awaited then,
    however slowly it still comes in: httpcore.ReadTimeout.

    Raises HostError where a host stands for no address, or for one that is not open, and httpcore's exceptions where
    the network fails.
    """

    def __init__(self, resolve: Resolve, is_open: Callable[[str], bool]) -> None:
        self._network = _Network(resolve, is_open)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=1,
            keepalive_expiry=30,
            network_backend=self._network,
        )

    @property
    def deadline(self) -> float:
        return self._network.deadline

    @deadline.setter
    def deadline(self, moment: float) -> None:
        self._network.deadline = moment

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = self._pool.handle_request(
            httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        )
        assert isinstance(answer.stream, typing.Iterable)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


class _Network(httpcore.NetworkBackend):
    def __init__(self, resolve: Resolve, is_open: Callable[[str], bool]) -> None:
        self.deadline = float("inf")
        self._resolve = resolve
        self._is_open = is_open
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        try:
            addresses = self._resolve(host)
        except (OSError, UnicodeError):
            raise HostError(f"there is no host {host}: look at the address, or at this machine's network") from None
        for address in addresses:
            if not self._is_open(address):
                raise HostError(
                    f"the host {host} is {address}, an address of this machine or its own network, where no pages "
                    "are fetched from: save the page from a browser, or set FETCH_PRIVATE=true"
                )
        failed: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError("it has no address")
        for address in addresses:
            try:
                stream = self._sockets.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self)
        raise failed

    def left(self, timeout: float | None) -> float:
        """Seconds that may be waited: `timeout`, or what is left until the deadline."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    """A socket on which no wait reaches beyond the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, network: _Network) -> None:
        self._stream = stream
        self._network = network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: typing.Any,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        return _Stream(stream, self._network)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._stream.get_extra_info(info)
