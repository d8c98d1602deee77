"""AnkiConnect's contract, and the life of our cards under it: on what plays the add-on, and on the add-on itself.

The add-on is asked where ``ANKICONNECT_TEST_URL`` names it (and ``ANKICONNECT_TEST_KEY`` its key, if it wants one). Its
profile has to be one that may be thrown away, and must hold no notes: the suite refuses another. It deletes its notes
and its decks when it is done; the two note types stay, since no action removes any.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from completist.domain.cards import Finished, Form
from completist.domain.errors import ActionRequired
from completist.engine.cards.delivering import base_of, digest
from completist.net.neighbour import Neighbour
from completist.sdk.posting import Posted
from completist.sinks.anki_connect import AnkiConnect, Given, Told, push
from completist.sinks.anki_connect.calls import Refused

pytest.importorskip("anki.collection")

from tests.support.anki_connect import FakeAnki

URL, KEY = os.environ.get("ANKICONNECT_TEST_URL", ""), os.environ.get("ANKICONNECT_TEST_KEY", "")
DECK, OTHER = "Completist test", "Completist test elsewhere"

#: Older than any edit that a test makes in Anki.
T0 = 1_700_000_000


class Peer:
    """A running Anki, played or real."""

    def __init__(self, url: str, key: str = "") -> None:
        self.url = url
        self.key = key
        self.call = AnkiConnect(Neighbour(url), key)

    def push(self, *given: Given, note: Callable[[object], None] = lambda _told: None) -> dict[str, Told]:
        return {each.uid: each for each in push(self.call, given, digest, note)}

    def outcome(self, given: Given) -> str:
        return self.push(given)[given.card.uid].outcome

    def note(self, uid: str) -> dict[str, Any]:
        (found,) = self.call("notesInfo", notes=self.call("findNotes", query=f"Key:{uid}"))
        return dict(found)

    def field(self, uid: str, name: str) -> str:
        return str(self.note(uid)["fields"][name]["value"])

    def post(self, body: bytes, **headers: str) -> httpx2.Response:
        sent = {"Connection": "close", **headers}
        with httpx2.Client(timeout=30, trust_env=False) as client:
            return client.post(self.url, content=body, headers=sent)

    def said(self, action: str, version: int | None = 6, **params: object) -> Any:  # noqa: ANN401 - JSON is what it is
        asked: dict[str, Any] = {"action": action, "params": params}
        asked |= {"version": version} if version else {}
        asked |= {"key": self.key} if self.key else {}
        return self.post(json.dumps(asked).encode()).json()

    def settle(self) -> None:
        """Let what a window of Anki does on its own time come to its end."""
        for _ in range(30):  # each call waits for Anki's next turn
            self.call("version")

    def tidy(self) -> None:
        """Take away what tests made."""
        made = self.call("findNotes", query=f'"deck:{DECK}*"')
        self.call("deleteNotes", notes=made)
        decks = [deck for deck in self.call("deckNames") if deck.startswith(DECK)]
        if decks:
            self.call("deleteDecks", decks=decks, cardsToo=True)


@pytest.fixture(params=["played", "real"])
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Peer]:
    if request.param == "played":
        fake = FakeAnki(tmp_path)
        yield Peer(fake.url)
        fake.close()
        return
    if not URL:
        pytest.skip("set ANKICONNECT_TEST_URL to a disposable Anki with AnkiConnect")
    with (Path(tempfile.gettempdir()) / "completist-anki.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one test at a time, whatever runs beside it
        yield from _real()


def _real() -> Iterator[Peer]:
    real = Peer(URL, KEY)
    real.tidy()
    foreign = real.call("findNotes", query="deck:*")
    if foreign:
        pytest.fail(f"The profile holds {len(foreign)} notes: the suite wants one that may be thrown away.")
    try:
        yield real
    finally:
        real.call("guiBrowse", query="nid:1")
        real.tidy()


def card(uid: str = "", front: str = "What is it?", **more: object) -> Finished:
    parts = {"front": front, "back": "An answer &#91;with&#93; <b>ü</b> \\(x^2\\)"}
    made = Finished(
        uid or uuid4().hex, Form.BASIC, parts, DECK, ("git::notes",), "a.md:1@abc", "parser-1", T0
    )
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def later(one: Finished, front: str, seconds: int = 1) -> Finished:
    return replace(one, parts={**one.parts, "front": front}, modified=one.modified + seconds)


def pushed(one: Finished, base: Finished) -> Given:
    return Given(one, base_of(base), pushed=True)


# --- the life of a card ------------------------------------------------------------------------------------------


def test_a_card_is_created_once_and_then_updated(peer: Peer) -> None:
    one = card()
    cloze = replace(card(), form=Form.CLOZE, parts={"text": "A {{c1::b}} and {{c2::c}}"})
    assert {each.outcome for each in peer.push(Given(one), Given(cloze)).values()} == {"created"}
    assert len(peer.note(cloze.uid)["cards"]) == 2
    assert peer.field(one.uid, "Back") == one.parts["back"]
    assert peer.outcome(Given(one)) == "unchanged"
    two = later(one, "What is it now?")
    assert peer.outcome(pushed(two, one)) == "updated"
    assert peer.field(one.uid, "Front") == "What is it now?"
    assert peer.outcome(pushed(two, two)) == "unchanged"


def test_a_thousand_and_more_cards_go_in_parts_and_all_arrive(peer: Peer) -> None:
    cards = [card(front=f"Question {number}?") for number in range(1500)]
    noise = [replace(each, parts={**each.parts, "back": uuid4().hex * 60}) for each in cards]
    told = peer.push(*map(Given, noise))
    assert {each.outcome for each in told.values()} == {"created"}
    assert len(peer.call("findNotes", query=f'"deck:{DECK}"')) == 1500


def test_an_add_on_that_imports_no_packages_takes_each_note_by_itself(peer: Peer) -> None:
    send = peer.call.post

    def older(body: bytes, *, patience: float) -> Posted:
        return send(body.replace(b'"importPackage"', b'"importNothing"'), patience=patience)

    peer.call = replace(peer.call, post=older)
    one, two = card(), replace(card(), form=Form.CLOZE, parts={"text": "A {{c1::b}} and {{c2::c}}"})
    assert {each.outcome for each in peer.push(Given(one), Given(two)).values()} == {"created"}
    assert len(peer.note(two.uid)["cards"]) == 2
    newer = later(one, "What is it now?")
    assert peer.outcome(pushed(newer, one)) == "updated"
    assert peer.field(one.uid, "Front") == "What is it now?"
    assert peer.outcome(pushed(replace(newer, retired=True), newer)) == "updated"
    assert "completist::retired" in peer.note(one.uid)["tags"]


def test_what_a_person_typed_stays_and_the_rest_follows(peer: Peer) -> None:
    one = card()
    peer.push(Given(one))
    note = peer.note(one.uid)["noteId"]
    peer.call("updateNoteFields", note={"id": note, "fields": {"Front": "My own words"}})
    peer.call("addTags", notes=[note], tags="mine leech")
    two = later(one, "Ours now")
    two = replace(two, parts={**two.parts, "back": "A new answer"})
    told = peer.push(pushed(two, one))[one.uid]
    assert (told.outcome, told.kept) == ("kept_yours", ("front",))
    assert (peer.field(one.uid, "Front"), peer.field(one.uid, "Back")) == ("My own words", "A new answer")
    assert {"mine", "leech", "git::notes"} <= set(peer.note(one.uid)["tags"])


def test_a_suspended_or_moved_card_stays_so(peer: Peer) -> None:
    one = card()
    peer.push(Given(one))
    ids = peer.note(one.uid)["cards"]
    peer.call("suspend", cards=ids)
    peer.call("changeDeck", cards=ids, deck=OTHER)
    assert peer.outcome(pushed(later(one, "Changed?"), one)) == "updated"
    assert peer.call("areSuspended", cards=ids) == [True]
    assert list(peer.call("getDecks", cards=ids)) == [OTHER]


def test_a_deleted_card_is_not_put_back(peer: Peer) -> None:
    one, two = card(), card()
    peer.push(Given(one), Given(two))
    peer.call("deleteNotes", notes=[peer.note(one.uid)["noteId"]])
    told = peer.push(pushed(later(one, "Changed?"), one), pushed(two, two))
    assert (told[one.uid].outcome, told[two.uid].outcome) == ("deleted_there", "unchanged")
    assert peer.call("findNotes", query=f"Key:{one.uid}") == []


def test_a_retired_card_is_tagged(peer: Peer) -> None:
    one = card()
    peer.push(Given(one))
    assert peer.outcome(pushed(replace(one, retired=True, modified=T0 + 1), one)) == "updated"
    assert "completist::retired" in peer.note(one.uid)["tags"]


def test_a_push_that_nobody_could_note_doubles_nothing(peer: Peer) -> None:
    def killed(_told: object) -> None:
        raise KeyboardInterrupt

    one = card()
    with pytest.raises(KeyboardInterrupt):
        peer.push(Given(one), note=killed)
    assert peer.outcome(Given(one)) == "unchanged"
    assert len(peer.call("findNotes", query=f"Key:{one.uid}")) == 1


@pytest.mark.parametrize("then", ["nothing", "another"])
def test_a_browser_that_shows_the_note_takes_nothing_back(peer: Peer, then: str) -> None:
    one, two = card(), card(front="Another?")
    peer.push(Given(one), Given(two))
    peer.call("guiBrowse", query=f"Key:{one.uid}")
    assert peer.outcome(pushed(later(one, "Changed while shown"), one)) == "updated"
    assert peer.call("guiSelectedNotes") == [peer.note(one.uid)["noteId"]]  # the window shows what it showed
    peer.call("guiBrowse", query="nid:1" if then == "nothing" else f"Key:{two.uid}")
    peer.settle()
    assert peer.field(one.uid, "Front") == "Changed while shown"


#: Fields as we render them, and as Anki's editor writes them down once it has shown them.
WRITTEN_ANEW = [
    ("An answer &#91;with&#93; <b>ü</b> \\(x^2\\)", "An answer [with] <b>ü</b> \\(x^2\\)"),
    ("a &lt;b&gt; &amp; c &quot;q&quot; &#x27;s&#x27;", "a &lt;b&gt; &amp; c \"q\" 's'"),
    ("x&#123;&#125;<br />y&#8203;&nbsp;z", "x{}<br>y\u200b&nbsp;z"),
]


@pytest.mark.parametrize(("ours", "theirs"), WRITTEN_ANEW)
def test_a_field_that_anki_wrote_anew_is_no_edit_of_a_person(peer: Peer, ours: str, theirs: str) -> None:
    one = replace(card(), parts={"front": "What?", "back": ours})
    peer.push(Given(one))
    note = peer.note(one.uid)["noteId"]
    peer.call("updateNoteFields", note={"id": note, "fields": {"Back": theirs}})
    assert peer.outcome(pushed(one, one)) == "unchanged"
    two = later(replace(one, parts={"front": "What?", "back": f"{ours} and more"}), "What now?")
    assert peer.outcome(pushed(two, one)) == "updated"
    assert peer.field(one.uid, "Back").endswith(" and more")
    peer.call(
        "updateNoteFields", note={"id": note, "fields": {"Back": theirs.replace("&lt;b&gt;", "<b>") + "!"}}
    )
    assert peer.outcome(pushed(later(two, "And now?"), two)) == "kept_yours"


def test_nothing_is_left_in_the_folder_of_media(peer: Peer) -> None:
    peer.push(Given(card()))
    folder = Path(peer.call("getMediaDirPath"))
    if folder.is_dir():  # an Anki on another machine has it elsewhere
        assert not list(folder.glob("_completist*"))


# --- what the add-on answers --------------------------------------------------------------------------------------


def test_the_envelope_says_what_went_wrong(peer: Peer) -> None:
    assert peer.said("noSuchAction") == {"result": None, "error": "unsupported action"}
    assert peer.said("requestPermission")["result"]["permission"] == "granted"
    wrong = peer.said("deckNames", foo=1)
    assert "unexpected keyword argument" in wrong["error"]
    assert isinstance(peer.said("deckNames", version=None), list)  # without a version, the bare result


def test_an_origin_that_is_not_known_is_refused(peer: Peer) -> None:
    body = json.dumps({"action": "version", "version": 6}).encode()
    assert peer.post(body, Origin="https://elsewhere.example").status_code == 403


def test_a_note_that_is_there_is_a_duplicate_and_takes_others_back(peer: Peer) -> None:
    one = card()
    peer.push(Given(one))
    new = uuid4().hex
    notes = [
        {"deckName": DECK, "modelName": "Completist Basic", "fields": {"Key": key, "Front": "x"}}
        for key in (new, one.uid)
    ]
    with pytest.raises(Refused, match="duplicate"):
        peer.call("addNotes", notes=notes)
    assert peer.call("findNotes", query=f"Key:{new}") == []
    ((_, first), (_, second)) = peer.call.several([("addNote", {"note": note}) for note in notes])
    assert first is None
    assert "duplicate" in (second or "")
    assert len(peer.call("findNotes", query=f"Key:{new}")) == 1


def test_a_field_that_there_is_not_is_ignored_in_silence(peer: Peer) -> None:
    one = card()
    peer.push(Given(one))
    note = peer.note(one.uid)["noteId"]
    assert (
        peer.call("updateNoteFields", note={"id": note, "fields": {"Nowhere": "x", "Front": "Here"}}) is None
    )
    assert peer.field(one.uid, "Front") == "Here"
    with pytest.raises(Refused, match="not found"):
        peer.call("updateNoteFields", note={"id": 1, "fields": {"Front": "x"}})
    assert peer.call("notesInfo", notes=[1]) == [{}]


def test_a_package_that_is_not_there_is_told(peer: Peer) -> None:
    with pytest.raises(Refused):
        peer.call("importPackage", path="/nowhere/at/all.apkg")


def test_a_wrong_key_is_told(tmp_path: Path) -> None:
    if URL and KEY:
        with pytest.raises(ActionRequired, match="does not accept"):
            Peer(URL, "wrong").call.probe()
        with pytest.raises(ActionRequired, match="wants a key"):
            Peer(URL).call.probe()
    fake = FakeAnki(tmp_path, key="secret")
    try:
        with pytest.raises(ActionRequired, match="does not accept"):
            Peer(fake.url, "wrong").call.probe()
        with pytest.raises(ActionRequired, match="wants a key"):
            Peer(fake.url).call.probe()
        assert Peer(fake.url, "secret").call.probe() == 6
    finally:
        fake.close()
