"""A description by a language model, behind an endpoint like OpenAI's (Ollama, LM Studio, vLLM), within a budget.

The budget is counted in tokens, and kept by the gate that all calls pass: each call costs what it may use at most.
API: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.errors import ActionRequired, Retryable
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome
from completist.kinds.tracks.describing import PROVIDER as TEMPLATE
from completist.kinds.tracks.describing import describe, described
from completist.kinds.tracks.pipelines import DESCRIBE
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Interrupted, Subject
from completist.sdk.jsondata import record, records, text
from completist.sdk.provider import Provider, Record, Refused, Reply, Request
from completist.sdk.texts import plain_text, shortened

PROVIDER = "llm"

_PROMPT = (
    "Describe this recording in two or three plain sentences, so that somebody who looks for a mood or a theme finds "
    "it: what it is about, how it feels, how it sounds. Use only what stands here. No title, no list."
)
_ANSWER = 160  #: tokens that an answer may have
_LYRICS = 1_500  #: characters of the lyrics that are shown
_PER_TOKEN = 3  #: characters, at the least
_LONGEST, _SHORTEST = 1_200, 40
_OK = 200
#: How models begin when they will not say it: that is no description of anything.
_REFUSAL = re.compile(
    r"\W*(?:i(?:['\u2019]m| am) (?:sorry|unable)|sorry\b|as an ai\b"
    r"|i (?:apologi[sz]e|can(?:no|['\u2019])t|won['\u2019]t))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class LlmFinder:
    """Describes tracks by a language model. What it may not be asked any more today waits until tomorrow."""

    send: Callable[[Provider, Request], Reply] = field(repr=False)
    url: str
    model: str
    key: str = field(default="", repr=False)
    tokens: int = 200_000  #: a day
    pipeline: Pipeline = DESCRIBE

    @property
    def provider(self) -> Provider:
        """The endpoint as the gate knows it: what is counted are tokens."""
        host = urlsplit(self.url).hostname or ""
        return Provider(
            PROVIDER, frozenset({host}), Budget(Rate(1, burst=max(8_192, _ANSWER)), Quota(self.tokens))
        )

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given.

        Raises:
            Interrupted: It does not answer, or has given what it gives today; what it said until then was paid for.
            ActionRequired: It does not accept the key.
        """
        del catalogue
        found: list[Finding] = []
        for subject in subjects:
            facts = describe(subject.values)
            try:
                words = self._ask(facts, text(subject.values.get("lyrics"))) if facts else ""
            except Retryable as error:
                raise Interrupted(found, error) from None
            found.append(described(subject, words or facts, PROVIDER if words else TEMPLATE))
        return found

    def _ask(self, facts: str, lyrics: str) -> str:
        """What the model says; empty when that is nothing that could be used."""
        said = f"{facts}\n\nLyrics:\n{shortened(lyrics, _LYRICS)}" if lyrics else facts
        body: Record = {
            "model": self.model,
            "messages": [{"role": "system", "content": _PROMPT}, {"role": "user", "content": said}],
            "max_tokens": _ANSWER,
            "temperature": 0,
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        cost = min(8_192, (len(_PROMPT) + len(said)) // _PER_TOKEN + _ANSWER)
        url = f"{self.url.rstrip('/')}/chat/completions"
        try:
            reply = self.send(self.provider, Request("POST", url, headers=headers, json=body, cost=cost))
        except Refused as refused:
            if refused.outcome in (Outcome.INVALID_KEY, Outcome.BLOCKED):
                raise ActionRequired(
                    "The language model does not accept the key.", hint="Set LLM_KEY."
                ) from None
            raise Retryable(
                "The language model does not answer.",
                after=refused.after or 60.0,
                code="no_llm",
                resting=refused.outcome is not Outcome.BAD_RESPONSE,
            ) from None
        if reply.status != _OK:
            raise Retryable("The language model answered with an error.", after=60.0, code="no_llm")
        choices = records(record(reply.body).get("choices"))
        words = plain_text(text(record(choices[0].get("message")).get("content"))) if choices else ""
        if len(words) < _SHORTEST or _REFUSAL.match(words):
            return ""
        return shortened(" ".join(words.split()), _LONGEST)
