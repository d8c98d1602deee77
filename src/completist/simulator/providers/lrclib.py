"""The simulated LRCLIB. Facts: https://lrclib.net/docs."""

from __future__ import annotations

from completist.simulator.answers import Answer, Request, answer
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.world.view import View

_NEAR = 2  #: seconds, as its documentation says


class Lrclib(Open):
    """Answers for LRCLIB's API."""

    name = "lrclib"
    hosts = ("lrclib.net",)

    def read(self, request: Request) -> Asked:
        """The one call that there is."""
        return Asked("lyrics" if request.path == "/api/get" else "")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The lyrics of the first track that is called so; with a duration, of one that is as long."""
        if not asked.operation:
            return _not_found()
        title, artist = request.params.get("track_name", ""), request.params.get("artist_name", "")
        if not title or not artist:
            return answer(400, {"statusCode": 400, "name": "BadRequest", "message": "missing field"})
        long = request.number("duration", 0)
        found = [
            t
            for t in view.music.called(self.name, title, artist)
            if not long or abs(t.seconds - long) <= _NEAR
        ]
        if not found:
            return _not_found()
        track = found[0]
        return answer(200, {
            "id": track.number, "name": track.title, "trackName": track.title, "artistName": track.artists[0],
            "albumName": view.music.albums[track.album].title, "duration": float(track.seconds),
            "instrumental": track.instrumental, "plainLyrics": track.lyrics or None, "syncedLyrics": None,
        })  # fmt: skip

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return answer(
                    429, {"statusCode": 429, "name": "TooManyRequests", "message": "Too many requests"}
                )
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return answer(200, {"statusCode": 500, "name": "UnknownError", "message": "Unknown error"})
            case "request_timeout":
                return answer(
                    408, {"statusCode": 408, "name": "RequestTimeout", "message": "Request Timeout"}
                )
            case "server_error" | "unavailable":
                return answer(
                    503 if why.kind == "unavailable" else 500, {"statusCode": 500, "name": "UnknownError"}
                )
            case _:
                return answer(403, {"statusCode": 403, "name": "Forbidden", "message": "Forbidden"})


def _not_found() -> Answer:
    body = {"statusCode": 404, "name": "TrackNotFound", "message": "Failed to find specified track"}
    return answer(404, body)
