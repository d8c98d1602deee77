from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.support.clocks import Clock
from tests.support.loopback import Seen
from tests.support.mirror import Mirror, mirroring

from completist.domain.errors import BadInput, CompletistError, NotFound
from completist.domain.run import Outcome
from completist.net import downloading
from completist.net.downloading import Downloads, Fetched, Site, discard, fetched_size
from completist.sdk.provider import Refused

LOCAL = frozenset({"127.0.0.1"})
HERE = Site(LOCAL, local=LOCAL)
BODY = bytes(range(256)) * 40


def fetch(
    mirror: Mirror,
    path: Path,
    *,
    name: str = "dump.gz",
    sha256: str = "",
    again: bool = False,
    site: Site = HERE,
    room: Callable[[Path], int] = lambda _: 10**12,
    told: list[tuple[int, int]] | None = None,
) -> Fetched:
    async def one() -> Fetched:
        async with Downloads(site, sleep=Clock().sleep, room=room) as downloads:
            return await downloads.fetch(
                f"{mirror.url}/{name}",
                path,
                sha256=sha256,
                again=again,
                told=lambda *each: None if told is None else told.append(each),
            )

    return asyncio.run(one())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "dumps" / "dump.gz"


def test_a_file_arrives_as_it_is_and_tells_how_far_it_has_come(path: Path) -> None:
    told: list[tuple[int, int]] = []
    with mirroring(dump__gz=BODY) as mirror:
        assert fetch(mirror, path, told=told) == Fetched(path, len(BODY), fresh=True)
        assert mirror.server.seen[0].headers["accept-encoding"] == "identity"
    assert path.read_bytes() == BODY
    assert (told[0], told[-1]) == ((0, len(BODY)), (len(BODY), len(BODY)))
    assert not path.with_name("dump.gz.part").exists()


@pytest.mark.parametrize("etags", [True, False])
def test_a_broken_connection_is_gone_on_with_where_it_broke(path: Path, *, etags: bool) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts, mirror.etags = [1000, 500], etags
        fetch(mirror, path)
        assert [asked for _, asked in mirror.asked] == ["", "bytes=1000-", "bytes=1500-"]
    assert path.read_bytes() == BODY


def test_a_call_goes_on_with_what_the_one_before_left(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "TRIES", 1)
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts = [3000]
        with pytest.raises(Refused):
            fetch(mirror, path)
        monkeypatch.undo()
        fetch(mirror, path)
        assert mirror.asked[-1] == ("/dump.gz", "bytes=3000-")
    assert path.read_bytes() == BODY


def test_another_version_is_fetched_from_its_beginning(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "TRIES", 1)
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts = [3000]
        with pytest.raises(Refused):
            fetch(mirror, path)
        monkeypatch.undo()
        mirror.files["/dump.gz"] = BODY[::-1]
        fetch(mirror, path)
    assert path.read_bytes() == BODY[::-1]


def test_a_server_without_ranges_sends_it_all_again(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts, mirror.ranges = [1000], False
        fetch(mirror, path)
    assert path.read_bytes() == BODY


def test_a_rest_that_is_not_ours_is_not_added(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts = [1000]
        rest = BODY[2000:]
        told = {"Content-Range": f"bytes 2000-{len(BODY) - 1}/{len(BODY)}"}
        mirror.refusals = [mirror.answer(Seen("GET", "/dump.gz", {}, b"")), (206, told, rest)]
        fetch(mirror, path)
    assert path.read_bytes() == BODY


def test_a_complete_file_that_was_not_put_in_its_place_is(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.cuts = [len(BODY)]
        fetch(mirror, path)
        path.rename(path.with_name("dump.gz.part"))
        state = path.with_name("dump.gz.state")
        state.write_bytes(state.read_bytes().replace(b'"done":true', b'"done":false'))
        assert fetch(mirror, path) == Fetched(path, len(BODY), fresh=True)
        assert mirror.asked[-1] == ("/dump.gz", f"bytes={len(BODY)}-")
    assert path.read_bytes() == BODY


def test_the_same_version_is_not_fetched_twice_even_if_it_was_removed(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        fetch(mirror, path)
        discard([path])
        assert fetch(mirror, path) == Fetched(path, len(BODY), fresh=False)
        assert not path.exists()
        assert fetched_size(path) == len(BODY)
        assert fetch(mirror, path, again=True).fresh
    assert path.read_bytes() == BODY


def test_a_file_is_compared_with_its_sum(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        with pytest.raises(BadInput, match="SHA-256"):
            fetch(mirror, path, sha256="0" * 64)
        assert not path.exists()
        assert fetch(mirror, path, sha256=hashlib.sha256(BODY).hexdigest().upper()).fresh


def test_a_file_that_is_not_there_is_not_tried_again(path: Path) -> None:
    with mirroring() as mirror:
        with pytest.raises(NotFound, match=r"dump\.gz"):
            fetch(mirror, path)
        assert len(mirror.asked) == 1


def test_a_busy_server_is_asked_again_and_given_up_in_the_end(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.refusals = [(503, {"Retry-After": "7"}, b"")] * 2
        assert fetch(mirror, path).fresh
        mirror.refusals = [(503, {}, b"")] * 9
        with pytest.raises(Refused) as refused:
            fetch(mirror, path, again=True)
        assert refused.value.outcome is Outcome.TRANSIENT
        assert len(mirror.refusals) == 9 - downloading.TRIES
        mirror.refusals = [(429, {"Retry-After": "86400"}, b"")]
        with pytest.raises(Refused) as refused:
            fetch(mirror, path, again=True)
        assert refused.value.after == 86400


def test_a_full_disk_is_noticed_before_it_is_full(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror, pytest.raises(CompletistError, match="are free") as full:
        fetch(mirror, path, room=lambda _: 5000)
    assert full.value.code == "disk_full"
    assert not path.exists()


def test_more_than_anybody_would_send_is_not_fetched(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloading, "LARGEST", 100)
    with mirroring(dump__gz=BODY) as mirror:
        with pytest.raises(Refused) as refused:
            fetch(mirror, path)
        assert refused.value.code == "too_large"
    assert not path.exists()


def test_redirects_are_followed_within_the_site_alone(path: Path) -> None:
    with mirroring(dump__gz=BODY) as mirror:
        mirror.moved["/latest.gz"] = f"{mirror.url}/dump.gz"
        mirror.moved["/elsewhere.gz"] = "https://example.org/dump.gz"
        mirror.moved["/round.gz"] = "/round.gz"
        assert fetch(mirror, path, name="latest.gz").fresh
        for name, code in (("elsewhere.gz", "host_not_allowed"), ("round.gz", "too_many_redirects")):
            with pytest.raises(Refused) as refused:
                fetch(mirror, path, name=name)
            assert refused.value.code == code


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://archive.org/x", True),
        ("https://ia800100.us.archive.org/x", True),
        ("http://ia800100.us.archive.org/x", False),
        ("https://us.archive.org.example.org/x", False),
        ("https://evilus.archive.org/x", False),
        ("https://user:pass@archive.org/x", False),
        ("https://10.0.0.1/x", False),
    ],
)
def test_a_site_is_its_hosts_and_its_domains(url: str, *, allowed: bool) -> None:
    site = Site(frozenset({"archive.org"}), (".us.archive.org",))
    if allowed:
        site.check(httpx2.URL(url))
        return
    with pytest.raises(Refused):
        site.check(httpx2.URL(url))
