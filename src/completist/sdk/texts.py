"""Text as contributors to open catalogues wrote it, made fit to show: no mark-up, no damage of transport."""

from __future__ import annotations

import re
from html import unescape
from unicodedata import normalize

#: A mark of library catalogues behind a name that is not the one in the passport.
_PSEUDONYM = re.compile(r"\s*\[pseud\.?\]", re.IGNORECASE)
_WORD = 3  #: letters that make a word
_ABBREVIATIONS = frozenset({
    "etc", "inc", "ltd", "corp", "bros", "esq", "vol", "mrs", "rev", "capt", "prof", "dept", "univ", "assoc",
    "phd", "abr", "illus", "trans", "comp",
})  # fmt: skip
_RULE = re.compile(r"^[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$", re.MULTILINE)
_LINK_LIST = re.compile(
    r"\s*\**(?:(?:also|contains|contained|see|sources?|links?|preceded|followed)\b|[-*\[])", re.IGNORECASE
)
_DEFINITION = re.compile(r"^[ \t]*\[[^\]\n]{1,40}\]:[ \t]*\S*[ \t]*(?:\"[^\"\n]*\")?[ \t]*$", re.MULTILINE)
_CREDIT = re.compile(
    r"""[\s(*\[-]*                                           # a dash or an opening bracket before it
        (?: \[ (?:source|wikipedia|amazon|goodreads|from)\b [^\]\n]{0,40} \] (?:\[[^\]\n]*\]|\([^)\n]*\))?
          | source (?:[ ]and[ ]more[ ]information)? :? [ ]* (?:\[[^\]\n]*\]\([^)\n]*\) | https?://\S+)
          | (?:--?|[\u2013\u2014]) [ ]* (?:(?:from|provided[ ]by)[ ])?
            (?:the[ ])? publisher (?:'s)? (?:[ ](?:description|website))?
          | (?:--?|[\u2013\u2014]) [ ]* https?://\S+
        )
        [\s.)\]*]* \Z""",
    re.IGNORECASE | re.VERBOSE,
)
#: Lengths are bounded: a text of brackets alone must not take the time of its square.
_LINK = re.compile(
    r"!?\[([^\[\]\n]{0,300})\](?:\([^()\s]{0,500}(?:\([^()\s]{0,100}\)[^()\s]{0,100})?(?:[ \t]\"[^\"\n]{0,200}\")?\)"
    r"|\[[^\[\]\n]{0,40}\])"
)
_EMPHASIS = re.compile(r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]*?[^\s*])\1(?![\w*])")
_BREAK = re.compile(r"<(?:br|/p|/div|/li)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
#: A credit stands at the very end: looking no further back keeps the search independent of a text's length.
_TAIL = 200


def tidy(text: str) -> str:
    """One line of text: composed characters (NFC), entities resolved, runs of white space as one space."""
    if "&" in text:
        text = unescape(text)
    if not text.isascii():
        text = normalize("NFC", text)
    return " ".join(text.replace("\0", "").split())


def heading(text: str) -> str:
    """A title or a name in one line, without the punctuation that cataloguers put behind it.

    A full stop goes unless it may belong to the last word: an abbreviation, an initial, an ellipsis.
    """
    line = _PSEUDONYM.sub("", tidy(text)).rstrip(" /:;,")
    if line.endswith("."):
        last = line.rpartition(" ")[2][:-1]
        if (last.isalpha() and len(last) >= _WORD and last.casefold() not in _ABBREVIATIONS) or not last:
            line = line[:-1].rstrip()
    return line


def plain_text(text: str) -> str:
    """Paragraphs as plain text: Markdown and HTML mark-up resolved, link sections and credits left off.

    What stands below a ruled line goes when it is a list of links ("Also contained in"), as Open Library's
    descriptions often end. Paragraphs stay apart by one empty line.
    """
    text = unescape(text) if "&" in text else text
    text = normalize("NFC", text).replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    text = _without_link_sections(text)
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "[" in text:
        text = _DEFINITION.sub("", text)
    text = text.rstrip()
    text = text[:-_TAIL] + _CREDIT.sub("", text[-_TAIL:])
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    if "*" in text:
        text = _EMPHASIS.sub(r"\2", text)
    text = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", text).strip()


def shortened(text: str, most: int) -> str:
    """A text of so many characters at most, cut between words where there are any."""
    return text if len(text) <= most else text[: most + 1].rpartition(" ")[0] or text[:most]


def _without_link_sections(text: str) -> str:
    if not any(mark * 3 in text for mark in "-*_="):
        return text
    kept, *below = _RULE.split(text)
    for part in below:
        if _LINK_LIST.match(part) and "[" in part:
            break
        kept += "\n" + part
    return kept
