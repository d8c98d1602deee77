"""Settings: where a library lives and how bold Completist is, from the environment and a file."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from completist.domain.errors import BadInput

#: The file in the data folder that may set what the environment does not.
FILE = "completist.toml"

#: The table in it that says whom to believe about which field.
ORDER = "order"


@dataclass(frozen=True, slots=True)
class Settings:
    """What one invocation works with."""

    data: Path  #: the folder with the library, the catalogue and the backups
    database: str  #: URL of the library's database
    library: str = "My library"
    catalogue: str = (
        ""  #: another folder of the catalogue's generations, or the URL of a database that serves it
    )
    offline: bool = False  #: no live provider is called
    contact: str = ""  #: a mail or web address by which providers can reach the operator
    providers: tuple[str, ...] = ()  #: live providers in the order in which they are asked, before all others
    without: frozenset[str] = frozenset()  #: live providers that are not asked
    order: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  #: by field, whom to believe first
    embedder: str = (
        ""  #: the model for search by meaning: a folder, ``openai:URL#MODEL``, ``tei:URL``, or ``off``
    )
    index: str = ""  #: where vectors are searched: ``exact``, ``edge``, or the URL of a Qdrant server
    llm: str = ""  #: who describes tracks: ``URL#MODEL`` of an endpoint like OpenAI's
    llm_tokens: int = 200_000  #: that it may use in a day
    log_titles: bool = False  #: whether logs of scheduling may name what they are about
    providers_at: str = ""  #: where all of them are called instead of at their own addresses
    covers: str = ""  #: another folder of the copies of covers, or the address of a store: s3://bucket/covers
    cover_hosts: tuple[str, ...] = ()  #: servers that covers are fetched from beside those that are known
    cover_backfill: bool = True  #: covers are looked for without being asked for
    repositories: tuple[Path, ...] = ()  #: the folders below which repositories may be read
    remote_repositories: bool = False  #: whether repositories elsewhere may be fetched
    anki_connect: str = "http://127.0.0.1:8765"  #: where Anki answers with its add-on AnkiConnect
    anki_key: str = ""  #: the add-on's apiKey
    model: str = ""  #: the name of a language model that drafts cards, too
    model_at: str = (
        ""  #: where it answers as OpenAI's chat/completions does, such as http://127.0.0.1:8080/v1
    )
    model_key: str = ""  #: its key
    model_tokens: str = "0"  #: how many tokens it may cost a day; 0 for any number

    @property
    def generations(self) -> Path:
        """The folder of the catalogue's generations."""
        return Path(self.catalogue) if self.catalogue and not self.catalogue_url else self.data / "catalogue"

    @property
    def catalogue_url(self) -> str:
        """The database that the catalogue is read from; empty when it is read from the folder."""
        return self.catalogue if "://" in self.catalogue else ""

    @property
    def covers_at(self) -> str | Path:
        """Where the copies of covers are kept."""
        return self.covers or self.data / "covers"

    @property
    def backups(self) -> Path:
        """The folder of the copies made before an upgrade."""
        return self.data / "backups"


def load_settings(data: Path | None = None) -> Settings:
    """Settings for the data folder given, else ``COMPLETIST_DATA``, else the platform's own.

    ``completist.toml`` in that folder may hold ``database`` (a URL), ``library`` (a name), ``catalogue`` (a folder or
    a URL), ``offline`` (yes or no), ``contact`` (an address), ``providers`` (names in order, one with a minus before it
    is not asked), ``providers_at`` (the address of a mirror of them), ``covers`` (a folder or an address),
    ``cover_hosts`` (names of servers), ``cover_backfill`` (yes or no), ``repositories`` (folders with a colon between
    them), ``remote_repositories`` (yes or no), ``anki_connect`` (an address), ``anki_key``, ``embedder``, ``index``,
    ``llm``, ``llm_tokens`` and ``log_titles`` (see `Settings`), and a table ``order`` with providers by field; the
    environment variables ``COMPLETIST_DATABASE`` and so on win over it.

    Raises:
        BadInput: The file is not TOML, or a value has the wrong type.
    """
    folder = data or _from_environment() or _platform_folder()
    kept = _read(folder / FILE)

    def said(name: str, usual: str = "") -> str:
        return os.environ.get(f"COMPLETIST_{name.upper()}") or kept.get(name) or usual

    named = [each.strip() for each in said("providers").split(",") if each.strip()]
    return Settings(
        folder,
        said("database", f"sqlite:///{folder / 'library.db'}"),
        said("library", "My library"),
        said("catalogue"),
        offline=_truth("offline", said("offline", "no")),
        contact=said("contact"),
        providers=tuple(name for name in named if not name.startswith("-")),
        without=frozenset(name[1:].strip() for name in named if name.startswith("-")),
        order=_order(os.environ.get("COMPLETIST_ORDER"), kept.get(ORDER, {}), folder / FILE),
        embedder=said("embedder"),
        index=said("index"),
        llm=said("llm"),
        llm_tokens=_count("llm_tokens", said("llm_tokens", "200000")),
        log_titles=_truth("log_titles", said("log_titles", "no")),
        providers_at=said("providers_at"),
        covers=said("covers"),
        cover_hosts=tuple(host.strip().lower() for host in said("cover_hosts").split(",") if host.strip()),
        cover_backfill=_truth("cover_backfill", said("cover_backfill", "yes")),
        repositories=tuple(
            Path(each).expanduser() for each in said("repositories").split(os.pathsep) if each.strip()
        ),
        remote_repositories=_truth("remote_repositories", said("remote_repositories", "no")),
        anki_connect=said("anki_connect", "http://127.0.0.1:8765"),
        anki_key=said("anki_key"),
        model=said("model"),
        model_at=said("model_at"),
        model_key=said("model_key"),
        model_tokens=said("model_tokens", "0"),
    )


def _order(set_: str | None, kept: object, path: Path) -> dict[str, tuple[str, ...]]:
    """Providers by field: those of the environment (``description: hardcover; cover: dnb``), or the file's."""
    said = kept
    if set_:
        parts = [part.partition(":") for part in set_.split(";") if part.strip()]
        said = {name.strip(): names for name, colon, names in parts if colon}
        if len(said) < len(parts):
            raise BadInput(
                'COMPLETIST_ORDER takes fields once each, such as "description: hardcover; cover: dnb".'
            )
    if not isinstance(said, dict) or not all(isinstance(names, str) for names in said.values()):
        raise BadInput(
            f"{path}: {ORDER} takes a table of fields, each with names in quotes.",
            hint='[order], and below it lines such as description = "hardcover, openlibrary"',
        )
    return {
        field: tuple(each.strip() for each in names.split(",") if each.strip())
        for field, names in said.items()
    }


def _truth(name: str, text: str) -> bool:
    if text.casefold() in ("yes", "true", "1", "on"):
        return True
    if text.casefold() in ("no", "false", "0", "off"):
        return False
    raise BadInput(f"{name} takes yes or no, not {text!r}.")


def _count(name: str, text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) < 10**12:
        return int(text)
    raise BadInput(f"{name} takes a whole number above 0, not {text!r}.")


def keep_database(folder: Path, url: str) -> Path:
    """Name a database in the settings file of a data folder, in place of what it names; the file.

    It may hold a password, so only its owner may read it.
    """
    return keep(folder, "database", url)


def keep(folder: Path, name: str, value: str) -> Path:
    """Write one setting into the settings file of a data folder, in place of what stands there; the file."""
    path = folder / FILE
    said = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    kept = [line for line in lines if not re.match(rf"\s*{re.escape(name)}\s*=", line)]
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


def _read(path: Path) -> dict[str, Any]:
    try:
        held = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}.") from error
    for name, value in held.items():
        if not isinstance(value, str) and name != ORDER:
            raise BadInput(f"{path}: {name} takes a text in quotes.")
    return held
