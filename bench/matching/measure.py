"""Measure the book matcher on real exports: precision and recall of what it takes without asking.

Run from the repository: ``python bench/matching/measure.py [--shared DIR] [--catalogue DIR] [--list VERDICT]``.
The exports and the derived catalogue are no part of the repository; figures rest on that catalogue and on
``truth.csv`` beside it. ``truth_notes.csv`` names the rows for which another record is right as well.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from completist.catalog import build, open_catalogue
from completist.domain.fields import Data
from completist.kinds.books.finder import BookFinder
from completist.kinds.books.matching.asking import asked, texts
from completist.kinds.books.matching.decision import decide
from completist.kinds.books.sources.goodreads import Goodreads
from completist.sdk.catalogue import Catalogue, Hit, Query
from completist.sdk.finder import Finding, Subject
from completist.sdk.source import Entry

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("COMPLETIST_SHARED_DATA", HERE.parents[2] / "shared" / "data"))
#: What would give a row away.
IDENTIFIERS = frozenset({"isbn13", "isbn10", "goodreads", "asin", "upc"})
BATCH = 200


@dataclass(slots=True)
class Tally:
    """Counts of one file or of all."""

    rows: int = 0
    present: int = 0  #: rows whose Book Id stands in the truth
    right: int = 0
    wrong: int = 0
    review: int = 0
    missed: int = 0
    elsewhere: Counter[str] = field(default_factory=Counter)  #: verdicts on rows that the truth does not know

    @property
    def precision(self) -> float:
        """Right among those taken without asking."""
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Right among those that the catalogue holds."""
        return self.right / self.present if self.present else 1.0

    def add(self, other: Tally) -> None:
        """Add another's counts to these."""
        for name in ("rows", "present", "right", "wrong", "review", "missed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.elsewhere += other.elsewhere

    def judge(self, verdict: str, work: str | None, truth: frozenset[str]) -> str:
        """Count one row and say what became of it."""
        self.rows += 1
        if not truth:
            self.elsewhere[verdict] += 1
            return verdict
        self.present += 1
        if verdict == "auto":
            outcome = "right" if work in truth else "wrong"
        else:
            outcome = "review" if verdict == "review" else "missed"
        setattr(self, outcome, getattr(self, outcome) + 1)
        return outcome


@dataclass(frozen=True, slots=True)
class Row:
    """One row of an export."""

    file: str
    number: int
    book: str  #: Goodreads Book Id
    values: dict[str, Data]


def rows(folder: Path) -> Iterator[Row]:
    """The rows of every export as the product reads them."""
    source = Goodreads()
    for path in sorted(folder.glob("*.csv")):
        for entry in source.read(path):
            if isinstance(entry, Entry):
                book = next(iter(texts(entry.values.get("goodreads"))), entry.key)
                yield Row(path.name, entry.row, book, dict(entry.values))


def truth(derived: Path) -> dict[str, frozenset[str]]:
    """The right works by Goodreads book id, further ones from the notes included."""
    found: dict[str, set[str]] = {}
    with (derived / "truth.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            for column in ("goodreads_book_id", "best_book_id"):
                found.setdefault(line[column], set()).add(line["work"].rpartition("/")[2])
    with (HERE / "truth_notes.csv").open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["goodreads_book_id"], set()).add(line["also_right"])
    return {book: frozenset(works) for book, works in found.items()}


def by_rules(all_rows: Sequence[Row], catalogue: Catalogue, hidden: frozenset[str]) -> list[Finding]:
    """What the product's finder says, the fields ``hidden`` taken out first."""
    finder, found = BookFinder(), []
    for start in range(0, len(all_rows), BATCH):
        subjects = [
            Subject(start + i, {name: data for name, data in row.values.items() if name not in hidden})
            for i, row in enumerate(all_rows[start : start + BATCH])
        ]
        found += finder.find(subjects, catalogue)
    return found


Rule = Callable[[str, str, Sequence[Hit]], Hit | None]


def first_result(_title: str, _author: str, hits: Sequence[Hit]) -> Hit | None:
    """Baseline: whatever the search answers first."""
    return hits[0] if hits else None


def levenshtein(title: str, author: str, hits: Sequence[Hit]) -> Hit | None:
    """Baseline: title and author each at least 0.70 alike."""
    for hit in hits:
        alike = Levenshtein.normalized_similarity(title.lower(), hit.title.lower())
        names = [Levenshtein.normalized_similarity(author.lower(), name.lower()) for name in hit.authors]
        if alike >= 0.70 and max(names, default=0.0) >= 0.70:
            return hit
    return None


def token_set(title: str, author: str, hits: Sequence[Hit]) -> Hit | None:
    """Baseline: rapidfuzz token_set_ratio of title and author together at least 90."""
    for hit in hits:
        if any(
            fuzz.token_set_ratio(f"{title} {author}", f"{hit.title} {name}") >= 90 for name in hit.authors
        ):
            return hit
    return None


def measure_rules(
    all_rows: Sequence[Row],
    findings: Sequence[Finding],
    known: dict[str, frozenset[str]],
) -> tuple[dict[str, Tally], dict[str, Counter[str]], list[tuple[Row, Finding, str]]]:
    """Tallies by file, outcomes by reason, and every row with what became of it."""
    files: dict[str, Tally] = {}
    reasons: dict[str, Counter[str]] = {}
    judged = []
    for row, finding in zip(all_rows, findings, strict=True):
        record = finding.match.record
        work = next((c.work for c in finding.candidates if c.record == record), None)
        tally = files.setdefault(row.file, Tally())
        outcome = tally.judge(finding.match.verdict, work, known.get(row.book, frozenset()))
        for reason in finding.match.reasons:
            reasons.setdefault(reason, Counter())[outcome] += 1
        judged.append((row, finding, outcome))
    return files, reasons, judged


def total(files: dict[str, Tally]) -> Tally:
    """All files together."""
    whole = Tally()
    for tally in files.values():
        whole.add(tally)
    return whole


def show(title: str, files: dict[str, Tally]) -> None:
    print(f"\n{title}\n")
    head = ("file", "rows", "in catalogue", "right", "wrong", "review", "missed", "precision", "recall")
    print(f"| {' | '.join(head)} | not in truth: auto/review/none |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name, t in [*files.items(), ("all", total(files))]:
        other = "/".join(str(t.elsewhere[verdict]) for verdict in ("auto", "review", "none"))
        print(
            f"| {name} | {t.rows} | {t.present} | {t.right} | {t.wrong} | {t.review} | {t.missed} "
            f"| {t.precision:.4f} | {t.recall:.4f} | {other} |"
        )


def show_reasons(reasons: dict[str, Counter[str]]) -> None:
    columns = ("right", "wrong", "review", "missed", "auto", "none")
    print("\n| reason | right | wrong | review | missed | not in truth: auto | not in truth: none |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for reason, counts in sorted(reasons.items(), key=lambda each: (-sum(each[1].values()), each[0])):
        print(f"| {reason} | {' | '.join(str(counts[column]) for column in columns)} |")


def show_baselines(
    all_rows: Sequence[Row], known: dict[str, frozenset[str]], catalogue: Catalogue, ours: Tally
) -> None:
    """The three baselines and the product; the last columns take the right work out of the catalogue."""
    head = ("rule", "taken", "right", "wrong", "precision", "recall", "taken, truth unknown")
    print(f"\n| {' | '.join(head)} | taken with the right work out | of these, another title or author |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    titles = [str(row.values.get("title") or "") for row in all_rows]
    authors = [next(iter(texts(row.values.get("authors"))), "") for row in all_rows]
    found = catalogue.search([Query(t, a) for t, a in zip(titles, authors, strict=True)], 10)
    rules: dict[str, Rule] = {
        "first search result": first_result,
        "Levenshtein >= 0.70 on title and on author": levenshtein,
        "token_set >= 90 on title and author": token_set,
    }
    for name, rule in rules.items():
        tally, out = Tally(), []
        for row, title, author, hits in zip(all_rows, titles, authors, found, strict=True):
            right = known.get(row.book, frozenset())
            hit = rule(title, author, hits)
            tally.judge("auto" if hit else "none", hit.work if hit else None, right)
            if right and (hit := rule(title, author, [h for h in hits if h.work not in right])):
                out.append(_another(title, author, hit.title, hit.authors))
        _line(name, tally, out)
    out = []
    for start in range(0, len(all_rows), BATCH):
        rows_with = [row for row in all_rows[start : start + BATCH] if row.book in known]
        subjects = [
            Subject(i, {k: v for k, v in row.values.items() if k not in IDENTIFIERS}, known[row.book])
            for i, row in enumerate(rows_with)
        ]
        for row, finding in zip(rows_with, BookFinder().find(subjects, catalogue), strict=True):
            if finding.match.verdict == "auto":
                best = finding.candidates[0]
                author = next(iter(texts(row.values.get("authors"))), "")
                out.append(_another(str(row.values["title"]), author, best.title, best.byline.split(", ")))
    _line("completist", ours, out)


def _another(title: str, author: str, found_title: str, found_authors: Sequence[str]) -> bool:
    """Whether a record is plainly of another work: other words in the main title, or no surname in common."""
    one, two = (
        re.sub(r"[^a-z0-9 ]|^the |^an? ", "", re.split(r"[:(]", t.lower())[0]) for t in (title, found_title)
    )
    surnames = {name.lower().split()[-1] for name in found_authors if name.split()}
    return one.split() != two.split() or not surnames & set(re.split(r"[\s,]+", author.lower()))


def _line(name: str, t: Tally, out: Sequence[bool]) -> None:
    numbers = (
        t.right + t.wrong,
        t.right,
        t.wrong,
        f"{t.precision:.4f}",
        f"{t.recall:.4f}",
        t.elsewhere["auto"],
    )
    print(f"| {name} | {' | '.join(map(str, numbers))} | {len(out)} | {sum(out)} |")


def show_speed(all_rows: Sequence[Row], catalogue: Catalogue) -> None:
    """Microseconds a book: the whole finder, the search in it, and the decision alone, caches warm and cold."""
    hidden = [asked({k: v for k, v in row.values.items() if k not in IDENTIFIERS}) for row in all_rows]
    wanted = [each for each in hidden if each is not None]
    queries = [Query(w.title.searched[0], w.authors[0] if w.authors else "") for w in wanted]
    start = time.perf_counter()
    found = catalogue.search(queries, 10)
    searched = time.perf_counter()
    for each, hits in zip(wanted, found, strict=True):
        decide(each, hits)
    decided = time.perf_counter()
    by_rules(all_rows, catalogue, IDENTIFIERS)
    done = time.perf_counter()
    for name, seconds in (
        ("search", searched - start),
        ("decision", decided - searched),
        ("whole finder", done - decided),
    ):
        print(f"{name}: {seconds / len(wanted) * 1e6:.0f} us a book")


def show_rows(judged: Sequence[tuple[Row, Finding, str]], outcome: str) -> None:
    """The rows with one outcome, for reading by eye."""
    for row, finding, became in judged:
        if became == outcome:
            best = finding.candidates[0] if finding.candidates else None
            offered = f"{best.record} {best.title} | {best.byline} | {best.year}" if best else "-"
            own = f"{row.values.get('title')} | {row.values.get('authors')} | {row.values.get('first_published')}"
            why = f"{finding.match.distance} {finding.match.reasons}"
            print(f"{row.file}:{row.number} {row.book} {own} -> {offered} {why}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--catalogue", type=Path, help="a folder with the derived catalogue loaded")
    parser.add_argument(
        "--list", default="", help="print the rows of an outcome: wrong, review, missed, auto, none"
    )
    options = parser.parse_args()
    derived = options.shared / "openlibrary" / "derived"
    if not derived.is_dir():
        print(
            "Matching was NOT measured: the real exports and the derived catalogue are not here (--shared DIR)."
        )
        return 0
    with tempfile.TemporaryDirectory() as folder:
        root = options.catalogue
        if root is None:
            root = Path(folder)
            build(root, sorted(derived.glob("ol_dump_*.txt.gz")))
        return report(options, derived, open_catalogue(root))


def report(options: argparse.Namespace, derived: Path, catalogue: Catalogue) -> int:
    """Print all tables; 1 when a bar is missed."""
    all_rows = list(rows(options.shared / "exports" / "goodreads"))
    known = truth(derived)
    started = time.perf_counter()
    findings = by_rules(all_rows, catalogue, IDENTIFIERS)
    cold = time.perf_counter() - started
    files, reasons, judged = measure_rules(all_rows, findings, known)
    if options.list:
        show_rows(judged, options.list)
        return 0
    show("Identifiers hidden", files)
    show_reasons(reasons)
    visible = by_rules(all_rows, catalogue, frozenset({"goodreads"}))
    seen, seen_reasons, _ = measure_rules(all_rows, visible, known)
    show("ISBN visible", seen)
    show_reasons(seen_reasons)
    print("\nBaselines, identifiers hidden")
    ours, with_isbn = total(files), total(seen)
    show_baselines(all_rows, known, catalogue, ours)
    print(f"\nfirst pass, caches cold: {cold / len(all_rows) * 1e6:.0f} us a book")
    show_speed(all_rows, catalogue)
    kept = ours.precision >= 0.995 and ours.recall >= 0.93 and with_isbn.precision >= 0.998
    print(
        f"\nbars (precision >= 0.995, recall >= 0.93, with ISBN precision >= 0.998): {'kept' if kept else 'MISSED'}"
    )
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
