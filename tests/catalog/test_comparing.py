from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import dumps
from tests.support.dumps import author, delete, edition, redirect, work

from completist.catalog import build, generations
from completist.catalog.comparing import Pinned, changed, contents, kept
from completist.domain.errors import ActionRequired
from completist.sdk.catalogue import Work

BEFORE = (
    author(1, "Ada"),
    author(2, "Bruno"),
    work(1, "One", authors=[1]),
    work(2, "Two", authors=[2]),
    edition(1, "One", works=[1]),
    edition(2, "Two", works=[2], authors=[1]),
    edition(3, "Alone"),
)
RECORDS = ["OL1M", "OL2M", "OL3M", "OL1W", "OL2W", "OL1A", "OL2A", "OL99M", "not ours"]

Changed = Callable[..., set[str]]


@pytest.fixture
def differing(root: Path, tmp_path: Path) -> Changed:
    """What has changed between the dump above and one with these lines in place of those of the same keys."""

    def compared(*lines: str) -> set[str]:
        every = {line.split("\t")[1]: line for line in (*BEFORE, *lines)}
        for version in (BEFORE, tuple(every.values())):
            build(root, [dumps.write(tmp_path / "dump.txt", version)])
        current, before = kept(root)
        now, old = Pinned(current), Pinned(before)
        try:
            return changed(old, now, RECORDS)
        finally:
            now.close()
            old.close()

    return compared


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (author(9, "New"), set()),
        (work(1, "One", 7, authors=[1]), set()),  # another revision of the same
        (edition(1, "One!", works=[1]), {"OL1M"}),
        (work(1, "One!", authors=[1]), {"OL1M", "OL1W"}),
        (author(1, "Ada", bio="A life."), {"OL1A"}),
        (author(1, "Ada L."), {"OL1A", "OL1M", "OL2M", "OL1W"}),
        (author(2, "Bruno B."), {"OL2A", "OL2W"}),  # the edition names another author
        (delete("/works/OL2W"), {"OL2W", "OL2M"}),
        (redirect("/authors/OL2A", "/authors/OL1A"), {"OL2A", "OL2W"}),
        (redirect("/books/OL3M", "/books/OL1M"), {"OL3M"}),
    ],
)
def test_a_record_has_changed_when_it_its_work_or_its_authors_names_have(
    differing: Changed, line: str, expected: set[str]
) -> None:
    assert differing(line) == expected


def test_a_record_that_comes_back_has_changed(differing: Changed) -> None:
    assert differing(edition(99, "Ninety-nine")) == {"OL99M"}


def test_a_pinned_generation_stays_what_it_is(root: Path, tmp_path: Path) -> None:
    build(root, [dumps.write(tmp_path / "dump.txt", BEFORE)])
    pinned = Pinned(generations.current(root))
    build(root, [dumps.write(tmp_path / "dump.txt", [work(1, "Other", authors=[1])])])
    entity, of, people = contents(pinned, ["OL1W"])["OL1W"]
    assert isinstance(entity, Work)
    assert (entity.title, of, people) == ("One", None, (("OL1A", "Ada"),))
    pinned.close()
    assert pinned.by_key(["OL2W"])  # opened again
    pinned.close()


def test_generations_that_cannot_be_read_are_not_kept(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ActionRequired):
        kept(root)
    for count in (1, 2):
        build(root, [dumps.write(tmp_path / "dump.txt", dumps.shelf(count))])
    assert [each.name for each in kept(root)] == ["gen-000002", "gen-000001"]
    (root / "gen-000001" / "about.json").write_text("{}")
    assert [each.name for each in kept(root)] == ["gen-000002"]
