"""Identity: when two requests are the same, and whether two carry the same key."""

from __future__ import annotations

from collections.abc import Hashable
from hashlib import blake2b

import msgspec

from completist.sdk.provider import Provider, Request

#: Where keys stand: in headers and parameters with such names.
_KEY_HEADERS = ("authorization", "cookie", "key", "token")
_KEY_PARAMS = ("key", "token", "secret")

#: Bytes of a digest: enough to tell keys apart, too few to find one by.
_SHORT = 5


def identity(provider: Provider, request: Request) -> Hashable:
    """Equal for requests that will have the same reply."""
    return (
        provider,
        request.method,
        request.url,
        tuple(sorted(request.params.items())),
        tuple(sorted((name.lower(), value) for name, value in request.headers.items())),
        msgspec.json.encode(request.json, order="sorted"),
        tuple(sorted(request.form.items())),
        (request.text, request.binary, request.largest),
    )


def key_digest(provider: Provider, request: Request) -> str:
    """What stands for the key in a request, in ten letters; empty when it carries none."""
    keys = [
        *(value for name, value in sorted(request.headers.items()) if name.lower().endswith(_KEY_HEADERS)),
        *(value for name, value in sorted(request.params.items()) if name.lower().endswith(_KEY_PARAMS)),
    ]
    if not keys:
        return ""
    said = "\0".join([provider.name, *keys]).encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=_SHORT).hexdigest()
