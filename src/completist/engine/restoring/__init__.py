"""Restoring: a library back from its own JSON Lines. It adds what is not there, and changes nothing else."""

from completist.engine.restoring.files import restore_file
from completist.engine.restoring.lines import FORMAT, LABEL, is_own

__all__ = ["FORMAT", "LABEL", "is_own", "restore_file"]
