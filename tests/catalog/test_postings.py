from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from completist.catalog import postings
from completist.catalog.postings import Postings, PostingsWriter


def written(path: Path, *batches: list[tuple[int, int]]) -> Postings:
    writer = PostingsWriter(path)
    for batch in batches:
        writer.add(array("Q", [place << 32 | edition for place, edition in batch]).tobytes())
    assert writer.finish() == path.stat().st_size // 8
    return Postings(path)


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=9), max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_pair_is_found_once_whatever_the_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: list[list[tuple[int, int]]]
) -> None:
    monkeypatch.setattr(postings, "RUN", 64)
    found = written(tmp_path / "isbns", *batches)
    every = sorted({pair for batch in batches for pair in batch})
    assert list(found.pairs()) == every
    for place in range(11):
        assert found.at(place) == [edition for at, edition in every if at == place]
    found.close()


def test_many_runs_are_merged_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "RUN", 64)
    batches = [[(n * 7919 % 5003, n % 13) for n in range(start, start + 70)] for start in range(0, 7000, 70)]
    found = written(tmp_path / "isbns", *batches)
    assert list(found.pairs()) == sorted({pair for batch in batches for pair in batch})
    assert not (tmp_path / "isbns.runs").exists()


def test_no_pairs_at_all(tmp_path: Path) -> None:
    found = written(tmp_path / "isbns")
    assert (len(found), found.at(0)) == (0, [])
