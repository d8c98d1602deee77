"""A made-up Open Library dump of any size, the same bytes for the same numbers, with questions and their answers.

    python bench/catalog/dump.py FOLDER --editions 1000000

writes three ``ol_dump_*.txt.gz`` and ``truth.jsonl``: titles as a reading list would write them, with the works
that answer. Records have the size, the fields and the dirt of real ones: about 1 kB an edition; ISBN-10 only in a
fifth of them; works nearly alike ("Summary of ..."); duplicates; damaged lines, redirects and deletes.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

GZIP = ["gzip", "-6n"]
SYLLABLES = "an ber cor dal el fir gar hol in jor kal lam mor nor ost per quin ros sten tor ul var wen yor zel".split()
WORDS = (
    "history theory study guide art love death night house river king queen war peace world life time light dark"
    " secret lost last first great little new old city law science music poetry letters stories journey road garden"
    " winter summer children woman man shadow mountain ocean language memory stone silver fire water bridge island"
).split()
FIRST = "Mary John Anna José Jean Hans Ivan Yuki Wei Ahmed Priya Søren Ingrid Paweł Éva Mehmet Olga Carlos".split()
SUBJECTS = [
    "Fiction",
    "History",
    "Biography",
    "Juvenile fiction",
    "Philosophy",
    "Science",
    "Law",
    "Education",
    "Music",
]
HOUSES = ["Oxford University Press", "Springer", "Penguin Books", "Gallimard", "Nauka", "Tor Books", "Bantam"]
LANGUAGES = ["eng"] * 12 + ["ger", "fre", "spa", "ita", "rus", "chi", "jpn"]
STAMP = "2026-10-31T00:00:00.000000"
NOISE = ("Summary of {}", "{} Study Guide", "A Reader's Guide to {}", "{} boxed set")


class Maker:
    """Makes records from one seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def name(self) -> str:
        """A word that few titles share."""
        return "".join(self.random.choices(SYLLABLES, k=self.random.randint(2, 4))).capitalize()

    def person(self) -> str:
        """An author's name."""
        middle = f" {self.random.choice('ABCDEFGHJKLM')}." if self.random.random() < 0.3 else ""
        return f"{self.random.choice(FIRST)}{middle} {self.name()}"

    def title(self) -> str:
        """A title of two to six words."""
        found = self.random.choices(WORDS, k=self.random.randint(1, 3))
        if self.random.random() < 0.7 or len(found) == 1:
            found.insert(self.random.randint(0, len(found)), self.name())
        joint = self.random.choice([" ", " of ", " and the ", " in "])
        return found[0].capitalize() + joint + " ".join(found[1:])

    def text(self, sentences: int) -> str:
        """Running text."""
        return (
            ". ".join(" ".join(self.random.choices(WORDS, k=9)).capitalize() for _ in range(sentences)) + "."
        )

    @staticmethod
    def isbns(number: int) -> tuple[str, str]:
        """The two forms of an ISBN that belongs to this number alone."""
        stem = f"{number * 7 % 1_000_000_000:09}"
        ten = sum(place * int(digit) for place, digit in enumerate(stem, start=1)) % 11
        full = f"978{stem}"
        thirteen = -(sum(map(int, full[::2])) + 3 * sum(map(int, full[1::2]))) % 10
        return stem + ("X" if ten == 10 else str(ten)), f"{full}{thirteen}"


@contextmanager
def packed(path: Path) -> Iterator[IO[bytes]]:
    """A file to write into, packed by gzip in a process of its own."""
    with (
        path.open("wb") as file,
        subprocess.Popen(GZIP, stdin=subprocess.PIPE, stdout=file) as process,
    ):
        assert process.stdin is not None
        yield process.stdin


def put(file: IO[bytes], kind: str, key: str, document: dict[str, Any]) -> None:
    """Write one line."""
    spread = sum(key.encode()) * 2_654_435_761 + hash(int(key[key.rindex("L") + 1 : -1])) * 48_271
    first, last = (
        f"20{8 + turn % 18:02}-{1 + turn % 12:02}-{1 + turn % 28:02}T{turn % 24:02}:{turn % 60:02}:"
        f"{turn // 7 % 60:02}.{turn % 1_000_000:06}"
        for turn in (spread, spread // 11)
    )
    whole = {
        **document,
        "key": key,
        "type": {"key": f"/type/{kind}"},
        "latest_revision": 1,
        "revision": 1,
        "created": {"type": "/type/datetime", "value": first},
        "last_modified": {"type": "/type/datetime", "value": last},
    }
    file.write(f"/type/{kind}\t{key}\t1\t{last}\t{json.dumps(whole)}\n".encode())


def soil(file: IO[bytes], kind: str, key: str, number: int) -> None:
    """Now and then, write a line of the sorts that loaders trip over."""
    if number % 500:
        return
    far = key.replace(f"{number}", f"{number + 100_000_000}")
    file.write(
        (
            f"/type/{kind}\t{far}\t1\t{{}}\n",
            f'/type/{kind}\t{key}\t1\t{STAMP}\t{{"title": "cut\n',
            f'/type/redirect\t{far}\t2\t{STAMP}\t{{"key": "{far}", "location": "{key}"}}\n',
            f'/type/delete\t{far}\t2\t{STAMP}\t{{"key": "{far}"}}\n',
        )[number // 500 % 4].encode()
    )


def generate(folder: Path, editions: int, seed: int = 7) -> None:
    """Write a dump of that many editions, half as many works and 3 authors for 10 editions."""
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(seed)
    people = _authors(folder, maker, max(1, editions * 3 // 10))
    titles, writers = _works(folder, maker, people, max(1, editions // 2))
    _editions(folder, maker, titles, writers, editions)


def _authors(folder: Path, maker: Maker, count: int) -> list[str]:
    people = []
    with packed(folder / "ol_dump_authors.txt.gz") as file:
        for number in sorted(range(1, count + 1), key=str):
            name = maker.person()
            people.append(name)
            document: dict[str, Any] = {"name": name, "personal_name": name}
            if number % 4 == 0:
                document["birth_date"] = str(1800 + number % 195)
            if number % 12 == 0:
                document["alternate_names"] = [name.upper(), name.split()[-1]]
            put(file, "author", f"/authors/OL{number}A", document)
            soil(file, "author", f"/authors/OL{number}A", number)
    order = sorted(range(1, count + 1), key=str)
    by_number = dict(zip(order, people, strict=True))
    return [by_number[number] for number in range(1, count + 1)]


def _works(
    folder: Path, maker: Maker, people: list[str], count: int
) -> tuple[dict[int, str], dict[int, int]]:
    titles: dict[int, str] = {}
    writers: dict[int, int] = {}
    asked = {}
    base, keys = "", []
    for number in range(1, count + 1):
        turn = number % 100
        writers[number] = 1 + int(len(people) * maker.random.random() ** 2.2) % len(people)
        if turn == 1:  # one book of a hundred is asked for; the next five are made to be taken for it
            base = titles[number] = maker.title()
            keys = [number]
            asked[number] = keys
        elif turn == 2:
            titles[number], writers[number] = base.lower().capitalize(), writers[number - 1]
            keys.append(number)
        elif 2 < turn < 7:
            titles[number] = NOISE[turn - 3].format(base)
        else:
            titles[number] = maker.title()
    with packed(folder / "ol_dump_works.txt.gz") as file:
        for number in sorted(titles, key=str):
            document: dict[str, Any] = {"title": titles[number]}
            document["authors"] = [
                {"type": {"key": "/type/author_role"}, "author": {"key": f"/authors/OL{writers[number]}A"}}
            ]
            if number % 2:
                document["subjects"] = maker.random.sample(SUBJECTS, 4)
            if number % 3 == 0:
                document["covers"] = [number + 1_000_000, -1]
            if number % 20 == 0:
                document["description"] = {"type": "/type/text", "value": maker.text(5)}
            put(file, "work", f"/works/OL{number}W", document)
            soil(file, "work", f"/works/OL{number}W", number)
    with (folder / "truth.jsonl").open("w", encoding="utf-8") as file:
        for number, works in asked.items():
            series = f" ({maker.name()} Saga, #{number % 9 + 1})" if maker.random.random() < 0.6 else ""
            question = {"title": titles[number] + series, "authors": [people[writers[number] - 1]]}
            file.write(json.dumps({**question, "works": [f"/works/OL{each}W" for each in works]}) + "\n")
    return titles, writers


def _editions(
    folder: Path, maker: Maker, titles: dict[int, str], writers: dict[int, int], count: int
) -> None:
    with packed(folder / "ol_dump_editions.txt.gz") as file:
        for number in sorted(range(1, count + 1), key=str):
            work = number if number <= len(titles) else 1 + int(len(titles) * maker.random.random() ** 1.6)
            put(
                file,
                "edition",
                f"/books/OL{number}M",
                edition(maker, number, work, titles[work], writers[work]),
            )
            soil(file, "edition", f"/books/OL{number}M", number)


def edition(maker: Maker, number: int, work: int, title: str, author: int) -> dict[str, Any]:
    """One edition's record."""
    pick = maker.random
    ten, thirteen = maker.isbns(number)
    document: dict[str, Any] = {
        "title": title,
        "works": [{"key": f"/works/OL{work}W"}],
        "authors": [{"key": f"/authors/OL{author}A"}],
        "publishers": [pick.choice(HOUSES) if pick.random() < 0.5 else f"{maker.name()} & {maker.name()}"],
        "publish_date": str(pick.randint(1900, 2025)),
        "languages": [{"key": f"/languages/{pick.choice(LANGUAGES)}"}],
        "source_records": [
            f"marc:marc_loc_2016/part{pick.randint(1, 43):02}.utf8:{pick.randrange(2 * 10**8)}:{pick.randrange(4000)}",
            f"promise:bwb_daily_pallets:{pick.randrange(10**12)}",
            f"ia:{maker.name().lower()}{maker.name().lower()}{pick.randrange(10**4):04}",
        ],
        "subjects": pick.sample(SUBJECTS, pick.randint(1, 4)),
    }
    document["edition_name"] = f"{maker.name()} {maker.name()}"
    document["publish_places"] = [maker.name()]
    era = number % 3
    if number % 10 < 7:
        document["isbn_10"] = [ten]
        if number % 10 < 5:
            document["isbn_13"] = [thirteen]
    if era == 0:
        document |= {
            "number_of_pages": pick.randint(16, 900),
            "physical_format": "Paperback",
            "covers": [number],
        }
        document["identifiers"] = {"goodreads": [str(pick.randrange(10**7))], "librarything": [str(number)]}
    elif era == 1:
        document |= {
            "by_statement": f"by {maker.person()}.",
            "pagination": f"xii, {pick.randint(20, 700)} p. ;",
            "lc_classifications": [f"PZ{pick.randint(1, 9999)}.A{number % 99}"],
            "dewey_decimal_class": [f"{pick.randint(1, 999)}.{pick.randint(0, 99)}"],
            "oclc_numbers": [str(pick.randrange(10**9))],
            "lccn": [f"{pick.randrange(10**8):08}"],
            "notes": {"type": "/type/text", "value": f"Includes index. {maker.text(1)}"},
            "contributions": [maker.person()],
            "number_of_pages": pick.randint(20, 900),
        }
    if number % 3 == 0:
        document["subtitle"] = f"{maker.title()} {maker.title()}"
    if number % 8 == 0:
        document["description"] = maker.text(8)
    return document


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--editions", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    generate(asked.folder, asked.editions, asked.seed)


if __name__ == "__main__":
    main()
