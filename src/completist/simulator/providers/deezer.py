"""The simulated Deezer: whatever goes wrong comes with status 200, and an object ``error``.

Facts: https://developers.deezer.com/api; fifty calls in five seconds, then code 4.
"""

from __future__ import annotations

import re

from completist.simulator.answers import Answer, Json, Request, answer, page
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.world.music import Album, Music, Track
from completist.simulator.world.view import View

HOST = "api.deezer.com"
_PATH = re.compile(r"/(track|album)/(?:(isrc|upc):)?(\w+)(/tracks)?")
_WORDS = re.compile(r'(artist|track):"([^"]*)"')
_PAGE, _MOST = 25, 100


class Deezer(Open):
    """Answers for Deezer's API."""

    name = "deezer"
    hosts = (HOST,)
    policies = (Policy("five seconds", 50, 5),)

    def read(self, request: Request) -> Asked:
        """Which of its calls."""
        if request.path == "/search":
            return Asked("search")
        found = _PATH.fullmatch(request.path)
        return Asked("" if not found else "listing" if found[4] else found[1])

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """A track, an album, its tracks, or hits."""
        music = view.music
        if asked.operation == "search":
            words = dict(_WORDS.findall(request.params.get("q", "")))
            hits = music.called(self.name, words.get("track", ""), words.get("artist", ""))
            return answer(
                200, {"data": [_track(music, each, short=True) for each in hits], "total": len(hits)}
            )
        found = _PATH.fullmatch(request.path)
        if not found:
            return _error("DataException", "no data", 800)
        kind, by, text, listing = found.groups()
        if kind == "track":
            one = _one(music, by or "", text)
            return answer(200, _track(music, one)) if one else _error("DataException", "no data", 800)
        album = _album_of(music, by or "", text)
        if album is None:
            return _error("DataException", "no data", 800)
        return _listing(request, music, album) if listing else answer(200, _album(album))

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return _error("Exception", "Quota limit exceeded", 4)
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return _error("Exception", "Service busy", 700)
            case "invalid_token" | "key_revoked":
                return _error("OAuthException", "Invalid OAuth access token.", 300)
            case "request_timeout":
                return page(408, "Request Timeout")
            case "server_error":
                return page(500, "Internal Server Error")
            case "unavailable":
                return page(503, "Service Unavailable")
            case _:
                return page(403, "Forbidden")


def _one(music: Music, by: str, text: str) -> Track | None:
    if by == "isrc":
        return next(iter(music.known("deezer", text)), None)
    return music.track("deezer", int(text)) if text.isdecimal() else None


def _album_of(music: Music, by: str, text: str) -> Album | None:
    if by == "upc":
        return next((each for each in music.albums.values() if each.upc == text), None)
    return music.albums.get(int(text)) if text.isdecimal() else None


def _listing(request: Request, music: Music, album: Album) -> Answer:
    start, size = request.number("index", 0), min(request.number("limit", _PAGE), _MOST // 5)
    mine = [music.tracks[number] for number in album.tracks]
    body: Json = {
        "data": [_track(music, each, short=True) for each in mine[start : start + size]],
        "total": len(mine),
    }
    if start + size < len(mine):
        body["next"] = f"https://{HOST}/album/{album.number}/tracks?index={start + size}"
    return answer(200, body)


def _track(music: Music, track: Track, *, short: bool = False) -> Json:
    album = music.albums[track.album]
    title = f"{track.title} ({track.version})" if track.version else track.title
    said: Json = {
        "id": track.number, "title": title, "title_short": track.title, "title_version": track.version,
        "isrc": track.isrc, "duration": track.seconds, "track_position": track.position, "disk_number": track.volume,
        "rank": 500_000, "explicit_lyrics": False, "type": "track",
        "artist": {"id": track.album, "name": track.artists[0], "type": "artist"},
    }  # fmt: skip
    if short:
        return said
    return {
        **said,
        "release_date": album.released,
        "bpm": track.bpm if track.number % 3 else 0,
        "gain": -9.5,
        "available_countries": ["US", "GB", "FR"],
        "contributors": [{"id": n, "name": name, "role": "Main"} for n, name in enumerate(track.artists)],
        "album": {"id": album.number, "title": album.title, "cover_xl": _cover(album), "type": "album"},
    }


def _album(album: Album) -> Json:
    return {
        "id": album.number, "title": album.title, "upc": album.upc, "cover_xl": _cover(album), "label": album.label,
        "genres": {"data": [{"id": 1, "name": album.genre.title(), "type": "genre"}]}, "nb_tracks": len(album.tracks),
        "release_date": album.released, "record_type": "album", "type": "album",
        "artist": {"id": 1, "name": album.artist, "type": "artist"},
    }  # fmt: skip


def _cover(album: Album) -> str:
    return f"https://cdn-images.dzcdn.net/images/cover/{album.number:032x}/1000x1000.jpg"


def _error(kind: str, message: str, code: int) -> Answer:
    return answer(200, {"error": {"type": kind, "message": message, "code": code}})
