"""Claimers: how a worker signs its claims, and how others on the same machine notice that it is gone."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from functools import cache
from hashlib import blake2b
from pathlib import Path


def this_process() -> str:
    """This process's signature: where it runs, its id and the moment it started, so that a reused id is noticed."""
    return f"{_here()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(claimer: str) -> bool:
    """Whether the process that signed is certainly dead: it ran here and does so no more.

    False for anyone elsewhere, and for signatures of another form: those are left to their lease.
    """
    host, _, rest = claimer.rpartition(":")[0].rpartition(":")
    started = claimer.rpartition(":")[2]
    if host != _here() or not rest.isdecimal():
        return False
    pid = int(rest)
    if not _runs(pid):
        return True
    return started not in ("", _started(pid))


@cache
def _here() -> str:
    """Among whom process ids are told apart: this host since it started, and this container, if it is in one.

    Containers may share the name of their host, and machines that were copied their own.
    """
    apart = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        told = f"{boot} {Path('/proc/self/ns/pid').readlink()}"
        apart = f"/{blake2b(told.encode(), digest_size=6).hexdigest()}"
    return f"{socket.gethostname()}{apart}"


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there and belongs to somebody else
    return True


def _started(pid: int) -> str:
    """Clock ticks since boot at which a process started; empty where the system does not tell."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]
