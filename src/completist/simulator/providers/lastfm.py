"""The simulated Last.fm: whatever goes wrong comes with status 200 and a number.

Facts: https://www.last.fm/api/show/track.getTopTags, https://www.last.fm/api/errorcodes.
"""

from __future__ import annotations

from completist.simulator.answers import Answer, Request, answer
from completist.simulator.limits import Policy
from completist.simulator.provider import KEY, Asked, Open, Refusal
from completist.simulator.world.view import View


class LastFm(Open):
    """Answers for Last.fm's API."""

    name = "lastfm"
    hosts = ("ws.audioscrobbler.com",)
    policies = (Policy("second", 5, 1),)

    def __init__(self, key: str = KEY) -> None:
        self._key = key

    def read(self, request: Request) -> Asked:
        """The one method that there is."""
        known = request.params.get("method", "").lower() == "track.gettoptags"
        return Asked("tags" if known else "", keyed="api_key" in request.params)

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """A key is asked for."""
        del asked
        right = request.params.get("api_key") == self._key
        return None if right else _error(10, "Invalid API key - You must be granted a valid key by last.fm")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The tags of a track."""
        if not asked.operation:
            return _error(3, "Invalid Method - No method with that name in this package")
        found = view.music.called(
            self.name, request.params.get("track", ""), request.params.get("artist", "")
        )
        if not found:
            return _error(6, "Track not found")
        track = found[0]
        tags = [
            {"count": 100 - 20 * n, "name": tag, "url": f"https://www.last.fm/tag/{tag}"}
            for n, tag in enumerate(track.tags)
        ]
        return answer(
            200, {"toptags": {"tag": tags, "@attr": {"artist": track.artists[0], "track": track.title}}}
        )

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return _error(
                    29, "Rate Limit Exceeded - Your IP has made too many requests in a short period"
                )
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return _error(16, "There was a temporary error processing your request. Please try again")
            case "invalid_token" | "key_revoked":
                return _error(26, "Suspended API key - Access for your account has been suspended")
            case "request_timeout":
                return answer(408, {"error": 8, "message": "Request Timeout"})
            case "server_error" | "unavailable":
                return answer(
                    503 if why.kind == "unavailable" else 500, {"error": 8, "message": "Operation failed"}
                )
            case _:
                return answer(403, {"error": 9, "message": "Forbidden"})


def _error(code: int, message: str) -> Answer:
    return answer(200, {"error": code, "message": message, "links": []})
