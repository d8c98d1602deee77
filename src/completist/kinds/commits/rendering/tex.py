"""LaTeX of notes as HTML: formulas go to MathJax, the commands of text that notes use become our markup."""

from __future__ import annotations

import re

from completist.kinds.commits.rendering import code
from completist.kinds.commits.rendering.escaping import formula, plain

_DISPLAYED = "equation|align|gather|multline|eqnarray|displaymath|alignat|flalign"
_MATHS = re.compile(
    rf"\\begin\s*\{{(?P<env>(?:{_DISPLAYED})\*?)\}}(?P<inside>.*?)\\end\s*\{{(?P=env)\}}"
    r"|\\\[(?P<bracket>.*?)\\\]|\$\$(?P<display>.*?)\$\$"
    r"|\\\((?P<paren>.*?)\\\)|(?<!\\)\$(?P<maths>(?:[^$\\]|\\.)+?)\$"
    r"|\\begin\s*\{(?P<verb>verbatim|lstlisting|minted)\}(?:\[[^\]]*\])?(?:\{(?P<language>\w+)\})?(?P<code>.*?)\\end\s*\{(?P=verb)\}",
    re.DOTALL,
)
_ALIGNED = ("align", "alignat", "flalign", "eqnarray", "gather", "multline")
_STYLE = re.compile(
    r"\\(emph|textit|textbf|textsc|text|underline|texttt|textrm|mbox|term|defn)\s*\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_TAGS = {"emph": "i", "textit": "i", "textbf": "b", "underline": "u", "term": "b", "defn": "b"}
_LIST = re.compile(r"\\begin\s*\{(itemize|enumerate)\}(?:\[[^\]]*\])?(.*?)\\end\s*\{\1\}", re.DOTALL)
_DROPPED = re.compile(
    r"\\(?:label|index|vspace|hspace|cite[tp]?)\*?\s*\{[^{}]*\}"
    r"|\\(?:noindent|medskip|bigskip|smallskip|centering|newpage|clearpage|qedhere|qed|hfill|par)\b\*?"
)
_NAMED = re.compile(r"\\(?:eq|auto|c|C|page)?ref\s*\{([^{}]*)\}")
_ESCAPED = re.compile(r"\\([%&#_$ {}])")
_LETTERS = {
    "``": "“",
    "''": "”",
    "---": "\N{EM DASH}",
    "--": "\N{EN DASH}",
    "~": "\N{NO-BREAK SPACE}",
    r"\ldots": "…",
    r"\dots": "…",
}
_KEPT = "\ue000{}\ue001"


def render(text: str) -> str:
    """An environment's body."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return _KEPT.format(len(kept) - 1)

    said = text.replace("\ue000", "").replace("\ue001", "")
    said = _MATHS.sub(lambda m: keep(_math(m)), said)
    said = _LIST.sub(lambda m: _listed(m, keep), said)
    html = _text(said, keep)
    while "\ue000" in html:
        html = re.sub("\ue000(\\d+)\ue001", lambda m: kept[int(m[1])], html)
    return html


def _math(match: re.Match[str]) -> str:
    if match["verb"]:
        return code.block(match["code"], match["language"] or "text")
    if match["env"]:
        name = match["env"].rstrip("*")
        inside = re.sub(r"\\(?:label\s*\{[^{}]*\}|nonumber\b|notag\b)", "", match["inside"]).strip()
        if name in _ALIGNED:
            inside = f"\\begin{{aligned}}{inside}\\end{{aligned}}"
        return formula(inside, display=True)
    displayed = match["bracket"] or match["display"]
    if displayed:
        return formula(displayed, display=True)
    return formula(match["paren"] or match["maths"] or "", display=False)


def _listed(match: re.Match[str], keep: object) -> str:
    tag = "ol" if match[1] == "enumerate" else "ul"
    items = [part.strip() for part in re.split(r"\\item(?:\[[^\]]*\])?", match[2])[1:]]
    inner = "".join(f"<li>{_text(item, keep)}</li>" for item in items)
    return keep(f"<{tag}>{inner}</{tag}>")  # type: ignore[operator, no-any-return]  # keeps HTML, gives a mark


def _text(said: str, keep: object) -> str:
    said = _DROPPED.sub("", said)
    said = _NAMED.sub(lambda m: m[1], said)
    for _ in range(4):
        styled = _STYLE.sub(lambda m: keep(_styled(m[1], m[2], keep)), said)  # type: ignore[operator]  # as above
        if styled == said:
            break
        said = styled
    said = _ESCAPED.sub(lambda m: keep(plain(m[1])), said)  # type: ignore[operator]  # as above
    for letters, shown in _LETTERS.items():
        said = said.replace(letters, shown)
    said = re.sub(r"\\\\(?:\[[^\]]*\])?", "\n", said)
    parts = [
        " ".join(part.split()) if "\n" in part else part.strip()
        for part in re.split(r"\n\s*\n", said.strip())
    ]
    return "<br><br>".join(plain(part) for part in parts if part)


def _styled(name: str, inside: str, keep: object) -> str:
    if name == "texttt":
        return code.inline(_ESCAPED.sub(r"\1", inside))
    tag = _TAGS.get(name)
    inner = _text(inside, keep)
    return f"<{tag}>{inner}</{tag}>" if tag else inner
