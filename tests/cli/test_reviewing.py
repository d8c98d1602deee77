"""Review by script: the list, the decisions from a file, the threshold."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call


def test_the_list_shows_candidates_reasons_and_what_each_would_do(filled: Call) -> None:
    told = filled("review", "--json").json
    assert (told["schema"], told["waiting"]) == (1, 3)
    first = told["proposals"][0]
    assert first["title"] == "Frankenstein"
    assert "isbn_disagrees" in first["reasons"]
    best, second = first["candidates"]
    assert best["record"] == "OL3W"
    assert "olid_work" in best["effects"]["fills"]
    assert "title" in second["effects"]["stays"]


def test_an_empty_list_is_a_document_too(completist: Call) -> None:
    assert completist("review", "--json").json == {"schema": 1, "waiting": 0, "proposals": []}
    assert "Nothing waits" in completist("review").out


def test_the_list_for_people_is_plain_through_a_pipe(filled: Call) -> None:
    told = filled("review", "--list")
    assert "Frankenstein" in told.out
    assert "another title or author" in told.out
    assert "\x1b" not in told.out


def test_without_a_terminal_it_says_what_to_use_instead(filled: Call) -> None:
    told = filled("review")
    assert told.code == 2
    assert "--apply" in told.err
    assert "--auto-accept" in told.err


@pytest.mark.parametrize("form", ["lines", "array"])
def test_decisions_are_carried_out(filled: Call, tmp_path: Path, form: str) -> None:
    decisions = [
        {"proposal": 1, "decision": "accept"},
        {"proposal": 2, "decision": "accept", "record": "OL4M"},
        {"proposal": 3, "decision": "reject"},
    ]
    path = tmp_path / "decisions.json"
    path.write_text(
        "\n".join(map(json.dumps, decisions)) + "\n" if form == "lines" else json.dumps(decisions, indent=1)
    )
    told = filled("review", "--apply", str(path), "--json")
    assert told.code == 0
    assert {n: told.json[n] for n in ("accepted", "rejected", "waiting", "failed")} == {
        "accepted": 2,
        "rejected": 1,
        "waiting": 0,
        "failed": [],
    }
    assert filled("show", "3", "--json").json["match"]["record"] == "OL3W"
    chosen = filled("show", "4", "--json").json
    assert chosen["match"]["record"] == "OL4M"
    assert chosen["fields"]["title"]["value"] == "The Time Machine"
    assert filled("show", "5", "--json").json["match"]["verdict"] == "none"


def test_decisions_come_through_standard_input(filled: Call) -> None:
    told = filled("review", "--apply", "-", "--json", stdin='{"proposal": 1, "decision": "skip"}\n')
    assert (told.json["skipped"], told.json["waiting"]) == (1, 3)


def test_one_impossible_decision_does_not_hold_up_the_others(filled: Call) -> None:
    lines = [
        '{"proposal": 99, "decision": "accept"}',
        '{"proposal": 1, "decision": "accept", "record": "OL999W"}',
        "",
        '{"proposal": 2, "decision": "reject"}',
        '{"proposal": 2, "decision": "reject"}',
    ]
    told = filled("review", "--apply", "-", "--json", stdin="\n".join(lines))
    assert told.code == 3
    assert [each["row"] for each in told.json["failed"]] == [1, 2, 5]
    assert told.json["rejected"] == 1
    assert "decision 1: There is no proposal 99." in filled("review", "--apply", "-", stdin=lines[0]).err


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{"proposal": 1, "decision": "accept"}\n{"proposal": 2,', "line 2"),
        ('[{"proposal": 1,\n "decision": ]', "line 2"),
        ('{"proposal": "1", "decision": "accept"}', "decision 1"),
        ('{"proposal": 1, "decision": "yes"}', "accept, reject, skip"),
        ('{"proposal": 1, "decision": "accept", "record": 7}', '"record"'),
        ("[3]", "not a JSON object"),
    ],
)
def test_a_malformed_file_decides_nothing(filled: Call, text: str, named: str) -> None:
    told = filled("review", "--apply", "-", stdin=text)
    assert told.code == 2
    assert named in told.err
    assert filled("review", "--json").json["waiting"] == 3


def test_a_missing_file_is_bad_input(filled: Call, tmp_path: Path) -> None:
    assert filled("review", "--apply", str(tmp_path / "none.json")).code == 2


def test_the_threshold_accepts_what_is_sure_enough(filled: Call) -> None:
    sure = min(p["confidence"] for p in filled("review", "--json").json["proposals"])
    assert filled("review", "--auto-accept", str(sure + 0.01), "--json").json["accepted"] == 0
    rehearsed = filled("review", "--auto-accept", str(sure), "--dry-run", "--json").json
    assert (rehearsed["accepted"], rehearsed["waiting"], rehearsed["dry_run"]) == (3, 3, True)
    told = filled("review", "--auto-accept", str(sure), "--json").json
    assert (told["accepted"], told["waiting"]) == (3, 0)
    assert told["values"] == rehearsed["values"] > 0
    assert filled("show", "3", "--json").json["match"]["record"] == "OL3W"


def test_a_threshold_outside_0_to_1_is_a_usage_error(filled: Call) -> None:
    assert filled("review", "--auto-accept", "95").code == 2
    assert filled("review", "--auto-accept", "0.9", "--apply", "-").code == 2


def test_a_dry_run_of_decisions_writes_nothing(filled: Call) -> None:
    line = '{"proposal": 1, "decision": "accept"}'
    told = filled("review", "--apply", "-", "--dry-run", "--json", stdin=line).json
    assert (told["accepted"], told["waiting"]) == (1, 3)
    assert filled("show", "3", "--json").json["match"]["verdict"] == "review"
