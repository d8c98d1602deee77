"""Real exports of music, with the counts of their odd rows and why they are odd."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from tests.support.songs import app_over

from completist.engine.recognising import recognise
from completist.sdk.source import Entry, Skipped
from completist.store.database import connect

#: Rows; those left out; entries; keys among them; warnings by reason.
REAL: dict[str, tuple[str, int, int, int, dict[str, int]]] = {
    # Two rows stand for tracks that Spotify has removed. 34 repeat a track that stands in an earlier row.
    "exportify_isrc_karaoke_2026-01-30.csv": ("exportify-csv", 288, 2, 252, {}),
    "exportify_isrc_karaoke_2026-01-31.csv": ("exportify-csv", 290, 2, 254, {}),
    # Four rows are empty but for the playlist. Six repeat a recording.
    "tunemymusic_369_rahul.csv": ("tunemymusic-csv", 369, 4, 359, {}),
    # Two recordings stand there twice.
    "most_streamed_2024_4600.csv": ("tracks-csv", 4600, 0, 4598, {}),
    # iTunes exports no ISRC.
    "itunes_library_unix.xml": ("itunes-xml", 3, 0, 3, {}),
}


@pytest.fixture
def music(shared: Path) -> Path:
    return shared / "music"


@pytest.mark.parametrize("name", REAL)
def test_it_is_read(music: Path, name: str) -> None:
    format_, rows, left_out, keys, warned = REAL[name]
    plugin, source = recognise(music / name)
    assert (plugin.kind.name, source.format) == ("track", format_)
    read = list(source.read(music / name))
    assert source.check(music / name) == len(read) == rows
    entries = [each for each in read if isinstance(each, Entry)]
    assert sum(isinstance(each, Skipped) for each in read) == left_out
    assert len({each.key for each in entries}) == keys
    assert all(set(each.values) <= set(plugin.kind.by_name) for each in entries)
    reasons = Counter(warn.reason for each in entries for warn in each.warnings)
    for reason, count in warned.items():
        assert reasons[reason] == count


def test_isrcs_in_lower_case_are_read(music: Path) -> None:
    _, source = recognise(music / "tunemymusic_369_rahul.csv")
    entries = [each for each in source.read(music / "tunemymusic_369_rahul.csv") if isinstance(each, Entry)]
    assert all(each.values["isrc"] for each in entries)
    assert "isrc:USHM21972808" in {each.key for each in entries}


def test_the_tables_of_other_programs_are_not_taken_for_tracks(shared: Path) -> None:
    for path in sorted((shared / "exports").rglob("*.csv")):
        assert recognise(path)[0].kind.name != "track", path.name


def test_the_next_day_s_export_adds_what_is_new_and_changes_nothing_else(
    music: Path, sqlite_template: Path, tmp_path: Path
) -> None:
    """Seventeen tracks differ in popularity alone, which nobody notices."""
    path = tmp_path / "library.db"
    shutil.copyfile(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    app = app_over(database, tmp_path)
    first = app.import_file(music / "exportify_isrc_karaoke_2026-01-30.csv")
    second = app.import_file(music / "exportify_isrc_karaoke_2026-01-31.csv")
    assert (first.added, len(first.skipped)) == (252, 36)
    assert (second.added, second.updated, second.unchanged, len(second.skipped)) == (2, 0, 252, 36)
    reasons = Counter(each.reason for each in second.skipped)
    assert reasons == {
        "neither title nor ISRC: the service has removed the track": 2,
        "the same id stands in an earlier row": 34,
    }
    lists = app.import_file(music / "tunemymusic_369_rahul.csv")
    charts = app.import_file(music / "most_streamed_2024_4600.csv")
    assert (lists.added, len(lists.skipped)) == (359, 10)
    assert (charts.added, charts.updated, len(charts.skipped)) == (4525, 73, 2)  # 73 stand in the lists, too
    database.close()
