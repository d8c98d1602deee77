"""A library of books whose catalogue is refreshed: what is due again, and what is not."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support import postgres
from tests.support.dumps import author, edition, redirect, work, write
from tests.support.mirror import Mirror, mirroring

from completist.app import App
from completist.app.upkeep import Effect, Refreshed
from completist.catalog import Options, generations
from completist.catalog.overlay import Overlay
from completist.domain.errors import BadInput, CompletistError, NotFound, Retryable
from completist.engine import refreshing, rerunning
from completist.engine.refreshing import NEEDED
from completist.net import downloading
from completist.settings import Settings
from completist.store import claims
from completist.store.database import Database

PRIDE, EMMA, DRACULA = "9780141439518", "9780141439587", "9780141439846"
DUMP = [
    author(1, "Jane Austen", birth_date="1775"),
    author(2, "Bram Stoker", birth_date="1847"),
    work(1, "Pride and Prejudice", authors=[1], first_publish_date="1813"),
    work(2, "Emma", authors=[1], first_publish_date="1815"),
    work(3, "Dracula", authors=[2], first_publish_date="1897"),
    edition(1, "Pride and Prejudice", works=[1], authors=[1], isbn_13=[PRIDE], publishers=["Penguin"]),
    edition(2, "Emma", works=[2], authors=[1], isbn_13=[EMMA], publishers=["Penguin"]),
    edition(3, "Dracula", works=[3], authors=[2], isbn_13=[DRACULA], publishers=["Penguin"]),
]
LIST = [
    ("Pride and Prejudice", "Jane Austen", PRIDE),
    ("Emma", "Jane Austen", EMMA),
    ("Dracula", "Bram Stoker", ""),
    ("A Book of Tomorrow", "Nobody Yet", ""),
]


@dataclass
class Home:
    """A library with its catalogue, in the hands of a test."""

    database: Database
    folder: Path
    url: str = ""
    at: int = 1_000_000
    app: App = field(init=False)

    def __post_init__(self) -> None:
        self.app = self.opened()

    def opened(self) -> App:
        app = App(Settings(self.folder, "unused", catalogue=self.url, offline=True), now=self.tick)
        app.__dict__["database"] = self.database
        return app

    def tick(self) -> int:
        self.at += 1
        return self.at

    def dump(self, *lines: str, name: str = "dump.txt") -> Path:
        """A dump in which these lines stand instead of those of the same keys."""
        every = {line.split("\t")[1]: line for line in (*DUMP, *lines)}
        return write(self.folder / name, every.values())

    def begin(self) -> None:
        """Load the first dump, import the list, fill."""
        assert self.app.upkeep.refresh([self.dump()]).report is not None
        path = self.folder / "books.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("Book Id", "Title", "Author", "ISBN13", "My Rating", "Exclusive Shelf"))
            table.writerows((n, title, name, isbn, 4, "read") for n, (title, name, isbn) in enumerate(LIST))
        self.app.import_file(path)
        self.app.fill()
        assert self.stale() == {}

    def refresh(self, *lines: str) -> Effect | None:
        """Load a dump that differs in these lines; what that means for the library."""
        return self.app.upkeep.refresh([self.dump(*lines)]).effects.get(self.app.library_id)

    def stale(self) -> dict[str, str]:
        """What is out of date, by title or name, and why."""
        found: dict[str, str] = {}
        for pipeline in ("book-metadata", "author-metadata"):
            standings, _ = rerunning.standings(self.database, self.app.library_id, pipeline)
            for each in standings:
                if each.cause is not None:
                    data = self.app.show(each.item_id).data
                    found[str(data.get("title") or data.get("name"))] = f"{each.freshness} {each.cause}"
        return found

    def book(self, title: str) -> dict[str, object]:
        """What counts of a book."""
        (found,) = [view for view in self.app.items("book") if view.data.get("title") == title]
        return dict(found.data)


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    made = Home(database, tmp_path)
    made.begin()
    return made


def test_what_rests_on_changed_records_is_due_again_and_nothing_else(home: Home) -> None:
    effect = home.refresh(work(2, "Emma", 2, authors=[1], first_publish_date="1815", subjects=["Highbury"]))
    assert effect == Effect(resting=5, changed=1, unknown=1)
    assert home.stale() == {"Emma": "stale data", "A Book of Tomorrow": "stale data"}
    report = home.app.fill()
    assert (report.runs, report.filled, report.empty) == (2, 1, 1)
    assert home.stale() == {}
    assert home.book("Emma")["subjects"] == ["Highbury"]


def test_the_same_content_makes_nothing_due(home: Home) -> None:
    again = [author(99, "Somebody Else"), *(line.replace("\t1\t", "\t7\t", 1) for line in DUMP)]
    assert home.refresh(*again) == Effect(resting=5, changed=0, unknown=1)
    assert home.stale() == {"A Book of Tomorrow": "stale data"}
    assert home.refresh(*again) is None


@pytest.mark.parametrize(
    ("lines", "stale"),
    [
        ([author(1, "Jane Austen", 2, birth_date="1775", bio="Wrote six novels.")], {"Jane Austen"}),
        ([author(1, "J. Austen", 2, birth_date="1775")], {"Jane Austen", "Emma", "Pride and Prejudice"}),
        ([edition(1, "Pride and Prejudice", 2, works=[1], isbn_13=[PRIDE])], {"Pride and Prejudice"}),
        ([edition(3, "Dracula", 2, works=[3], authors=[2], isbn_13=[DRACULA], publishers=["Ace"])], set()),
        ([work(3, "Dracula", 2, authors=[2], first_publish_date="1898")], {"Dracula"}),
        ([redirect("/works/OL3W", "/works/OL8W"), work(8, "Dracula", authors=[2])], {"Dracula"}),
        ([edition(50, "Emma again", works=[2], isbn_13=[EMMA])], set()),
    ],
    ids=["biography", "name", "edition", "unrelated_edition", "work", "redirected", "added"],
)
def test_an_item_rests_on_its_record_its_work_and_its_authors_names(
    home: Home, lines: list[str], stale: set[str]
) -> None:
    effect = home.refresh(*lines)
    assert effect is not None
    assert home.stale().keys() == stale | {"A Book of Tomorrow"}
    assert (effect.changed, effect.unknown) == (len(stale), 1)


def test_what_nobody_knew_is_found_when_the_new_dump_knows_it(home: Home) -> None:
    home.refresh(
        author(9, "Nobody Yet"), work(9, "A Book of Tomorrow", authors=[9], first_publish_date="2026")
    )
    home.app.fill()
    assert home.book("A Book of Tomorrow")["first_published"] == "2026"


def test_what_was_typed_stays(home: Home) -> None:
    (emma,) = [view for view in home.app.items("book") if view.data.get("title") == "Emma"]
    home.app.set(emma.id, {"publisher": "My own press"})
    home.app.fill()
    home.refresh(edition(2, "Emma", 2, works=[2], authors=[1], isbn_13=[EMMA], publishers=["Vintage"]))
    home.app.fill()
    assert home.book("Emma")["publisher"] == "My own press"


def test_an_interrupted_comparison_is_made_up_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    dump = home.dump(work(2, "Emma", 2, authors=[1], subjects=["Highbury"]))
    monkeypatch.setattr("completist.store.runs.doubt", _killed)
    with pytest.raises(KeyboardInterrupt):
        home.app.upkeep.refresh([dump])
    monkeypatch.undo()
    assert home.app.upkeep.refresh([dump]).effects == {home.app.library_id: Effect(5, 1, 1)}
    assert home.app.upkeep.refresh([dump], stop=lambda: True).effects == {}
    assert home.stale().keys() == {"Emma", "A Book of Tomorrow"}


def _killed(*_: object, **__: object) -> int:
    raise KeyboardInterrupt


def test_a_library_whose_generation_is_gone_is_done_again_as_a_whole(home: Home) -> None:
    home.app.load_catalogue([home.dump(author(98, "Somebody"))])
    home.app.load_catalogue([home.dump(author(99, "Somebody else"))])
    assert home.refresh(author(97, "And another")) == Effect(resting=5, changed=5, unknown=1)
    assert len(home.stale()) == 6


def test_a_load_by_hand_is_compared_by_the_next_refresh(home: Home) -> None:
    dump = home.dump(work(2, "Emma", 2, authors=[1], subjects=["Highbury"]))
    home.app.load_catalogue([dump])
    assert home.stale() == {}
    with mirroring(dump__txt=dump.read_bytes()) as mirror:
        done = home.app.upkeep.refresh(source=f"{mirror.url}/dump.txt")
    assert done.report is None  # it is what was loaded
    assert done.effects[home.app.library_id] == Effect(5, 1, 1)


def test_what_a_worker_holds_is_left_to_it(home: Home, database: Database) -> None:
    home.refresh(work(2, "Emma", 2, authors=[1], subjects=["Highbury"]))
    with database.write() as connection:
        claim = claims.claim_runs(
            connection,
            "c1",
            home.app.library_id,
            "book-metadata",
            "1",
            limit=9,
            lease=3_600_000,
            claimer="w",
            now=home.tick(),
        )
    assert claim is not None
    assert len(claim.runs) == 2
    assert home.refresh(work(2, "Emma", 3, authors=[1], subjects=["Surrey"])) == Effect(5, 0, 0)


def test_a_part_of_the_dump_stays_that_part(home: Home) -> None:
    plain = home.dump(edition(60, "Without a number", works=[2]))
    home.app.load_catalogue([plain], options=Options(isbn_only=True))
    assert home.app.catalogue.by_key(["OL60M"]) == {}
    report = home.app.upkeep.refresh([home.dump(edition(60, "Still without", works=[2]))]).report
    assert report is not None
    assert report.editions == 3
    assert home.app.catalogue.by_key(["OL60M"]) == {}


# --- fetching --------------------------------------------------------------------------------------------------


@pytest.fixture
def mirror(home: Home) -> Iterator[Mirror]:
    """Where the three dumps stand that are needed, and the redirects; not the deletes."""
    with mirroring() as made:
        stand(made, DUMP)
        yield made


def stand(mirror: Mirror, lines: list[str]) -> None:
    for kind in ("author", "work", "edition", "redirect"):
        content = "".join(f"{line}\n" for line in lines if line.startswith(f"/type/{kind}\t"))
        mirror.files[f"/ol_dump_{kind}s_latest.txt.gz"] = content.encode()


def _dumps(home: Home) -> list[str]:
    return sorted(each.name for each in (home.folder / "catalogue" / "dumps").glob("*.gz"))


@pytest.fixture
def fetch(home: Home, mirror: Mirror) -> Callable[..., Refreshed]:
    return lambda **how: home.app.upkeep.refresh(source=mirror.url, **how)


def test_newer_dumps_are_fetched_loaded_and_removed(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed]
) -> None:
    stand(mirror, [*DUMP[:3], work(2, "Emma", 2, authors=[1], subjects=["Highbury"]), *DUMP[4:]])
    done = fetch()
    assert done.report is not None
    assert (done.report.editions, done.report.works, done.report.authors) == (3, 3, 2)
    assert done.effects[home.app.library_id].changed == 1
    assert _dumps(home) == []
    asked = len(mirror.asked)
    again = fetch()
    assert (again.report, again.generation, again.effects) == (None, done.generation, {})
    assert len(mirror.asked) == asked + 5  # asked whether there is anything newer, and told that there is not


def test_a_newer_file_brings_the_others_along(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed]
) -> None:
    fetch()
    stand(mirror, [*DUMP, author(7, "New")])
    done = fetch(keep=True)
    assert done.report is not None
    assert (done.report.editions, done.report.authors) == (3, 3)
    assert len(_dumps(home)) == 4
    assert fetch().report is None


def test_files_that_were_fetched_and_not_loaded_are_loaded_by_the_next_call(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(mirror, [*DUMP, author(7, "New")])
    monkeypatch.setattr("completist.catalog.build", _killed)
    before = generations.current(home.folder / "catalogue")
    with pytest.raises(KeyboardInterrupt):
        fetch()
    assert generations.current(home.folder / "catalogue") == before
    monkeypatch.undo()
    sent = len(mirror.server.seen)
    done = fetch()
    assert done.report is not None
    assert done.report.authors == 3
    assert len(mirror.server.seen) == sent + 5


def test_a_connection_that_breaks_is_gone_on_with_by_the_next_call(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed], monkeypatch: pytest.MonkeyPatch
) -> None:
    stand(mirror, [*DUMP, author(7, "New")])
    mirror.cuts = [20]
    monkeypatch.setattr(downloading, "TRIES", 1)
    with pytest.raises(Retryable, match="ol_dump_authors") as caught:
        fetch()
    assert "goes on" in caught.value.hint
    assert fetch().report is not None
    assert (f"/{NEEDED[0]}", "bytes=20-") in mirror.asked


def test_a_dump_that_is_missing_or_refused_is_named(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed]
) -> None:
    del mirror.files[f"/{NEEDED[1]}"]
    with pytest.raises(NotFound, match="ol_dump_works"):
        fetch()
    mirror.refusals = [(403, {}, b"")]
    with pytest.raises(CompletistError, match="ol_dump_authors") as caught:
        fetch()
    assert "--from" in caught.value.hint
    with pytest.raises(BadInput, match="no address"):
        home.app.upkeep.refresh(source="nowhere")


def test_a_list_of_sums_guards_fetched_and_local_files(
    home: Home, mirror: Mirror, fetch: Callable[..., Refreshed], tmp_path: Path
) -> None:
    sums = tmp_path / "sums"
    digest = hashlib.sha256(mirror.files[f"/{NEEDED[0]}"]).hexdigest()
    sums.write_text(f"{digest} *{NEEDED[0]}\n{'0' * 64}  ./{NEEDED[1]}\n")
    with pytest.raises(BadInput, match="ol_dump_works"):
        fetch(sums=sums)
    sums.write_text(f"{digest}  {NEEDED[0]}\n")
    assert fetch(sums=sums).report is not None
    sums.write_text(f"{digest}  dump.txt\n")
    with pytest.raises(BadInput, match=r"dump\.txt"):
        home.app.upkeep.refresh([home.dump()], sums=sums)
    for broken in ("nothing of the kind", "abc  dump.txt"):
        sums.write_text(broken)
        with pytest.raises(BadInput, match="sums"):
            home.app.upkeep.refresh([home.dump()], sums=sums)


def test_where_files_may_come_from() -> None:
    assert refreshing.site_of("https://openlibrary.org/data/") is refreshing.OFFICIAL
    assert not refreshing.OFFICIAL.local
    own = refreshing.site_of("http://mirror.lan/dumps/")
    assert (own.hosts, own.domains, own.local) == (frozenset({"mirror.lan"}), (), frozenset({"mirror.lan"}))


# --- overlay and database --------------------------------------------------------------------------------------


def test_the_overlay_is_believed_first_and_gives_way_to_a_dump_that_has_caught_up(home: Home) -> None:
    overlay = Overlay(home.folder / "catalogue")
    overlay.put(
        line.encode()
        for line in (
            edition(2, "Emma", 3, works=[2], authors=[1], isbn_13=[EMMA], publishers=["Overlay"]),
            author(2, "B. Stoker", 9),
        )
    )
    assert home.app.record(EMMA)["publisher"] == "Overlay"
    dump = home.dump(edition(2, "Emma", 4, works=[2], authors=[1], isbn_13=[EMMA], publishers=["Dump"]))
    assert home.app.upkeep.refresh([dump]).caught_up == 1
    assert home.app.record(EMMA)["publisher"] == "Dump"
    assert overlay.count() == 1


def test_a_site_that_reads_from_postgresql_publishes_there(
    database: Database, tmp_path: Path, postgres_server: str
) -> None:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        home = Home(database, tmp_path, url)
        home.begin()
        done = home.app.upkeep.refresh([home.dump(work(2, "Emma", 2, authors=[1], subjects=["Highbury"]))])
        assert done.published
        assert done.effects[home.app.library_id].changed == 1
        home.app.fill()
        assert home.book("Emma")["subjects"] == ["Highbury"]
        assert not home.app.upkeep.publish()
        home.app.catalogue.close()
