"""Reviewing: what a person decides stands, and what they typed is theirs through every re-run."""

from __future__ import annotations

import pytest
from tests.engine.cards.conftest import Desk

from completist.domain.errors import BadInput, Conflict, NotFound

QA = "Q: What is entropy?\nA: {}\n"


@pytest.fixture
def stocked(desk: Desk) -> Desk:
    desk.repo.save("one", {"a.md": QA.format("Disorder of some kind.")})
    desk.work()
    return desk


def test_a_suggestion_reaches_anki_only_when_it_is_accepted(stocked: Desk) -> None:
    assert not stocked.app.cards.export().parcels
    stocked.accept_all()
    assert len(stocked.app.cards.export().parcels) == 1


def test_what_was_typed_survives_every_edit_of_the_source(stocked: Desk) -> None:
    card = stocked.cards()[0]
    stocked.app.cards.edit(card.id, {"back": "My own words, in <b>."})
    stocked.repo.save("two", {"a.md": QA.format("The number of states.")})
    worked = stocked.work()
    after = stocked.cards()[0]
    assert after.state.value == "edited"
    assert after.fields["back"] == "My own words, in &lt;b&gt;."
    assert after.proposed == {"back": "The number of states."}
    assert worked.made.count.proposed == 1
    stocked.work(force=True)
    assert stocked.cards()[0].effective["back"] == "My own words, in <b>."


def test_a_proposed_change_is_taken_or_turned_down(stocked: Desk) -> None:
    card = stocked.cards()[0]
    stocked.app.cards.edit(card.id, {"back": "My own words."})
    with pytest.raises(Conflict):
        stocked.app.cards.decide([card.id], "take")
    stocked.repo.save("two", {"a.md": QA.format("The number of states.")})
    stocked.work()
    (kept,) = stocked.app.cards.decide([card.id], "keep")
    assert (kept.effective["back"], kept.proposed) == ("My own words.", {})
    stocked.app.cards.decide([card.id], "restore")
    (taken,) = stocked.app.cards.decide([card.id], "take")
    assert (taken.effective["back"], taken.state.value) == ("The number of states.", "accepted")


def test_a_discarded_card_never_comes_back(stocked: Desk) -> None:
    card = stocked.cards()[0]
    stocked.app.cards.decide([card.id], "discard")
    stocked.repo.save("two", {"a.md": QA.format("The number of states.")})
    stocked.work()
    stocked.work(force=True)
    assert [each.state.value for each in stocked.cards()] == ["discarded"]


def test_regenerating_gives_up_what_was_typed(stocked: Desk) -> None:
    card = stocked.cards()[0]
    stocked.app.cards.edit(card.id, {"front": "Mine?"})
    (anew,) = stocked.app.cards.decide([card.id], "regenerate")
    assert (anew.state.value, anew.typed, anew.regenerated) == ("pending", {}, 1)
    assert anew.fields["front"] == "What is entropy?"


def test_the_last_deed_is_taken_back(stocked: Desk) -> None:
    card = stocked.cards()[0]
    stocked.app.cards.edit(card.id, {"front": "Mine?"})
    stocked.app.cards.decide([card.id], "discard")
    assert stocked.app.cards.decide([card.id], "restore")[0].state.value == "edited"
    assert stocked.app.cards.decide([card.id], "restore")[0].state.value == "pending"
    with pytest.raises(Conflict):
        stocked.app.cards.decide([card.id], "restore")


def test_a_discarded_card_that_was_delivered_goes_out_once_more_as_retired(stocked: Desk) -> None:
    stocked.accept_all()
    verbs = stocked.app.cards
    verbs.delivered(verbs.export())
    assert not verbs.export(changed=True).parcels
    verbs.decide([stocked.cards()[0].id], "discard")
    (parcel,) = (made := verbs.export(changed=True)).parcels
    assert parcel.finished.retired
    verbs.delivered(made)
    assert not verbs.export(changed=True).parcels
    assert not verbs.export().parcels


def test_a_package_of_the_same_cards_is_the_same_bytes(stocked: Desk) -> None:
    stocked.accept_all()
    assert stocked.app.cards.export().body == stocked.app.cards.export().body


def test_without_anki_there_is_a_package_of_what_is_new(stocked: Desk) -> None:
    stocked.accept_all()
    done = stocked.app.cards.push()
    assert done.code == "anki_away"
    assert done.fallback is not None
    assert done.fallback.new == 1


def test_what_cannot_be_is_refused(stocked: Desk) -> None:
    card = stocked.cards()[0]
    verbs = stocked.app.cards
    with pytest.raises(BadInput, match="no part"):
        verbs.edit(card.id, {"text": "x"})
    with pytest.raises(BadInput, match="some text"):
        verbs.edit(card.id, {"front": "  "})
    with pytest.raises(BadInput, match="no action"):
        verbs.decide([card.id], "explode")
    with pytest.raises(NotFound):
        verbs.decide([card.id + 99], "accept")
    with pytest.raises(BadInput, match="no format"):
        verbs.export("mochi")
