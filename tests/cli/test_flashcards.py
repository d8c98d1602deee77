"""Flashcards from the command line, from a folder of notes to a package, each step with its document."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.support.repositories import Repo, lectures, notes

from completist.cli.failures import ACTION, NOT_FOUND, OK, USAGE
from completist.cli.running import run


class Shell:
    """The command, in this process, on a library of the test's own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys

    def json(self, *words: str, code: int = OK) -> Any:  # noqa: ANN401 - as the command says
        assert run([*words, "--data", str(self.folder), "--json"]) == code
        out, err = self.capsys.readouterr()
        return json.loads(out or err)

    def text(self, *words: str) -> str:
        assert run([*words, "--data", str(self.folder)]) == OK
        return self.capsys.readouterr().out


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COMPLETIST_REPOSITORIES", str(tmp_path / "allowed"))
    monkeypatch.setenv("COMPLETIST_ANKI_CONNECT", "http://127.0.0.1:9")
    return Shell(tmp_path / "data", capsys)


def test_from_a_folder_of_notes_to_a_package(shell: Shell, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "allowed" / "notes")
    sha = repo.save(
        "one", {"a.md": "Q: What is heat?\nA: Energy that passes over.\n\nATP :: what cells burn\n"}
    )
    assert shell.json("repo", "add", str(repo.path), "--deck", "Physics")["repositories"][0]["new"] == 1
    assert shell.json("commits", "status", sha)["statuses"] == {sha: "new"}
    done = shell.json("commits", "process")
    assert (done["commits"], done["failed"], done["cards"]["added"]) == (1, 0, 2)
    listed = shell.json("cards", "list", "--state", "pending")["cards"]
    edited, other = listed[0]["id"], listed[1]["id"]
    shell.json("cards", "review", "--edit", str(edited), "--set", "back=My own words.")
    shell.json("cards", "review", "--accept", str(other))
    package = tmp_path / "cards.apkg"
    told = shell.json("cards", "export", "--out", str(package))
    assert (told["cards"], told["new"], package.read_bytes()[:2]) == (2, 2, b"PK")
    assert told["waiting"] == 0
    assert shell.json("cards", "export", "--changed", "--out", str(package))["cards"] == 0
    repo.save("two", {"a.md": "Q: What is heat?\nA: Energy in transit.\n\nATP :: what cells burn\n"})
    assert shell.json("repo", "sync")["repositories"][0]["new"] == 1
    assert shell.json("commits", "process", "--status", "new")["cards"]["proposed"] == 1
    pushed = shell.json("cards", "push", "--out", str(package))
    assert (pushed["target"], pushed["code"], pushed["cards"]) == ("apkg", "anki_away", 0)
    assert "processed" in shell.text("commits", "list")
    assert "Physics" in shell.text("repo", "list")
    assert shell.json("repo", "remove", "notes", "--yes")["commits"] == 2
    assert shell.json("cards", "list")["cards"] == []


def test_three_repositories_end_to_end(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = tmp_path / "allowed"
    allowed.mkdir()
    own = Path(__file__).parents[2]
    monkeypatch.setenv("COMPLETIST_REPOSITORIES", f"{allowed}:{own}:{_objects_of(own)}")
    for path in (notes(allowed).path, lectures(allowed).path):
        shell.json("repo", "add", str(path))
    recent = subprocess.run(
        ["git", "-C", str(own), "log", "-12", "--format=%H"], capture_output=True, text=True, check=True
    ).stdout.split()[:-1]  # of a shallow clone the last one cannot be told
    shell.json("repo", "add", str(own), "--name", "own")
    for name in ("notes", "lectures"):
        done = shell.json("commits", "process", "--repository", name)
        assert (done["commits"], done["failed"]) == (5, 0)
    worked = shell.json("commits", "process", *recent)
    assert (worked["commits"], worked["failed"]) == (len(recent), 0)
    listed = shell.json("cards", "list", "--repository", "notes")["cards"]
    assert {card["parts"]["front"] for card in listed} == {
        "What is entropy?",
        "What is heat?",
        "Define: Osmosis",
    }
    assert any("logarithm" in card["parts"]["back"] for card in listed)
    tex = shell.json("cards", "list", "--repository", "lectures")["cards"]
    assert any("monoid" in card["parts"]["back"] for card in tex)
    assert {card["source"].partition(":")[0] for card in tex} <= {"groups.tex", "one.tex", "rings.tex"}
    shell.json("cards", "review", "--accept-all")
    package = tmp_path / "cards.apkg"
    told = shell.json("cards", "export", "--out", str(package))
    assert told["cards"] >= len(listed) + len(tex)
    first = package.read_bytes()
    assert shell.json("cards", "export", "--out", str(package))["new"] == 0
    assert package.read_bytes() == first


def _objects_of(repository: Path) -> str:
    """Where the objects are of a repository that may be a worktree of another."""
    said = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "--git-common-dir"],
        capture_output=True,
        text=True,
        check=True,
    )
    return str((repository / said.stdout.strip()).resolve())


def test_what_goes_out_says_what_still_waits_for_review(shell: Shell, tmp_path: Path) -> None:
    for name in ("one", "two"):
        repo = Repo(tmp_path / "allowed" / name)
        repo.save("one", {"a.md": f"Q: What is {name}?\nA: A number.\n\nATP {name} :: what cells burn\n"})
        shell.json("repo", "add", str(repo.path))
    shell.json("commits", "process")
    first = shell.json("cards", "list", "--repository", "one")["cards"][0]["id"]
    shell.json("cards", "review", "--accept", str(first))
    out = ("--out", str(tmp_path / "cards.apkg"))
    assert shell.json("cards", "export", *out)["waiting"] == 3
    assert shell.json("cards", "export", "--repository", "one", *out)["waiting"] == 1
    assert shell.json("cards", "push", *out)["waiting"] == 3
    assert "3 cards still wait for review: completist" in shell.text("cards", "export", *out)
    assert "1 card still waits for review" in shell.text("cards", "push", "--repository", "one", *out)
    shell.json("cards", "review", "--accept-all")
    assert "wait" not in shell.text("cards", "export", *out)


def test_before_a_repository_is_forgotten_it_is_said_what_goes(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repo(tmp_path / "allowed" / "notes")
    repo.save("one", {"a.md": "Q: What is heat?\nA: Energy that passes over.\n"})
    shell.json("repo", "add", str(repo.path))
    shell.json("commits", "process")
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run(["repo", "remove", "notes", "--data", str(shell.folder)]) != OK
    asked = shell.capsys.readouterr().err
    assert "1 commit and 1 card go with it." in asked
    assert "what is in Anki, stay." in asked
    assert len(shell.json("repo", "list")["repositories"]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert "notes is forgotten, with 1 commit." in shell.text("repo", "remove", "notes")


def test_a_worker_makes_cards_without_any_catalogue(shell: Shell, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "allowed" / "notes")
    repo.save("one", {"a.md": "Q: What is heat?\nA: Energy that passes over.\n"})
    shell.json("repo", "add", str(repo.path))
    assert shell.json("commits", "process", "--detach")["job"]["total"] == 1
    assert shell.json("work")["filled"] == 1
    assert shell.json("cards", "list")["counts"] == {"pending": 1}
    assert shell.json("jobs", "list")["jobs"][0]["state"] == "done"


def test_away_from_a_terminal_review_says_how_to_decide(shell: Shell, tmp_path: Path) -> None:
    assert run(["cards", "review", "--data", str(shell.folder)]) == OK
    assert "Next" not in shell.capsys.readouterr().err
    repo = Repo(tmp_path / "allowed" / "notes")
    repo.save("one", {"a.md": "Q: What is heat?\nA: Energy that passes over.\n"})
    shell.json("repo", "add", str(repo.path))
    shell.json("commits", "process")
    assert run(["cards", "review", "--data", str(shell.folder)]) == OK
    told = shell.capsys.readouterr()
    assert told.out == "1 card to decide about.\n"
    assert "cards review --accept ID" in told.err


def test_dev_mode_forces_and_tells_a_log(shell: Shell, tmp_path: Path) -> None:
    repo = Repo(tmp_path / "allowed" / "notes")
    sha = repo.save("one", {"a.md": "Q: What is heat?\nA: Energy that passes over.\n"})
    shell.json("repo", "add", str(repo.path))
    assert "log" not in shell.json("commits", "process")
    refused = shell.json("commits", "process", sha, "--force", code=ACTION)["error"]
    assert (refused["code"], "cards settings --dev-mode on" in refused["hint"]) == ("dev_mode_off", True)
    assert shell.json("cards", "settings", "--dev-mode", "on")["dev_mode"] is True
    (line,) = shell.json("commits", "process", sha, "--force")["log"]
    assert (line["sha"], line["result"], line["metrics"]["blocks"]) == (sha, "success", 1)
    assert f"{sha}  success" in shell.text("commits", "process", sha, "--force")
    assert "Dev mode: on" in shell.text("cards", "settings", "--sync-target", "ankiconnect")
    assert shell.json("cards", "settings")["sync_target"] == "ankiconnect"


def test_what_cannot_be_is_told(shell: Shell, tmp_path: Path) -> None:
    assert shell.json("repo", "add", str(tmp_path), code=USAGE)["error"]["code"] == "outside_roots"
    assert shell.json("commits", "process", "0123456789", code=NOT_FOUND)["error"]["code"] == "not_found"
    missing = shell.json("commits", "process", code=NOT_FOUND)["error"]
    assert (missing["code"], "repo add FOLDER" in missing["hint"]) == ("not_found", True)
    assert shell.json("cards", "review", "--accept", "7", code=NOT_FOUND)["error"]["code"] == "not_found"
    assert shell.json("repo", "sync", "nothing", code=NOT_FOUND)["error"]["code"] == "not_found"
