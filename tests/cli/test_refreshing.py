from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support import postgres
from tests.support.dumps import work, write
from tests.support.mirror import Mirror, mirroring

from .conftest import Call


@pytest.fixture
def newer(tmp_path: Path, dump: Path) -> Path:
    """The dump with another word on Pride and Prejudice."""

    changed = work(
        1, "Pride and Prejudice", 2, authors=[1], first_publish_date="1813", subjects=["Hertfordshire"]
    )
    lines = gzip.decompress(dump.read_bytes()).decode().splitlines()
    return write(
        tmp_path / "newer.txt",
        [changed if line.startswith("/type/work\t/works/OL1W\t") else line for line in lines],
    )


@pytest.fixture
def mirror(newer: Path) -> Iterator[Mirror]:
    with mirroring(newer__txt=newer.read_bytes()) as made:
        yield made


def test_refreshing_from_a_file_says_what_is_due_again(filled: Call, newer: Path) -> None:
    told = filled("catalog", "refresh", str(newer))
    assert told.code == 0, told.err
    assert "8 editions, 8 works, 6 authors loaded" in told.out
    assert "say something else now: 1 of 7 items" in told.out
    assert "completist fill" in told.err
    assert filled("fill", "--json").json["runs"] >= 1
    again = filled("catalog", "refresh", str(newer))
    assert again.out.strip() == "There is nothing newer."


def test_refreshing_from_an_address_tells_scripts(filled: Call, mirror: Mirror) -> None:
    told = filled("catalog", "refresh", "--from", f"{mirror.url}/newer.txt", "--json").json
    assert (told["schema"], told["loaded"], told["editions"], told["published"]) == (1, True, 8, False)
    (library,) = told["libraries"]
    assert library["changed"] == 1
    assert library["resting"] > library["changed"]
    again = filled("catalog", "refresh", "--from", f"{mirror.url}/newer.txt", "--json").json
    assert (again["loaded"], again["editions"], again["libraries"]) == (False, None, [])
    assert again["generation"] == told["generation"]


def test_a_catalogue_without_any_library_is_refreshed_too(completist: Call, newer: Path) -> None:
    told = completist("catalog", "refresh", str(newer), "--json").json
    assert (told["loaded"], told["libraries"]) == (True, [])


def test_what_cannot_be_fetched_is_said_with_what_to_do(completist: Call, mirror: Mirror) -> None:
    missing = completist("catalog", "refresh", "--from", f"{mirror.url}/older.txt")
    assert (missing.code, "older.txt" in missing.err) == (6, True)
    assert completist("catalog", "refresh", "--from", "nowhere").code == 2
    both = completist("catalog", "refresh", "dump.txt", "--from", mirror.url)
    assert both.code == 2
    mirror.refusals = [(429, {"Retry-After": "86400"}, b"")]
    busy = completist("catalog", "refresh", "--from", f"{mirror.url}/newer.txt", "--json")
    assert (busy.code, busy.error["code"], busy.error["retryable"]) == (5, "temporary", True)


def test_publishing_serves_another_data_folder(
    completist: Call, postgres_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert completist("catalog", "publish").code == 2
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        assert completist("catalog", "publish", url).out.strip() == "Published."
        assert completist("catalog", "publish", url, "--json").json == {"schema": 1, "published": False}
        monkeypatch.setenv("COMPLETIST_DATA", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("COMPLETIST_CATALOGUE", url)
        assert (
            completist("catalog", "lookup", "9780141439518", "--json").json["title"] == "Pride and Prejudice"
        )
        assert completist("catalog", "search", "silas marner").code == 0
        found = completist("catalog", "info", "--json").json
        assert (found["editions"], found["works"], found["searchable"]) == (8, 8, 8)
        assert completist("status", "--json").json["catalogue"]["editions"] == 8
        assert "OL8W" in completist("catalog", "search", "silas marner", "--json").out


def test_loading_publishes_where_it_is_told_to(completist: Call, postgres_server: str, dump: Path) -> None:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        assert completist("catalog", "load", str(dump), "--to-postgres", url).code == 0
        assert completist("catalog", "publish", url).out.strip() == "It is in use there already."


def test_a_folder_elsewhere_serves_another_data_folder(
    completist: Call, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "completist.toml").write_text(f'catalogue = "{data / "catalogue"}"\n')
    monkeypatch.setenv("COMPLETIST_DATA", str(elsewhere))
    assert completist("catalog", "lookup", "9780141439518", "--json").json["title"] == "Pride and Prejudice"
    assert completist("catalog", "info").code == 0
