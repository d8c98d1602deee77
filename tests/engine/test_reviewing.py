from __future__ import annotations

import pytest
from tests.support.cellars import Cellar, fills
from tests.support.databases import content
from tests.support.wines import Record

from completist.domain.errors import Conflict, NotFound
from completist.domain.matching import Verdict
from completist.store.matches import Proposal

CHIANTI = {"id": "1", "name": "Chianti"}
NEAR = Record("W2", {"region": "Tuscany", "vintage": 2001}, sure=False)
FAR = Record("W3", {"region": "Elsewhere"}, sure=False)


@pytest.fixture
def unsure(cellar: Cellar) -> Cellar:
    """A library in which one proposal waits."""
    cellar.know("Chianti", NEAR, FAR)
    cellar.bring(CHIANTI)
    assert fills(cellar.fill()) == (0, 0, 1, 0)
    return cellar


def _waiting(cellar: Cellar) -> Proposal:
    (proposal,) = cellar.app.proposals()
    return proposal


def test_an_uncertain_match_writes_nothing_and_waits(unsure: Cellar) -> None:
    proposal = _waiting(unsure)
    assert unsure.data("1") == {"name": "Chianti"}
    assert [c.record for c in proposal.candidates] == ["W2", "W3"]
    assert (proposal.reasons, proposal.confidence) == (("several",), 0.8)
    assert unsure.app.waiting() == 1
    assert list(unsure.app.proposals(at_least=0.81)) == []


def test_an_accepted_candidate_is_written_as_the_providers_word(unsure: Cellar) -> None:
    assert unsure.app.accept(_waiting(unsure).id) == 2
    view = unsure.item("1")
    assert view.data == {"name": "Chianti", "region": "Tuscany", "vintage": 2001}
    assert (view.values["region"].source, view.values["region"].record) == ("atlas", "W2")
    match = view.matches["wine-facts"]
    assert (match.verdict, match.record, match.reasons[0]) == (Verdict.AUTO, "W2", "accepted_by_you")
    assert unsure.app.waiting() == 0


def test_another_candidate_than_the_first_may_be_taken(unsure: Cellar) -> None:
    unsure.app.accept(_waiting(unsure).id, "W3")
    assert unsure.data("1")["region"] == "Elsewhere"


def test_an_accepted_record_stays_chosen_when_the_item_is_looked_up_again(unsure: Cellar) -> None:
    unsure.app.accept(_waiting(unsure).id, "W3")
    unsure.bring({**CHIANTI, "ean": "5"})
    assert fills(unsure.fill()) == (1, 0, 0, 0)
    assert unsure.data("1")["region"] == "Elsewhere"


def test_a_rejected_candidate_is_never_offered_again(unsure: Cellar) -> None:
    unsure.app.reject(_waiting(unsure).id)
    assert unsure.data("1") == {"name": "Chianti"}
    assert unsure.item("1").matches["wine-facts"].reasons == ("rejected_by_you",)
    assert fills(unsure.fill(again=True)) == (0, 1, 0, 0)
    unsure.bring({**CHIANTI, "ean": "5"})
    unsure.know("Chianti", NEAR, FAR, Record("W4", {"region": "Sicily"}, sure=False))
    assert fills(unsure.fill()) == (0, 0, 1, 0)
    assert [c.record for c in _waiting(unsure).candidates] == ["W4"]


def test_a_proposal_is_decided_once(unsure: Cellar) -> None:
    proposal = _waiting(unsure)
    unsure.app.reject(proposal.id)
    before = content(unsure.database)
    with pytest.raises(Conflict, match="rejected already"):
        unsure.app.accept(proposal.id)
    with pytest.raises(Conflict):
        unsure.app.reject(proposal.id)
    assert content(unsure.database) == before


def test_what_is_not_offered_cannot_be_taken(unsure: Cellar) -> None:
    with pytest.raises(NotFound, match="does not offer W9") as caught:
        unsure.app.accept(_waiting(unsure).id, "W9")
    assert "W2, W3" in caught.value.hint
    with pytest.raises(NotFound, match="no proposal 999"):
        unsure.app.accept(999)
    assert unsure.app.waiting() == 1


def test_a_proposal_goes_when_newer_input_answers_it(unsure: Cellar) -> None:
    unsure.know("Chianti Classico", Record("W9", {"region": "Siena"}))
    unsure.bring({"id": "1", "name": "Chianti Classico"})
    assert fills(unsure.fill()) == (1, 0, 0, 0)
    assert unsure.app.waiting() == 0
    assert unsure.data("1")["region"] == "Siena"


def test_accepting_does_not_touch_what_a_person_typed(unsure: Cellar) -> None:
    unsure.app.set(unsure.item("1").id, {"region": "Mine"})
    unsure.app.accept(_waiting(unsure).id)
    assert unsure.data("1") == {"name": "Chianti", "region": "Mine", "vintage": 2001}
