"""A place on the loopback address that files are fetched from, as the archive's servers behave."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.support.loopback import Reply, Seen, Server, serving

STAMP = "Sat, 31 Oct 2026 10:00:00 GMT"


@dataclass
class Mirror:
    """Files by path. ``cuts`` are taken one a call: after so many bytes of its answer the connection breaks."""

    files: dict[str, bytes] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)  #: paths that lead to other addresses
    cuts: list[int] = field(default_factory=list)
    refusals: list[Reply] = field(default_factory=list)  #: answers to the next calls, whatever they ask for
    etags: bool = True
    ranges: bool = True
    server: Server = field(default_factory=lambda: Server(""))

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def asked(self) -> list[tuple[str, str]]:
        """Path and range of each call."""
        return [(seen.path, seen.headers.get("range", "")) for seen in self.server.seen]

    def answer(self, seen: Seen) -> Reply:
        if self.refusals:
            return self.refusals.pop(0)
        if seen.path in self.moved:
            return 302, {"Location": self.moved[seen.path]}, b""
        if seen.path not in self.files:
            return 404, {}, b""
        content = self.files[seen.path]
        etag = f'"{hashlib.sha256(content).hexdigest()[:12]}"'
        said = {"ETag": etag} if self.etags else {"Last-Modified": STAMP}
        if (etag if self.etags else STAMP) in (
            seen.headers.get("if-none-match"),
            seen.headers.get("if-modified-since"),
        ):
            return 304, {}, b""
        found = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
        start = int(found[1]) if found and self.ranges else 0
        if found and seen.headers.get("if-range") not in (*said.values(), None):
            start = 0
        if start > 0 and start >= len(content):
            return 416, {"Content-Range": f"bytes */{len(content)}"}, b""
        body = content[start:]
        said["Content-Length"] = str(len(body))
        if start:
            said["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        if self.cuts:
            said["Connection"] = "close"
            body = body[: self.cuts.pop(0)]
        return 206 if start else 200, said, body


@contextmanager
def mirroring(**files: bytes) -> Iterator[Mirror]:
    """A mirror of these files; ``__`` in a name stands for a dot."""
    mirror = Mirror({f"/{name.replace('__', '.')}": content for name, content in files.items()})
    with serving(mirror.answer) as server:
        mirror.server = server
        yield mirror
