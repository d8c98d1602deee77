"""Descriptions by a language model behind an endpoint like OpenAI's: what it says, costs and may answer instead."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from tests.support.hurry import Hurry
from tests.support.loopback import Reply, Seen, serving

from completist.domain.errors import ActionRequired, Retryable
from completist.kinds.tracks.llm import LlmFinder
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import ProcessPermits
from completist.sdk.catalogue import NoCatalogue
from completist.sdk.finder import Finding, Interrupted, Subject
from completist.sdk.provider import Send

SAID = "A tired voice packs its things before daybreak; slow, sparing, with hope somewhere below the sadness."


@pytest.fixture
def send() -> Iterator[Send]:
    hurry = Hurry(ahead=6 * 3600 - time.time() % 86_400)  # six in the morning: tomorrow is far
    door = Door(lambda: Client(ProcessPermits(hurry.now), hurry.now, local=["127.0.0.1"], sleep=hurry.sleep))
    yield lambda provider, request: door.ask(lambda to: to(provider).send(request))
    door.close()


def subject(n: int, **more: Any) -> Subject:  # noqa: ANN401 - any data
    values = {"title": f"Song {n}", "artists": ["The Testers"], "album": "Roads", "released": "1967", **more}
    return Subject(n, values)


def answering(*contents: Any) -> Callable[[Seen], Reply]:  # noqa: ANN401 - JSON
    """An endpoint that says one after the other, and the last for ever."""
    left = list(contents)

    def answer(seen: Seen) -> Reply:
        del seen
        said = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(said, tuple):
            return said
        body = {"choices": [{"message": {"role": "assistant", "content": said}, "finish_reason": "stop"}]}
        return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()

    return answer


def found(finder: LlmFinder, subjects: Sequence[Subject]) -> list[tuple[str, str]]:
    """Who describes each, and how it begins."""
    return [_told(each) for each in finder.find(subjects, NoCatalogue())]


def _told(finding: Finding) -> tuple[str, str]:
    (candidate,) = finding.candidates
    return candidate.provider, str(candidate.fields["description"])


def test_what_is_known_is_shown_and_what_it_says_is_taken(send: Send) -> None:
    with serving(answering(SAID)) as server:
        finder = LlmFinder(send, f"{server.url}/v1/", "small", "secret")
        lyrics = "First line of no song at all\n" * 200
        assert found(finder, [subject(1, lyrics=lyrics)]) == [("llm", SAID)]
    (seen,) = server.seen
    asked = json.loads(seen.body)
    assert (seen.method, seen.path, seen.headers["authorization"]) == (
        "POST",
        "/v1/chat/completions",
        "Bearer secret",
    )
    assert (asked["model"], asked["max_tokens"]) == ("small", 160)
    shown = asked["messages"][-1]["content"]
    assert "“Song 1” by The Testers" in shown
    assert len(shown) < 2_500  # lyrics are cut


def test_of_what_nothing_is_known_nobody_is_asked(send: Send) -> None:
    with serving(answering(SAID)) as server:
        finder = LlmFinder(send, server.url, "small")
        (finding,) = finder.find([Subject(1, {"title": "Song"})], NoCatalogue())
    assert (finding.match.reasons, server.seen) == (("insufficient_text",), [])


def test_tokens_are_counted_and_what_was_paid_for_is_kept(send: Send) -> None:
    """A call costs what it may use at most: about 260 tokens here."""
    with serving(answering(SAID)) as server:
        finder = LlmFinder(send, server.url, "small", tokens=700)
        with pytest.raises(Interrupted) as told:
            finder.find([subject(n) for n in range(10)], NoCatalogue())
    assert [each.item_id for each in told.value.findings] == [0, 1]
    assert len(server.seen) == 2
    assert (told.value.resting, 0 < told.value.after <= 86_400) == (True, True)  # until tomorrow


def test_too_many_calls_wait_as_long_as_it_says(send: Send) -> None:
    limited = (
        429,
        {"Retry-After": "600", "Content-Type": "application/json"},
        b'{"error": {"code": "rate_limit_exceeded"}}',
    )
    with serving(answering(SAID, limited)) as server, pytest.raises(Interrupted) as told:
        LlmFinder(send, server.url, "small").find([subject(n) for n in range(5)], NoCatalogue())
    assert [each.item_id for each in told.value.findings] == [0]
    assert (told.value.resting, 590 < told.value.after < 700) == (True, True)
    assert len(server.seen) == 2


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "Sad.",
        "I'm sorry, but I can't help with describing the lyrics of a song that is under copyright.",
        "As an AI language model, I do not listen to music and cannot describe how it feels.",
        {"unexpected": "object where a text should be"},
    ],
)
def test_a_refusal_and_what_says_nothing_leave_the_template(send: Send, content: Any) -> None:  # noqa: ANN401 - JSON
    with serving(answering(content)) as server:
        (told,) = found(LlmFinder(send, server.url, "small"), [subject(1)])
    assert told == ("template", "“Song 1” by The Testers, from the album “Roads”, released 1967.")


def test_a_refusal_in_its_own_member_leaves_the_template(send: Send) -> None:
    body = {
        "choices": [{"message": {"role": "assistant", "content": None, "refusal": "I will not say that."}}]
    }
    with serving(answering((200, {"Content-Type": "application/json"}, json.dumps(body).encode()))) as server:
        assert found(LlmFinder(send, server.url, "small"), [subject(1)])[0][0] == "template"


@pytest.mark.parametrize("body", [b'{"choices": [{"message"', b"<html>Bad gateway</html>", b""])
def test_an_answer_that_is_no_json_is_tried_again_and_not_taken_for_a_description(
    send: Send, body: bytes
) -> None:
    with (
        serving(answering((200, {"Content-Type": "application/json"}, body))) as server,
        pytest.raises(Retryable) as told,
    ):
        LlmFinder(send, server.url, "small").find([subject(1)], NoCatalogue())
    assert not told.value.resting  # it may lie in what was asked: not for ever


@pytest.mark.parametrize(
    "body", [b"[]", b'"text"', b'{"choices": []}', b'{"choices": [null]}', b'{"choices": [{"message": 1}]}']
)
def test_json_of_another_shape_leaves_the_template(send: Send, body: bytes) -> None:
    with serving(answering((200, {"Content-Type": "application/json"}, body))) as server:
        assert found(LlmFinder(send, server.url, "small"), [subject(1)])[0][0] == "template"


def test_a_key_that_is_refused_is_for_a_person(send: Send) -> None:
    with serving(answering((401, {}, b"{}"))) as server, pytest.raises(ActionRequired):
        LlmFinder(send, server.url, "small", "wrong").find([subject(1)], NoCatalogue())


def test_a_server_that_is_down_is_no_fault_of_the_track(send: Send) -> None:
    with pytest.raises(Interrupted) as told:
        LlmFinder(send, "http://127.0.0.1:9/v1", "small").find([subject(1)], NoCatalogue())
    assert told.value.resting
