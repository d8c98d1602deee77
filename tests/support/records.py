"""A small collection of records, each with what its owner would say of it: for pages that are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.songs import Bag

from completist.app import App, Wish
from completist.domain.fields import Data
from completist.semantic.embedders import building
from completist.settings import Settings

#: Title, artist, album, year, key, genre, and what the owner hears in it.
RECORDS: tuple[tuple[str, str, str, str, str, str, str], ...] = (
    ("She's Leaving Home", "The Beatles", "Sgt. Pepper's Lonely Hearts Club Band", "1967", "E major", "Chamber pop",
     "A daughter slips out at daybreak with her bag packed, and harps and strings look after her. Slow and tender."),
    ("Fast Car", "Tracy Chapman", "Tracy Chapman", "1988", "A major", "Folk",
     "One guitar figure going round, a tired voice, and a plan to get away from home and begin somewhere else."),
    ("Leaving on a Jet Plane", "John Denver", "Rhymes & Reasons", "1969", "", "Folk",
     "Bags at the door, a cab outside, a slow goodbye that nobody wants to say."),
    ("Homeward Bound", "Simon & Garfunkel", "Parsley, Sage, Rosemary and Thyme", "1966", "", "Folk rock",
     "A touring singer on a railway platform, weary, wishing himself back home."),
    ("Take Me Home, Country Roads", "John Denver", "Poems, Prayers & Promises", "1971", "A major", "Country",
     "A warm singalong about hills, a river and the road back to where one belongs."),
    ("Thunder Road", "Bruce Springsteen", "Born to Run", "1975", "F major", "Rock",
     "A piano and a harmonica at a screen door; then everything grows until the car pulls out of a town for losers."),
    ("Streets of London", "Ralph McTell", "Streets", "1974", "", "Folk",
     "Quiet fingerpicking and lonely people on cold pavements, sung with more kindness than pity."),
    ("Hallelujah", "Jeff Buckley", "Grace", "1994", "C major", "Alternative rock",
     "A lone electric guitar in an empty church and a voice close to breaking. Sad, slow, holy."),
    ("Hurt", "Johnny Cash", "American IV: The Man Comes Around", "2002", "A minor", "Country",
     "An old man counts what is left. Acoustic and sad, with a piano note that will not stop."),
    ("Nightswimming", "R.E.M.", "Automatic for the People", "1992", "", "Alternative rock",
     "A circling piano and a memory of a summer night by the water when everybody was young."),
    ("Riders on the Storm", "The Doors", "L.A. Woman", "1971", "E minor", "Psychedelic rock",
     "Rain and thunder over an electric piano: a dark road at night and somebody dangerous on it."),
    ("Drive", "The Cars", "Heartbeat City", "1984", "", "New wave",
     "Cool synthesizers and a worried question late at night: who takes you home?"),
    ("Blinding Lights", "The Weeknd", "After Hours", "2020", "F minor", "Synth-pop",
     "Neon, speed and an empty city at night; a bright synthesizer that runs away from being alone."),
    ("Here Comes the Sun", "The Beatles", "Abbey Road", "1969", "A major", "Folk rock",
     "The ice melts: a bright guitar in the morning, like opening the curtains after a long winter."),
    ("Mr. Blue Sky", "Electric Light Orchestra", "Out of the Blue", "1977", "F major", "Pop rock",
     "A sunny morning put to a marching piano, with a choir that cannot stop smiling."),
    ("Walking on Sunshine", "Katrina and the Waves", "Walking on Sunshine", "1985", "", "Pop rock",
     "Horns, handclaps and nothing but good mood: music to wake up and jump about to."),
    ("Dancing Queen", "ABBA", "Arrival", "1976", "A major", "Disco",
     "A glittering piano slides down into a dance floor on a Friday night. Happy, with a small ache in it."),
    ("So What", "Miles Davis", "Kind of Blue", "1959", "", "Jazz",
     "A bass asks, the horns shrug: cool, unhurried, late in an evening with the lights turned low."),
    ("Take Five", "The Dave Brubeck Quartet", "Time Out", "1959", "", "Jazz",
     "Five beats to the bar and a dry saxophone that makes it sound easy."),
    ("Smells Like Teen Spirit", "Nirvana", "Nevermind", "1991", "", "Grunge",
     "Loud, quiet, loud: a gymnasium full of bored rage and a riff like a door kicked in."),
)  # fmt: skip


def named(row: tuple[str, ...]) -> dict[str, Data]:
    """A record's values, without what its owner says."""
    title, artist, album, year, key, genre, _ = row
    said: dict[str, Data] = {"title": title, "artists": [artist], "album": album, "released": year}
    return {**said, **({"key": key} if key else {}), "genres": [genre]}


@contextmanager
def opened(folder: Path, *, meaning: bool = True) -> Iterator[App]:
    """A library of these records in a folder.

    The model is that of an installed package with weights, where there is one; else one that counts words.
    """
    weights, model = building.installed() if meaning else None, folder / "model"
    if weights is not None and not model.is_dir():
        building.build(weights, model)
    named_model = str(model) if weights is not None else "off" if meaning else ""
    settings = Settings(
        folder, f"sqlite:///{folder / 'library.db'}", offline=True, embedder=named_model, index="exact"
    )
    with App(settings) as app:
        if meaning and weights is None:
            app.semantic.__dict__["embedder"] = Bag()
        if not app.status().total:
            _furnish(app)
        yield app


def _furnish(app: App) -> None:
    for row in RECORDS:
        (added,) = app.adding.add_tracks([named(row)], app.now()).results
        assert added.item_id is not None
        app.set(added.item_id, {"description": row[-1]})
    app.fill(Wish(kind="track"))
