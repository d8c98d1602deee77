"""Wording: numbers, times, codes and data as pages say them, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from completist.cli import words  # the one list of codes in words, for whichever face
from completist.domain.fields import Data, Origin, Value
from completist.domain.kind import Field, FieldType, Kind
from completist.store.jobs import Job
from completist.web.pages.telling import Said, Sayable

#: The language in which the templates are written.
WRITTEN_IN = "en"

#: Where the catalogues of other languages lie.
CATALOGUES = files("completist.web").joinpath("locale")

#: Milliseconds ahead within which an hour says enough.
_SOON = 12 * 3_600_000

#: Cron of one hour a day, of each day, of one day of the month or of the week: minute, hour, day, weekday.
_SIMPLE = re.compile(r"([0-5]?\d) ([01]?\d|2[0-3]) (\*|[12]?\d|3[01]) \* (\*|[0-7])")


def mark(text: str) -> str:
    """The text as it is: marked for translators, and translated where it is shown."""
    return text


_ICONS = {
    "book": "book-open",
    "author": "users",
    "album": "disc-3",
    "track": "music",
    "commit": "git-commit-horizontal",
}

#: The kinds whose covers are as wide as they are high.
_SQUARE = frozenset({"album", "track"})


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language: its words, and how it says numbers and times."""

    name: str
    words: NullTranslations
    locale: Locale

    def number(self, number: float) -> str:
        """A number with its separators."""
        return str(format_decimal(number, locale=self.locale))

    def values(self, held: Mapping[str, str | int]) -> dict[str, str]:
        """What a sentence is told with, numbers with their separators."""
        return {name: self.number(each) if isinstance(each, int) else each for name, each in held.items()}

    def say(self, said: Sayable) -> str:
        """What was marked elsewhere; mere text holds no values, whatever stands in it."""
        if isinstance(said, str):
            return self.words.gettext(said) if said else ""
        if not isinstance(said, Said):
            return " · ".join(map(self.say, said))
        written = (
            self.words.ngettext(said.text, said.plural, said.num)
            if said.plural
            else self.words.gettext(said.text)
        )
        return written % self.values(said.values)

    def percent(self, share: float) -> str:
        """A share of 0 to 1, with one decimal; never 100 % of what is not all, nor 0 % of what is something."""
        if share > 0:
            share = max(share, 0.001)
        return str(format_percent(min(share, 0.999) if share < 1 else 1, "#,##0.#%", locale=self.locale))

    def when(self, at: int, now: int) -> str:
        """A time in milliseconds, as short as it may be: the hour today and soon, the day this year."""
        told, today = _local(at), _local(now)
        if told.date() == today.date() or 0 <= at - now < _SOON:
            return str(format_time(told, "HH:mm", locale=self.locale))
        pattern = "d MMM" if told.year == today.year else "d MMM y"
        return str(format_date(told, pattern, locale=self.locale))

    def moment(self, at: int) -> str:
        """A time in milliseconds in full."""
        return str(format_datetime(_local(at), "d MMM y, HH:mm", locale=self.locale))

    def rhythm(self, cron: str) -> str:
        """When five fields of cron come round, in words where they are simple, else as they are."""
        if (found := _SIMPLE.fullmatch(cron.strip())) is None:
            return cron
        minute, hour, day, weekday = found.groups()
        at = format_time(time(int(hour), int(minute)), "HH:mm", locale=self.locale)
        say = self.words.gettext
        if day == "*" and weekday == "*":
            return say("every day at %(time)s") % {"time": at}
        if day == "*":
            named = self.locale.days["format"]["wide"][(int(weekday) - 1) % 7]
            return say("every %(day)s at %(time)s") % {"day": named, "time": at}
        if weekday == "*":
            return say("on day %(day)s of each month at %(time)s") % {"day": day, "time": at}
        return cron

    def span(self, seconds: float) -> str:
        """A length of time, in the unit that fits."""
        for unit, length in ((self.words.gettext("d"), 86_400), (self.words.gettext("h"), 3600), ("min", 60)):
            if seconds >= length:
                return f"{self.number(round(seconds / length))} {unit}"
        return f"{self.number(max(0, round(seconds)))} s"


@cache
def tongue(name: str) -> Tongue:
    """A language by its name."""
    if name == WRITTEN_IN:
        return Tongue(name, NullTranslations(), Locale(name))
    return Tongue(name, Translations.load(str(CATALOGUES), [name]), Locale.parse(name))


@cache
def tongues() -> frozenset[str]:
    """The languages that there are words for."""
    there = {each.name for each in CATALOGUES.iterdir() if each.is_dir()} if CATALOGUES.is_dir() else set()
    return frozenset(there | {WRITTEN_IN})


def chosen(accepted: str) -> Tongue:
    """The first language of an Accept-Language header that there is: https://www.rfc-editor.org/rfc/rfc9110#field.accept-language."""
    for part in accepted.split(","):
        name = part.partition(";")[0].strip().replace("-", "_")
        for each in (name, name.partition("_")[0]):
            if each in tongues():
                return tongue(each)
    return tongue(WRITTEN_IN)


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, UTC).astimezone()


def iso(at: int) -> str:
    """A time in milliseconds for programs."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def icon_of(kind: str) -> str:
    """The icon of a kind."""
    return _ICONS.get(kind, "box")


def is_square(kind: str) -> bool:
    """Whether the covers of a kind are square."""
    return kind in _SQUARE


def formats(labels: Iterable[str]) -> list[str]:
    """Names of formats once each, without what files they are."""
    return list(dict.fromkeys(label.partition(" (")[0] for label in labels))


def plural(kind: Kind) -> str:
    """What several of a kind are called, at the beginning of a line."""
    return kind.plural[:1].upper() + kind.plural[1:]


def source(name: str) -> str:
    """A source's name as it calls itself."""
    return words.source(name) if name else ""


def glyph(name: str) -> str:
    """Two letters for a source."""
    parts = re.findall(r"[A-Z][a-z]*|[a-z]+", words.source(name))
    return (
        (parts[0][0] + parts[1][0]).upper() if len(parts) > 1 else (parts[0] if parts else name)[:2].title()
    )


def who(value: Value) -> str:
    """Who said a value."""
    return words.who(value)


def text(data: Data) -> str:
    """Data as one line; texts of several lines keep them."""
    return data if isinstance(data, str) else words.data(data)


def typed(data: Data) -> str:
    """Data as a person would type it."""
    return "" if data is None else ("; ".join(map(str, data)) if isinstance(data, list) else text(data))


def reason(code: str) -> str:
    """A reason code in words."""
    return words.reason(code)


def cause(code: str) -> str:
    """Why a run failed or waits, in words."""
    told = words.cause(code)
    return told[:1].upper() + told[1:]


def outcome(code: str) -> str:
    """What came of asking a source."""
    return words.asked(code)


def noun(field: Field, count: int) -> str:
    """A field's label where so many items lack it: ``covers``."""
    label = (
        field.label
        if field.label[:2].isupper() or "-" in field.label or field.label[1:] != field.label[1:].lower()
        else field.label[:1].lower() + field.label[1:]
    )
    if count == 1 or label.endswith("s") or field.type is FieldType.DATE or " " in label:
        return label
    return f"{label[:-1]}ies" if label.endswith("y") else f"{label}s"


def job_name(job: Job) -> str:
    """What a job is about, in few words."""
    return selected(job.pipeline, job.selection)


def selected(pipeline: str, selection: Mapping[str, Any]) -> str:
    """What a selection of a pipeline is about, in few words."""
    name = pipeline[:1].upper() + pipeline[1:].replace("-", " ").replace("_", " ")
    if ids := selection.get("ids"):
        return f"{name}: {len(ids):,} chosen" if len(ids) > 1 else f"{name}: one item"
    chosen = selection.get("filter") or {}
    missing = chosen.get("missing") or []
    names = [missing] if isinstance(missing, str) else missing
    parts = [f"missing {' or '.join(names).replace('_', ' ')}"] if names else []
    parts += [f"what is {chosen['freshness']}"] if chosen.get("freshness") else []
    parts += [f"less than {chosen['score_below']} % complete"] if chosen.get("score_below") else []
    parts += ["never looked up"] if chosen.get("never_asked") else []
    parts += [f"not looked up for {chosen['older_than']}"] if chosen.get("older_than") else []
    return f"{name}: {', '.join(parts) or 'everything'}"


def length(milliseconds: Data) -> str:
    """How long something plays, as ``3:07``; empty where that is not known."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int | float) or milliseconds <= 0:
        return ""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    return f"{minutes}:{seconds:02}"


def title(kind: Kind, data: Mapping[str, Data]) -> str:
    """What an item is called."""
    return text(data.get(kind.title)) or "—"


def byline(kind: Kind, data: Mapping[str, Data]) -> str:
    """What stands beside its name."""
    return text(data.get(kind.byline)) if kind.byline else ""


def cells(view: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - an ItemView, or what looks like one
    """The wanted fields of an item as cells of its strip: ``g`` a gap, ``l`` yours, ``f`` filled; with labels."""
    found = []
    for field in view.kind.wanted:
        value = view.values.get(field.name)
        mine = field.name in view.locked or (value is not None and value.origin is Origin.USER)
        found.append((field.label, "g" if field.name in view.gaps else "l" if mine else "f"))
    return found


_STATES = {
    "ready": mark("Due"),
    "waiting": mark("Waiting"),
    "claimed": mark("Being looked up"),
    "filled": mark("Found"),
    "empty": mark("Not known"),
    "review": mark("In review"),
    "failed": mark("Failed"),
    "cancelled": mark("Called off"),
    "planning": mark("Being planned"),
    "running": mark("Running"),
    "done": mark("Done"),
}


def state(name: str) -> str:
    """A state of a run or a job in words."""
    return _STATES.get(name, name)


def sentence(codes: Sequence[str]) -> str:
    """Reason codes as one sentence."""
    told = "; ".join(dict.fromkeys(words.reason(code) for code in codes))
    return f"{told[:1].upper()}{told[1:]}." if told else ""
