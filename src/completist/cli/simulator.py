"""``completist simulator``: the live providers on this machine, for tests, benches, demos and plug-ins."""

from __future__ import annotations

import errno
import sys
from pathlib import Path

import click

from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.interrupts import Shutdown
from completist.cli.serving import PORTS
from completist.cli.session import Session
from completist.domain.errors import BadInput, Busy

_FASTEST = 1_000_000


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist simulator\n"
    "  completist simulator --port 8400 --catalog ~/library/catalogue\n"
    "  completist simulator --scale 3600",
)
@click.option(
    "--port", type=PORTS, default=8400, show_default=True, metavar="PORT", help="0 takes any that is free."
)
@click.option(
    "--catalog",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="DIR",
    help="Answer from the catalogue that is loaded there, instead of from books of its own.",
)
@click.option(
    "--scale",
    type=click.FloatRange(0, _FASTEST, min_open=True),
    default=1.0,
    metavar="X",
    help="Let the time that limits are counted by pass so many times as fast.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Decides which provider knows which book (0).")
@click.pass_obj
def simulator(session: Session, port: int, catalog: Path | None, scale: float, seed: int) -> int:
    """Speak for the live providers, until Ctrl-C or SIGTERM: their APIs, limits and failures, without the internet.

    Its address is written to standard output, with the variable that sends every call of Completist there. Faults are
    scripted and calls counted under /_control/ at the same address. The key of every provider is: simulated.
    """
    from completist.simulator import Simulator
    from completist.simulator.world.chance import Chance
    from completist.simulator.world.generation import Generation

    world = None if catalog is None else Generation(catalog, Chance(seed))
    try:
        running = Simulator(world=world, port=port, seed=seed, scale=scale)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Busy(f"Port {port} is taken by another program.", hint="--port chooses another.") from error
        raise BadInput(f"Port {port} cannot be listened at: {error.strerror}.") from error
    with Shutdown() as shutdown, running:
        if session.json:
            session.paper.document({"schema": 1, "url": running.url, "hosts": [*running.hosts]})
        session.paper.line(running.url)
        session.paper.line(f"export COMPLETIST_PROVIDERS_AT={running.url}")
        sys.stdout.flush()
        shutdown.asked.wait()
    return OK
