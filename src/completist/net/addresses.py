"""Addresses that may be called: named hosts on the open internet, and nothing inside the operator's network."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address

import httpcore2
import httpx2

from completist.domain.run import Outcome
from completist.sdk.provider import Refused

_PORTS = 2**16


def check_url(url: httpx2.URL, hosts: frozenset[str], local: frozenset[str]) -> None:
    """Refuse an address whose host is not named, or that would carry a key in the clear.

    A name stands for itself alone, one that begins with ``*.`` for all hosts below it.
    Plain HTTP and hosts given as numbers are for the hosts in ``local`` alone, which the operator allowed.

    Raises:
        Refused: blocked, with the code ``host_not_allowed`` or ``scheme_not_allowed``.
    """
    host = url.host
    if (
        not is_named(host, hosts)
        or url.userinfo
        or not has_port(url)
        or (_is_number(host) and host not in local)
    ):
        raise Refused(Outcome.BLOCKED, code="host_not_allowed")
    if url.scheme != "https" and not (url.scheme == "http" and host in local):
        raise Refused(Outcome.BLOCKED, code="scheme_not_allowed")


def is_named(host: str, hosts: frozenset[str]) -> bool:
    """Whether a host is among ``hosts``, by its own name or below one that begins with ``*.``."""
    return host in hosts or any(name.startswith("*.") and host.endswith(name[1:]) for name in hosts)


def has_port(url: httpx2.URL) -> bool:
    """Whether the port of an address is one that there can be."""
    return url.port is None or 0 < url.port < _PORTS


class OpenInternet(httpcore2.AsyncNetworkBackend):
    """Connections to the open internet, and to ``local`` hosts.

    The address that was in fact connected to is judged, before a byte is sent: a name that leads into the
    operator's network is refused whatever it led to when somebody looked before.
    """

    def __init__(self, local: frozenset[str]) -> None:
        self._local = local
        self._connections = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """A connection, unless it ended up where it must not."""
        stream = await self._connections.connect_tcp(host, port, timeout, local_address, socket_options)
        if host not in self._local and not _is_open(stream.get_extra_info("server_addr")):
            await stream.aclose()
            raise Refused(Outcome.BLOCKED, code="private_address")
        return stream

    async def sleep(self, seconds: float) -> None:
        """Wait, as the connections do."""
        await self._connections.sleep(seconds)


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Connections that the environment cannot lead through a proxy, made by `OpenInternet`."""

    def __init__(self, local: frozenset[str], connections: int = 10) -> None:
        context = authorities()
        super().__init__(verify=context, trust_env=False)
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=5.0,
            network_backend=OpenInternet(local),
        )


@cache
def authorities() -> ssl.SSLContext:
    """Whom this system trusts: reading that takes 20 ms, so each process does it once."""
    return httpx2.create_ssl_context(trust_env=False)


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # What no resolver needs to look up: 127.1, 0x7f000001.
        return host.rpartition(".")[2].lower().startswith(tuple("0123456789"))
    return True


def _is_open(peer: object) -> bool:
    """Whether a connected peer, as the socket names it, is on the open internet."""
    if not isinstance(peer, tuple) or not peer:
        return False
    try:
        address = ip_address(str(peer[0]).partition("%")[0])
    except ValueError:
        return False
    inner = getattr(address, "ipv4_mapped", None) or address
    return bool(inner.is_global and not inner.is_multicast)
