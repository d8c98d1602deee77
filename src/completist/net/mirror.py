"""A mirror: one place in the own network at which all providers are called instead, for tests, demos and copies.

What would go to ``https://HOST/PATH`` goes to ``http://MIRROR/HOST/PATH``. Everything else is as ever: the hosts that
a provider may be called at, its limits, its breaker.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import httpx2

from completist.domain.errors import BadInput
from completist.net.addresses import has_port

#: https://www.rfc-editor.org/rfc/rfc1918, https://www.rfc-editor.org/rfc/rfc4193
_PRIVATE = tuple(
    ip_network(each)
    for each in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7")
)


@dataclass(frozen=True, slots=True)
class Mirror:
    """The place, without a path."""

    place: httpx2.URL

    def of(self, url: httpx2.URL) -> httpx2.URL:
        """Where that is called here which a provider has at ``url``."""
        return self.place.copy_with(raw_path=b"/" + url.netloc + url.raw_path)

    def original(self, url: httpx2.URL) -> httpx2.URL:
        """What ``url`` stands for, if it is an address here; else ``url`` itself."""
        if (url.scheme, url.netloc) != (self.place.scheme, self.place.netloc):
            return url
        return httpx2.URL("https:/" + url.raw_path.decode("ascii"))


def mirror_at(text: str) -> Mirror:
    """The mirror at an address such as ``http://127.0.0.1:8000``.

    Raises:
        BadInput: It is none, or lies elsewhere than on this machine or in a private network, by number.
    """
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    plain = url.scheme == "http" and not url.userinfo and url.raw_path == b"/" and not url.fragment
    if not plain or not has_port(url) or not _is_near(url.host):
        raise BadInput(
            "Providers can be mirrored only at this machine or in a private network.",
            hint="Give the address as a number and a port: http://127.0.0.1:8000",
        )
    return Mirror(url)


def _is_near(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return any(address in network for network in _PRIVATE)
