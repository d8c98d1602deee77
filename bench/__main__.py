"""Run every benchmark: ``python -m bench``. Each is a module of its own: ``python -m bench.importing``."""

import subprocess
import sys

BENCHES = ("bench.importing", "bench.filling", "bench.catalog", "bench.matching", "bench.lookups")


def main() -> int:
    """Run them one after the other, each in a process of its own."""
    return max(subprocess.run([sys.executable, "-m", name], check=False).returncode for name in BENCHES)


if __name__ == "__main__":
    sys.exit(main())
