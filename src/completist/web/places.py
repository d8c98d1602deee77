"""Places: where a server answers, and from where a browser may speak for the person in front of it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.requests import Request

from completist.web.failures import Forbidden

#: The names under which a server on this machine is spoken to.
LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")

#: Sent by proxies: who comes through one is not the person at this machine.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


@dataclass(frozen=True, slots=True)
class Bound:
    """The address to which a server is bound."""

    host: str = "127.0.0.1"
    port: int = 8337

    @property
    def is_loopback(self) -> bool:
        """Whether nobody but this machine reaches it."""
        return self.host == "localhost" or is_loopback(self.host)

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it."""
        wildcard = self.host in ("0.0.0.0", "::", "")  # noqa: S104 - recognised, not bound to
        named = "127.0.0.1" if wildcard else self.host
        return f"http://[{named}]:{self.port}" if ":" in named else f"http://{named}:{self.port}"


def is_loopback(address: str) -> bool:
    """Whether an address is one of this machine alone."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return parsed.is_loopback


def check_local(request: Request, bound: Bound) -> None:
    """Make sure that a call comes from this machine, by a name of this machine, and through no proxy.

    The name guards against DNS rebinding: a page from elsewhere whose name was made to point here still sends that
    name. https://owasp.org/www-community/attacks/DNS_Rebinding

    Raises:
        Forbidden: It does not.
    """
    if request.client is None or not is_loopback(request.client.host):
        raise Forbidden("Without accounts only this machine is served.", hint="completist accounts add NAME")
    host = request.headers.get("host", "").lower()
    if host not in _names(bound.port):
        raise Forbidden(
            "This server is not known by that name.",
            hint=f"Open {bound.url}, or completist accounts add NAME",
        )
    if any(name in request.headers for name in _FORWARDED):
        raise Forbidden(
            "Without accounts nobody is served through a proxy.", hint="completist accounts add NAME"
        )


def _names(port: int) -> set[str]:
    return {f"{name}:{port}" for name in LOCAL_NAMES} | (set(LOCAL_NAMES) if port == 80 else set())  # noqa: PLR2004 - http's own


def check_same_origin(request: Request) -> None:
    """Make sure that no other site made a browser send this.

    Programs send neither header. As Go's CrossOriginProtection does: https://pkg.go.dev/net/http#CrossOriginProtection

    Raises:
        Forbidden: Another site did.
    """
    site = request.headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return
    origin = request.headers.get("origin")
    if site is None and (origin is None or urlsplit(origin).netloc.lower() == _host(request)):
        return
    raise Forbidden("Another site's page sent this.", hint="Use a key: completist keys create")


def _host(request: Request) -> str:
    return request.headers.get("host", "").lower()
