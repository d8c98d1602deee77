"""The simulated Wikidata: its query service, its API, and the pictures of Commons.

Facts: five queries at once, a minute of query time in a minute; 403 for who does not say how to be reached; the API
tells errors with status 200. Sources: https://www.mediawiki.org/wiki/Wikidata_Query_Service/User_Manual#Query_limits,
https://www.wikidata.org/w/api.php?action=help&modules=wbgetentities.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from completist.simulator.answers import Answer, Json, Request, answer, page
from completist.simulator.limits import Policy
from completist.simulator.provider import Asked, Open, Refusal
from completist.simulator.providers.agents import has_contact
from completist.simulator.providers.pictures import picture
from completist.simulator.providers.sparql import SparqlError
from completist.simulator.providers.sparql_answering import answered
from completist.simulator.providers.sparql_reading import read
from completist.simulator.providers.wikidata_entities import Entities, Entity, person_id, work_id
from completist.simulator.providers.wikidata_graph import WikidataGraph
from completist.simulator.providers.wikidata_json import entity
from completist.simulator.world.view import View
from completist.simulator.world.world import Wanted

QUERY, API, COMMONS = "query.wikidata.org", "www.wikidata.org", "commons.wikimedia.org"
UPLOADS = "upload.wikimedia.org"
#: A query counts as a second; seconds that nobody else takes may be saved up.
POLICIES = (
    Policy("query time", 60, 60, burst=120, even=True, group="query"),
    Policy("api", 600, 60, burst=100, even=True, group="api"),
)
_AT_ONCE = 5  #: queries
RESULTS = "application/sparql-results+json"
_ENTITIES = 50  #: of one call
_USUAL, _MOST = 7, 50  #: results of a search
_PROPS = ("info", "sitelinks", "aliases", "labels", "descriptions", "claims")
_HELP = "See https://www.wikidata.org/w/api.php for API usage."
_FILE = re.compile(r"/wiki/Special:(?:FilePath|Redirect/file)/(.+)")
_WIDE, _TALL = 1_000, 1_400  #: pixels of a picture as it was taken


class Wikidata(Open):
    """Answers for Wikidata and its neighbours."""

    name = "wikidata"
    hosts = (QUERY, API, COMMONS, UPLOADS)
    policies = POLICIES

    def __init__(self) -> None:
        self._entities = Entities()

    def read(self, request: Request) -> Asked:
        """A query, a call of the API, a picture."""
        if request.host == QUERY:
            text = _parameters(request).get("query", "")
            return Asked("query", max(1, text.count('"') // 2), group="query", at_once=_AT_ONCE, said=text)
        if request.host == API and request.path == "/w/api.php":
            params = _parameters(request)
            ids_ = [each for each in params.get("ids", "").split("|") if each]
            return Asked(params.get("action", ""), len(ids_) or 1, group="api", said=params)
        return Asked("picture" if request.host in (COMMONS, UPLOADS) else "", group="pictures")

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Who does not say how to be reached is kept out."""
        del asked
        if has_contact(request.headers.get("user-agent", "")):
            return None
        text = b"Please set a user-agent and respect our robot policy https://w.wiki/4wJS."
        return Answer(403, text, kind="text/plain; charset=utf-8")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """Rows, entities, a picture."""
        match asked.operation:
            case "query":
                return self._query(asked.said, view)
            case "wbgetentities":
                return self._get(asked.said, view)
            case "wbsearchentities":
                return self._search(asked.said, view)
            case "picture":
                return _picture(request)
            case name if request.host == API and request.path == "/w/api.php":
                told = f'Unrecognized value for parameter "action": {name}.'
                return _error("badvalue", told)
            case _:
                return page(404, "Not Found")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in the words of the query service, which the API's are like."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                reply = page(429, "Too Many Requests", "Please retry in a few seconds.")
                return Answer(429, reply.body, {"Retry-After": str(why.after)}, kind=reply.kind)
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                reply = _error("maxlag", "Waiting for a database server: 6.2 seconds lagged.")
                headers = {**reply.headers, "Retry-After": str(why.after or 5), "X-Database-Lag": "6"}
                return Answer(200, reply.body, headers)
            case "request_timeout" | "server_error":
                return page(500, "Internal Server Error", "java.util.concurrent.TimeoutException")
            case "unavailable":
                return page(503, "Service Unavailable", "Our servers are currently under maintenance.")
            case _:
                return page(403, "Forbidden", "You have been banned until further notice.")

    def _query(self, text: str, view: View) -> Answer:
        try:
            found = answered(read(text), WikidataGraph(self._entities, view))
        except SparqlError as error:
            told = f"MalformedQueryException: {error}"
            return Answer(400, told.encode(), kind="text/plain; charset=utf-8")
        reply = answer(200, found)
        return Answer(200, reply.body, kind=f"{RESULTS};charset=utf-8")

    def _get(self, params: Json, view: View) -> Answer:
        wanted = [each for each in params.get("ids", "").split("|") if each]
        if not wanted:
            return _error("param-missing", 'Either provide the item "ids" or pairs of "sites" and "titles".')
        if len(wanted) > _ENTITIES:
            return _error(
                "toomanyvalues", f'Too many values supplied for parameter "ids". The limit is {_ENTITIES}.'
            )
        if wrong := next((each for each in wanted if not re.fullmatch(r"[QP][1-9]\d*", each)), None):
            return _error("no-such-entity", f'Could not find an entity with the ID "{wrong}".')
        props = [each for each in params.get("props", "|".join(_PROPS)).split("|") if each]
        languages = [each for each in params.get("languages", "").split("|") if each]
        found: Json = {}
        for qid in wanted:
            held = self._entities.get(qid, view)
            found[qid] = {"id": qid, "missing": ""} if held is None else entity(held, props, languages)
        return answer(200, {"entities": found, "success": 1})

    def _search(self, params: Json, view: View) -> Answer:
        text, language = params.get("search", ""), params.get("language", "en")
        limit = int(params["limit"]) if params.get("limit", "").isdecimal() else _USUAL
        people = (person_id(each) for each in view.search_people(text))
        works = (work_id(each) for each in view.search(Wanted(title=text)))
        held = (self._entities.get(qid, view) for qid in (*people, *works))
        found = [_hit(each, text, language) for each in held if each is not None]
        shown = found[: min(limit, _MOST)]
        return answer(200, {"searchinfo": {"search": text}, "search": shown, "success": 1})


def _parameters(request: Request) -> dict[str, str]:
    """Those in the address, and those of a form."""
    form = dict(parse_qsl(request.content.decode("utf-8", "replace"), keep_blank_values=True))
    if request.headers.get("content-type", "").startswith("application/sparql-query"):
        form = {"query": request.content.decode("utf-8", "replace")}
    return {**request.params, **(form if request.method == "POST" else {})}


def _hit(held: Entity, text: str, language: str) -> Json:
    label = held.labels.get(language) or next(iter(held.labels.values()), "")
    return {
        "id": held.id,
        "title": held.id,
        "repository": "wikidata",
        "url": f"//www.wikidata.org/wiki/{held.id}",
        "concepturi": f"http://www.wikidata.org/entity/{held.id}",
        "label": label,
        "description": held.descriptions.get("en", ""),
        "match": {"type": "label", "language": language, "text": text},
    }


def _picture(request: Request) -> Answer:
    found = _FILE.fullmatch(request.path)
    name = found[1] if found else request.path
    width = min(request.number("width", _WIDE) or _WIDE, _WIDE)
    return picture(f"file {name.replace('_', ' ')}", (width, width * _TALL // _WIDE))


def _error(code: str, info: str) -> Answer:
    headers = {"MediaWiki-API-Error": code}
    return answer(200, {"error": {"code": code, "info": info, "*": _HELP}, "servedby": "mw1"}, headers)
