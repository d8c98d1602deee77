"""The simulated MusicBrainz: one call a second, and 503 beyond; callers have to say who they are.

Facts: https://musicbrainz.org/doc/MusicBrainz_API and .../Rate_Limiting.
"""

from __future__ import annotations

import re

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.world.music import Music, Track
from completist.simulator.world.view import View

_PATH = re.compile(r"/ws/2/(isrc|recording)(?:/([\w-]+))?")
_WORDS = re.compile(r'(recording|artist):"([^"]*)"')


class MusicBrainz(Open):
    """Answers for MusicBrainz' web service."""

    name = "musicbrainz"
    hosts = ("musicbrainz.org",)
    policies = (Policy("second", 1, 1, burst=2, even=True),)

    def read(self, request: Request) -> Asked:
        """Which of its calls."""
        found = _PATH.fullmatch(request.path)
        if not found:
            return Asked("")
        return Asked(found[1] if found[2] else "search")

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Whoever does not say who they are is blocked."""
        del asked
        agent = request.headers.get("user-agent", "")
        return None if agent and "python" not in agent.lower() else _error(403, "Your User-Agent is blocked.")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Recordings."""
        music, found = view.music, _PATH.fullmatch(request.path)
        text = (found[2] or "") if found else ""
        match asked.operation:
            case "isrc":
                known = music.known(self.name, text)
                if not known:
                    return _error(404, "Not Found")
                return answer(200, {"isrc": text, "recordings": [_recording(music, each) for each in known]})
            case "recording":
                one = next((each for each in music.tracks.values() if each.mbid == text), None)
                return answer(200, _recording(music, one)) if one else _error(404, "Not Found")
            case "search":
                words = dict(_WORDS.findall(request.params.get("query", "")))
                hits = music.called(self.name, words.get("recording", ""), words.get("artist", ""))
                listed = [{**_recording(music, each), "score": 100} for each in hits]
                return answer(200, {"count": len(hits), "offset": 0, "recordings": listed})
            case _:
                return _error(404, "Not Found")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        busy = "Your requests are exceeding the allowable rate limit."
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return answer(503, {"error": busy}, {"Retry-After": str(max(1, why.after))})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return answer(200, {"error": "The MusicBrainz web server is currently busy."})
            case "request_timeout":
                return _error(408, "Request Timeout")
            case "server_error":
                return _error(500, "Internal Server Error")
            case "unavailable":
                return _error(503, "The MusicBrainz web server is currently busy.")
            case _:
                return _error(403, "Forbidden")


def _recording(music: Music, track: Track) -> Json:
    album = music.albums[track.album]
    credit = [
        {"name": name, "joinphrase": "", "artist": {"id": name, "name": name}} for name in track.artists
    ]
    return {
        "id": track.mbid, "title": track.title, "length": track.seconds * 1000, "disambiguation": "", "video": False,
        "first-release-date": album.released, "artist-credit": credit, "isrcs": [track.isrc],
        "releases": [{"id": f"r{album.number}", "title": album.title, "status": "Official", "date": album.released}],
        "tags": [{"name": tag, "count": 3 - n} for n, tag in enumerate(track.tags[:3])],
        "genres": [{"id": track.genre, "name": track.genre.lower(), "count": 2}] if track.genre else [],
    }  # fmt: skip


def _error(status: int, message: str) -> Answer:
    return answer(
        status, {"error": message, "help": "For usage, please see: https://musicbrainz.org/development/mmd"}
    )
