"""A simulator of providers on the loopback address: their wire formats, limits and faults, and invented data.

For tests, for the demo and for the authors of plug-ins: ``python -m simulator``, or `Simulator` as a context.
"""

from simulator.faults import Fault, Faults
from simulator.server import Simulator

__all__ = ["Fault", "Faults", "Simulator"]
