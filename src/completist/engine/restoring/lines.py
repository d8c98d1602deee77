"""Our own JSON Lines as they are read back: each line checked, none of it believed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level, Origin, Value, is_empty
from completist.domain.kind import EXACT, fit_data
from completist.domain.matching import Match, Verdict
from completist.engine.viewing import OWN
from completist.sdk import registry
from completist.sdk.files import open_text
from completist.sdk.registry import KindPlugin
from completist.sdk.source import Head, Skipped, Warn
from completist.store.encoding import to_json

FORMAT = "completist-jsonl"
LABEL = "Completist's own export, everything with who said what (JSON Lines)"
_BEGIN = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"id":\s*\d+,\s*"kind":\s*"\w+",\s*"source":')
_LONGEST = 2_000  #: characters of a name, a key or a record
_LEVELS = frozenset(each.value for each in Level)
_VERDICTS = ("accepted", "rejected")


@dataclass(slots=True)
class Line:
    """An item as a line tells it, as far as it can be kept here."""

    row: int
    id: int  #: in the library that was written; others refer to it by this
    plugin: KindPlugin
    sources: list[tuple[str, str]] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    data: dict[str, Data] = field(default_factory=dict)  #: what counted there
    locks: list[str] = field(default_factory=list)
    matches: dict[str, Match] = field(default_factory=dict)
    decisions: list[tuple[str, str, str]] = field(default_factory=list)  #: pipeline, record, verdict
    related: list[tuple[str, int]] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)

    @property
    def own(self) -> tuple[str, str]:
        """Under what an item without sources is known when the file comes again."""
        kind = self.plugin.kind
        called = [self.data.get(name) for name in (kind.title, kind.byline) if name]
        return (OWN, f"{kind.name}:{self.id}:{blake2b(to_json(called).encode(), digest_size=8).hexdigest()}")


def is_own(head: Head) -> bool:
    """Whether a file begins like what `exporting.json_lines` writes."""
    return _BEGIN.match(head.start) is not None


def check(path: Path) -> int:
    """How many lines a file has. Raises BadInput, naming the line, where it is none of ours or is cut off."""
    return sum(1 for _ in _objects(path))


def read(path: Path, now: int) -> Iterator[Line | Skipped]:
    """The lines in order. What counted there gets the time ``now``, the rest an earlier one: so it counts again."""
    for row, said in _objects(path):
        kind = said.get("kind")
        if kind not in registry.plugins():
            yield Skipped(row, "a kind that is not installed here")
            continue
        yield _Reader(Line(row, said["id"], registry.plugin(kind)), now).read(said)


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with closing(open_text(path)) as lines:
        for row, text in enumerate(lines, 1):
            if not text.strip():
                continue
            try:
                said = json.loads(text, parse_constant=_refuse)
            except (ValueError, RecursionError):
                raise BadInput(f"{path.name}, line {row}: this is no JSON; is the file cut off?") from None
            if (
                not isinstance(said, dict)
                or not _is_id(said.get("id"))
                or not isinstance(said.get("kind"), str)
            ):
                raise BadInput(f"{path.name}, line {row}: this is no item that Completist wrote.")
            yield row, said


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


@dataclass(frozen=True, slots=True)
class _Reader:
    line: Line
    now: int

    def read(self, said: Mapping[str, Any]) -> Line:
        line = self.line
        line.sources += self._sources(said)
        for name, told in _mapping(said.get("fields")).items():
            if (value := self._value(name, _mapping(told), self.now)) is not None:
                line.values.append(value)
                line.data[name] = value.data
        for told in _mappings(said.get("others")):
            if (value := self._value(told.get("field"), told, self.now - 1)) is not None:
                line.values.append(value)
        line.values = list({value.layer: value for value in reversed(line.values)}.values())[::-1]
        known = line.plugin.kind.by_name
        line.locks += [name for name in _listed(said.get("locks")) if isinstance(name, str) and name in known]
        pipelines = {pipeline.name for pipeline in line.plugin.pipelines}
        for told in (_mapping(said.get("match")), *_mappings(said.get("matches"))):
            if told.get("pipeline") in pipelines and (match := _match(told)) is not None:
                line.matches[told["pipeline"]] = match
        line.decisions += [
            (told["pipeline"], told["record"], told["verdict"])
            for told in _mappings(said.get("decisions"))
            if told.get("pipeline") in pipelines
            and told.get("verdict") in _VERDICTS
            and _is_name(told.get("record"))
        ]
        line.related += [
            (told["relation"], told["id"])
            for told in _mappings(said.get("related"))
            if _is_name(told.get("relation")) and _is_id(told.get("id"))
        ]
        return line

    def _sources(self, said: Mapping[str, Any]) -> list[tuple[str, str]]:
        told = [_mapping(said.get("source")), *_mappings(said.get("sources"))]
        found = [(each.get("name"), each.get("key")) for each in told]
        return list(dict.fromkeys((name, key) for name, key in found if _is_name(name) and _is_name(key)))

    def _value(self, name: Any, told: Mapping[str, Any], at: int) -> Value | None:  # noqa: ANN401 - JSON
        """What somebody said, if it can be said here; why not is told."""
        declared = self.line.plugin.kind.by_name.get(name) if isinstance(name, str) else None
        if declared is None:
            self._warn(str(name)[:_LONGEST], "a field that is not known here")
            return None
        try:
            origin = Origin(str(told.get("origin")))
            data = fit_data(declared, told.get("value"))
        except ValueError:
            self._warn(declared.name, "not understood, left out")
            return None
        source = told.get("provider") or told.get("source") or ""
        sure, record = told.get("confidence", 1.0), told.get("record")
        nobody = origin is not Origin.USER and (is_empty(data) or not _is_name(source))
        nobody |= origin is Origin.PROVIDER and declared.personal
        if nobody or not _is_share(sure) or not (record is None or _is_name(record)):
            self._warn(declared.name, "not understood, left out")
            return None
        level, version = told.get("level"), told.get("version")
        return Value(
            declared.name,
            data,
            origin,
            "" if origin is Origin.USER else source,
            float(sure),
            Level(level) if level in _LEVELS else None,
            record,
            version=version if _is_name(version) else None,
            at=at,
        )

    def _warn(self, name: str, reason: str) -> None:
        self.line.warnings.append(Warn(self.line.row, name, reason))


def _match(told: Mapping[str, Any]) -> Match | None:
    try:
        verdict = Verdict(str(told.get("verdict")))
        level = None if told.get("level") is None else Level(told["level"])
    except ValueError:
        return None
    reasons = tuple(each for each in _listed(told.get("reasons")) if _is_name(each))
    record, distance = told.get("record"), told.get("distance")
    return Match(
        verdict,
        reasons,
        level,
        record if _is_name(record) else None,
        float(distance) if _is_number(distance) else None,
    )


def _is_id(data: object) -> bool:
    return isinstance(data, int) and not isinstance(data, bool) and 0 < data < EXACT


def _is_name(data: object) -> TypeGuard[str]:
    return (
        isinstance(data, str)
        and 0 < len(data) <= _LONGEST
        and not any(char == "\0" or "\ud800" <= char <= "\udfff" for char in data)
    )


def _is_number(data: object) -> TypeGuard[float]:
    return isinstance(data, (int, float)) and not isinstance(data, bool) and 0 <= data < EXACT


def _is_share(data: object) -> TypeGuard[float]:
    return _is_number(data) and data <= 1


def _mapping(data: object) -> Mapping[str, Any]:
    return data if isinstance(data, dict) else {}


def _mappings(data: object) -> list[Mapping[str, Any]]:
    return [each for each in _listed(data) if isinstance(each, dict)]


def _listed(data: object) -> list[Any]:
    return data if isinstance(data, list) else []
