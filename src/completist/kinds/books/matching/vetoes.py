"""Vetoes: what makes two books different however alike they are called."""

from __future__ import annotations

import re

_COUNT = r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+)"

#: Kinds of derived work and how titles say it, as patterns on folded words.
_SAYINGS: dict[str, tuple[str, ...]] = {
    "summary": (
        "summary", "key takeaways", "instaread", "blinkist", "sparknotes?", "cliffs ?notes?", "cliff notes?",
        "york notes", "monarch notes?", "maxnotes", "book notes", "bookrags", "supersummary", "study notes",
        "conversation starters", r"in (?:\d+|fifteen|thirty) minutes", "analysis of", "critical essays on",
        "blooms (?:notes|guides|reviews)", "modern critical interpretations", "readings on", "an analysis",
    ),
    "guide": (
        "study guides?", "reading (?:group )?guides?", "readers guides?", "teachers? guides?", "teaching guide",
        "discussion guide", "literature guide", "leaders guide", "participants guide", "unofficial guide",
        "official guide", "teachers editions?",
        "lesson plans?", "novel units?", "instructors manual", "solutions? manual", "test bank", "workbook",
        "work book", "activity book", "colou?ring book", "sticker book", "puzzle book", "quiz book", "trivia",
        "poster book", "companion", "visual dictionary", "encyclopa?edia", "concordance", "journal",
        "planner", "calendar", "devotional", "guided journal", "card deck",
    ),
    "set": (
        "box(?:ed)? ?sets?", "omnibus", "bundle", "slip ?case", "gift set", "book set", "collection set", "series set",
        rf"{_COUNT} books?(?: \w+)? (?:set|collection)", rf"{_COUNT} (?:complete )?(?:books?|novels?) in (?:one|1)",
        rf"{_COUNT} in (?:one|1)", rf"{_COUNT} (?:complete )?novels", rf"{_COUNT} books",
        r"complete (?:series|collection|trilogy|saga|set|novels|quartet)",
        r"the complete \w+ (?:series|trilogy|collection|saga)", r"books? \d+ (?:to |through |and )?\d+",
        r"volumes? \d+ (?:to |through |and )?\d+", "library collection", "hardcover collection",
    ),
    "adaptation": (
        "graphic novel", "graphic adaptation", "manga", "manhwa", "comic adaptation", "illustrated classics?",
        "classics illustrated", "screenplay", "shooting script", "storybook", "novelization", "junior novel",
        "young readers? edition", "retold", "retelling", "adapted", "adaptation", "dramati[sz](?:ed|ation)",
        "radio play",
        "stage play", "the play", "picture book", "pop up", "board book", "the musical", "making of", "art of the film",
        "behind the scenes", "vocal score", "sheet music", "soundtrack", "easy reader", "step into reading",
    ),
    "abridged": (
        "abridged", "abridgement", "abridgment", "condensed", "readers digest", "shortened", "selections from",
        "excerpts? from", "sampler", "penguin readers", "macmillan readers", "graded readers?", "bookworms",
        "lernmaterialien",
    ),
}  # fmt: skip
_PATTERNS = {kind: re.compile(rf"\b(?:{'|'.join(sayings)})\b") for kind, sayings in _SAYINGS.items()}
#: Said only of the title itself: in a subtitle or in brackets these words describe the series.
_SET_IN_TITLE = re.compile(
    r"\b(?:trilogy|quartet|quintet|tetralogy|duology|collection|treasury|anthology|megapack)\b"
)
#: No saying matches a text without one of these: most titles are through with one look.
_HINT = re.compile(
    r"summar|guide|note|takeaway|insta|blink|bookrags|conversation|minutes|analysis|critical|reading|lesson|unit|manual"
    r"|bank|book|teachers|trivia|companion|dictionary|edia|concordance|journal|planner|calendar|devotional|deck|set|omnibus"
    r"|bundle|slip|complete|novels| in |volume|collection|trilogy|quartet|quintet|logy|treasury|megapack|graphic|manga"
    r"|manhwa|adapt|illustrated|script|screenplay|noveli|junior|young|reto|retell|dramati|play|pop up|musical|making"
    r"|film|scenes|score|music|soundtrack|reader|bridg|condensed|digest|shortened|selections|excerpt|sampler|bookworms|lernmat"
)


def marks_of(main: str, rest: str, asides: tuple[str, ...]) -> frozenset[str]:
    """The kinds of derived work a title says to be, from its folded main part, subtitle and bracketed notes.

    A book of one kind is never one without it: a summary of a book is not the book, a boxed set not its first
    volume. The kinds are ``summary guide set adaptation abridged``.
    """
    text = " . ".join((main, rest, *asides))
    if _HINT.search(text) is None:
        return frozenset()
    found = {kind for kind, pattern in _PATTERNS.items() if pattern.search(text)}
    if _SET_IN_TITLE.search(main):
        found.add("set")
    return frozenset(found)
