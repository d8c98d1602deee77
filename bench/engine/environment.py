"""The peers' own Python environment: their dependencies must not hold back ours."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def prepare(requirements: Path = REQUIREMENTS) -> Path:
    """The peers' Python, installed at first use into a folder for temporary files."""
    recipe = requirements.read_bytes() + sys.version.encode()
    folder = Path(tempfile.gettempdir()) / f"completist-peers-{blake2b(recipe, digest_size=6).hexdigest()}"
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        print("Installing the peers into an environment of their own ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(requirements)], check=True)
        ready.touch()
    return python


def versions() -> dict[str, str]:
    """The pinned version of each peer."""
    lines = [line.split("==") for line in REQUIREMENTS.read_text("utf-8").splitlines() if "==" in line]
    return {name.split("[")[0]: version for name, version in lines}
