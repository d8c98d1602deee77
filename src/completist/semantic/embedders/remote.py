"""Remote: models behind an address of the operator's own: OpenAI's way (Ollama, LM Studio, vLLM), or TEI's.

APIs: https://platform.openai.com/docs/api-reference/embeddings, https://huggingface.github.io/text-embeddings-inference
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from completist.domain.budget import Budget, Rate
from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.jsondata import record, records
from completist.sdk.provider import Provider, Record, Refused, Request, Send
from completist.sdk.vectors import Unusable, usable

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

BATCH = 32
_OK = 200
_MOST = 32 * 1024 * 1024


@dataclass(eq=False)
class RemoteEmbedder:
    """``openai:URL`` or ``tei:URL``; the model's name stands for its weights, which nobody here can see."""

    send: Send = field(repr=False)
    way: str  #: openai, tei
    url: str
    model: str = ""
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Refuse an address that is none."""
        if self.way not in ("openai", "tei") or not self.url.startswith(("http://", "https://")):
            raise BadInput("A remote model is given as openai:http://HOST:PORT/v1 or tei:http://HOST:PORT.")

    @property
    def provider(self) -> Provider:
        """The operator's own server as the door knows it."""
        host = urlsplit(self.url).hostname or ""
        return Provider("embedder", frozenset({host}), Budget(Rate(1, burst=1_000)))

    @property
    def id(self) -> str:
        """The way and the name of the model."""
        return f"{self.way}:{self.model or urlsplit(self.url).netloc}"

    @cached_property
    def dim(self) -> int:
        """The length of the model's vectors, which only a call can tell."""
        found = self._ask(["length"])
        if not found or not found[0]:
            raise Unusable("The model gave no vector.")
        return len(found[0])

    def embed(self, texts: Sequence[str]) -> Floats:
        """See `Embedder.embed`."""
        import numpy as np

        found: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            found += self._ask(texts[start : start + BATCH])
        if any(len(each) != self.dim for each in found):
            raise Unusable(f"The model gave a vector of another length than {self.dim}.")
        return usable(np.array(found, dtype=np.float32).reshape(len(found), self.dim), len(texts), self.dim)

    def _ask(self, texts: Sequence[str]) -> list[list[float]]:
        listed: list[Data] = [*texts]
        base = self.url.rstrip("/")
        said: Record = {"inputs": listed, "truncate": True}
        if self.way == "openai":
            said = {"model": self.model, "input": listed}
        url = f"{base}/{'embed' if self.way == 'tei' else 'embeddings'}"
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            reply = self.send(self.provider, Request("POST", url, headers=headers, json=said, largest=_MOST))
        except Refused as refused:
            if refused.outcome in (Outcome.INVALID_KEY, Outcome.BLOCKED):
                raise ActionRequired(
                    "The model's server does not accept the key.", hint="Set EMBED_KEY."
                ) from None
            raise Retryable(
                "The model's server does not answer.",
                after=refused.after or 0.0,
                code="no_model",
                resting=refused.outcome is not Outcome.BAD_RESPONSE,
            ) from None
        if reply.status != _OK:
            raise Retryable("The model's server answered with an error.", code="no_model")
        return self._vectors(reply.body)

    def _vectors(self, body: Data) -> list[list[float]]:
        rows: Data = body
        if self.way == "openai":
            data = sorted(records(record(body).get("data")), key=lambda each: str(each.get("index")).zfill(9))
            rows = [each.get("embedding") for each in data]
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            raise Unusable("The model's server answered without vectors.")
        return [[float(str(each)) for each in row] for row in rows if isinstance(row, list)]
