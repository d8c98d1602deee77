"""Made-up Goodreads exports of any size, with the quirks of real ones; the same bytes for the same arguments."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

HEADER = (
    "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,My Rating,Average Rating,Publisher,Binding,"
    "Number of Pages,Year Published,Original Publication Year,Date Read,Date Added,Bookshelves,"
    "Bookshelves with positions,Exclusive Shelf,My Review,Spoiler,Private Notes,Read Count,Recommended For,"
    "Recommended By,Owned Copies,Original Purchase Date,Original Purchase Location,Condition,"
    "Condition Description,BCID"
).split(",")

WORDS = (
    "river winter garden letter stranger silence mirror island harvest machine orchard lantern border thread "
    "memory tower market ocean shadow bridge engine meadow crown paper season lighthouse echo valley comet"
).split()
NAMES = (
    "Ada Moreau;Björn Lindqvist;Chidi Okafor;Dolores Vega;Emil Novák;Farah Aziz;Grace O'Neill;Hiro Tanaka;"
    "Ines Carvalho;Jonas Weber;Katya Petrova;Liu Wei;Mary Anne Clarke;Nadia El Amrani;Oskar Nilsen;Priya Raman"
).split(";")


@dataclass(frozen=True, slots=True)
class Owned:
    """What an export says about one book."""

    title: str
    author: str
    isbn10: str = ""
    isbn13: str = ""
    year: int = 2000


def invented(count: int, seed: int = 7) -> Iterator[Owned]:
    """Books that do not exist."""
    chance = random.Random(seed)
    for number in range(count):
        title = f"The {chance.choice(WORDS).title()} of {chance.choice(WORDS).title()} {number}"
        yield Owned(title, chance.choice(NAMES), *_isbns(900_000_000 + number), 1900 + number % 120)


def _isbns(nine: int) -> tuple[str, str]:
    digits = f"{nine:09d}"
    ten = (11 - sum((10 - place) * int(digit) for place, digit in enumerate(digits)) % 11) % 11
    twelve = "978" + digits
    last = (10 - sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(twelve)) % 10) % 10
    return digits + ("X" if ten == 10 else str(ten)), f"{twelve}{last}"


def write_export(path: Path, books: Iterable[Owned], seed: int = 7) -> int:
    """Write books as Goodreads would; how many rows."""
    chance = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        number = 0
        for number, book in enumerate(books, 1):
            writer.writerow(_row(number, book, chance))
    return number


def _row(number: int, book: Owned, chance: random.Random) -> list[str]:
    first, _, last = book.author.rpartition(" ")
    bare = chance.random() < 0.2
    series = (
        f" (The {chance.choice(WORDS).title()} Cycle, #{chance.randint(1, 9)})"
        if chance.random() < 0.3
        else ""
    )
    read = f"20{chance.randint(10, 25)}/{chance.randint(1, 12):02d}/{chance.randint(1, 28):02d}"
    shelf = chance.choice(("read", "to-read", "currently-reading"))
    return [
        str(10_000_000 + number),
        book.title + series,
        book.author.replace(" ", "  ") if chance.random() < 0.05 else book.author,
        f"{last}, {first}",
        chance.choice(NAMES) if chance.random() < 0.25 else "",
        '=""' if bare else f'="{book.isbn10}"',
        '=""' if bare else f'="{book.isbn13}"',
        str(chance.randint(0, 5)),
        f"{chance.uniform(3, 5):.2f}",
        "Harbour & Sons",
        chance.choice(("Paperback", "Hardcover", "Kindle Edition")),
        str(chance.randint(80, 900)),
        str(book.year),
        str(book.year - chance.randint(0, 5)),
        read if shelf == "read" else "",
        "2015/03/01",
        f"{shelf}, favourites" if chance.random() < 0.2 else shelf,
        f"{shelf} (#{number})",
        shelf,
        "",
        "",
        "",
        "1" if shelf == "read" else "0",
        "",
        "",
        "0",
        "",
        "",
        "",
        "",
        "",
    ]
