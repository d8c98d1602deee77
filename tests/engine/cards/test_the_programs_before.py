"""What went wrong in the program that this one follows: one test for each row of the list."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from tests.engine.cards.conftest import Desk

from completist.app.cards import Selector
from completist.domain.cards import constant_id, guid
from completist.domain.errors import BadInput, NotFound
from completist.domain.run import RunState
from completist.sinks.apkg.collection import deck_id

QA = "Q: What is entropy?\nA: {}\n"


def test_row_1_finished_jobs_do_not_stand_in_the_way_of_new_ones(desk: Desk) -> None:
    """Its unique index covered finished jobs, and ignored repository, user and version."""
    sha = desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.work(commit_ids=(sha,))
    (done,) = desk.app.ledger.jobs()
    again, new, _ = desk.app.cards.reprocess(Selector(commit_ids=(sha,)))
    assert new
    assert again.job.id != done.job.id
    with desk.app.database.read() as connection:
        (index,) = [i for i in inspect(connection).get_indexes("jobs") if i["name"] == "uq_jobs_open"]
    assert index["column_names"] == ["library_id", "idempotency_key"]
    assert any("where" in str(key) for key in index.get("dialect_options", {}))


def test_row_2_work_survives_the_request_and_belongs_to_a_registered_repository(desk: Desk) -> None:
    """Its work began un-awaited in a request, for whatever path the client sent."""
    sha = desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.app.cards.shelf.add(str(desk.repo.path))
    view, _, _ = desk.app.cards.reprocess(Selector(commit_ids=(sha,)))
    with desk.app.database.read() as connection:  # it stands in the ledger, not in a process
        states = (
            connection.execute(text("SELECT state FROM runs WHERE pipeline = 'commit-cards'")).scalars().all()
        )
    assert list(states) == [RunState.READY.value]
    assert view.job.state == "running"
    with pytest.raises(BadInput, match="outside"):
        desk.app.cards.shelf.add("/etc")
    with pytest.raises(NotFound):
        desk.app.cards.reprocess(Selector(repository="/etc"))


def test_row_3_there_is_one_truth(desk: Desk) -> None:
    """Its state file said one thing and its database another, and hid commits from the command line."""
    sha = desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.work()
    assert not list(desk.repo.path.rglob("*state*"))
    view = desk.app.cards.statuses([sha])[sha]
    assert view is not None
    assert view.status == "processed"
    assert [each.status for each in desk.app.cards.commits()] == ["processed"]
    with desk.app.database.write() as connection:
        connection.execute(text("DELETE FROM job_runs"))
        connection.execute(text("DELETE FROM runs"))
    assert [each.status for each in desk.app.cards.commits()] == ["new"]


def test_row_4_since_a_commit_includes_that_commit_and_the_first_one_too(desk: Desk) -> None:
    """Its `--since X` left X out, and needed a special case for the root."""
    shas = [
        desk.repo.save(f"n {n}", {f"{n}.md": f"Q: What is {n}?\nA: Number {n} itself.\n"}) for n in range(3)
    ]
    desk.app.cards.shelf.add(str(desk.repo.path))
    view, _, _ = desk.app.cards.reprocess(Selector(first=shas[0]))
    assert view.job.total == 3
    desk.app.cards.work_off(view.job.id)
    assert len(desk.fronts()) == 3
    desk.dev_mode()
    assert desk.app.cards.reprocess(Selector(first=shas[1]), force=True)[0].job.total == 2


def test_row_5_an_edit_is_no_new_card(desk: Desk) -> None:
    """Its guid was a digest of the content, later an index, later a digest again: each edit lost its history."""
    desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.work()
    desk.accept_all()
    before = desk.app.cards.export().parcels[0].finished
    desk.repo.save(
        "two", {"a.md": "Q: A first question?\nA: Before it.\n\n" + QA.format("The number of states.")}
    )
    desk.work()
    desk.accept_all()
    after = {p.finished.parts["front"]: p.finished for p in desk.app.cards.export().parcels}
    assert after["What is entropy?"].guid == before.guid
    assert after["What is entropy?"].modified > before.modified
    assert len({each.guid for each in after.values()}) == 2


def test_row_6_nothing_is_ever_written_to_the_repository(desk: Desk) -> None:
    """It wrote comments with guids into people's notes. Ids that stand there are honoured."""
    note = "% anki-tex-guid: abc123\n\\begin{definition}[Open set]\nA union of balls.\n\\end{definition}\n"
    desk.repo.save("one", {"a.tex": note})
    before = {path: path.read_bytes() for path in sorted(desk.repo.path.rglob("*")) if path.is_file()}
    desk.work()
    desk.accept_all()
    desk.app.cards.export()
    assert {path: path.read_bytes() for path in sorted(desk.repo.path.rglob("*")) if path.is_file()} == before
    with desk.app.database.read() as connection:
        assert connection.execute(text("SELECT key FROM blocks")).scalars().all() == ["abc123"]


def test_row_7_ids_of_decks_and_types_are_the_same_in_every_process() -> None:
    """Its deck ids came from `hash`, which is another in each process; its model ids from an example of a library."""
    asked = "from completist.sinks.apkg.collection import deck_id; print(deck_id('Maths'))"
    said = {
        subprocess.run(
            [sys.executable, "-c", asked],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {str(deck_id("Maths"))}
    assert constant_id("note-type:Completist Basic") not in (1607392319, 1091735104)


def test_row_8_a_card_is_known_by_its_key_and_not_by_a_guid_that_is_ignored(
    desk: Desk, tmp_path: Path
) -> None:
    """It sent a guid to `addNotes`, which ignores it. Ours goes in a package, and stands in the first field, too."""
    pytest.importorskip("anki.collection")
    from tests.support.anki_connect import FakeAnki  # noqa: PLC0415 - needs Anki

    desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.work()
    desk.accept_all()
    (parcel,) = desk.app.cards.export().parcels
    anki = FakeAnki(tmp_path)
    try:
        desk.app.settings = replace(desk.app.settings, anki_connect=anki.url)
        (told,) = desk.app.cards.push().told
        (found,) = anki.ids(parcel.card.uid)
        note = anki.col.get_note(found)
        assert (told.outcome, note.guid, note["Key"]) == ("created", guid(parcel.card.uid), parcel.card.uid)
        assert anki.calls["addNote"] + anki.calls["addNotes"] == 0
        desk.app.cards.push()
        assert anki.col.note_count() == 1
    finally:
        anki.close()


def test_row_10_maths_is_delimited_as_anki_wants_it(desk: Desk) -> None:
    """It left dollars, which Anki shows as dollars."""
    desk.repo.save("one", {"a.md": "Q: What is $E$?\nA: $$E = mc^2$$ for 5$ a piece\n"})
    desk.work()
    (card,) = desk.cards()
    assert card.fields["front"] == r"What is \(E\)?"
    assert card.fields["back"] == r"\[E = mc^2\] for 5$ a piece"
