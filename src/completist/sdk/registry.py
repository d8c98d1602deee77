"""Plug-ins: a kind is one folder and one entry point in the group ``completist.kinds``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points

from completist.domain.errors import NotFound
from completist.domain.fields import Data
from completist.domain.kind import Kind
from completist.domain.matching import Candidate
from completist.domain.pipeline import Pipeline
from completist.domain.trust import Trust
from completist.sdk.adapter import AdapterPlan
from completist.sdk.cards import CardMaker
from completist.sdk.catalogue import EditionView
from completist.sdk.entity import Entity
from completist.sdk.feed import Feed
from completist.sdk.finder import Finder, Finding, Subject
from completist.sdk.pictures import Pictures
from completist.sdk.provider import ResolverPlan, Send
from completist.sdk.source import RowWriter, Source
from completist.sdk.vectors import Space

GROUP = "completist.kinds"


def _always(_mine: Mapping[str, Data], _other: Mapping[str, Data]) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class KindPlugin:
    """All that a kind brings: its declaration, its file formats, its finders, its ways out.

    ``last_resorts`` are sources so general (any table with a title) that every kind's own ``sources`` are asked first.
    ``agree`` says whether two sets of data that share an identifier may be the same thing; identifiers in
    real files are wrong often enough that one alone is not believed.
    ``normalise`` brings what a person typed for a field into the kind's own form, or raises ValueError.
    ``live`` are the finders of what only live providers know: while they cannot be asked, nothing counts as unknown.
    ``inside`` are pipelines whose finder the app makes of what a person has set up (a model, an index).
    ``listings`` write items as lines of some other program's lists, by the name of the format: ``m3u``.
    ``describer`` makes a finder that describes by a language model: of a way to call it, its address, the model, a key,
    and how many tokens it may use in a day.
    ``space`` says how its items are found by meaning.
    ``outside`` are pipelines that no finder here fills: their runs wait for workers outside, who claim them over HTTP.
    ``adapters`` are the live providers of its pipelines, in the order in which they are asked, and believed, unless a
    person says otherwise. ``trusted`` names, for fields of which others know more, whom to believe first.
    ``feeds`` tell what has changed at such a provider.
    ``entities`` are the types of things that programs outside may tell of and ask for.
    ``resolvers`` are the ready clients of `completist pull` for such pipelines.
    ``judge`` decides about candidates that such a worker hands in; without it, a single one that `agree`s is taken.
    ``pictures`` says where the pictures of a field lie, for a pipeline that looks at them.
    ``makers`` make flashcards of its items.
    ``catalogued`` says that its finders look things up in the offline catalogue, and are no use without it.
    ``read_edition`` says an edition of the catalogue in the fields of this kind, where the kind is one of books.
    """

    kind: Kind
    sources: tuple[Source, ...] = ()
    last_resorts: tuple[Source, ...] = ()
    finders: tuple[Finder, ...] = ()
    live: tuple[Finder, ...] = ()
    inside: tuple[Pipeline, ...] = ()
    listings: Mapping[str, Callable[[Iterable[Mapping[str, Data]]], Iterator[str]]] = field(
        default_factory=dict
    )
    space: Space | None = None
    describer: Callable[[Send, str, str, str, int], Finder] | None = None
    outside: tuple[Pipeline, ...] = ()
    adapters: tuple[AdapterPlan, ...] = ()
    trusted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    entities: tuple[Entity, ...] = ()
    resolvers: tuple[ResolverPlan, ...] = ()
    makers: tuple[CardMaker, ...] = ()
    writers: tuple[RowWriter, ...] = ()
    agree: Callable[[Mapping[str, Data], Mapping[str, Data]], bool] = _always
    judge: Callable[[Subject, Sequence[Candidate]], Finding] | None = None
    normalise: Mapping[str, Callable[[Data], Data]] = field(default_factory=dict)
    pictures: Pictures | None = None
    read_edition: Callable[[EditionView], Mapping[str, Data]] | None = None
    catalogued: bool = True
    trust: Trust = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Bring its providers into the order in which they are believed."""
        providers = tuple(dict.fromkeys(plan.provider for plan in self.adapters))
        object.__setattr__(self, "trust", Trust(providers, self.trusted))

    @property
    def readers(self) -> tuple[Source, ...]:
        """All sources, the general ones last."""
        return (*self.sources, *self.last_resorts)

    @property
    def pipelines(self) -> tuple[Pipeline, ...]:
        """All pipelines of this kind; one that comes after another stands behind it."""
        found = [each.pipeline for each in (*self.live, *self.finders)]
        return (*found, *(maker.pipeline for maker in self.makers), *self.inside, *self.outside)

    def before(self, pipeline: Pipeline) -> tuple[Pipeline, ...]:
        """The pipelines that come before one, the nearest first."""
        by_name = {each.name: each for each in self.pipelines} if pipeline.after else {}
        found: list[Pipeline] = []
        while pipeline.after and pipeline.after in by_name:
            pipeline = by_name[pipeline.after]
            found.append(pipeline)
        return tuple(found)

    def behind(self, pipeline: Pipeline) -> Pipeline | None:
        """The pipeline that comes next, if there is one."""
        return next((each for each in self.pipelines if each.after == pipeline.name), None)


@cache
def plugins() -> dict[str, KindPlugin]:
    """Every installed kind by its name, in alphabetical order."""
    found = {}
    for point in sorted(entry_points(group=GROUP), key=lambda p: p.name):
        plugin: KindPlugin = point.load()
        found[plugin.kind.name] = plugin
    return found


def plugin(kind: str) -> KindPlugin:
    """The plug-in of a kind.

    Raises:
        NotFound: No installed plug-in declares it.
    """
    try:
        return plugins()[kind]
    except KeyError:
        known = ", ".join(plugins())
        raise NotFound(f"There is no kind {kind!r}.", hint=f"Installed kinds: {known}.") from None


def entities() -> dict[str, Entity]:
    """Every type of thing that programs outside may tell of, by its name."""
    return {entity.name: entity for each in plugins().values() for entity in each.entities}


def feeds() -> dict[str, Feed]:
    """Every feed of changes by its name."""
    return {feed.name: feed for each in plugins().values() for feed in each.feeds}


def pipelines() -> dict[str, tuple[KindPlugin, Pipeline]]:
    """Every pipeline by its name, with the plug-in that brings it."""
    return {pipeline.name: (each, pipeline) for each in plugins().values() for pipeline in each.pipelines}


def pipeline(name: str) -> tuple[KindPlugin, Pipeline]:
    """A pipeline, with the plug-in that brings it.

    Raises:
        NotFound: No installed kind brings it.
    """
    try:
        return pipelines()[name]
    except KeyError:
        raise NotFound(
            f"There is no pipeline {name!r}.", hint=f"Pipelines: {', '.join(pipelines())}."
        ) from None
