"""The quarantine: a bare clone of ours, with our configuration, in which nothing of the source's is obeyed."""

from __future__ import annotations

import shutil
from pathlib import Path

from completist.domain.errors import BadInput, Retryable
from completist.kinds.commits.git.hardened import run
from completist.kinds.commits.git.places import check_source, git_folder
from completist.sdk.cards import Rules, Taken

#: Where the commit stands at which the source stood when it was last looked at.
HEAD = "refs/completist/head"

_BRANCHES = "+refs/heads/*:refs/heads/*"
_DAMAGED = (b"missing", b"corrupt", b"bad object", b"unable to read", b"did not send all", b"not our ref")


def take_in(source: str, place: Path, rules: Rules) -> Taken:
    """Clone a repository into ``place``, or fetch what is new.

    Of a damaged one what is whole is taken, file by file: its commits fail one by one when they are read.

    Raises:
        BadInput: It may not be read, is none, or is empty.
        Retryable: It cannot be reached.
    """
    url, protocol = check_source(source, rules)
    trusted = Path(url.removeprefix("file://")) if protocol == "file" else None
    if not (place / "HEAD").is_file():
        _make(place)
    fetched = run(
        (
            f"--git-dir={place}",
            "fetch",
            "--no-tags",
            "--update-shallow",
            "--no-write-fetch-head",
            "--no-auto-gc",
            "--quiet",
            "--end-of-options",
            url,
            _BRANCHES,
            f"+HEAD:{HEAD}",
        ),
        protocols=protocol,
        trusted=trusted,
    )
    if fetched.returncode:
        _recover(fetched.stderr, trusted, place)
    return _taken(place)


def _make(place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    made = run(("init", "--bare", "--quiet", "--template=", "--end-of-options", str(place)))
    if made.returncode:
        raise BadInput("The folder for the quarantine cannot be made.", code="quarantine")


def _recover(said: bytes, local: Path | None, place: Path) -> None:
    """Copy what can be copied of a damaged repository; whatever else is wrong is told."""
    git = None if local is None else git_folder(local)
    if git is not None and any(word in said for word in _DAMAGED):
        _copy(git / "objects", place / "objects")
        head = _commit_at(git, "HEAD")
        if head:
            ref = place / HEAD
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(f"{head}\n", "utf-8")
            return
    if b"find remote ref HEAD" in said or b"ambiguous argument" in said:
        raise BadInput("There is no commit in that repository yet.", code="empty_repository")
    if local is not None:
        raise BadInput("That repository cannot be read: it is damaged, or no git repository.", code="damaged")
    raise Retryable("The repository cannot be reached at present.", code="unreachable")


def _copy(source: Path, target: Path) -> None:
    """The plain files of a folder of objects; links lead nowhere."""
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.name == "alternates":
            continue
        into = target / path.relative_to(source)
        if not into.exists():
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, into)


def _commit_at(git: Path, name: str) -> str:
    """The commit that a reference of a foreign repository names, by its files alone."""
    for _ in range(5):
        path = git / name
        said = path.read_text("utf-8", "replace").strip() if path.is_file() and not path.is_symlink() else ""
        if said.startswith("ref: refs/") and ".." not in said:
            name = said.removeprefix("ref: ")
            continue
        return said or _packed(git, name)
    return ""


def _packed(git: Path, name: str) -> str:
    path = git / "packed-refs"
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    return next((line.split()[0] for line in lines if line.endswith(f" {name}")), "")


def _taken(place: Path) -> Taken:
    head = run((f"--git-dir={place}", "rev-parse", "--verify", "--quiet", f"{HEAD}^{{commit}}"))
    if head.returncode:
        raise BadInput("There is no commit in that repository yet.", code="empty_repository")
    roots = run((f"--git-dir={place}", "rev-list", "--max-parents=0", HEAD))
    counted = run((f"--git-dir={place}", "rev-list", "--count", HEAD))
    found = sorted(roots.stdout.decode("ascii", "replace").split())
    return Taken(found[0] if found else "", head.stdout.decode().strip(), int(counted.stdout or 0))
