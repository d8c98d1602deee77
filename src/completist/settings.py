"""Settings: where a library lives and how bold Completist is, from the environment and a file."""

from __future__ import annotations

import json
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from completist.domain.errors import BadInput

#: The file in the data folder that may set what the environment does not.
FILE = "completist.toml"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one invocation works with."""

    data: Path  #: the folder with the library, the catalogue and the backups
    database: str  #: URL of the library's database
    library: str = "My library"
    catalogue: str = (
        ""  #: another folder of the catalogue's generations, or the URL of a database that serves it
    )

    @property
    def generations(self) -> Path:
        """The folder of the catalogue's generations."""
        return Path(self.catalogue) if self.catalogue and not self.catalogue_url else self.data / "catalogue"

    @property
    def catalogue_url(self) -> str:
        """The database that the catalogue is read from; empty when it is read from the folder."""
        return self.catalogue if "://" in self.catalogue else ""

    @property
    def backups(self) -> Path:
        """The folder of the copies made before an upgrade."""
        return self.data / "backups"


def load_settings(data: Path | None = None) -> Settings:
    """Settings for the data folder given, else ``COMPLETIST_DATA``, else the platform's own.

    ``completist.toml`` in that folder may hold ``database`` (a URL), ``library`` (a name) and ``catalogue`` (a folder
    or a URL); the environment variables ``COMPLETIST_DATABASE`` and so on win over it.

    Raises:
        BadInput: The file is not TOML, or a value has the wrong type.
    """
    folder = data or _from_environment() or _platform_folder()
    kept = _read(folder / FILE)
    database = (
        os.environ.get("COMPLETIST_DATABASE") or kept.get("database") or f"sqlite:///{folder / 'library.db'}"
    )
    library = os.environ.get("COMPLETIST_LIBRARY") or kept.get("library") or "My library"
    catalogue = os.environ.get("COMPLETIST_CATALOGUE") or kept.get("catalogue") or ""
    return Settings(folder, database, library, catalogue)


def keep_database(folder: Path, url: str) -> Path:
    """Name a database in the settings file of a data folder, in place of what it names; the file.

    It may hold a password, so only its owner may read it.
    """
    path = folder / FILE
    said = f"database = {json.dumps(url, ensure_ascii=False)}"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not re.match(r"\s*database\s*=", line)]
    fresh = path.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text("\n".join([said, *kept]) + "\n", "utf-8")
    fresh.replace(path)
    return path


def _from_environment() -> Path | None:
    named = os.environ.get("COMPLETIST_DATA")
    return Path(named) if named else None


def _platform_folder() -> Path:
    from platformdirs import user_data_path  # noqa: PLC0415 - needed only when nobody named a folder

    return user_data_path("completist", appauthor=False)


def _read(path: Path) -> dict[str, str]:
    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    for name, value in held.items():
        if not isinstance(value, str):
            raise BadInput(f"{path}: {name} takes a text in quotes.")
    return held
