"""Working: making cards of commits in this process, with the model that the operator named beside the rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from completist.domain.errors import BadInput
from completist.engine.cards.making import Made, Making
from completist.engine.cards.models import Model
from completist.engine.cards.repositories import Shelf, maker_named
from completist.engine.claimers import this_process
from completist.engine.enriching import FillReport, Worker
from completist.net.neighbour import Neighbour
from completist.sdk.cards import CardMaker
from completist.sdk.catalogue import NoCatalogue
from completist.sdk.registry import KindPlugin
from completist.store import jobs

if TYPE_CHECKING:
    from completist.app.opened import Opened


@dataclass(frozen=True, slots=True)
class Worked:
    """What working off commits came to: in runs, and in cards."""

    report: FillReport
    made: Made


def making(opened: Opened, shelf: Shelf, worker: Worker, plugin: KindPlugin, maker: CardMaker) -> Making:
    """What makes cards of the commits of a worker's library."""
    return Making(worker, shelf, plugin, maker, model_of(opened))


def work_off(
    opened: Opened,
    shelf: Shelf,
    job_id: int,
    stop: Callable[[], bool],
    progress: Callable[[FillReport], None],
) -> Worked:
    """Work off a job about commits."""
    plugin, maker = maker_named()
    worker = Worker(
        opened.database,
        opened.library_id,
        NoCatalogue(),
        opened.now,
        uuid4,
        this_process(),
        voices=opened.voices,
    )
    maker_of_cards = making(opened, shelf, worker, plugin, maker)
    report = FillReport()
    after = 0
    while not stop():
        with opened.database.read() as connection:
            page = jobs.items_in(connection, job_id, ["ready", "waiting"], after=after, limit=1000)
        if not page:
            break
        maker_of_cards.drain(report, items=page, job_id=job_id, stop=stop, progress=progress)
        after = page[-1]
    opened.ledger.finish_jobs()
    return Worked(report, maker_of_cards.made)


def model_of(opened: Opened) -> Model | None:
    """The model that drafts, too, where the operator named one. Raises BadInput."""
    settings = opened.settings
    if not (settings.model and settings.model_at) or (settings.offline and not _is_here(settings.model_at)):
        return None
    if not settings.model_tokens.isdecimal():
        raise BadInput(f"model_tokens takes a whole number, not {settings.model_tokens!r}.")
    address = f"{settings.model_at.rstrip('/')}/chat/completions"
    post = Neighbour(address, "The model", settings.model_key)
    return Model(post, settings.model, opened.database, opened.now, int(settings.model_tokens))


def _is_here(address: str) -> bool:
    """Whether an address is one of this machine: such may be called offline."""
    return address.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))
