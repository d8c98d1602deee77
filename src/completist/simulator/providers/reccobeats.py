"""The simulated ReccoBeats. Facts: https://reccobeats.com/docs/apis/get-audio-features."""

from __future__ import annotations

from completist.simulator.answers import Answer, Request, answer
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.world.view import View

_MOST = 40


class ReccoBeats(Open):
    """Answers for ReccoBeats' API."""

    name = "reccobeats"
    hosts = ("api.reccobeats.com",)
    policies = (Policy("minute", 120, 60, burst=10),)

    def read(self, request: Request) -> Asked:
        """How many ids."""
        ids = [each for each in request.params.get("ids", "").split(",") if each]
        return Asked("features" if request.path == "/v1/audio-features" else "", len(ids) or 1, said=ids)

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The features of those that are known."""
        del request
        if not asked.operation:
            return answer(404, {"error": "Not Found"})
        if not 0 < len(asked.said) <= _MOST:
            return answer(400, {"error": f"ids: size must be between 1 and {_MOST}"})
        found = [track for isrc in asked.said for track in view.music.known(self.name, isrc)[:1]]
        content = [
            {
                "id": f"{track.number:08x}-0000-4000-8000-000000000000", "isrc": track.isrc,
                "href": f"https://open.spotify.com/track/{track.number:022}", **track.features,
                "key": track.key, "mode": int(not track.minor), "loudness": -9.0, "tempo": track.bpm,
            }
            for track in found
        ]  # fmt: skip
        return answer(200, {"content": content})

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return answer(429, {"error": "Too Many Requests"}, {"Retry-After": str(max(1, why.after))})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return answer(200, {"error": "Internal Server Error", "status": 5001})
            case "request_timeout":
                return answer(408, {"error": "Request Timeout"})
            case "server_error":
                return answer(500, {"error": "Internal Server Error"})
            case "unavailable":
                return answer(503, {"error": "Service Unavailable"})
            case _:
                return answer(403, {"error": "Forbidden"})
