"""Pushing into a running Anki, by the add-on's contract. The same into a real one: `test_anki_contract`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from uuid import uuid4

import pytest

from completist.domain.cards import Finished, Form
from completist.domain.errors import ActionRequired, Retryable
from completist.engine.cards.delivering import base_of, digest
from completist.net.neighbour import Neighbour
from completist.sinks.anki_connect import AnkiConnect, Given, Told, push
from completist.sinks.anki_connect.calls import Refused
from completist.sinks.apkg import write_package

pytest.importorskip("anki.collection")

from tests.support.anki_connect import A_MEGABYTE, FakeAnki

T0 = 1_700_000_000


def card(uid: str, front: str = "What is it?", **more: object) -> Finished:
    parts = {"front": front, "back": "An answer &#91;with&#93; <b>ü</b>"}
    made = Finished(uid, Form.BASIC, parts, "Deck::Inner", ("git::notes",), "a.md:1@abc", "parser-1", T0)
    return replace(made, **more)  # type: ignore[arg-type]  # fields by name


def given(one: Finished) -> Given:
    return Given(one)


def pushed(one: Finished, base: Finished | None = None) -> Given:
    return Given(one, base_of(base or one), pushed=True)


@pytest.fixture
def anki(tmp_path: Path) -> Iterator[FakeAnki]:
    made = FakeAnki(tmp_path)
    yield made
    made.close()


Push = Callable[..., dict[str, Told]]


@pytest.fixture
def send(anki: FakeAnki) -> Push:
    def sent(
        *cards: Given, key: str = "", note: Callable[[Sequence[Told]], None] = lambda _told: None
    ) -> dict[str, Told]:
        told = push(AnkiConnect(Neighbour(anki.url), key), cards, digest, note)
        return {each.uid: each for each in told}

    return sent


def outcomes(told: dict[str, Told]) -> dict[str, str]:
    return {uid: each.outcome for uid, each in told.items()}


def test_new_cards_are_created_and_pushed_once(anki: FakeAnki, send: Push) -> None:
    both = card("a"), replace(card("b"), form=Form.CLOZE, parts={"text": "A {{c1::b}}"})
    assert outcomes(send(*map(given, both))) == {"a": "created", "b": "created"}
    assert outcomes(send(*map(pushed, both))) == {"a": "unchanged", "b": "unchanged"}
    assert len(anki.ids()) == 2
    assert anki.calls["importPackage"] == 1
    assert not list(Path(anki.col.media.dir()).iterdir())


def test_a_changed_card_is_updated(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    assert outcomes(send(pushed(card("a", "What is it now?", modified=T0 + 1), card("a")))) == {
        "a": "updated"
    }
    assert anki.field("a", "Front") == "What is it now?"


def test_what_a_person_typed_is_kept_and_the_other_parts_follow(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    anki.type("a", "Front", "My own question")
    newer = card("a", "Ours now", modified=T0 + 1)
    newer = replace(newer, parts={**newer.parts, "back": "A new answer"})
    told = send(pushed(newer, card("a")))["a"]
    assert (told.outcome, told.kept) == ("kept_yours", ("front",))
    assert anki.field("a", "Front") == "My own question"
    assert anki.field("a", "Back") == "A new answer"


def test_tags_of_a_person_stay(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    anki.col.tags.bulk_add(anki.ids("a"), "mine leech")
    send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))
    assert {"mine", "leech", "git::notes"} <= set(anki.col.get_note(anki.ids("a")[0]).tags)


def test_a_card_deleted_in_anki_is_not_put_back(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")), given(card("b")))
    anki.remove("a")
    told = send(pushed(card("a", "Changed", modified=T0 + 1), card("a")), pushed(card("b")))
    assert outcomes(told) == {"a": "deleted_there", "b": "unchanged"}
    assert not anki.ids("a")


def test_a_retired_card_is_tagged_and_stays(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    assert outcomes(send(pushed(card("a", retired=True, modified=T0 + 1), card("a")))) == {"a": "updated"}
    assert "completist::retired" in anki.col.get_note(anki.ids("a")[0]).tags


def test_killed_between_push_and_mark_no_card_is_doubled(anki: FakeAnki, send: Push) -> None:
    def killed(_told: Sequence[Told]) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(given(card("a")), note=killed)
    assert outcomes(send(given(card("a")))) == {"a": "unchanged"}  # nobody remembers that it was pushed
    assert len(anki.ids("a")) == 1


def test_killed_between_import_and_answer_no_card_is_doubled(anki: FakeAnki, send: Push) -> None:
    anki.dies_behind = "importPackage"
    with pytest.raises(Retryable):
        send(given(card("a")))
    anki.dies_behind = ""
    assert outcomes(send(given(card("a")))) == {"a": "unchanged"}
    assert len(anki.ids("a")) == 1


@pytest.mark.parametrize("without", [set(), {"guiSelectCard"}])
def test_a_browser_that_shows_the_note_takes_nothing_back(
    anki: FakeAnki, send: Push, without: set[str]
) -> None:
    anki.without = without
    send(given(card("a")))
    anki.show("a")
    send(pushed(card("a", "Changed while shown", modified=T0 + 1), card("a")))
    assert anki.shown == anki.ids("a")[0]  # and it is what the window shows, as before
    anki.select_another()
    assert anki.field("a", "Front") == "Changed while shown"


def test_a_browser_that_shows_another_note_is_left_alone(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")), given(card("b")))
    anki.show("b")
    send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))
    assert not anki.calls["guiBrowse"]
    assert not anki.calls["guiSelectCard"]


@pytest.mark.parametrize("way", ["updateNoteFields", "importPackage"])
def test_the_browser_bug_is_there_to_be_avoided(anki: FakeAnki, send: Push, way: str, tmp_path: Path) -> None:
    send(given(card("a")))
    anki.show("a")
    if way == "importPackage":
        package = tmp_path / "cards.apkg"
        package.write_bytes(write_package([card("a", "lost", modified=T0 + 1)]))
        AnkiConnect(Neighbour(anki.url))("importPackage", path=str(package))
    else:
        note = {"id": anki.ids("a")[0], "fields": {"Front": "lost"}}
        AnkiConnect(Neighbour(anki.url))("updateNoteFields", note=note)
    assert anki.field("a", "Front") == "lost"
    anki.select_another()
    assert anki.field("a", "Front") == "What is it?"


@pytest.mark.parametrize("shown", [False, True])
def test_without_import_each_note_goes_by_itself(anki: FakeAnki, send: Push, *, shown: bool) -> None:
    anki.without = {"importPackage"}
    assert outcomes(send(given(card("a")), given(card("b")))) == {"a": "created", "b": "created"}
    if shown:
        anki.show("a")
    assert outcomes(send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))) == {"a": "updated"}
    anki.select_another()
    assert anki.field("a", "Front") == "Changed"
    assert anki.calls["addNotes"] == 0  # one bad note would take all the others back


def test_one_bad_note_takes_all_back_and_is_why_it_is_not_used(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    call = AnkiConnect(Neighbour(anki.url))
    notes = [
        {"deckName": "Default", "modelName": "Completist Basic", "fields": {"Key": key, "Front": "x"}}
        for key in ("new", "a")
    ]
    with pytest.raises(Refused, match="duplicate"):
        call("addNotes", notes=notes)
    assert not anki.ids("new")


def test_an_update_that_was_ignored_in_silence_is_noticed(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    anki.do_importPackage = lambda **_: True  # type: ignore[method-assign]  # it says so, and does nothing
    told = send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))["a"]
    assert (told.outcome, told.reason) == ("failed", "not_taken")


def test_an_update_that_was_written_over_at_once_is_put_again(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    imported = anki.do_importPackage
    undone: list[str] = []

    def taken_back(path: str) -> bool:
        imported(path)
        if not undone:
            undone.append(path)
            anki.type("a", "Front", "What is it?")  # as an editor that saves the text it held
        return True

    anki.do_importPackage = taken_back  # type: ignore[method-assign]
    assert outcomes(send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))) == {"a": "updated"}
    assert anki.field("a", "Front") == "Changed"
    assert undone


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(lambda _n: "The same words over and over. " * 60, id="plain"),
        pytest.param(lambda _n: uuid4().hex * 60, id="hardly to be packed"),
        pytest.param(
            lambda n: "".join(chr(0x4E00 + (n * 37 + k * k) % 20_000) for k in range(1800)), id="Chinese"
        ),
    ],
)
def test_many_cards_go_in_packages_of_a_megabyte_that_take_no_quadratic_time(
    anki: FakeAnki, send: Push, text: Callable[[int], str]
) -> None:
    cards = [replace(card(f"n{n}"), parts={"front": "f", "back": text(n)}) for n in range(2500)]
    assert set(outcomes(send(*map(given, cards))).values()) == {"created"}
    assert max(anki.uploads) <= 1_000_000
    assert (
        anki.reading < A_MEGABYTE * len(anki.uploads) + 0.1
    )  # each part as long as its size, all as their sum
    whole = A_MEGABYTE * (sum(anki.uploads) / 1e6) ** 2
    assert len(anki.uploads) < 3 or anki.reading < whole / 2


def test_one_upload_of_all_would_take_sixteen_times_as_long_as_a_quarter_of_it(anki: FakeAnki) -> None:
    anki.hurry = 0.2
    call = AnkiConnect(Neighbour(anki.url))

    def seconds(size: int) -> float:
        begun = perf_counter()
        call.store("_completist-test.bin", bytes(size * 3 // 4))
        return perf_counter() - begun

    assert seconds(4_000_000) > 4 * seconds(1_000_000)  # sixteen times, and what a call costs anyway
    assert anki.reading == pytest.approx(A_MEGABYTE * (16 + 1), rel=0.01)


def test_an_upload_that_takes_too_long_is_no_success(anki: FakeAnki) -> None:
    anki.hurry = 0.05
    with pytest.raises(Retryable):
        AnkiConnect(Neighbour(anki.url))(
            "storeMediaFile", patience=0.2, filename="a.bin", data="A" * 8_000_000
        )


def test_a_card_larger_than_a_package_goes_by_itself(anki: FakeAnki, send: Push) -> None:
    large = replace(card("large"), parts={"front": "f", "back": "".join(uuid4().hex for _ in range(60_000))})
    assert set(outcomes(send(given(card("a")), given(large), given(card("b")))).values()) == {"created"}
    assert sum(size > 1_000_000 for size in anki.uploads) == 1


def test_a_wrong_or_missing_key_is_told(anki: FakeAnki, send: Push) -> None:
    anki.key = "secret"
    with pytest.raises(ActionRequired, match="wants a key"):
        send(given(card("a")))
    with pytest.raises(ActionRequired, match="does not accept"):
        send(given(card("a")), key="wrong")
    assert outcomes(send(given(card("a")), key="secret")) == {"a": "created"}


def test_an_anki_whose_profile_is_shut_may_open_it_later(anki: FakeAnki, send: Push) -> None:
    anki.shut = True
    with pytest.raises(Retryable, match="No profile is open"):
        send(given(card("a")))
    anki.shut = False
    assert outcomes(send(given(card("a")))) == {"a": "created"}


def test_a_profile_that_shuts_in_between_leaves_the_rest_for_later(anki: FakeAnki, send: Push) -> None:
    cards = [replace(card(f"n{n}"), parts={"front": "f", "back": uuid4().hex * 60}) for n in range(2000)]
    imported = anki.do_importPackage
    noted: list[Told] = []

    def once(path: str) -> bool:
        done = imported(path)
        anki.shut = bool(noted)
        return done

    anki.do_importPackage = once  # type: ignore[method-assign]
    with pytest.raises(Retryable, match="No profile is open"):
        send(*map(given, cards), note=noted.extend)
    assert 0 < len(noted) < 2000
    anki.shut, anki.do_importPackage = False, imported  # type: ignore[method-assign]
    known = {each.uid for each in noted}
    told = outcomes(send(*(pushed(each) if each.uid in known else given(each) for each in cards)))
    assert set(told.values()) <= {"created", "unchanged"}
    assert len(anki.ids()) == len(told) == 2000


def test_a_note_type_that_a_person_renamed_is_still_ours(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    kind = anki.col.models.by_name("Completist Basic")
    kind["name"] = "From my notes"
    anki.col.models.update_dict(kind)
    told = outcomes(send(pushed(card("a", "Changed", modified=T0 + 1), card("a")), given(card("b"))))
    assert told == {"a": "updated", "b": "created"}
    assert anki.field("a", "Front") == "Changed"


def test_a_field_that_a_person_added_is_kept_and_the_others_follow(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")), given(card("b")))
    kind = anki.col.models.by_name("Completist Basic")
    anki.col.models.add_field(kind, anki.col.models.new_field("Mnemonic"))
    anki.col.models.update_dict(kind)
    for uid in "ab":
        anki.type(uid, "Mnemonic", "Coffee cup")
    for turn in (1, 2):
        newer = card("a", f"Changed {turn}", modified=T0 + turn)
        base = card("a", f"Changed {turn - 1}") if turn > 1 else card("a")
        told = outcomes(send(pushed(newer, base), pushed(card("b")), given(card(f"new{turn}"))))
        assert told == {"a": "updated", "b": "unchanged", f"new{turn}": "created"}
        assert (anki.field("a", "Front"), anki.field("a", "Mnemonic")) == (f"Changed {turn}", "Coffee cup")
        assert anki.field("b", "Mnemonic") == "Coffee cup"


def test_a_field_that_a_person_renamed_keeps_what_it_holds(anki: FakeAnki, send: Push) -> None:
    one = card("a")
    one = replace(one, parts={**one.parts, "extra": "Topology"})
    send(given(one))
    kind = anki.col.models.by_name("Completist Basic")
    anki.col.models.rename_field(kind, kind["flds"][3], "More")
    anki.col.models.update_dict(kind)
    two = replace(one, parts={**one.parts, "front": "Changed"}, modified=T0 + 1)
    told = send(pushed(two, one))["a"]
    assert (told.outcome, told.kept) == ("kept_yours", ("extra",))
    assert (anki.field("a", "Front"), anki.field("a", "More")) == ("Changed", "Topology")


def test_a_second_side_that_a_person_added_stays_and_the_card_is_updated(anki: FakeAnki, send: Push) -> None:
    send(given(card("a")))
    models = anki.col.models
    kind = models.by_name("Completist Basic")
    side = models.new_template("Backwards")
    side["qfmt"], side["afmt"] = "{{Back}}", "{{Front}}"
    models.add_template(kind, side)
    models.update_dict(kind)
    assert outcomes(send(pushed(card("a", "Changed", modified=T0 + 1), card("a")))) == {"a": "updated"}
    assert anki.field("a", "Front") == "Changed"
    assert len(anki.col.get_note(anki.ids("a")[0]).card_ids()) == 2


def test_an_anki_that_lets_nobody_in_is_told(anki: FakeAnki, send: Push) -> None:
    anki.forbids = True
    with pytest.raises(ActionRequired, match="does not let"):
        send(given(card("a")))


def test_another_program_at_the_address_is_no_anki(anki: FakeAnki, send: Push) -> None:
    anki.garbled = True
    with pytest.raises(Retryable, match="no AnkiConnect"):
        send(given(card("a")))


def test_nothing_at_the_address_may_pass() -> None:
    with pytest.raises(Retryable, match="does not answer"):
        push(AnkiConnect(Neighbour("http://127.0.0.1:9")), [], digest, lambda _told: None)
