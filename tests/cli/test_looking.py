"""Gaps, status and show: what a person and a script see of a library."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.cli.conftest import Call


def test_gaps_follow_the_contract(filled: Call) -> None:
    told = filled("gaps", "--json").json
    assert (told["schema"], told["items"]) == (1, 8)
    assert told["gaps"]["book"]["isbn13"] == 2
    assert set(told) == {"schema", "items", "gaps"}


def test_gaps_of_one_field_list_the_items_with_their_ids(filled: Call) -> None:
    told = filled("gaps", "--field", "publisher", "--json").json
    assert told["gaps"] == {"book": {"publisher": len(told["missing"])}}
    (third,) = [each for each in told["missing"] if each["id"] == 3]
    score = filled("show", "3", "--json").json["completeness"]
    assert third == {
        "id": 3, "kind": "book", "title": "Frankenstein", "byline": "Mary Shelley", "completeness": score,
    }  # fmt: skip
    lines = filled("gaps", "--field", "publisher").out.splitlines()
    assert lines[0].split() == ["id", "kind", "title", "by"]
    assert any(line.split()[:3] == ["3", "book", "Frankenstein"] for line in lines)


def test_a_locked_or_cleared_field_is_no_gap(filled: Call) -> None:
    before = filled("gaps", "--json").json["gaps"]["book"]["publisher"]
    filled("lock", "3", "publisher")
    filled("set", "4", "publisher=")
    assert filled("gaps", "--json").json["gaps"]["book"]["publisher"] == before - 2
    ids = [each["id"] for each in filled("gaps", "--field", "publisher", "--json").json["missing"]]
    assert not {3, 4} & set(ids)


def test_gaps_of_one_kind(filled: Call) -> None:
    told = filled("gaps", "--kind", "author", "--json").json
    assert (list(told["gaps"]), told["items"]) == (["author"], 2)


def test_gaps_of_what_does_not_exist(filled: Call) -> None:
    assert filled("gaps", "--kind", "spaceship").code == 6
    told = filled("gaps", "--field", "rating")
    assert told.code == 6
    assert "publisher" in told.err


def test_gaps_for_people_draw_the_gap(filled: Call) -> None:
    told = filled("gaps").out
    publisher = next(line for line in told.splitlines() if "Publisher" in line)
    assert publisher.split()[0].isdigit()
    assert "░" in publisher
    assert "▓" in publisher
    assert told.index("6 books") < told.index("2 authors")


def test_status_tells_gaps_review_and_what_to_do(filled: Call) -> None:
    told = filled("status")
    assert "3 to review" in told.out
    assert "8 editions of 8 works" in told.out
    assert "completist review" in told.err
    document = filled("status", "--json").json
    assert document["runs"]["book-metadata"] == {"filled": 2, "review": 3, "empty": 1}
    assert (document["review"], document["imports"], document["total"]) == (3, 1, 8)


def test_status_tells_apart_what_workers_outside_do(filled: Call) -> None:
    told = filled("status")
    assert "6 books wait for a worker outside (hardcover)." in told.out
    assert "completist fill" not in told.err
    assert not [line for line in told.out.splitlines() if line.split()[1:] == ["ready", "hardcover"]]
    document = filled("status", "--json").json
    assert (document["outside"], document["paused"]) == (["hardcover"], [])
    assert document["runs"]["hardcover"]["ready"] == 6


def test_status_tells_who_works_and_what_is_held_up(filled: Call, serving: str) -> None:
    filled("pause", "book-metadata")
    filled("rerun", "--pipeline", "book-metadata", "--force", "1", "--detach")
    told = filled("status")
    assert f"works on this library at {serving}." in told.out
    assert "1 job open: completist jobs" in told.out
    assert "book-metadata is paused: completist resume lets it go on." in told.out
    assert "completist fill" not in told.err


def test_show_tells_who_said_what(filled: Call) -> None:
    filled("set", "1", "publisher=My Own Press")
    lines = filled("show", "1").out.splitlines()
    assert lines[0].startswith("Pride and Prejudice  book 1, from Goodreads 101")
    by_field = {line.split()[0]: line for line in lines[2:] if line.startswith("  ")}
    assert by_field["publisher"].split()[-2:] == ["you", "typed"]
    assert "Open Library" in by_field["pages"]
    assert "[ missing ]" in by_field["description"]
    assert "Goodreads" in by_field["rating"]
    assert any(line.startswith("book-metadata: matched OL1M (edition)") for line in lines)
    assert any(line.startswith("author: Jane Austen") for line in lines)


def test_show_in_json_is_the_object_of_the_export(filled: Call) -> None:
    told = filled("show", "1", "--json").json
    assert told["identifiers"]["isbn13"] == ["9780141439518"]
    assert told["match"]["record"] == "OL1M"
    assert told["related"][0]["title"] == "Jane Austen"
    assert "description" in told["gaps"]


def test_show_takes_several_items(filled: Call) -> None:
    told = filled("show", "1", "3", "1")
    assert told.out.count("% complete") == 2
    assert told.out.index("  book 1, ") < told.out.index("  book 3, ")
    both = filled("show", "3", "1", "--json").json
    assert both["schema"] == 1
    assert [each["id"] for each in both["items"]] == [3, 1]
    assert {**filled("show", "1", "--json").json} == {"schema": 1, **both["items"][1]}
    missing = filled("show", "1", "999")
    assert (missing.code, missing.out) == (6, "")


def test_history_lists_every_change_with_its_number(filled: Call) -> None:
    filled("set", "1", "pages=401")
    past = filled("show", "1", "--history", "--json").json["history"]
    assert [each["action"] for each in past] == ["create", "fill", "type"]
    assert past[-1]["fields"] == [
        {"field": "pages", "origin": "user", "source": "", "before": None, "after": 401}
    ]
    assert filled("undo", "--change", str(past[-1]["change"])).code == 0
    assert "undone" in filled("show", "1", "--history").out


def test_show_of_nobody(filled: Call) -> None:
    assert filled("show", "999").code == 6


def test_control_characters_in_a_title_never_reach_the_terminal(filled: Call) -> None:
    filled("set", "1", "title=Red \x1b[31m\u202eherring")
    told = filled("show", "1").out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "herring" in told


# --- scores ----------------------------------------------------------------------------------------------------


def test_show_tells_how_complete_an_item_is_and_how_good_the_records_are(filled: Call) -> None:
    document = filled("show", "1", "--json").json
    assert (document["completeness"], list(document["quality"])) == (75, ["openlibrary"])
    told = filled("show", "1").out
    assert "75 % complete" in told
    assert f"Open Library {document['quality']['openlibrary'] * 100:.0f} %" in told


def test_status_tells_how_complete_the_library_is(filled: Call) -> None:
    scores = filled("status", "--json").json["scores"]
    every = [each["completeness"] for each in _exported(filled) if each["kind"] == "book"]
    assert scores["book"]["average"] == round(sum(every) / len(every), 1)
    assert sum(scores["book"]["bands"].values()) == 6
    assert scores["book"]["unscored"] == 0
    told = filled("status").out
    assert f"books: {scores['book']['average']:.0f} % complete on average" in told
    assert "0-19 %" in told


def _exported(call: Call) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call("export").out.splitlines()]


def test_gaps_list_the_least_complete_first(filled: Call) -> None:
    told = filled("gaps", "--score-below", "50", "--kind", "book", "--json").json["missing"]
    scores = [each["completeness"] for each in told]
    assert scores == sorted(scores)
    assert all(score < 50 for score in scores)
    assert 0 < len(scores) < 6
    lines = filled("gaps", "--score-below", "50").out.splitlines()
    assert lines[0].split() == ["id", "kind", "title", "by", "complete"]
    assert lines[1].endswith("%")
    assert filled("gaps", "--score-below", "101").code == 2


def test_a_person_who_believes_others_sees_their_word(filled: Call, data: Path) -> None:
    (data / "completist.toml").write_text('[order]\ndescription = "openlibary"\n', "utf-8")
    refused = filled("show", "1", "--json")
    assert (refused.code, refused.error["code"]) == (2, "bad_input")
    assert "openlibrary" in refused.error["hint"]
    (data / "completist.toml").write_text('[order]\ndescription = "openlibrary"\n', "utf-8")
    assert filled("show", "1").code == 0
