"""``completist covers`` as a person types it."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import Call
from tests.support.painting import cover, encoded, painted

PNG = encoded(painted(), "PNG")


@pytest.fixture
def book(completist: Call, tmp_path: Path) -> str:
    """A book's id, in a library that stays offline."""
    path = tmp_path / "books.csv"
    path.write_text("Title,Author\nEmma,Jane Austen\n", "utf-8")
    completist("import", str(path))
    return "1"


def test_a_picture_is_uploaded_listed_and_removed(completist: Call, book: str, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(PNG)
    told = completist("covers", "upload", book, str(tmp_path / "scan.png"))
    assert told.out == "Kept. 300 x 450 pixels.\n"
    document = completist("covers", "list", book, "--json").json
    (candidate,) = document["candidates"]
    assert (candidate["source"], candidate["width"], candidate["chosen"]) == ("you", 300, True)
    assert "300 x 450" in completist("covers", "list", book, "--no-look").out
    assert completist("covers", "remove", book, "--json").json == {"schema": 1, "item": 1, "cover": None}
    assert completist("covers", "list", book).out == "No cover is offered.\n"


def test_what_is_no_picture_is_refused_with_the_reason(completist: Call, book: str, tmp_path: Path) -> None:
    (tmp_path / "cut.jpg").write_bytes(cover()[:900])
    told = completist("covers", "upload", book, str(tmp_path / "cut.jpg"), "--json")
    assert told.code == 2
    assert told.error["code"] == "truncated"


def test_who_stays_offline_is_told_why_nothing_is_looked_for(completist: Call, book: str) -> None:
    told = completist("covers", "backfill", book)
    assert told.code != 0
    assert "offline" in told.err
    assert completist("covers", "refresh").code != 0
    assert completist("covers", "choose", book, "https://covers.openlibrary.org/b/id/1.jpg").code == 2


def test_the_doctor_mends(completist: Call, book: str, data: Path, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(PNG)
    completist("covers", "upload", book, str(tmp_path / "scan.png"))
    checks = {each["name"]: each for each in completist("doctor", "--json").json["checks"]}
    assert checks["covers"]["state"] == "ok"
    for path in (data / "covers").rglob("*.jpg"):
        path.unlink()
    assert {e["name"]: e for e in completist("doctor", "--json").json["checks"]}["covers"]["state"] == "warn"
    assert {e["name"]: e for e in completist("doctor", "--fix", "--json").json["checks"]}["covers"][
        "state"
    ] == "fail"
