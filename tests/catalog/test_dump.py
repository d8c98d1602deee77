from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from completist.catalog import dump
from completist.catalog.dump import Dump
from completist.domain.errors import BadInput


def read(path: Path) -> bytes:
    return b"".join(Dump(path).blocks())


@pytest.fixture
def lines() -> bytes:
    return b"".join(b"%d\t%s\n" % (n, b"x" * (n % 90)) for n in range(100_000))


def test_plain_and_packed_files_read_alike(tmp_path: Path, lines: bytes) -> None:
    plain, packed = tmp_path / "a.txt", tmp_path / "misnamed.txt"
    plain.write_bytes(lines)
    packed.write_bytes(gzip.compress(lines[:1000]) + gzip.compress(lines[1000:]))
    assert read(plain) == lines
    assert read(packed) == lines


def test_blocks_end_where_lines_end(tmp_path: Path, lines: bytes) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(lines + b"no newline at the end")
    blocks = list(Dump(path).blocks())
    assert len(blocks) > 2
    assert all(block.endswith(b"\n") for block in blocks[:-1])
    assert b"".join(blocks) == lines + b"no newline at the end"


def test_the_checksum_is_that_of_the_file_on_disk(tmp_path: Path, lines: bytes) -> None:
    path = tmp_path / "a.txt.gz"
    path.write_bytes(gzip.compress(lines))
    read_once = Dump(path)
    assert sum(map(len, read_once.blocks())) == len(lines)
    assert read_once.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert read_once.bytes_read == path.stat().st_size


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfone\ntwo\n")
    assert read(path) == b"one\ntwo\n"


@settings(deadline=None)  # it writes files
@given(st.lists(st.integers(0, 40), max_size=12), st.integers(1, 16), st.sampled_from([b"", b"\n"]))
def test_only_lines_beyond_the_limit_are_passed_over(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], block: int, end: bytes
) -> None:
    lines = [b"x" * length for length in lengths]
    content = b"\n".join(lines) + end
    path = tmp_path_factory.getbasetemp() / "limit.txt"
    path.write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dump, "MAX_LINE", 20)
        patch.setattr(dump, "BLOCK", block)
        under_test = Dump(path)
        kept = [line for each in under_test.blocks() for line in each.split(b"\n") if line]
    long = [line for line in content.split(b"\n") if len(line) > 20]
    assert kept == [line for line in content.split(b"\n") if 0 < len(line) <= 20 and line not in long]
    assert under_test.too_long == len(long)


def test_a_line_without_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(64):
            file.write(bytes(2**20))
    bomb = Dump(path)
    assert max(map(len, bomb.blocks()), default=0) == 0
    assert bomb.too_long == 1


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99, 0.9999])
def test_a_file_that_is_cut_off_is_named(tmp_path: Path, lines: bytes, share: float) -> None:
    path = tmp_path / "a.txt.gz"
    whole = gzip.compress(lines)
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadInput, match=r"a\.txt\.gz is cut off"):
        read(path)


@pytest.mark.parametrize("place", [5_000, -6])
def test_a_damaged_file_is_named(tmp_path: Path, lines: bytes, place: int) -> None:
    path = tmp_path / "a.txt.gz"
    whole = bytearray(gzip.compress(lines))
    whole[place : place + 4 or None] = b"\xff\x00\xff\x00"
    path.write_bytes(whole)
    with pytest.raises(BadInput, match=r"a\.txt\.gz is (damaged|cut off)"):
        read(path)


def test_a_folder_or_nothing_at_all_is_refused_before_reading(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        Dump(tmp_path)
    with pytest.raises(BadInput, match=r"gone\.txt cannot be read: No such file"):
        Dump(tmp_path / "gone.txt")
