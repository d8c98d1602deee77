"""A simulator of providers on the loopback address: their wire formats, limits and faults, and books of its own.

For tests, benches and the demo, and for the authors of plug-ins: ``completist simulator``, or `Simulator` as a context.
"""

from completist.simulator.faults import Fault, Faults
from completist.simulator.simulator import Simulator

__all__ = ["Fault", "Faults", "Simulator"]
