from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completist.domain.errors import BadInput
from completist.sdk import files
from completist.sdk.files import head, open_text


def lines(path: Path) -> list[str]:
    return list(open_text(path))


def written(folder: Path, data: bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_recognised(tmp_path: Path, encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    path = written(tmp_path, mark + "Caf\u00e9,\u201ca\u201d\r\nna\u00efve\n".encode(encoding))
    assert lines(path) == ["Caf\u00e9,\u201ca\u201d\r\n", "na\u00efve\n"]


def test_a_late_byte_in_another_encoding_spoils_nothing_else(tmp_path: Path) -> None:
    plain = b"plain ascii text\n" * (2 * files.LOOK // 17)
    path = written(tmp_path, plain + b"Caf\xe9\n" + "na\u00efve\n".encode())
    found = lines(path)
    assert found[-2:] == ["Caf\u00e9\n", "na\u00efve\n"]


def test_a_byte_that_is_no_text_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"Caf\xe9\nna\xefve\n\x81\n")
    with pytest.raises(BadInput, match=r"list\.csv, line 3: the text is neither UTF-8 nor Windows-1252"):
        lines(path)


def test_utf_16_cut_inside_a_character_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "one\ntwo".encode("utf-16")[:-1])
    with pytest.raises(BadInput, match=r"list\.csv, line \d+: the text is not UTF-16"):
        lines(path)


def test_a_nul_byte_names_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, b"one\ntwo\nthr\0ee\n")
    with pytest.raises(BadInput, match=r"list\.csv, line 3: a NUL byte"):
        lines(path)


def test_a_line_without_end_names_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LONGEST_LINE", 3 * files.CHUNK)
    path = written(tmp_path, b"one\n" + b"x" * 4 * files.CHUNK)
    with pytest.raises(BadInput, match=r"list\.csv, line 2: the line is longer"):
        lines(path)


def test_line_ends_stay_and_only_they_divide(tmp_path: Path) -> None:
    path = written(tmp_path, "a\nb\r\nc\rd\u2028e\x0bf\x85".encode())
    assert lines(path) == ["a\n", "b\r\n", "c\r", "d\u2028e\x0bf\x85"]


LINE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"))


@settings(max_examples=30)
@given(st.lists(LINE, min_size=1))
def test_text_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.mktemp("texts") / "list.csv"
    path.write_bytes("".join(f"{text}\n" for text in texts).encode("utf-8-sig"))
    assert lines(path) == [f"{text}\n" for text in texts]


def test_long_files_come_back_as_they_were(tmp_path: Path) -> None:
    whole = [f"\u00e9 line {number}\n" for number in range(100_000)]
    path = written(tmp_path, "".join(whole).encode())
    assert lines(path) == whole


def test_gzip_is_known_by_its_content(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"one\ntwo\n"))
    assert lines(path) == ["one\n", "two\n"]
    assert head(path).start == b"one\ntwo\n"
    assert head(path).size == path.stat().st_size


def test_a_cut_off_gzip_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(os.urandom(100_000))[:50_000])
    with pytest.raises(BadInput, match=r"list\.csv: the gzip file is cut off or damaged"):
        head(path)


def test_a_gzip_that_blows_up_is_refused_before_it_does(tmp_path: Path) -> None:
    path = written(tmp_path, gzip.compress(b"\n" * (files.RATIO_FROM + 4 * files.CHUNK)))
    with pytest.raises(BadInput, match=r"list\.csv: the gzip file expands"):
        for _ in open_text(path):
            pass


def test_head_shows_the_beginning_only(tmp_path: Path) -> None:
    path = written(tmp_path, b"x" * (files.HEAD + 1))
    assert len(head(path).start) == files.HEAD


@pytest.mark.parametrize(
    ("name", "reason"), [("", "is a directory"), ("nothing.csv", "there is no such file")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    for attempt in (head, lines):
        with pytest.raises(BadInput, match=reason):
            attempt(tmp_path / name)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, b"")
    for attempt in (head, lines):
        with pytest.raises(BadInput, match=r"list\.csv is empty"):
            attempt(path)


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(BadInput, match="pipe is not a regular file"):
        head(path)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04\x14\0", "a ZIP archive or a spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a spreadsheet or document"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"GIF89a", "a picture"),
        (b"\xef\xbb\xbf\n<!DOCTYPE html><title>Sign in</title>", "a web page"),
    ],
)
def test_what_is_often_taken_for_a_list_is_named(tmp_path: Path, data: bytes, what: str) -> None:
    with pytest.raises(BadInput, match=rf"list\.csv is {what}") as caught:
        head(written(tmp_path, data))
    assert caught.value.hint


def test_blank_lines_are_no_list(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"list\.csv holds nothing but blank lines"):
        head(written(tmp_path, b"  \r\n\n\t\n"))


def test_the_current_folder_has_a_name_too() -> None:
    with pytest.raises(BadInput, match=r"^\. is a directory"):
        head(Path())
