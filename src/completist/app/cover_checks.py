"""Checking the copies of covers, and mending what a crash or a disk left behind among them."""

from __future__ import annotations

from completist.app.covers import Covers, Damage, Mended
from completist.engine.checking import Check, Remedy, State

NAME = "covers"


def check_covers(covers: Covers, *, fix: bool = False) -> Check:
    """Whether each copy has its file, and each file its copy; with ``fix``, that is so afterwards."""
    damage = covers.examine()
    if not damage:
        return Check(NAME, State.OK, "each copy has its file")
    if not fix:
        return Check(NAME, State.WARN, f"{_told(damage)}.", "completist doctor --fix", Remedy.COVERS)
    return _after(covers.mend(damage))


def _told(damage: Damage) -> str:
    found = (
        (len(damage.orphans), "files of nobody"),
        (len(damage.dead), "copies that never came"),
        (len(damage.lost), "copies without their file"),
    )
    return ", ".join(f"{count:,} {what}" for count, what in found if count)


def _after(mended: Mended) -> Check:
    told = f"mended: {mended.orphans:,} files removed, {mended.dead:,} copies given up"
    if mended.fetched_again:
        told += f", {mended.fetched_again:,} to be fetched again"
    if mended.uploads:
        told += f"; {mended.uploads:,} uploaded by people are lost"
        return Check(NAME, State.FAIL, f"{told}.", "Upload them again.")
    return Check(NAME, State.OK, f"{told}.")
