"""Other languages: public definitions with a comment in front of them, read by tree-sitter's grammars.

The grammars are wheels of their own that are loaded when a file of the language turns up; nothing is downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from tree_sitter import Language, Node, Parser

from completist.kinds.commits.parse.diff import touches
from completist.sdk.cards import Block

_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
}
_DEFINES = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "function_item": "function",
    "method_declaration": "function",
    "method_definition": "function",
    "class_declaration": "class",
    "interface_declaration": "class",
    "struct_item": "class",
    "enum_item": "class",
    "trait_item": "class",
    "type_declaration": "class",
}
_COMMENTS = ("comment", "line_comment", "block_comment")
_EXPORTS = "export_statement"
_BETWEEN = ("attribute_item", "decorator")

#: Letters of a comment below which it says nothing worth asking for.
SHORTEST = 20

#: Bytes of a file that is parsed.
LARGEST = 400_000


def parse(path: str, text: str, language: str, written: list[tuple[int, int]]) -> list[Block]:
    """The definitions of which a commit wrote some line of the signature or the comment."""
    raw = text.encode()
    if len(raw) > LARGEST or re.search(
        r"(?:^|/)(?:tests?|__tests__|spec)/|[._](?:test|spec)\.|_test\.go$", path
    ):
        return []
    blocks = []
    for node, owner in _definitions(_parser(language).parse(raw).root_node, language):
        comment, first = _comment(node)
        name = _name(node)
        body = node.child_by_field_name("body") or node
        last = body.start_point.row + 1
        if len(comment) < SHORTEST or not name or not touches(written, first, last):
            continue
        title = f"{owner}.{name}" if owner else name
        end = body.start_byte if body is not node else node.end_byte
        signature = " ".join(raw[node.start_byte : end].decode("utf-8", "replace").split())
        blocks.append(
            Block(
                kind=_DEFINES[node.type],
                path=path,
                title=title,
                text=signature.rstrip(" {")[:400],
                answer=comment,
                line=node.start_point.row + 1,
                end=last,
                dialect="code",
                label=title,
                language=language,
                context=path,
            )
        )
    return blocks


@cache
def _parser(language: str) -> Parser:
    module, name = _GRAMMARS[language]
    return Parser(Language(getattr(import_module(module), name)()))


def _definitions(node: Node, language: str, owner: str = "") -> Iterator[tuple[Node, str]]:
    for child in node.named_children:
        if child.type == _EXPORTS:
            yield from _definitions(child, language, owner)
        elif child.type in _DEFINES:
            if _is_public(child, language):
                yield child, owner
            if child.type in ("class_declaration", "interface_declaration") and (
                body := child.child_by_field_name("body")
            ):
                yield from _definitions(body, language, _name(child))
        elif child.type == "impl_item" and (body := child.child_by_field_name("body")):
            kind = child.child_by_field_name("type")
            yield from _definitions(body, language, _text(kind))


def _is_public(node: Node, language: str) -> bool:
    if language == "go":
        return _name(node)[:1].isupper()
    if language == "rust":
        return any(child.type == "visibility_modifier" for child in node.children)
    if language == "java":
        said = next((_text(child) for child in node.children if child.type == "modifiers"), "")
        return "public" in said
    inside = node.parent is not None and node.parent.type == "class_body"
    exported = node.parent is not None and node.parent.type == _EXPORTS
    return exported or (inside and not _name(node).startswith(("_", "#")))


def _name(node: Node) -> str:
    name = node.child_by_field_name("name")
    if name is None:  # go keeps the name of a type one level down
        inner = next((child for child in node.named_children if child.type == "type_spec"), None)
        name = None if inner is None else inner.child_by_field_name("name")
    return _text(name)


def _text(node: Node | None) -> str:
    return "" if node is None or node.text is None else node.text.decode("utf-8", "replace")


def _comment(node: Node) -> tuple[str, int]:
    """The comment that ends in the line before a definition, and the line at which it begins."""
    at = node.parent if node.parent is not None and node.parent.type == _EXPORTS else node
    first = at.start_point.row
    lines: list[str] = []
    before = at.prev_sibling
    while before is not None and (before.type in _COMMENTS or before.type in _BETWEEN):
        ends = before.end_point.row - (1 if before.end_point.column == 0 else 0)
        if first - ends > 1:
            break
        first = before.start_point.row
        if before.type in _COMMENTS:
            lines.insert(0, _text(before))
        before = before.prev_sibling
    return _plain("\n".join(lines)), first + 1


def _plain(comment: str) -> str:
    lines = [
        re.sub(r"^\s*(?:///?!?|/\*\*?|\*(?!/))\s?|\s*\*/\s*$", "", line) for line in comment.splitlines()
    ]
    kept = [line.rstrip() for line in lines if not re.match(r"\s*@(?:param|returns?|throws)\b", line)]
    return "\n".join(kept).strip()
