"""Words: every sentence can be translated, and numbers, times and codes are said as people say them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from babel.support import NullTranslations as Untranslated
from fastapi import Request

from completist.domain.fields import Origin, Value
from completist.domain.kind import Field, FieldType
from completist.web.pages import telling, wording
from completist.web.pages.telling import say, several, tell

WEB = Path(__file__).parents[2] / "src" / "completist" / "web"
MAPPING = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
KEYWORDS = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "tell": (1,),
    "say": (1,),
    "several": (1, 2),
    "mark": None,
}

ENGLISH = wording.tongue("en")


def test_the_template_of_translations_holds_every_sentence() -> None:
    said = {
        message if isinstance(message, str) else message[0]
        for _, _, message, _, _ in extract_from_dir(WEB, MAPPING, OPTIONS, KEYWORDS)
    }
    with (WEB / "locale" / "messages.pot").open("rb") as file:
        kept = {
            message.id if isinstance(message.id, str) else message.id[0]
            for message in read_po(file)
            if message.id
        }
    assert said - kept == set(), "make strings"
    assert any("Fields locked" in each for each in kept)


@pytest.mark.parametrize("path", sorted((WEB / "templates").glob("*.html")), ids=lambda path: path.name)
def test_no_sentence_stands_in_a_template_untranslatable(path: Path) -> None:
    text = re.sub(
        r"\{%\s*trans.*?endtrans\s*%\}|\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<!--.*?-->",
        " ",
        path.read_text("utf-8"),
        flags=re.DOTALL,
    )
    text = re.sub(r"<script[^>]*></script>|<title>.*?</title>", " ", text)
    words = re.findall(r">([^<>]*[A-Za-z]{4,}[^<>]*)<", text)
    assert [each.strip() for each in words if "Completist" not in each] == []


@pytest.mark.parametrize("path", sorted((WEB / "pages").glob("*.py")), ids=lambda path: path.name)
def test_what_is_told_is_a_sentence_with_names_for_what_varies(path: Path) -> None:
    """What is put together of an f-string never reaches a translator."""
    calls = [each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, ast.Call)]
    odd = [
        ast.unparse(call)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in ("tell", "say", "several", "mark", "Told")
        and any(isinstance(each, ast.JoinedStr) for each in call.args)
    ]
    assert odd == []


class _Loud(Untranslated):
    """A language that says everything in capitals, and names one and many apart."""

    def gettext(self, message: str) -> str:
        return re.sub(r"(?<![()])\b[a-z]+\b", lambda found: found[0].upper(), message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def test_what_was_told_is_said_in_the_language_of_its_reader() -> None:
    told = tell(
        "%(name)s is asked.",
        [several("%(num)s commit.", "%(num)s commits.", 1200), say("%(num)s new", num=2)],
        link="/jobs/7",
        label=say("Open job %(job)s", job="7"),
        name="Open 50 % Library",
    )
    cookie = telling.go("/", told).headers["set-cookie"].partition(";")[0]
    scope = {"type": "http", "headers": [(b"cookie", cookie.encode())]}
    read = telling.read(Request(scope))
    assert read is not None
    tongue = wording.Tongue("xx", _Loud(), ENGLISH.locale)
    assert [tongue.say(each) for each in (read.said, read.hint, read.label)] == [
        "Open 50 % Library IS ASKED.",
        "1,200 COMMITS. · 2 NEW",
        "Open JOB 7",
    ]
    assert ENGLISH.say(several("%(num)s commit.", "%(num)s commits.", 1)) == "1 commit."
    assert ENGLISH.say("100 % of it") == "100 % of it"


def test_numbers_spans_and_shares_in_english() -> None:
    assert ENGLISH.number(48212) == "48,212"
    assert [ENGLISH.span(each) for each in (3, 59, 60, 5400, 90_000)] == [
        "3 s",
        "59 s",
        "1 min",
        "2 h",
        "1 d",
    ]
    assert ENGLISH.percent(0.99999) == "99.9%"
    assert ENGLISH.percent(0.00001) == "0.1%"
    assert (ENGLISH.percent(0), ENGLISH.percent(1)) == ("0%", "100%")


def test_the_first_language_that_there_is_is_chosen() -> None:
    assert wording.chosen("xx, en-GB;q=0.8").name == "en"
    assert wording.chosen("").name == "en"


@pytest.mark.parametrize(
    ("label", "type_", "said"),
    [
        ("Cover", FieldType.IMAGE, "covers"),
        ("Biography", FieldType.LONG_TEXT, "biographies"),
        ("Key", FieldType.TEXT, "keys"),
        ("ISBN-13", FieldType.IDENTIFIER, "ISBN-13s"),
        ("First published", FieldType.DATE, "first published"),
        ("Pages", FieldType.INTEGER, "pages"),
    ],
)
def test_a_gap_is_named_in_the_plural(label: str, type_: FieldType, said: str) -> None:
    assert wording.noun(Field("x", type_, label), 3) == said


def test_a_source_has_two_letters() -> None:
    assert [wording.glyph(each) for each in ("openlibrary", "googlebooks", "wikidata", "")] == [
        "OL",
        "GB",
        "Wi",
        "",
    ]
    assert wording.who(Value("title", "Dune", Origin.USER)) == "you"
