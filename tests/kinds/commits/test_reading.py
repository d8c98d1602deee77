"""Reading fast: what is told by hunks alone is what the file tells, and files come in order whatever happens."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from tests.support.repositories import Repo

from completist.kinds.commits.git.files import UNDER_WAY, Files, Unreadable
from completist.kinds.commits.git.quarantine import take_in
from completist.kinds.commits.git.reading import Reader
from completist.kinds.commits.parse import glimpse, python
from completist.kinds.commits.parse.diff import changes
from completist.kinds.commits.parse.parsing import Repository
from completist.sdk.cards import Block, Broken, Commit, Parsed, Rules

Read = Callable[[Repo], list[Parsed | Broken]]


def definition(name: str, indent: str = "", lines: int = 1) -> str:
    """A function with a docstring of so many lines more than one, and a body."""
    said = "".join(f"{indent}    It says more about it, in line {n} of the text.\n" for n in range(lines))
    return (
        f"{indent}def {name}(\n{indent}    first: int,\n{indent}    second: int = 2,\n{indent}) -> int:\n"
        f'{indent}    """What {name} is there for.\n\n{said}{indent}    """\n'
        f"{indent}    total = first\n{indent}    for each in range(second):\n{indent}        total += each\n"
        f"{indent}    return total\n\n\n"
    )


def module(chance: Random) -> str:
    parts = ['"""A module of many things that may be learnt."""\n\nimport os\n\n\n']
    for number in range(6):
        if chance.random() < 0.5:
            parts.append(definition(f"made_{number}", lines=chance.choice((0, 3, 9))))
        else:
            parts.append(f'class Thing{number}:\n    """A thing of the sort {number}."""\n\n')
            parts += [definition(f"part_{n}", "    ", chance.choice((0, 8))) for n in range(3)]
    return "".join(parts)


def edit(lines: list[str], number: int, chance: Random) -> None:
    """Do one of the things that people do to a module."""
    if number % 3 == 0:
        defining = [at for at, line in enumerate(lines) if line.lstrip().startswith("def ")]
        at = chance.choice(defining)
        indent = " " * (len(lines[at]) - len(lines[at].lstrip()))
        lines[at:at] = definition(f"new_{number}", indent).splitlines(keepends=True)
        return
    others = [at for at, line in enumerate(lines) if re.match(r"    .*[\w.,]$", line) and "class" not in line]
    at = chance.choice(others)
    lines[at] = (
        lines[at].replace(".", f" ({number}).") if "." in lines[at] else f"{lines[at].rstrip()}  # {number}\n"
    )


def test_what_hunks_tell_is_what_the_file_tells(tmp_path: Path, repo: Repo, rules: Rules) -> None:
    chance = Random(8)  # noqa: S311 - the same edits each time
    lines = module(chance).splitlines(keepends=True)
    shas, texts = [], []
    for number in range(40):
        edit(lines, number, chance)
        texts.append("".join(lines))
        shas.append(repo.save(f"step {number}", {"src/a.py": texts[-1]}))
    place = tmp_path / "q.git"
    take_in(str(repo.path), place, rules)
    clear = unclear = 0
    with Reader(place) as reader:
        for (sha, diff), text in zip(list(reader.diffs(shas))[1:], texts[1:], strict=True):
            (change,) = changes(diff or b"")
            by_file = python.parse(change.path, text, change.written)
            if not python.may_define(change.body):
                assert not by_file, sha
                continue
            try:
                assert glimpse.parse(change) == by_file
                clear += 1
            except glimpse.Unclear:
                unclear += 1
    assert clear > 10
    assert unclear > 2


def block(found: list[Parsed | Broken], title: str) -> Block:
    last = found[-1]
    assert isinstance(last, Parsed)
    return next(each for each in last.blocks if each.title == title)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("in line 4 of the text", "in line 4 of what is written there"),
        ("    second: int = 2,\n", "    second: int = 2,\n    third: int = 3,\n"),
    ],
    ids=["in the midst of a docstring", "in a signature"],
)
def test_an_edit_out_of_sight_of_the_quotes_is_seen(repo: Repo, read: Read, before: str, after: str) -> None:
    text = "import os\n\n\n" + definition("useful", lines=9)
    repo.save("one", {"a.py": text})
    repo.save("two", {"a.py": text.replace(before, after)})
    found = block(read(repo), "useful")
    assert after.strip().strip(",").split("\n")[-1].strip() in f"{found.text} {found.answer}"


@pytest.mark.parametrize("way", ["parted", "joined"])
def test_an_empty_line_out_of_sight_of_the_quotes_is_seen(repo: Repo, read: Read, way: str) -> None:
    text = "import os\n\n\n" + definition("useful", lines=9)
    line = next(each for each in text.split("\n") if "in line 4 of the text" in each)
    parted = text.replace(f"{line}\n", f"{line}\n\n")
    before, after = (text, parted) if way == "parted" else (parted, text)
    repo.save("one", {"a.py": before})
    repo.save("two", {"a.py": after})
    assert (f"{line.strip()}\n\n" in (block(read(repo), "useful").answer or "")) == (way == "parted")


def test_an_edit_of_a_body_reads_no_file(
    repo: Repo, rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import os\n\n\n" + definition("useful") + definition("other")
    repo.save("one", {"a.py": text})
    sha = repo.save("two", {"a.py": text.replace("total = first", "total = first + 1")})
    place = tmp_path / "q.git"
    take_in(str(repo.path), place, rules)
    asked: list[str] = []
    monkeypatch.setattr(Files, "ask", lambda _self, names: asked.extend(names))
    with Reader(place) as reader:
        (parsed,) = Repository(reader, rules).parse([Commit(sha, "two", "two", 1)])
    assert isinstance(parsed, Parsed)
    assert (parsed.blocks, asked) == ((), [])


def stocked(repo: Repo, rules: Rules, tmp_path: Path, count: int) -> tuple[Files, list[str]]:
    """The files of a repository, and the ids of so many blobs of which each says its number."""
    for number in range(count):
        repo.write(f"f{number}.txt", f"file {number}\n" * 40)
    repo.save("all")
    place = tmp_path / "q.git"
    take_in(str(repo.path), place, rules)
    said = repo.git("ls-tree", "-r", "HEAD")
    ids = {line.split("\t")[1]: line.split()[2] for line in said.splitlines()}
    return Files(f"--git-dir={place}"), [ids[f"f{number}.txt"] for number in range(count)]


def numbers(bodies: list[bytes]) -> list[int]:
    return [int(body.split()[1]) for body in bodies]


def test_files_come_in_order_however_many_are_asked_for(repo: Repo, rules: Rules, tmp_path: Path) -> None:
    files, ids = stocked(repo, rules, tmp_path, 20)
    many = ids * 200
    assert sum(len(name) + 1 for name in many) > UNDER_WAY
    files.ask(many[:3])
    files.ask(many[3:])
    assert numbers(files.answer(3)) == [0, 1, 2]
    assert numbers(files.answer(len(many) - 3)) == (list(range(20)) * 200)[3:]
    files.close()


def test_one_that_is_missing_leaves_the_others(repo: Repo, rules: Rules, tmp_path: Path) -> None:
    files, ids = stocked(repo, rules, tmp_path, 3)
    files.ask([ids[0], "0" * 40])
    files.ask([ids[2]])
    with pytest.raises(Unreadable):
        files.answer(2)
    assert numbers(files.answer(1)) == [2]
    files.close()


def test_a_git_that_is_killed_loses_one_file_and_no_other(repo: Repo, rules: Rules, tmp_path: Path) -> None:
    files, ids = stocked(repo, rules, tmp_path, 20)
    files.ask(ids)
    assert numbers(files.answer(1)) == [0]
    process = files._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    files.ask(ids)
    found: list[int] = []
    lost = 0
    for _ in range(39):
        try:
            found += numbers(files.answer(1))
        except Unreadable:
            lost += 1
    files.close()
    assert lost <= 1
    assert sorted({*found, *range(1)}) == list(range(20))
    assert len(found) + lost == 39
