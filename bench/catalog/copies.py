"""A dump many times over: each copy of its records with numbers, ISBNs and words of its own.

Making a million records up takes minutes; copying them with other numbers takes seconds, so this is how a dump of ten
million comes about. What is alike in all copies: the length and the fields of a record, and who wrote what. What
differs: keys, ISBNs, and the letters of titles and names, so that no copy is found in place of another.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.catalog.dump import Maker, generate, packed

NUMBERED = re.compile(rb"OL([0-9]+)([MWA])\b")
ISBN_10 = re.compile(rb'"isbn_10": \["[0-9X]+"\]')
ISBN_13 = re.compile(rb'"isbn_13": \["[0-9]+"\]')
WORDED = re.compile(rb'"(?:title|subtitle|name|personal_name)": "[^"\\]+"')
CONSONANTS = b"bcdfghjklmnpqrstvwxz"


MADE = 1_000_000  #: editions; of a larger dump, the rest is copied


def generated(folder: Path, editions: int) -> None:
    """A dump of that many editions with its questions: made up as far as a million, and that many times over."""
    times = -(-editions // MADE)
    if times == 1:
        generate(folder, editions)
        return
    each = editions // times
    with TemporaryDirectory(dir=folder.parent) as name:
        generate(Path(name), each)
        copied(sorted(Path(name).glob("*.txt.gz")), folder, times, each)
        (Path(name) / "truth.jsonl").replace(folder / "truth.jsonl")


def copied(files: Sequence[Path], folder: Path, times: int, editions: int) -> list[Path]:
    """The dump in ``files``, which holds that many ``editions``, ``times`` over; one file for each, in ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    steps = {b"M": editions, b"W": max(1, editions // 2), b"A": max(1, editions * 3 // 10)}
    written = []
    for path in files:
        written.append(folder / path.name)
        with packed(written[-1]) as file:
            for copy in range(times):
                with gzip.open(path) as lines:
                    file.writelines(
                        _changed(lines, copy, {kind: copy * step for kind, step in steps.items()})
                    )
    return written


def _changed(lines: Iterable[bytes], copy: int, steps: dict[bytes, int]) -> Iterator[bytes]:
    if not copy:
        yield from lines
        return
    renumber, reword = _renumbering(steps), _rewording(copy)
    for line in lines:
        changed = NUMBERED.sub(renumber, line)
        if changed.startswith(b"/type/edition"):
            changed = _with_isbns(changed)
        yield WORDED.sub(reword, changed)


def _renumbering(steps: dict[bytes, int]) -> Callable[[re.Match[bytes]], bytes]:
    return lambda found: b"OL%d%b" % (int(found[1]) + steps[found[2]], found[2])


def _rewording(copy: int) -> Callable[[re.Match[bytes]], bytes]:
    """Other consonants in place of each, the same all through a copy."""
    turned = CONSONANTS[copy % len(CONSONANTS) :] + CONSONANTS[: copy % len(CONSONANTS)]
    letters = bytes.maketrans(CONSONANTS + CONSONANTS.upper(), turned + turned.upper())

    def reword(found: re.Match[bytes]) -> bytes:
        name, _, text = found[0].partition(b": ")
        return b"%b: %b" % (name, text.translate(letters))

    return reword


def _with_isbns(line: bytes) -> bytes:
    """An edition's line with the ISBNs of its number."""
    if b'"isbn_' not in line:
        return line
    number = NUMBERED.search(line)
    assert number is not None
    ten, thirteen = Maker.isbns(int(number[1]))
    line = ISBN_10.sub(b'"isbn_10": ["%b"]' % ten.encode(), line, count=1)
    return ISBN_13.sub(b'"isbn_13": ["%b"]' % thirteen.encode(), line, count=1)
