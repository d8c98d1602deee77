from __future__ import annotations

from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, Entries, source

from completist.domain.errors import BadInput

BOMB = """<?xml version="1.0"?>
<!DOCTYPE package [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<package xmlns="http://www.idpf.org/2007/opf"><metadata><title>&b;</title></metadata></package>
"""
THIEF = """<?xml version="1.0"?>
<!DOCTYPE package [<!ENTITY a SYSTEM "file:///etc/hostname">]>
<package xmlns="http://www.idpf.org/2007/opf"><metadata><title>&a;</title></metadata></package>
"""


def test_the_second_version_is_read(entries: Entries) -> None:
    values = entries("opf2.opf", "opf")["a1b2c3d4-0000-4000-8000-000000000042"].values
    assert values["title"] == "Crime and Punishment"
    assert values["authors"] == ["Fyodor Dostoyevsky"]
    assert values["contributors"] == ["David McDuff"]
    assert values["isbn13"] == ["9780140449136"]
    assert values["asin"] == ["B000FC1ZZZ"]
    assert values["published"] == "2003-01-30"
    assert values["language"] == "en"
    assert values["description"] == "A student & an axe."
    assert values["shelves"] == ["Fiction", "Classics"]
    assert (values["series"], values["series_position"]) == ("Russian Novels", "2.5")
    assert values["rating"] == 4.5
    assert values["date_added"] == "2020-08-09"


def test_the_third_version_is_read(entries: Entries) -> None:
    values = entries("opf3.opf", "opf")["isbn13:9783150099001"].values
    assert values["authors"] == ["Franz Kafka"]
    assert values["contributors"] == ["Ein Herausgeber"]
    assert values["goodreads"] == ["485894"]
    assert (values["series"], values["series_position"]) == ("Reclam", "3")
    assert values["rating"] == 4.0


@pytest.mark.parametrize("text", [BOMB, THIEF])
def test_entities_are_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "book.opf"
    path.write_text(text)
    with pytest.raises(BadInput, match=r"book\.opf, line 2: .*entity declarations"):
        source("opf").check(path)


def test_a_cut_off_file_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "book.opf"
    path.write_text("".join((FIXTURES / "opf2.opf").read_text().splitlines(keepends=True)[:12]))
    with pytest.raises(BadInput, match=r"book\.opf, line 13"):
        source("opf").check(path)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.opf"
    path.write_bytes((FIXTURES / "opf2.opf").read_bytes().replace(b'encoding="utf-8"', b'encoding="utf-9"'))
    with pytest.raises(BadInput, match=r"book\.opf, line 1: .*unknown encoding"):
        source("opf").check(path)
