"""How much memory this process has taken at most."""

from __future__ import annotations

import resource
from pathlib import Path


def peak() -> float:
    """Peak resident memory in MB.

    Linux tells it per program; what `getrusage` tells there begins with the peak of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(
            line.split(":", 1) for line in status.read_text("ascii", "replace").splitlines() if ":" in line
        )
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
