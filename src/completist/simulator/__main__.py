"""Run the simulator until it is interrupted; the first line on standard output says where it is, as JSON.

``completist simulator`` does more; this needs nothing of the rest of the command.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading

from completist.simulator.provider import KEY
from completist.simulator.providers.hardcover import PATH
from completist.simulator.simulator import Simulator


def main() -> int:
    """Serve, and end without noise on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m completist.simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--token", default=KEY, help="the only key that is accepted")
    asked = parser.parse_args()
    with Simulator(port=asked.port, token=asked.token) as simulator:
        told = {"url": simulator.url, "hardcover": simulator.url + PATH, "token": asked.token}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
