"""Albums with their tracks in order, as one provider lists them: at Deezer and at Tidal, all pages to the end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.pipelines import LISTING
from completist.kinds.tracks.providers import deezer, tidal_session
from completist.kinds.tracks.providers.deezer_records import KEPT, genres
from completist.kinds.tracks.providers.offering import names
from completist.kinds.tracks.providers.tidal import tracks
from completist.kinds.tracks.providers.tidal_records import album_artists, placed, track_fields
from completist.kinds.tracks.providers.tidal_session import COUNTRY, PAGES, Session, cursor, included
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.dates import edtf_date
from completist.sdk.finder import Related, Subject
from completist.sdk.jsondata import record, records, text, texts, trimmed, whole
from completist.sdk.provider import Http, Provider, Record, Refused
from completist.sdk.texts import tidy

_ID = re.compile(r"[1-9]\d{0,14}", re.ASCII)
_UPC = re.compile(r"\d{8,14}", re.ASCII)
_MOST = 1_000  #: tracks of one album
_PAGE, _BATCH = 100, 20
_LONGEST = 24 * 3600  #: seconds

FILLS = frozenset(LISTING.fills)


def _asked(subject: Subject, scheme: str) -> list[list[Question]]:
    """By the provider's own id, then by UPC."""
    own = [Question(scheme, each) for each in texts(subject.values.get(scheme)) if _ID.fullmatch(each)]
    upc = [Question("upc", each) for each in texts(subject.values.get("upc")) if _UPC.fullmatch(each)]
    return [questions for questions in (own, upc) if questions]


@dataclass(frozen=True, slots=True)
class DeezerAlbums:
    """Albums of Deezer."""

    provider: Provider = deezer.DEEZER
    fills: frozenset[str] = FILLS | {"deezer_album"}

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """See `Adapter.rounds`."""
        return _asked(subject, "deezer_album")

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """Each album with all its tracks; see `Adapter.ask`."""
        return {question: await self._album(http, question) for question in questions}

    def read(self, question: Question, records_: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        del question
        return [found for each in records_ if (found := self._reading(each))]

    async def _album(self, http: Http, question: Question) -> list[Record]:
        album = await deezer.get(http, f"album/{'upc:' if question.scheme == 'upc' else ''}{question.text}")
        if not album:
            return []
        number = text(album.get("id"))
        if question.scheme == "deezer_album" and number != question.text:
            return []
        listed: list[Data] = []
        for _ in range(PAGES):
            params = {"index": str(len(listed)), "limit": str(_PAGE)}
            page = await deezer.get(http, f"album/{number}/tracks", params)
            rows = records(page.get("data")) if page else []
            listed += [trimmed(row, KEPT) for row in rows]
            if not rows or not text(record(page).get("next")) or len(listed) >= _MOST:
                break
        return [{**trimmed(album, KEPT), "tracks": listed}]

    def _reading(self, kept: Record) -> Reading | None:
        number = text(kept.get("id"))
        cover = text(kept.get("cover_xl"))
        fields: dict[str, Data] = {
            "title": tidy(text(kept.get("title"))),
            "artists": names([text(record(kept.get("artist")).get("name"))]),
            "released": edtf_date(text(kept.get("release_date"))),
            "track_count": whole(kept.get("nb_tracks"), _MOST),
            "label": tidy(text(kept.get("label"))),
            "genres": genres(kept),
            "cover": cover if cover.startswith("https://") else None,
            "upc": [text(kept.get("upc"))] if _UPC.fullmatch(text(kept.get("upc"))) else [],
            "deezer_album": [number] if number else [],
        }
        rows = sorted(
            records(kept.get("tracks")),
            key=lambda row: (_place(row, "disk_number"), _place(row, "track_position")),
        )
        return _album("deezer", number, fields, [_deezer_track(row) for row in rows])


def _place(row: Record, name: str) -> int:
    return whole(row.get(name), 9_999) or 0


def _deezer_track(row: Record) -> dict[str, Data]:
    seconds = whole(row.get("duration"), _LONGEST)
    number = text(row.get("id"))
    return {
        "title": tidy(text(row.get("title"))),
        "artists": names([text(record(row.get("artist")).get("name"))]),
        "isrc": [found] if (found := isrc(text(row.get("isrc")))) else [],
        "duration": seconds and seconds * 1000,
        "deezer": [number] if number else [],
        "volume": whole(row.get("disk_number"), 999),
        "position": whole(row.get("track_position"), 9_999),
    }


@dataclass(frozen=True, slots=True)
class TidalAlbums:
    """Albums of Tidal. A listing of many pages is read to its end, and put in the order of its numbers."""

    session: Session

    provider: Provider = tidal_session.TIDAL
    fills: frozenset[str] = FILLS | {"tidal_album"}

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """See `Adapter.rounds`."""
        return _asked(subject, "tidal_album")

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """Each album with all its tracks; see `Adapter.ask`."""
        return {question: await self._album(http, question) for question in questions}

    def read(self, question: Question, records_: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        del question
        return [found for each in records_ if (found := self._reading(each))]

    async def _album(self, http: Http, question: Question) -> list[Record]:
        by = "barcodeId" if question.scheme == "upc" else "id"
        params = {f"filter[{by}]": question.text, "countryCode": COUNTRY, "include": "artists"}
        body = await self.session.get(http, "albums", params)
        found = records(body.get("data")) if body else []
        if body is None or not found:
            return []
        album = found[0]
        number = text(album.get("id"))
        if question.scheme == "tidal_album" and number != question.text:
            return []
        places = await self._places(http, number)
        known: dict[str, Record] = {}
        for start in range(0, len(places), _BATCH):
            ids = [each for _, _, each in places[start : start + _BATCH]]
            known |= {text(each["id"]): each for each in await tracks(self.session, http, "id", ids)}
        listed: list[Data] = [
            {**known[each], "volume": volume, "position": place}
            for volume, place, each in places
            if each in known
        ]
        return [{
            "id": number, "attributes": record(album.get("attributes")),
            "artists": album_artists(album, included(body)), "tracks": listed,
        }]  # fmt: skip

    async def _places(self, http: Http, number: str) -> list[tuple[int, int, str]]:
        """(volume, number, id) of each track, in order."""
        found: list[tuple[int, int, str]] = []
        params = {"countryCode": COUNTRY}
        for _ in range(PAGES):
            body = await self.session.get(http, f"albums/{number}/relationships/items", params)
            if body is None:
                raise Refused(Outcome.BAD_RESPONSE, code="no_listing")
            found += placed(body)
            if not (following := cursor(body)) or len(found) >= _MOST:
                break
            params = {**params, "page[cursor]": following}
        return sorted(found)

    def _reading(self, kept: Record) -> Reading | None:
        said, number = record(kept.get("attributes")), text(kept.get("id"))
        barcode = text(said.get("barcodeId"))
        fields: dict[str, Data] = {
            "title": tidy(text(said.get("title"))),
            "artists": names(texts(kept.get("artists"))),
            "released": edtf_date(text(said.get("releaseDate"))),
            "track_count": whole(said.get("numberOfItems"), _MOST),
            "explicit": flag if isinstance(flag := said.get("explicit"), bool) else None,
            "upc": [barcode] if _UPC.fullmatch(barcode) else [],
            "tidal_album": [number] if number else [],
        }
        rows = [
            {
                **track_fields(row),
                "volume": whole(row.get("volume"), 999),
                "position": whole(row.get("position"), 9_999),
            }
            for row in records(kept.get("tracks"))
        ]
        return _album("tidal", number, fields, rows)


def _album(
    provider: str, number: str, fields: dict[str, Data], rows: Sequence[dict[str, Data]]
) -> Reading | None:
    """An album, bringing its tracks along; a track that bears no ISRC goes by the provider's id."""
    title = fields["title"]
    said = {name: data for name, data in fields.items() if not is_empty(data)}
    if not number or not isinstance(title, str) or not title:
        return None
    byline = ", ".join(texts(fields["artists"]))
    candidate = Candidate(provider, number, Level.EDITION, title, byline, fields=said)
    brought = []
    for place, row in enumerate(rows):
        own = {name: data for name, data in {"album": title, **row}.items() if not is_empty(data)}
        scheme = next((each for each in ("isrc", provider) if texts(own.get(each))), "")
        if scheme and own.get("title"):
            value = texts(own.pop(scheme))[0]
            brought.append(Related("track", "track", scheme, value, own, place))
    return Reading(candidate, tuple(brought))


def _tidal(key: Key) -> Adapter:
    return TidalAlbums(Session(key.secret))


PLANS = (
    AdapterPlan(
        "deezer",
        "Deezer",
        LISTING.name,
        lambda _key: DeezerAlbums(),
        Question("deezer_album", "915785"),
        calls=12,
        search=0,
    ),
    AdapterPlan(
        "tidal",
        "Tidal",
        LISTING.name,
        _tidal,
        probe=Question("tidal_album", "36737274"),
        secret=tidal_session.VARIABLE,
        where="https://developer.tidal.com/dashboard",
        calls=12,
        search=0,
    ),
)
