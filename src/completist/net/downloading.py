"""Downloading: large files to disk, piece by piece; what was interrupted goes on where it stopped.

Beside a file ``NAME`` stand ``NAME.part`` while it is incomplete, and ``NAME.state``: which version of it that is.
Going on asks for the rest of that very version (RFC 9110, 13.1.5 and 14.2); another one is fetched from its beginning.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, TypeAlias

import httpx2
import msgspec

from completist.domain.errors import BadInput, CompletistError, NotFound
from completist.domain.run import Outcome
from completist.net.addresses import GuardedTransport, check_url
from completist.net.client import user_agent
from completist.net.limits import Limits, retry_after
from completist.net.replies import refusal
from completist.net.sending import Sleep
from completist.sdk.provider import Refused

#: Is told the bytes on disk and those of the whole file, 0 when nobody said.
Told: TypeAlias = Callable[[int, int], None]

REDIRECTS: Final = 5
TRIES: Final = 5  #: in a row without a byte more on disk
PAUSE: Final = 5.0  #: seconds before the next try, unless the server names its own
LONGEST: Final = 600.0  #: seconds; a server that wants more of a pause is left for another day
SILENCE: Final = 60.0  #: seconds to connect, and between two pieces
LARGEST: Final = 200 * 10**9  #: bytes; ten times the largest dump there is
SPARE: Final = 100 * 10**6  #: bytes of the disk that are left alone

_REDIRECTED: Final = frozenset({301, 302, 303, 307, 308})
_OK, _REST, _UNCHANGED, _GONE, _BEYOND = 200, 206, 304, (404, 410), 416
_RANGE: Final = re.compile(r"bytes (?:(\d{1,15})-\d{1,15}|\*)/(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a file may be fetched from, redirects included: hosts by name, and whatever lies in ``domains``.

    Hosts in ``local`` may be in the operator's own network and be spoken to in plain HTTP.
    """

    hosts: frozenset[str]
    domains: tuple[str, ...] = ()  #: each with its leading dot
    local: frozenset[str] = frozenset()

    def check(self, url: httpx2.URL) -> None:
        """Refuse any other address.

        Raises:
            Refused: blocked.
        """
        named = {url.host} if self.domains and url.host.endswith(self.domains) else set[str]()
        check_url(url, self.hosts | named, self.local)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file as it stands on the server. ``fresh`` is False when it is the version that was fetched before."""

    path: Path
    bytes: int
    fresh: bool


class _State(msgspec.Struct, omit_defaults=True):
    """The version of a file that lies on disk, or did."""

    url: str = ""
    etag: str = ""
    modified: str = ""
    size: int = 0  #: of the whole file; 0 when nobody said
    done: bool = False

    @property
    def validator(self) -> str:
        """What stands for this very version, byte by byte; empty when nothing does."""
        return self.modified if self.etag.startswith("W/") or not self.etag else self.etag


class Downloads:
    """The connections to one site. Use it as an asynchronous context, in one event loop."""

    def __init__(
        self,
        site: Site,
        *,
        contact: str = "",
        sleep: Sleep = asyncio.sleep,
        room: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        self._site = site
        self._sleep = sleep
        self._room = room
        self._web = httpx2.AsyncClient(
            transport=GuardedTransport(site.local),
            headers={"User-Agent": user_agent(contact), "Accept": "*/*", "Accept-Encoding": "identity"},
            timeout=SILENCE,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._web.aclose()

    async def fetch(
        self,
        url: str,
        path: Path,
        *,
        sha256: str = "",
        again: bool = False,
        told: Told = lambda _done, _total: None,
    ) -> Fetched:
        """Fetch a file to ``path``, unless it is the version that was fetched there before; ``again``: even then.

        Raises:
            NotFound: There is no such file.
            BadInput: It is not the one whose ``sha256`` was given; it is gone from the disk then.
            Refused: The server does not answer; what has arrived stays, and the next call goes on.
            CompletistError: The disk has no room for it.
        """
        transfer = _Transfer(url, path, told, self._room, _read_state(path, url))
        if again:
            transfer.forget()
        tries, reached = 0, -1
        while True:
            try:
                fetched = await self._try(transfer)
            except Refused as refused:
                tries, reached = (tries + 1 if transfer.held <= reached else 1), transfer.held
                pause = PAUSE if refused.after is None else refused.after
                if not refused.retryable or tries >= TRIES or pause > LONGEST:
                    raise
                await self._sleep(pause)
            else:
                if fetched.fresh and sha256:
                    transfer.compare(sha256)
                return fetched

    async def _try(self, transfer: _Transfer) -> Fetched:
        answer = await self._ask(transfer.url, transfer.headers())
        try:
            if not transfer.begin(answer.status_code, answer.headers):
                return Fetched(transfer.path, transfer.state.size, fresh=transfer.complete)
            with transfer.opened() as file:
                async for piece in answer.aiter_raw():
                    transfer.write(file, piece)
        except httpx2.TimeoutException:
            raise Refused(Outcome.TRANSIENT, code="timeout") from None
        except httpx2.RequestError:
            raise Refused(Outcome.TRANSIENT, code="no_connection") from None
        finally:
            await answer.aclose()
        return transfer.finish()

    async def _ask(self, text: str, headers: Mapping[str, str]) -> httpx2.Response:
        """The answer at the end of all redirects, unread."""
        try:
            url = httpx2.URL(text)
            for _ in range(REDIRECTS + 1):
                self._site.check(url)
                wire = self._web.build_request("GET", url, headers=dict(headers))
                answer = await self._web.send(wire, stream=True, follow_redirects=False)
                if answer.status_code not in _REDIRECTED:
                    return answer
                await answer.aclose()
                url = url.join(answer.headers.get("location", ""))
        except httpx2.InvalidURL:
            raise Refused(Outcome.BAD_RESPONSE, code="bad_address") from None
        except httpx2.TimeoutException:
            raise Refused(Outcome.TRANSIENT, code="timeout") from None
        except httpx2.RequestError:
            raise Refused(Outcome.TRANSIENT, code="no_connection") from None
        raise Refused(Outcome.BAD_RESPONSE, code="too_many_redirects")


class _Transfer:
    """One file on its way."""

    def __init__(self, url: str, path: Path, told: Told, room: Callable[[Path], int], state: _State) -> None:
        self.url, self.path, self.state = url, path, state
        self.complete = False  #: by the server's word, nothing is missing
        self._told, self._room = told, room
        self._part = path.with_name(f"{path.name}.part")
        path.parent.mkdir(parents=True, exist_ok=True)

    @property
    def held(self) -> int:
        """Bytes of an incomplete file on disk."""
        return self._part.stat().st_size if self._part.exists() else 0

    def forget(self) -> None:
        """Begin from nothing."""
        self._part.unlink(missing_ok=True)
        self._keep(_State(self.url))

    def headers(self) -> dict[str, str]:
        """What to ask with: for the rest, for another version than was fetched, or for everything."""
        state = self.state
        if state.done:
            known = {"If-None-Match": state.etag, "If-Modified-Since": "" if state.etag else state.modified}
            return {name: value for name, value in known.items() if value}
        if self.held and state.validator:
            return {"Range": f"bytes={self.held}-", "If-Range": state.validator}
        return {}

    def begin(self, status: int, headers: Mapping[str, str]) -> bool:
        """Whether a body is to be read. Raises as `Downloads.fetch` does."""
        if status == _UNCHANGED and self.state.done:
            return False
        if status == _OK:
            size = _length(headers)
            self._part.unlink(missing_ok=True)
            etag, modified = headers.get("etag", ""), headers.get("last-modified", "")
            self._keep(_State(self.url, etag, modified, size))
            self._reserve(size)
            return True
        if status == _REST and self._goes_on(headers):
            self._reserve(self.state.size - self.held)
            return True
        if status == _BEYOND and self.held and self.held == self.state.size:
            self.finish()
            self.complete = True
            return False
        if status in (_REST, _BEYOND):
            self.forget()
            raise Refused(Outcome.TRANSIENT, 0.0, "out_of_range")
        if status in _GONE:
            raise NotFound(f"There is no {self.path.name} at {httpx2.URL(self.url).host}.")
        limits = Limits(retry_after=retry_after(headers.get("retry-after", ""), 0))
        raise refusal(status, limits, None) or Refused(Outcome.BAD_RESPONSE, code=f"http_{status}")

    def _goes_on(self, headers: Mapping[str, str]) -> bool:
        """Whether the rest that came is that of what is on disk."""
        found = _RANGE.fullmatch(headers.get("content-range", ""))
        same = headers.get("etag", self.state.etag) == self.state.etag
        return same and found is not None and found[1] == str(self.held) and int(found[2]) == self.state.size

    def _reserve(self, size: int) -> None:
        if size > LARGEST:
            raise Refused(Outcome.BAD_RESPONSE, code="too_large")
        free = self._room(self.path.parent)
        if size and size + SPARE > free:
            raise CompletistError(
                f"{self.path.name} takes {size:,} bytes more, and {free:,} are free.",
                hint="Make room, then go on with the same command.",
                code="disk_full",
            )

    def opened(self) -> IO[bytes]:
        """The incomplete file, to be gone on with."""
        self._told(self.held, self.state.size)
        return self._part.open("ab")

    def write(self, file: IO[bytes], piece: bytes) -> None:
        """Add a piece."""
        file.write(piece)
        reached = file.tell()
        if reached > (self.state.size or LARGEST):
            file.truncate(0)
            raise Refused(Outcome.BAD_RESPONSE, code="too_large")
        self._told(reached, self.state.size)

    def finish(self) -> Fetched:
        """Put a complete file in its place."""
        size = self.held
        if self.state.size and size != self.state.size:
            raise Refused(Outcome.TRANSIENT, code="cut_off")
        with self._part.open("rb+") as file:
            os.fsync(file.fileno())
        self._part.replace(self.path)
        state = self.state
        self._keep(_State(state.url, state.etag, state.modified, size, done=True))
        return Fetched(self.path, size, fresh=True)

    def compare(self, sha256: str) -> None:
        """Keep the file only if it has this sum."""
        if sum_of(self.path) == sha256.lower():
            return
        self.path.unlink()
        self.forget()
        raise BadInput(
            f"{self.path.name} is not the file whose SHA-256 was given.",
            hint="Fetch it again, or mend the sum.",
        )

    def _keep(self, state: _State) -> None:
        self.state = state
        fresh = _state_file(self.path).with_suffix(".new")
        fresh.write_bytes(msgspec.json.encode(state))
        fresh.replace(_state_file(self.path))


def sum_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetched_size(path: Path) -> int | None:
    """The size of the version that was fetched to ``path`` last, whether or not it still lies there."""
    state = _read_state(path, None)
    return state.size if state.done else None


def discard(paths: Iterable[Path]) -> None:
    """Remove fetched files that are needed no more; it stays known which versions they were."""
    for path in paths:
        path.unlink(missing_ok=True)


def _state_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.state")


def _read_state(path: Path, url: str | None) -> _State:
    try:
        state = msgspec.json.decode(_state_file(path).read_bytes(), type=_State)
    except (OSError, msgspec.MsgspecError):
        return _State(url or "")
    return state if url in (None, state.url) else _State(url or "")


def _length(headers: Mapping[str, str]) -> int:
    said = headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 15 else 0  # noqa: PLR2004 - a petabyte
