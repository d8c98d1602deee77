"""``python -m bench.matching``: see `bench.matching.measure`."""

import sys

from bench.matching.measure import main

if __name__ == "__main__":
    sys.exit(main())
