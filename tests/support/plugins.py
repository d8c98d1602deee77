"""Installing a kind for tests, the way a person does: a package with an entry point."""

from __future__ import annotations

from pathlib import Path


def install(folder: Path, point: str) -> None:
    """Make ``folder`` a place on the Python path where the kind ``point`` (``module:name``) is installed."""
    about = folder / "wines-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: wines\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[completist.kinds]\nwine = {point}\n")
