"""``completist find`` and ``completist index`` on a small library without a model."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.cli.conftest import Call

from completist.cli.failures import OK, USAGE

LIST = """title,artist,album,isrc,released
Leaving Home,The Testers,Roads,USRC17607839,1967
Coming Home,Ruth Castellan,Roads,USRC17607840,1999
"""


def stock(completist: Call, folder: Path) -> None:
    path = folder / "list.csv"
    path.write_text(LIST, "utf-8")
    assert completist("import", str(path)).code == OK


def test_tracks_are_found_by_words_and_written_as_a_playlist(completist: Call, tmp_path: Path) -> None:
    stock(completist, tmp_path)
    told = completist("find", "leaving", "home")
    assert told.out.splitlines()[0].split("  ")[-1] == "[words 1]"
    assert "Search by meaning is off: no model is set up." in told.out + told.err
    hits = completist("find", "home", "--json").json["hits"]
    assert [hit["title"] for hit in hits] == ["Leaving Home", "Coming Home"]
    out = tmp_path / "home.m3u"
    assert completist("find", "home", "--artist", "ruth castellan", "--out", str(out)).code == OK
    assert out.read_text("utf-8").splitlines()[1:] == [
        "#EXTINF:-1,Ruth Castellan - Coming Home",
        "Ruth Castellan - Coming Home",
    ]


def test_a_library_without_tracks_is_told_where_its_books_are_searched(
    completist: Call, tmp_path: Path
) -> None:
    path = tmp_path / "books.csv"
    path.write_text("Title,Author\nEmma,Jane Austen\n", "utf-8")
    completist("import", str(path))
    told = completist("find", "emma")
    assert told.code == OK
    assert told.out.splitlines() == [
        "Tracks alone are searched by completist find, and this library has none."
    ]
    assert "completist serve" in told.err
    assert "Search by meaning" not in told.out + told.err
    assert completist("find", "emma", "--json").json == {
        "schema": 1, "hits": [], "note": told.out.strip(),
    }  # fmt: skip
    stock(completist, tmp_path)
    assert "Nothing was found among 2 tracks." in completist("find", "emma").err


def test_a_search_says_what_is_wrong_with_it(completist: Call, tmp_path: Path) -> None:
    stock(completist, tmp_path)
    assert completist("find").code == USAGE
    assert completist("find", "home", "--year", "nineteen").code == USAGE
    assert completist("find", "home", "--bpm", "90-60").code == USAGE
    assert "completist index model" in completist("find", "--like", "1").err


def test_the_state_of_the_index_is_told(completist: Call, tmp_path: Path) -> None:
    stock(completist, tmp_path)
    state = completist("index", "--json").json
    assert (state["texts"], state["vectors"], state["index"]) == (2, {}, None)
    assert "2 tracks" in completist("index", "state").out
    assert "completist index model" in completist("index", "verify").err


def test_a_library_of_tracks_alone_is_not_sent_to_load_a_catalogue(
    completist: Call, data: Path, tmp_path: Path
) -> None:
    shutil.rmtree(data / "catalogue")
    path = tmp_path / "list.csv"
    path.write_text(LIST, "utf-8")
    calls = [completist("import", str(path)), completist("status")]
    told = "".join(each.out + each.err for each in calls)
    assert "completist fill" in told
    assert "catalog" not in told.casefold()
    assert completist("status", "--json").json["catalogue"] is None
    books = tmp_path / "books.csv"
    books.write_text("Title,Author\nEmma,Jane Austen\n", "utf-8")
    assert "catalog load" in completist("import", str(books)).err
    assert "catalog load" in completist("status").err


def test_a_collection_to_take_over_has_to_be_there(completist: Call, tmp_path: Path) -> None:
    stock(completist, tmp_path)
    told = completist("index", "adopt", "nowhere")
    assert told.code == USAGE
    assert "http://" in told.err
    assert completist("index", "adopt", "http://127.0.0.1:9").code not in (OK, USAGE)
