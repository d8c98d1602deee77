"""Places: which repositories may be read at all. Local ones lie below the allowed roots, whatever links say."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from completist.domain.errors import BadInput, Retryable
from completist.sdk.cards import Rules

_SCP = re.compile(r"^[\w.-]+@[\w.-]+:(?!//)")
_SCHEMES = {"https": 443, "ssh": 22}


def check_source(source: str, rules: Rules) -> tuple[str, str]:
    """What git is given to clone from, and the protocol that it may speak for it.

    Raises:
        BadInput: It lies outside the roots, is no repository, or is elsewhere while that is not allowed.
        Retryable: Its host has no address at present.
    """
    if source.startswith("-") or any(ord(char) < 32 for char in source):  # noqa: PLR2004 - control characters
        raise BadInput("That is an option of git, not a repository.", code="bad_repository")
    if "://" in source or _SCP.match(source):
        return _remote(source, rules)
    return f"file://{local(Path(source), rules.roots)}", "file"


def local(path: Path, roots: Sequence[Path]) -> Path:
    """The repository at ``path`` with every link resolved.

    Raises:
        BadInput: It, or what it is made of, lies outside the roots, or it is no repository.
    """
    real = path.expanduser().resolve()
    _require_inside(real, roots)
    git = git_folder(real)
    if git is None:
        raise BadInput("There is no git repository in that folder.", code="bad_repository")
    _require_inside(git, roots)
    for lent in _lent(git):
        _require_inside(lent, roots)
    return real


def git_folder(path: Path) -> Path | None:
    """Where the objects of the repository at ``path`` are, with every link resolved; None when it is none."""
    inner = path / ".git"
    if inner.is_file():
        said = inner.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
        inner = (path / said).resolve()
    for folder in (inner, path):
        if (folder / "HEAD").is_file():
            common = folder / "commondir"
            shared = (folder / common.read_text("utf-8", "replace").strip()) if common.is_file() else folder
            if (shared / "objects").is_dir():
                return shared.resolve()
    return None


def _lent(git: Path) -> list[Path]:
    """The folders outside ``git`` from which it takes objects."""
    objects = git / "objects"
    found = [objects.resolve()]
    lenders = objects / "info" / "alternates"
    if lenders.is_file():
        lines = lenders.read_text("utf-8", "replace").splitlines()
        found += [(objects / line).resolve() for line in lines if line.strip() and not line.startswith("#")]
    return found


def _require_inside(path: Path, roots: Sequence[Path]) -> None:
    if not any(path.is_relative_to(root.resolve()) for root in roots):
        named = ", ".join(str(root) for root in roots)
        raise BadInput(
            "That repository, or a part of it, lies outside the folders that may be read."
            if named
            else "No folder is allowed to hold repositories yet.",
            hint=f"Allowed: {named}; the setting `repositories` names them."
            if named
            else 'Name some: COMPLETIST_REPOSITORIES="$HOME/notes", or repositories = "/home/me/notes" in '
            "completist.toml in the data folder.",
            code="outside_roots",
        )


def _remote(source: str, rules: Rules) -> tuple[str, str]:
    if not rules.remote:
        raise BadInput(
            "Repositories elsewhere are not fetched.",
            hint='Allow it with remote_repositories = "yes" in completist.toml, or clone it into an allowed folder.',
            code="remote_off",
        )
    scheme, host, port = _host(source)
    if scheme not in _SCHEMES or not host or host.startswith("-"):
        raise BadInput("Repositories elsewhere are fetched over https or ssh alone.", code="bad_repository")
    _require_public(host, port or _SCHEMES[scheme])
    return source, scheme


def _host(source: str) -> tuple[str, str, int | None]:
    if _SCP.match(source):
        return "ssh", source.partition("@")[2].partition(":")[0], None
    try:
        parts = urlsplit(source)
        port = parts.port
    except ValueError:
        raise BadInput("That is no address of a repository.", code="bad_repository") from None
    return parts.scheme, parts.hostname or "", port


def _require_public(host: str, port: int) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Retryable("The repository's host has no address at present.", code="no_address") from error
    for each in found:
        if not ipaddress.ip_address(each[4][0]).is_global:
            raise BadInput("That host lies in a private network.", code="private_address")
