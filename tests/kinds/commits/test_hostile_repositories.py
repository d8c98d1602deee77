"""What a repository may hold to make git run something: none of it runs. Each leaves a mark if it does."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.repositories import Repo

from completist.domain.errors import BadInput
from completist.kinds.commits.git.files import Unreadable
from completist.kinds.commits.git.places import check_source
from completist.kinds.commits.git.quarantine import take_in
from completist.kinds.commits.git.reading import Reader
from completist.sdk.cards import Broken, Parsed, Rules

Read = Callable[[Repo], list[Parsed | Broken]]
NOTE = "Q: What is {}?\nA: A thing that is learnt.\n"


def trap(folder: Path, name: str = "trap") -> tuple[Path, Path]:
    """A program that leaves a mark when it runs, and the mark."""
    mark, program = folder / f"{name}.ran", folder / f"{name}.sh"
    program.write_text(f"#!/bin/sh\ntouch '{mark}'\ncat\n", "utf-8")
    program.chmod(0o755)
    return program, mark


def test_the_trap_itself_works(tmp_path: Path, repo: Repo) -> None:
    program, mark = trap(tmp_path)
    repo.save("one", {".gitattributes": "*.md diff=evil\n", "a.md": "one\n"})
    repo.git("config", "diff.evil.textconv", str(program))
    repo.git("log", "-p")
    assert mark.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("diff.evil.textconv", "{}"),
        ("diff.evil.command", "{}"),
        ("diff.external", "{}"),
        ("core.fsmonitor", "{}"),
        ("gpg.program", "{}"),
        ("core.sshCommand", "{}"),
        ("core.pager", "{}"),
        ("credential.helper", "!{}"),
        ("uploadpack.packObjectsHook", "{}"),
        ("filter.evil.smudge", "{}"),
        ("filter.evil.clean", "{}"),
        ("core.alternateRefsCommand", "{}"),
    ],
)
def test_no_setting_of_a_repository_runs_anything(
    tmp_path: Path, repo: Repo, read: Read, name: str, value: str
) -> None:
    program, mark = trap(tmp_path)
    repo.save("one", {".gitattributes": "*.md diff=evil filter=evil\n", "a.md": NOTE.format("one")})
    repo.save("two", {"a.md": NOTE.format("two")})
    repo.git("config", name, value.format(program))
    repo.git("config", "log.showSignature", "true")
    found = read(repo)
    assert not mark.exists()
    assert [len(each.blocks) for each in found if isinstance(each, Parsed)] == [1, 1]


@pytest.mark.parametrize(
    "hook", ["post-checkout", "reference-transaction", "post-merge", "pre-auto-gc", "post-index-change"]
)
def test_no_hook_runs(tmp_path: Path, repo: Repo, read: Read, hook: str) -> None:
    repo.save("one", {"a.md": NOTE.format("one")})
    program, mark = trap(tmp_path)
    hooks = repo.path / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / hook).write_text(program.read_text("utf-8"), "utf-8")
    (hooks / hook).chmod(0o755)
    assert len(read(repo)) == 1
    assert not mark.exists()


def test_a_promisor_is_not_asked(tmp_path: Path, repo: Repo, read: Read) -> None:
    """A missing object of a partial clone is fetched by a command that the repository names."""
    repo.save("one", {"a.md": NOTE.format("one")})
    repo.save("two", {"a.md": NOTE.format("two")})
    program, mark = trap(tmp_path)
    blob = repo.git("rev-parse", "HEAD~1:a.md")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    for name, value in (
        ("extensions.partialClone", "evil"),
        ("remote.evil.url", f"file://{tmp_path}"),
        ("remote.evil.promisor", "true"),
        ("remote.evil.uploadpack", str(program)),
        ("protocol.file.allow", "always"),
    ):
        repo.git("config", name, value)
    found = read(repo)
    assert not mark.exists()
    assert any(isinstance(each, Broken) for each in found)


@pytest.mark.parametrize(
    "source", ["--upload-pack=touch /tmp/x", "-c", "--output=x", "ext::sh -c touch% x", "fd::17"]
)
def test_a_source_that_is_an_option_or_a_command_is_refused(
    tmp_path: Path, rules: Rules, source: str
) -> None:
    with pytest.raises(BadInput):
        take_in(source, tmp_path / "q.git", rules)


@pytest.mark.parametrize("sha", ["--output=owned", "HEAD --output=owned", "-p", "$(touch owned)"])
def test_a_revision_that_is_an_option_is_only_a_revision_that_is_not_there(
    tmp_path: Path, repo: Repo, rules: Rules, sha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    repo.save("one", {"a.md": "x\n"})
    place = tmp_path / "q.git"
    take_in(str(repo.path), place, rules)
    with Reader(place) as reader:
        list(reader.diffs([sha]))
        with pytest.raises(Unreadable):
            reader.files.ask([sha])
    assert not list(tmp_path.glob("**/owned"))


def test_a_link_out_of_the_allowed_folders_is_refused(tmp_path: Path, allowed: Path, rules: Rules) -> None:
    outside = Repo(tmp_path / "outside")
    outside.save("secret", {"a.md": "x\n"})
    (allowed / "link").symlink_to(outside.path)
    (allowed / "worktree").mkdir()
    (allowed / "worktree" / ".git").write_text(f"gitdir: {outside.path / '.git'}\n", "utf-8")
    for name in ("link", "worktree", "../outside", "link/../link"):
        with pytest.raises(BadInput, match="outside"):
            check_source(str(allowed / name), rules)


def test_objects_lent_from_outside_are_refused(tmp_path: Path, repo: Repo, rules: Rules) -> None:
    outside = Repo(tmp_path / "outside")
    outside.save("secret", {"a.md": "x\n"})
    repo.save("one", {"a.md": "x\n"})
    lenders = repo.path / ".git" / "objects" / "info" / "alternates"
    lenders.parent.mkdir(exist_ok=True)
    lenders.write_text(f"{outside.path / '.git' / 'objects'}\n", "utf-8")
    with pytest.raises(BadInput, match="outside"):
        check_source(str(repo.path), rules)


def test_a_link_in_a_repository_is_not_followed(tmp_path: Path, repo: Repo, read: Read) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text(NOTE.format("the secret"), "utf-8")
    (repo.path / "a.md").symlink_to(secret)
    repo.save("link")
    (found,) = read(repo)
    assert isinstance(found, Parsed)
    assert found.blocks == ()
    assert found.skipped == {"link": 1}


def test_repositories_elsewhere_are_refused_unless_allowed(rules: Rules) -> None:
    with pytest.raises(BadInput, match="not fetched"):
        check_source("https://git.example/x.git", rules)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x.git",
        "https://[::1]/x",
        "ssh://10.0.0.1/x",
        "https://169.254.169.254/latest",
        "git@127.0.0.1:x",
    ],
)
def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(BadInput, match="private"):
        check_source(url, Rules(remote=True))


@pytest.mark.parametrize("url", ["http://git.example/x", "git://git.example/x", "file:///etc", "ftp://x/y"])
def test_other_protocols_are_refused(url: str) -> None:
    with pytest.raises(BadInput):
        check_source(url, Rules(remote=True))


# --- damage ----------------------------------------------------------------------------------------------------


def test_a_damaged_repository_fails_that_commit_alone(repo: Repo, read: Read) -> None:
    shas = [repo.save(f"n {n}", {f"{n}.md": NOTE.format(n)}) for n in range(3)]
    blob = repo.git("rev-parse", f"{shas[1]}:1.md")
    (repo.path / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found = read(repo)
    assert [isinstance(each, Broken) for each in found] == [False, True, False]
    assert [each.sha for each in found] == shas


def test_a_shallow_repository_fails_its_first_commit_alone(
    tmp_path: Path, allowed: Path, repo: Repo, read: Read
) -> None:
    shas = [repo.save(f"n {n}", {f"{n}.md": NOTE.format(n)}) for n in range(4)]
    clone = allowed / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth=2", f"file://{repo.path}", str(clone)], check=True, cwd=tmp_path
    )
    shallow = Repo.__new__(Repo)
    shallow.path = clone
    found = read(shallow)
    assert [each.sha for each in found] == shas[2:]
    assert found[0] == Broken(shas[2], "shallow")
    assert isinstance(found[1], Parsed)


def test_git_that_is_killed_is_begun_anew(tmp_path: Path, repo: Repo, rules: Rules) -> None:
    shas = [repo.save(f"n {n}", {f"{n}.md": NOTE.format(n)}) for n in range(5)]
    place = tmp_path / "q.git"
    take_in(str(repo.path), place, rules)
    tree = repo.git("rev-parse", f"{shas[2]}^{{tree}}")
    path = place / "objects"
    packs = list(path.glob("pack/*.pack"))
    for pack in packs:  # loose objects can be taken away one by one
        body = pack.read_bytes()
        pack.unlink()
        pack.with_suffix(".idx").unlink()
        subprocess.run(["git", f"--git-dir={place}", "unpack-objects", "-q"], input=body, check=True)
    (path / tree[:2] / tree[2:]).unlink()
    with Reader(place) as reader:
        found = dict(reader.diffs(shas))
    assert [found[sha] is None for sha in shas] == [False, False, True, True, False]
