"""Providers: whom this library may ask, with which keys, in which order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from completist.app.keyring import Keyring
from completist.domain.errors import BadInput
from completist.domain.trust import Trust
from completist.engine.inquiry.hearing import Respondent
from completist.engine.voices import DECLARED, Voices
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import SharedPermits
from completist.sdk import registry
from completist.sdk.adapter import AdapterPlan, Key
from completist.sdk.registry import KindPlugin
from completist.settings import Settings
from completist.store.database import Database


def plans(settings: Settings) -> list[AdapterPlan]:
    """Every live provider of every pipeline, those first that the settings put first."""
    every = [plan for plan in _declared() if not plan.local]
    place = {name: rank for rank, name in enumerate(settings.providers)}
    return sorted(every, key=lambda plan: place.get(plan.provider, len(place)))


def _declared() -> list[AdapterPlan]:
    return [plan for plugin in registry.plugins().values() for plan in plugin.adapters]


def respondents(settings: Settings) -> Mapping[str, Sequence[Respondent]]:
    """By pipeline, whom it asks. Who needs a key and has none is not asked, nor who is turned off.

    Those first who speak from what is kept here: what they know need not be asked for.
    """
    found: dict[str, list[Respondent]] = {}
    for plan in _declared():
        if plan.local:
            found.setdefault(plan.pipeline, []).append(Respondent(plan, plan.make(Key()), may_be_asked=False))
    for plan in plans(settings):
        key = key_of(settings, plan)
        allowed = plan.provider not in settings.without and (bool(key.secret) or not plan.secret)
        found.setdefault(plan.pipeline, []).append(Respondent(plan, plan.make(key), allowed))
    for _, pipeline in registry.pipelines().values():
        if pipeline.like is not None:
            found[pipeline.name] = found.get(pipeline.like, [])
    return found


def without_pictures(respondents: Mapping[str, Sequence[Respondent]]) -> Mapping[str, Sequence[Respondent]]:
    """The same, without anybody to ask for pictures."""
    about = {pipeline.name for _, pipeline in registry.pipelines().values() if pipeline.picture is not None}
    return {name: each for name, each in respondents.items() if name not in about}


def voices(settings: Settings) -> Voices:
    """Whom to believe about each field: as a person says, and for what they leave open, as the kinds declare.

    Raises:
        BadInput: There is no such field that providers fill, or no such provider.
    """
    plugins = registry.plugins()
    fields = {f.name: None for plugin in plugins.values() for f in plugin.kind.fields if not f.personal}
    names = {name: None for plugin in plugins.values() for name in _speakers(plugin)}
    for field, order in settings.order.items():
        if field not in fields:
            raise BadInput(
                f"The order of providers names {field!r}, which is no field that they fill.",
                hint=f"Those are: {', '.join(fields)}.",
            )
        for name in order:
            if name not in names:
                raise BadInput(
                    f"The order of providers for {field} names {name!r}, and there is none of that name.",
                    hint=f"Those are: {', '.join(names)}.",
                )
    if not settings.order and not settings.providers:
        return DECLARED
    return Voices(
        {
            kind: Trust(
                settings.providers, {f: o for f, o in settings.order.items() if f in plugin.kind.by_name}
            )
            for kind, plugin in plugins.items()
        }
    )


def _speakers(plugin: KindPlugin) -> list[str]:
    """Whoever may have said something about a kind."""
    trusted = [name for order in plugin.trusted.values() for name in order]
    resolved = [plan.pipeline for plan in plugin.resolvers]
    return [*(plan.provider for plan in plugin.adapters), *resolved, *trusted]


def key_of(settings: Settings, plan: AdapterPlan) -> Key:
    """What opens a provider, as far as it was given: in the environment, or with `completist sources key`.

    Raises:
        BadInput: The file of keys cannot be read.
    """
    return Keyring(settings.data).key_of(plan)


def local_hosts(settings: Settings) -> frozenset[str]:
    """The hosts of servers that the operator has named: those may be in a network of their own."""
    named = (
        settings.index,
        settings.llm,
        *(settings.embedder.partition(way)[2] for way in ("openai:", "tei:")),
    )
    return frozenset(host for each in named if "://" in each and (host := urlsplit(each).hostname))


def door(settings: Settings, database: Database, clock: Callable[[], int]) -> Door | None:
    """The way out; None for who wants to stay offline."""
    if settings.offline:
        return None

    def make() -> Client:
        permits = SharedPermits(database, clock)
        near = local_hosts(settings)
        return Client(permits, clock, contact=settings.contact, at=settings.providers_at, local=near)

    return Door(make)
