"""Models: drafts by a language model at an OpenAI-compatible address, within a budget, and never twice for the same.

What a model can do about replies differs: a schema that it keeps to, JSON of any form, or a prompt alone. Which of
these an address takes is found out once; whatever it promises, each reply is checked.
https://platform.openai.com/docs/api-reference/chat/create
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from completist.domain.errors import ActionRequired, Retryable
from completist.domain.fields import Data
from completist.sdk.cards import Block, CardMaker, Draft
from completist.sdk.posting import Post, Posted
from completist.store import syncs
from completist.store.answers import read_answers, write_answers
from completist.store.database import Database
from completist.store.encoding import to_json

#: Under which name replies are kept, and tokens counted.
PROVIDER, SPENT = "model", "model-tokens:"

#: Blocks in one question, seconds that an answer may take, tokens that it may have, and milliseconds in a day.
BATCH, PATIENCE, LONGEST, DAY = 6, 180.0, 4000, 86_400_000

#: The ways to ask for JSON, the strictest first.
LADDER = ("json_schema", "json_object", "prompt")


class TooLong(Exception):
    """More than the model can hold, or than it could say: to be asked in parts."""


@dataclass(slots=True)
class Model:
    """A model, and what it has cost since this was made. ``budget`` is in tokens a day, 0 for none."""

    post: Post
    name: str
    database: Database
    clock: Callable[[], int]
    budget: int = 0
    calls: int = 0
    tokens: int = 0
    failed: int = 0  #: blocks of which no reply could be used
    withheld: int = 0  #: blocks that may hold a secret, and were not sent
    rung: int = field(default=0)

    def drafts(self, maker: CardMaker, blocks: Sequence[Block]) -> list[Sequence[Draft]]:
        """The drafts of each block. One that cannot be asked about, or whose reply is of no use, has none.

        Raises:
            Retryable: The model does not answer, or the day's budget is used up.
            ActionRequired: It does not accept the key.
        """
        found: dict[int, Sequence[Draft]] = {}
        keys = {place: self._key(maker, block) for place, block in enumerate(blocks)}
        with self.database.read() as connection:
            kept = read_answers(connection, PROVIDER, list(keys.values()))
        asked: list[int] = []
        for place, block in enumerate(blocks):
            if maker.holds_secret(block):
                self.withheld += 1
            elif keys[place] in kept and kept[keys[place]].records:
                found[place] = maker.read_reply(str(kept[keys[place]].records[0]["reply"]), [block])[0]
            else:
                asked.append(place)
        for begin in range(0, len(asked), BATCH):
            self._ask(maker, blocks, asked[begin : begin + BATCH], keys, found)
        return [found.get(place, ()) for place in range(len(blocks))]

    def _key(self, maker: CardMaker, block: Block) -> str:
        said = [self.name, maker.prompt_version, block.kind, block.title, block.whole, block.context]
        return blake2b(to_json(said).encode(), digest_size=16).hexdigest()

    def _ask(
        self,
        maker: CardMaker,
        blocks: Sequence[Block],
        places: Sequence[int],
        keys: dict[int, str],
        found: dict[int, Sequence[Draft]],
    ) -> None:
        """Ask about some blocks at once; where that fails, about halves, down to the one that is to blame."""
        chosen = [blocks[place] for place in places]
        try:
            drafts = self._answered(maker, chosen)
        except (TooLong, ValueError):
            if len(places) == 1:
                self.failed += 1
                return
            middle = len(places) // 2
            self._ask(maker, blocks, places[:middle], keys, found)
            self._ask(maker, blocks, places[middle:], keys, found)
            return
        found.update(zip(places, drafts, strict=True))
        replies: dict[str, list[dict[str, Data]]] = {
            keys[place]: [{"reply": _again(mine)}] for place, mine in zip(places, drafts, strict=True)
        }
        with self.database.write() as connection:
            write_answers(connection, PROVIDER, replies, self.clock())

    def _answered(self, maker: CardMaker, chosen: Sequence[Block]) -> list[Sequence[Draft]]:
        """One question, and once more with what was wrong. Raises ValueError or TooLong."""
        reply = self._complete(maker.ask(chosen), maker.reply_schema)
        try:
            return list(maker.read_reply(reply, chosen))
        except ValueError as error:
            again = self._complete(maker.ask(chosen, reply, str(error)), maker.reply_schema)
            return list(maker.read_reply(again, chosen))

    def _complete(self, messages: Sequence[dict[str, str]], schema: dict[str, Any]) -> str:
        self._check_budget()
        while True:
            asked: dict[str, Any] = {
                "model": self.name,
                "messages": list(messages),
                "temperature": 0.2,
                "max_tokens": LONGEST,
                **_format(LADDER[self.rung], schema),
            }
            self.calls += 1
            posted = self.post(json.dumps(asked).encode(), patience=PATIENCE)
            if posted.status == 400 and self.rung + 1 < len(LADDER) and not _is_too_long(posted):  # noqa: PLR2004 - it does not take this way
                self.rung += 1
                continue
            return self._read(posted)

    def _read(self, posted: Posted) -> str:
        if posted.status in (401, 403):
            raise ActionRequired("The model does not accept the key.", hint="Set COMPLETIST_MODEL_KEY.")
        if posted.status in (400, 413) and _is_too_long(posted):
            raise TooLong
        if posted.status == 500 and b"format" in posted.body:  # noqa: PLR2004 - what it generated could not be parsed
            raise ValueError("the server could not parse it.")
        if posted.status != 200:  # noqa: PLR2004 - all others may pass, or are for the operator to see
            raise Retryable(f"The model answers {posted.status}.", after=30.0, code="model_away")
        try:
            body = json.loads(posted.body)
            choice = body["choices"][0]
            reply = choice["message"]["content"] or ""
        except (ValueError, KeyError, IndexError, TypeError):
            raise Retryable("What the model answers cannot be read.", after=30.0, code="model_away") from None
        self._spend(body.get("usage") or {})
        if choice.get("finish_reason") == "length":
            raise TooLong
        return str(reply)

    def _check_budget(self) -> None:
        if not self.budget:
            return
        with self.database.read() as connection:
            spent = int(syncs.read_sync(connection, SPENT).get(self._day, "0"))
        if spent >= self.budget:
            left = DAY - self.clock() % DAY
            raise Retryable(
                "The day's budget for the model is used up.", after=left / 1000, code="budget_exhausted"
            )

    def _spend(self, usage: dict[str, Any]) -> None:
        count = int(usage.get("total_tokens") or 0)
        self.tokens += count
        if count:
            with self.database.write() as connection:
                before = int(syncs.read_sync(connection, SPENT).get(self._day, "0"))
                syncs.write_sync(connection, SPENT, {self._day: str(before + count)}, self.clock())

    @property
    def _day(self) -> str:
        return str(self.clock() // DAY)


def _again(drafts: Sequence[Draft]) -> str:
    """Drafts of one block as a reply about it alone."""
    cards = [
        {
            "block": 0,
            "role": each.role.removeprefix("model-"),
            "front": each.parts.get("front", ""),
            "back": each.parts.get("back", ""),
        }
        for each in drafts
    ]
    return json.dumps({"cards": cards}, ensure_ascii=False)


def _format(way: str, schema: dict[str, Any]) -> dict[str, Any]:
    if way == "json_schema":
        named = {"name": "cards", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}
    return {"response_format": {"type": "json_object"}} if way == "json_object" else {}


def _is_too_long(posted: Posted) -> bool:
    return b"exceed_context" in posted.body or b"context_length" in posted.body or posted.status == 413  # noqa: PLR2004 - as HTTP calls it
