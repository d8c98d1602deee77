"""The git subprocess: in an environment and with settings in which no repository makes it run, fetch or write.

What a repository may set that makes git run something: textconv and external diffs, fsmonitor, hooks, gpg.program,
a promisor's uploadpack, credential helpers, ssh commands. https://git-scm.com/docs/git#_security
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from completist.domain.errors import ActionRequired, Retryable

#: Before any command: what wins over the configuration of a repository.
SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "log.showSignature=false",
    "credential.helper=",
    "diff.external=",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.recurseSubmodules=false",
    "http.followRedirects=false",
    "transfer.fsckObjects=false",
    "protocol.allow=never",
    "protocol.file.allow=always",
    "protocol.https.allow=always",
    "protocol.ssh.allow=always",
)

#: Seconds that a command which is no stream may take.
PATIENCE = 600

#: Bytes by which a stream may run ahead of its reader. With the 64 KB of most pipes, git waits over each larger diff.
PIPE = 1 << 20


def environment(protocols: str = "") -> dict[str, str]:
    """What git is told of its surroundings; ``protocols`` it may speak, by default none."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": protocols,
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "/bin/false",
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oStrictHostKeyChecking=yes",
    }


def command(*words: str, trusted: Path | None = None) -> list[str]:
    """A git command with its settings; ``trusted`` is a folder that may belong to another user."""
    settings = (*SETTINGS, *((f"safe.directory={trusted}",) if trusted is not None else ()))
    return ["git", "--no-pager", *(part for each in settings for part in ("-c", each)), *words]


def run(
    words: Sequence[str], *, protocols: str = "", trusted: Path | None = None, patience: float = PATIENCE
) -> subprocess.CompletedProcess[bytes]:
    """Run a command to its end.

    Raises:
        ActionRequired: There is no git.
        Retryable: It took too long.
    """
    try:
        return subprocess.run(
            command(*words, trusted=trusted),
            env=environment(protocols),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            check=False,
        )
    except FileNotFoundError as error:
        raise ActionRequired(
            "There is no git on this machine.", hint="Install it: apt install git"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise Retryable("Git took too long over this repository.", code="git_slow") from error


def stream(words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start a command that is fed and read for long."""
    process = subprocess.Popen(
        command(*words),
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=1 << 16,
    )
    with suppress(OSError, AttributeError):  # pipes of that size are Linux's, and may be used up
        fcntl.fcntl(opened(process.stdout), fcntl.F_SETPIPE_SZ, PIPE)
    return process


def opened(pipe: IO[bytes] | None) -> IO[bytes]:
    """A pipe of a stream."""
    if pipe is None:
        raise RuntimeError("git was begun without pipes")
    return pipe


def end(process: subprocess.Popen[bytes] | None) -> None:
    """End a stream, whatever it is at."""
    if process is None:
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    process.wait()
