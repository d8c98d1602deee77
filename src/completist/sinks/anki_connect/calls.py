"""Calls: AnkiConnect's envelope. It answers 200 whatever happened; what went wrong stands in the body."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from completist.domain.errors import ActionRequired, CompletistError, Retryable
from completist.sdk.posting import Post

VERSION = 6

#: Seconds that a call may take; Anki works one off after another, between its own windows.
PATIENCE, LONG = 30.0, 120.0


class Refused(CompletistError):
    """Anki did not do what it was asked for; ``said`` are its words."""

    code = "anki_refused"

    def __init__(self, action: str, said: str) -> None:
        super().__init__(f"Anki refused {action}: {said[:200]}.")
        self.said = said


@dataclass(frozen=True, slots=True)
class AnkiConnect:
    """A running Anki with the add-on."""

    post: Post
    key: str = ""

    def __call__(self, action: str, *, patience: float = PATIENCE, **params: Any) -> Any:  # noqa: ANN401 - JSON is what it is
        """The result of an action.

        Raises:
            Refused: Anki did not do it.
            ActionRequired: It wants a key, or lets nobody in from here.
            Retryable: Nothing answers, no profile is open, or what answers is no AnkiConnect.
        """
        return _result(action, self._send(self._asked(action, params), patience))

    def several(self, actions: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[Any, str | None]]:
        """Actions in one call; for each its result, and what went wrong with it. One that fails leaves the others."""
        asked = [self._asked(action, params) for action, params in actions]
        answers = self("multi", patience=LONG, actions=asked)
        return [(answer.get("result"), answer.get("error")) for answer in answers]

    def probe(self) -> int:
        """The version that answers.

        Raises:
            ActionRequired: It lets nobody in from here, or wants a key and there is none or a wrong one.
            Retryable: Nothing answers.
        """
        said = self("requestPermission")
        if not isinstance(said, dict) or said.get("permission") != "granted":
            raise ActionRequired(
                "Anki does not let this machine in.",
                hint="Allow it in Anki: Tools, Add-ons, AnkiConnect, Config.",
            )
        if said.get("requireApikey") and not self.key:
            raise ActionRequired(
                "Anki wants a key.", hint="Set COMPLETIST_ANKI_KEY to the apiKey of AnkiConnect."
            )
        version = self("version")
        if not isinstance(version, int) or version < VERSION:
            raise ActionRequired("This AnkiConnect is too old.", hint="Update the add-on in Anki.")
        return version

    def store(self, name: str, body: bytes) -> str:
        """Put a file into Anki's folder of media; the name that it got."""
        data = base64.b64encode(body).decode()
        stored: str = self("storeMediaFile", patience=LONG, filename=name, data=data)
        return stored

    def _asked(self, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """An action as it is sent: each within several carries version and key itself."""
        key = {"key": self.key} if self.key else {}
        return {"action": action, "version": VERSION, "params": params, **key}

    def _send(self, asked: dict[str, Any], patience: float) -> Any:  # noqa: ANN401 - JSON is what it is
        posted = self.post(json.dumps(asked).encode(), patience=patience)
        if posted.status == 403:  # noqa: PLR2004 - as the add-on answers origins that it does not know
            raise ActionRequired(
                "Anki does not let this machine in.",
                hint="Allow it in Anki: Tools, Add-ons, AnkiConnect, Config.",
            )
        try:
            return json.loads(posted.body)
        except ValueError:
            raise Retryable("What answers there is no AnkiConnect.", code="not_anki") from None


def _result(action: str, answer: Any) -> Any:  # noqa: ANN401 - JSON is what it is
    if not isinstance(answer, dict) or "error" not in answer:
        raise Retryable("What answers there is no AnkiConnect.", code="not_anki")
    said = answer["error"]
    if said is None:
        return answer.get("result")
    if "collection is not available" in str(said):  # as while profiles are switched, and while Anki syncs
        raise Retryable(
            "No profile is open in Anki.", hint="Open one, or wait until it has synced.", code="anki_closed"
        )
    if "valid api key" in str(said):
        raise ActionRequired(
            "Anki does not accept the key.", hint="Set COMPLETIST_ANKI_KEY to the apiKey of AnkiConnect."
        )
    raise Refused(action, str(said))
