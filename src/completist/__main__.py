"""The command ``completist``."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code, as listed in `cli.failures`."""
    from completist.cli.running import run  # noqa: PLC0415 - importing this module has to cost nothing

    return run(sys.argv[1:] if arguments is None else list(arguments))


if __name__ == "__main__":
    sys.exit(main())
