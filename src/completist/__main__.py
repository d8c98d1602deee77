"""The command ``completist``."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code, as listed in `cli.failures`."""
    try:
        from completist.cli.running import run  # noqa: PLC0415 - importing this module has to cost nothing

        return run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:  # before the command line is loaded that tells it, or behind it
        sys.stderr.write("completist: Interrupted.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
