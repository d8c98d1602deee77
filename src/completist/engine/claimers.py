"""Claimers: how a worker signs its claims, and how others on the same machine notice that it is gone."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """This process's signature: host, process id and the moment it started, so that a reused id is noticed."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(claimer: str) -> bool:
    """Whether the process that signed is certainly dead: it ran on this host and does so no more.

    False for anyone on another host, and for signatures of another form: those are left to their lease.
    """
    host, _, rest = claimer.rpartition(":")[0].rpartition(":")
    started = claimer.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdecimal():
        return False
    pid = int(rest)
    if not _runs(pid):
        return True
    return started not in ("", _started(pid))


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
