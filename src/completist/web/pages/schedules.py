"""Schedules on the page of settings: what comes round by itself, switched on and off, and done at once."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import Response

from completist.domain.errors import BadInput, NotFound
from completist.engine.chores import CHORES, Chore
from completist.store.schedules import Schedule
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import wording
from completist.web.pages.routing import Actor, Form, PageRoute, Sent
from completist.web.pages.telling import go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HERE = "/settings#schedules"

#: Times that are offered; any other five fields of cron may be typed.
TIMES = ("0 3 * * *", "0 4 * * 0", "0 5 1 * *")

#: The most letters of a name.
LONGEST = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A chore that there is, with its schedule if it has one; or a schedule of a pipeline."""

    name: str
    schedule: Schedule | None
    chore: Chore | None = None
    busy: bool = False

    @property
    def on(self) -> bool:
        """Whether it comes round."""
        return self.schedule is not None and not self.schedule.paused

    @property
    def cron(self) -> str:
        """When it comes round, or would."""
        return self.schedule.cron if self.schedule else self.chore.cron if self.chore else ""


def rows(visit: Visit) -> list[Row]:
    """Every chore, and every schedule of a pipeline."""
    held = visit.app.ledger.schedules()
    busy = visit.app.chores.under_way()
    by_chore = {each.chore: each for each in reversed(held) if each.chore}
    named = {each.name for each in by_chore.values()}
    chores = [
        Row(by_chore[name].name if name in by_chore else name, by_chore.get(name), chore, name in busy)
        for name, chore in CHORES.items()
    ]
    return chores + [Row(each.name, each, CHORES.get(each.chore)) for each in held if each.name not in named]


def about(schedule: Schedule) -> str:
    """What a schedule of a pipeline is about."""
    again = " again" if schedule.options.get("force") else ""
    return wording.selected(schedule.pipeline, schedule.selection) + again


def named(form: Form, pipeline: str) -> str:
    """What a schedule is to be called, its pipeline's name unless another is given. Raises BadInput."""
    name = form.one("name").strip()[:LONGEST] or pipeline
    if name in CHORES:
        raise BadInput("A chore is called so: choose another name.")
    return name


@router.post("/settings/schedules/switch")
def switch(visit: Actor, form: Sent) -> Response:
    """Let one come round, or let it rest."""
    name, on = form.one("name"), form.one("on") == "yes"
    held = {each.name: each for each in visit.app.ledger.schedules()}
    if name in CHORES or (name in held and held[name].chore):
        _admin(visit)
    if name not in held and name in CHORES and on:
        visit.app.ledger.schedule_chore(name, name)
    else:
        visit.app.ledger.switch_schedule(name, on=on)
    return go(
        HERE, tell("%(name)s comes round again.", name=name) if on else tell("%(name)s rests.", name=name)
    )


@router.post("/settings/schedules/run")
def run(visit: Actor, form: Sent) -> Response:
    """Do it now."""
    name = form.one("name")
    held = {each.name: each for each in visit.app.ledger.schedules()}
    chore = name if name in CHORES else held[name].chore if name in held else ""
    if chore:
        _admin(visit)
        begun = visit.app.chores.begin(chore)
        return go(
            HERE,
            tell("%(name)s has begun.", name=name)
            if begun
            else tell("%(name)s is under way already.", name=name),
        )
    view, new = visit.app.ledger.run_scheduled(name)
    link, label = f"/jobs/{view.job.id}", f"#{view.job.id}"
    if not new:
        return go(HERE, tell("Already running: %(names)s.", link=link, label=label, names=name))
    return go(HERE, tell("Queued: %(names)s.", link=link, label=label, names=name))


@router.post("/settings/schedules/remove")
def remove(visit: Actor, form: Sent) -> Response:
    """Remove one; the jobs that it has made stay."""
    name = form.one("name")
    held = {each.name: each for each in visit.app.ledger.schedules()}
    if name not in held:
        raise NotFound(f"There is no schedule {name!r}.")
    if held[name].chore:
        _admin(visit)
    visit.app.ledger.unschedule(name)
    return go(HERE, tell("%(name)s is removed. The jobs that it made stay.", name=name))


def _admin(visit: Visit) -> None:
    if not visit.caller.may("admin"):
        raise Forbidden("Chores are for all libraries: an admin sees to them.")
