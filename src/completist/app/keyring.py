"""The keyring: keys of providers that a person gave, in a file that nobody else may read. The environment wins."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from completist.domain.errors import BadInput
from completist.sdk.adapter import AdapterPlan, Key

#: The file in the data folder.
FILE = "provider-keys.toml"

#: The environment variable of a provider's plan, by the one that holds its key.
PLAN = "_PLAN"

#: Whoever else may read or write a file.
_OTHERS = 0o077

_KEY = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)?")
_LONGEST = 4096
_SHOWN = 4  #: letters of a key that are shown, where it is long enough to stay a secret


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys in a data folder, and in the environment."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file, whether it is there or not."""
        return self.folder / FILE

    def key_of(self, plan: AdapterPlan) -> Key:
        """What opens a provider, as far as it was given.

        Raises:
            BadInput: The file cannot be read.
        """
        if not plan.secret:
            return Key()
        if found := os.environ.get(plan.secret, "").strip():
            return Key(found, os.environ.get(plan.secret + PLAN, ""))
        kept = self._read().get(plan.provider, {})
        return Key(kept.get("key", ""), os.environ.get(plan.secret + PLAN) or kept.get("plan", ""))

    def is_from_environment(self, plan: AdapterPlan) -> bool:
        """Whether the key that counts stands in the environment."""
        return bool(plan.secret and os.environ.get(plan.secret, "").strip())

    def keep(self, plan: AdapterPlan, secret: str, chosen: str = "") -> None:
        """Keep a provider's key, in the place of the one kept before, and the plan that was paid for.

        Raises:
            BadInput: It is none that could be sent, there is no such plan, or the provider needs no key.
        """
        if not plan.secret:
            raise BadInput(f"{plan.label} needs no key.")
        if chosen and chosen not in plan.plans:
            known = f"Plans: {', '.join(plan.plans)}." if plan.plans else f"{plan.label} has no plans."
            raise BadInput(f"{plan.label} has no plan {chosen!r}.", hint=known)
        if len(secret) > _LONGEST or not _KEY.fullmatch(secret):
            raise BadInput(
                "This is no key: one line of plain characters.", hint=f"It is found at {plan.where}"
            )
        held = {"key": secret} | ({"plan": chosen} if chosen else {})
        self._write({**self._read(), plan.provider: held})

    def forget(self, plan: AdapterPlan) -> bool:
        """Forget the key kept of a provider; False when none was. One in the environment stays."""
        kept = self._read()
        if kept.pop(plan.provider, None) is None:
            return False
        self._write(kept)
        return True

    def is_open_to_others(self) -> bool:
        """Whether others of this machine may read the file."""
        try:
            return bool(self.path.stat().st_mode & _OTHERS)
        except OSError:
            return False

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            held = tomllib.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):  # its message would quote the line
            raise BadInput(
                f"{self.path} cannot be read.",
                hint="Remove it, and give the keys again: completist sources key NAME",
            ) from None
        return {
            name: {word: text for word, text in said.items() if isinstance(text, str)}
            for name, said in held.items()
            if isinstance(said, dict)
        }

    def _write(self, kept: Mapping[str, Mapping[str, str]]) -> None:
        lines = ["# Keys of providers, kept by: completist sources key NAME"]
        for name, said in sorted(kept.items()):
            lines += ["", f"[{name}]", *(f"{word} = {json.dumps(text)}" for word, text in said.items())]
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text("\n".join(lines) + "\n", "utf-8")
        fresh.replace(self.path)


def masked(secret: str) -> str:
    """What is shown of a key: its end, and nothing of a short one."""
    if not secret:
        return ""
    return f"…{secret[-_SHOWN:]}" if len(secret) >= 4 * _SHOWN else "…"
