"""Our packages in the real Anki: whatever a person did to a card there, it stays done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from completist.domain.cards import Finished, Form
from completist.sinks.apkg import write_package
from completist.sinks.apkg.note_types import BASIC, CLOZE
from completist.sinks.apkg.package import packages

anki = pytest.importorskip("anki.collection")

T0 = 1_790_000_000  # long before now: an edit in Anki is always younger than what we made


def card(uid: str, front: str = "What is it?", **more: object) -> Finished:
    made = Finished(
        uid,
        Form.BASIC,
        {"front": front, "back": "An answer.", "extra": "Topology"},
        "Maths::Topology",
        ("git::notes", "git::kind::definition"),
        "notes a.tex:2@5918677980d5",
        "parser-1/cards-1/render-1",
        T0,
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def cloze(uid: str, text: str, modified: int = T0) -> Finished:
    return replace(card(uid), form=Form.CLOZE, parts={"text": text}, modified=modified)


class Anki:
    """A collection of the real Anki, and the options by which it imports."""

    def __init__(self, folder: Path, **options: bool) -> None:
        self.folder = folder
        self.options = options
        self.col = anki.Collection(str(folder / "collection.anki2"))

    def take(self, *cards: Finished) -> dict[str, int]:
        """Import a package of these cards; how many notes came to what."""
        path = self.folder / "cards.apkg"
        path.write_bytes(write_package(cards))
        request = anki.ImportAnkiPackageRequest(
            package_path=str(path),
            options=anki.ImportAnkiPackageOptions(**self.options),
        )
        log = self.col.import_anki_package(request).log
        return {name: len(getattr(log, name)) for name in ("new", "updated", "duplicate", "conflicting")}

    def note(self, uid: str) -> object:
        (found,) = self.col.find_notes(f"Key:{uid}")
        return self.col.get_note(found)

    def field(self, uid: str, name: str) -> str:
        return str(self.note(uid)[name])  # type: ignore[index]  # a note of Anki's

    def cards_of(self, uid: str) -> list[object]:
        return list(self.note(uid).cards())  # type: ignore[attr-defined]  # likewise


#: As its window imports unless told otherwise, and as the add-on AnkiConnect does.
WAYS = {"window": {}, "add-on": {"merge_notetypes": True, "with_scheduling": True}}


@pytest.fixture(params=WAYS)
def collection(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Anki]:
    made = Anki(tmp_path, **WAYS[request.param])
    yield made
    made.col.close()


def test_new_cards_arrive_with_their_deck_tags_and_fields(collection: Anki) -> None:
    assert collection.take(card("a"), cloze("b", "The {{c1::mitochondrion}} makes {{c2::ATP}}"))["new"] == 2
    note = collection.note("a")
    assert note.fields[1] == "What is it?"  # type: ignore[attr-defined]  # a note of Anki's
    assert set(note.tags) == {"git::notes", "git::kind::definition"}  # type: ignore[attr-defined]  # likewise
    assert len(collection.cards_of("b")) == 2
    assert collection.col.decks.name(collection.cards_of("a")[0].did) == "Maths::Topology"  # type: ignore[attr-defined]  # likewise


def test_the_same_package_again_changes_nothing(collection: Anki) -> None:
    collection.take(card("a"))
    told = collection.take(card("a"))
    assert (told["new"], told["updated"], told["duplicate"]) == (0, 0, 1)
    assert collection.col.note_count() == 1


def test_a_changed_card_is_updated_and_keeps_its_schedule(collection: Anki) -> None:
    collection.take(card("a"))
    learnt = collection.cards_of("a")[0]
    learnt.type, learnt.queue, learnt.ivl, learnt.due, learnt.reps = 2, 2, 30, 40, 7  # type: ignore[attr-defined]  # a card of Anki's
    collection.col.update_card(learnt)
    assert collection.take(card("a", "What is it really?", modified=T0 + 1))["updated"] == 1
    assert collection.field("a", "Front") == "What is it really?"
    after = collection.cards_of("a")[0]
    assert (after.type, after.queue, after.ivl, after.due, after.reps) == (2, 2, 30, 40, 7)  # type: ignore[attr-defined]  # likewise


def test_a_card_moved_to_another_deck_stays_there_and_is_updated(collection: Anki) -> None:
    collection.take(card("a"))
    mine = collection.col.decks.id("My own deck")
    collection.col.set_deck([collection.cards_of("a")[0].id], mine)  # type: ignore[attr-defined]  # a card of Anki's
    assert collection.take(card("a", "Changed?", modified=T0 + 1))["updated"] == 1
    assert collection.field("a", "Front") == "Changed?"
    assert collection.cards_of("a")[0].did == mine  # type: ignore[attr-defined]  # likewise


def test_a_deck_of_the_same_name_takes_our_cards(collection: Anki) -> None:
    mine = collection.col.decks.id("Maths::Topology")
    collection.take(card("a"))
    assert collection.cards_of("a")[0].did == mine  # type: ignore[attr-defined]  # a card of Anki's
    assert [each.name for each in collection.col.decks.all_names_and_ids()].count("Maths::Topology") == 1


def test_what_a_person_edited_in_anki_stays(collection: Anki) -> None:
    collection.take(card("a"))
    note = collection.note("a")
    note["Front"] = "My own words?"  # type: ignore[index]  # a note of Anki's
    note.tags.append("mine")  # type: ignore[attr-defined]  # likewise
    collection.col.update_note(note)
    collection.take(card("a", "Newer than before, older than the edit", modified=T0 + 1))
    assert collection.field("a", "Front") == "My own words?"
    assert "mine" in collection.note("a").tags  # type: ignore[attr-defined]  # likewise


def test_of_one_package_each_note_goes_by_its_own_time(collection: Anki) -> None:
    collection.take(card("a"), card("b"))
    note = collection.note("a")
    note["Back"] = "Mine."  # type: ignore[index]  # a note of Anki's
    collection.col.update_note(note)
    told = collection.take(card("a", "New?", modified=T0 + 1), card("b", "New?", modified=T0 + 1), card("c"))
    assert (told["new"], told["updated"]) == (1, 1)
    assert (collection.field("a", "Front"), collection.field("a", "Back")) == ("What is it?", "Mine.")
    assert collection.field("b", "Front") == "New?"


def test_what_was_answered_stays_in_the_log_of_reviews(collection: Anki) -> None:
    collection.take(card("a"))
    collection.col.decks.select(collection.cards_of("a")[0].did)  # type: ignore[attr-defined]  # a card of Anki's
    asked = collection.col.sched.getCard()
    asked.start_timer()
    collection.col.sched.answerCard(asked, 3)
    collection.take(card("a", "Changed?", modified=T0 + 1))
    assert collection.col.db.scalar("SELECT count() FROM revlog") == 1
    assert collection.cards_of("a")[0].reps == 1  # type: ignore[attr-defined]  # likewise


def test_a_note_type_that_a_person_restyled_takes_our_cards_and_keeps_its_fields(collection: Anki) -> None:
    collection.take(card("a"))
    kind = collection.col.models.by_name("Completist Basic")
    kind["css"] += "\n.card { color: teal }"
    collection.col.models.update_dict(kind)
    told = collection.take(card("a", "Changed?", modified=T0 + 1), card("b"))
    assert (told["new"], told["updated"], told["conflicting"]) == (1, 1, 0)
    after = collection.col.models.by_name("Completist Basic")
    assert after["id"] == kind["id"]
    assert [each["name"] for each in after["flds"]] == list(BASIC.fields)
    assert "teal" in after["css"]


def test_a_suspended_card_stays_suspended(collection: Anki) -> None:
    collection.take(card("a"))
    collection.col.sched.suspend_cards([collection.cards_of("a")[0].id])  # type: ignore[attr-defined]  # a card of Anki's
    assert collection.take(card("a", "Changed?", modified=T0 + 1))["updated"] == 1
    assert collection.field("a", "Front") == "Changed?"
    assert collection.cards_of("a")[0].queue == -1  # type: ignore[attr-defined]  # likewise


def test_a_deleted_card_comes_back_only_if_it_is_sent_again(collection: Anki) -> None:
    collection.take(card("a"), card("b"))
    collection.col.remove_notes(collection.col.find_notes("Key:a"))
    collection.take(card("b", modified=T0 + 1))
    assert not collection.col.find_notes("Key:a")
    assert collection.take(card("a"))["new"] == 1


def test_a_retired_card_is_tagged_and_nothing_else(collection: Anki) -> None:
    collection.take(card("a"))
    collection.take(card("a", modified=T0 + 1, retired=True))
    assert "completist::retired" in collection.note("a").tags  # type: ignore[attr-defined]  # a note of Anki's
    assert len(collection.cards_of("a")) == 1


def test_another_deck_moves_nothing_that_is_there(collection: Anki) -> None:
    collection.take(card("a"))
    collection.take(card("a", deck="Elsewhere", modified=T0 + 1))
    assert collection.col.decks.name(collection.cards_of("a")[0].did) == "Maths::Topology"  # type: ignore[attr-defined]  # a card of Anki's


def test_the_note_types_are_taken_once_and_never_change(collection: Anki) -> None:
    for turn in range(3):
        collection.take(card(f"n{turn}"), cloze(f"c{turn}", "A {{c1::b}}"))
    ours = [each.name for each in collection.col.models.all_names_and_ids() if "Completist" in each.name]
    assert sorted(ours) == ["Completist Basic", "Completist Cloze"]


def test_a_note_type_that_a_person_renamed_takes_our_cards_and_keeps_its_name(collection: Anki) -> None:
    collection.take(card("a"))
    kind = collection.col.models.by_name("Completist Basic")
    kind["name"] = "From my notes"
    collection.col.models.update_dict(kind)
    assert collection.take(card("a", "Changed?", modified=T0 + 1), card("b"))["updated"] == 1
    assert collection.note("b").mid == kind["id"]  # type: ignore[attr-defined]  # a note of Anki's
    assert collection.col.models.by_name("Completist Basic") is None


def test_a_field_that_a_person_gave_the_note_type_is_never_lost(collection: Anki) -> None:
    """Another shape is another note type to Anki: what is there stays as it was, and what is new still comes."""
    collection.take(card("a"))
    kind = collection.col.models.by_name("Completist Basic")
    collection.col.models.add_field(kind, collection.col.models.new_field("Mnemonic"))
    collection.col.models.update_dict(kind)
    note = collection.note("a")
    note["Mnemonic"] = "Coffee cup"  # type: ignore[index]  # a note of Anki's
    collection.col.update_note(note)
    told = collection.take(card("a", "Changed?", modified=T0 + 1), card("b"))
    assert (told["new"], told["updated"]) == (1, 0)
    assert (collection.field("a", "Front"), collection.field("a", "Mnemonic")) == (
        "What is it?",
        "Coffee cup",
    )


def test_packages_whose_notes_have_the_same_numbers_are_both_taken(collection: Anki) -> None:
    """Numbers of notes begin anew in every package; it is the guid that says which one it is."""
    collection.take(card("a"), cloze("b", "{{c1::one}} {{c2::two}}"))
    assert collection.take(cloze("c", "{{c1::one}}"), card("d"))["new"] == 2
    assert len(collection.col.find_notes("Key:_*")) == 4
    assert [len(collection.cards_of(uid)) for uid in "abcd"] == [1, 2, 1, 1]


def test_a_further_deletion_adds_a_card_and_keeps_the_first(collection: Anki) -> None:
    collection.take(cloze("a", "{{c1::one}} two"))
    first = collection.cards_of("a")[0].id  # type: ignore[attr-defined]  # a card of Anki's
    collection.take(cloze("a", "{{c1::one}} {{c2::two}}", T0 + 1))
    ids = [each.id for each in collection.cards_of("a")]  # type: ignore[attr-defined]  # likewise
    assert len(ids) == 2
    assert first in ids


def test_five_hundred_cards_of_one_question_are_as_many_notes(collection: Anki) -> None:
    cards = [card(f"u{number:03}") for number in range(500)]
    assert collection.take(*cards)["new"] == 500


# --- the package itself ----------------------------------------------------------------------------------------


def test_the_same_cards_in_any_order_are_the_same_bytes() -> None:
    cards = [card("a"), card("b"), cloze("c", "{{c1::x}}")]
    assert write_package(cards) == write_package(cards[::-1])


def test_note_types_are_frozen() -> None:
    """Changing an id or a field makes every card of every user a second note. A new shape takes a new note type."""
    assert (BASIC.id, BASIC.fields) == (BASIC_ID, ("Key", "Front", "Back", "Extra", "Source", "Pipeline"))
    assert (CLOZE.id, CLOZE.fields) == (CLOZE_ID, ("Key", "Text", "Extra", "Source", "Pipeline"))
    assert json.dumps(BASIC.declared(), sort_keys=True) == json.dumps(BASIC.declared(), sort_keys=True)


def test_cards_are_parted_by_the_size_of_their_package() -> None:
    cards = [card(str(number), "".join(uuid4().hex for _ in range(300))) for number in range(40)]
    whole = len(write_package(cards))
    made = list(packages(cards, whole // 4))
    assert [each for part, _ in made for each in part] == cards
    assert all(len(body) <= whole // 4 for _, body in made)
    assert all(body == write_package(part) for part, body in made)


BASIC_ID, CLOZE_ID = 99826231728183, 186255068121770
