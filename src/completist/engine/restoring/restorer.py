"""The restorer: what a line tells becomes an item, or is added to the one that it is already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from completist.domain.fields import Data, Origin, Value
from completist.domain.matching import Match
from completist.domain.merging import effective_values
from completist.engine.recording import Cause, Patch, record
from completist.engine.restoring.lines import Line
from completist.engine.viewing import OWN
from completist.engine.voices import Voices
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, matches
from completist.store.database import Connection, hold

ACCEPTED, REJECTED = "accepted", "rejected"


@dataclass(slots=True)
class Restorer:
    """Writes lines to a library, inside the caller's transactions.

    Where an item is there already, only what nobody has said of it is added: no value that stands is touched, nothing
    is put into a field that a person has locked, and nothing comes back of a record that was turned down here. Another
    record than the one chosen here is not chosen, either.
    """

    library_id: int
    import_id: int
    voices: Voices
    now: int
    ids: dict[int, int] = field(default_factory=dict)  #: of items, by what they were in the file
    taken: set[int] = field(default_factory=set)  #: items that a line of the file is already
    related: list[tuple[int, Sequence[tuple[str, int]]]] = field(default_factory=list)

    def write(self, connection: Connection, lines: Sequence[Line]) -> tuple[int, int]:
        """How many items these lines made, and how many they changed."""
        hold(connection, "import", self.library_id)
        added = changed = 0
        for kind in dict.fromkeys(line.plugin.kind.name for line in lines):
            mine = [line for line in lines if line.plugin.kind.name == kind]
            plugin = mine[0].plugin
            there = self._there(connection, plugin, mine)
            new = [line for line in mine if line.id not in there]
            self._make(connection, plugin, new)
            known = [(there[line.id], line) for line in mine if line.id in there]
            changed += len(self._complete(connection, plugin, known))
            added += len(new)
            self._keep_beside(connection, mine)
        return added, changed

    def join(self, connection: Connection) -> None:
        """Relate the items to one another, once all are there; what is related already stays."""
        hold(connection, "relate", self.library_id)
        for chunk in items.chunked(self.related):
            there = items.all_related(connection, [item_id for item_id, _ in chunk])
            rows = []
            for item_id, told in chunk:
                taken = {relation for relation, _ in there.get(item_id, ())}
                free = [(relation, self.ids[other]) for relation, other in told if other in self.ids]
                for relation in dict.fromkeys(name for name, _ in free if name not in taken):
                    others = dict.fromkeys(other for name, other in free if name == relation)
                    rows += [(item_id, relation, place, other) for place, other in enumerate(others)]
            items.relate(connection, rows)

    # --- which item a line is ------------------------------------------------------------------------------

    def _there(self, connection: Connection, plugin: KindPlugin, lines: Sequence[Line]) -> dict[int, int]:
        """The items that lines are already, by the lines' ids; no two lines are one."""
        found: dict[int, int] = {}

        def take(line: Line, candidates: Iterable[int]) -> None:
            free = next((item_id for item_id in candidates if item_id not in self.taken), None)
            if line.id not in found and free is not None:
                found[line.id] = free
                self.taken.add(free)

        known = self._by_keys(connection, plugin, lines)
        for line in lines:
            take(line, [known[pair] for pair in (*line.sources, line.own) if pair in known])
        same = self._by_id(connection, plugin, [x for x in lines if x.id not in found and not x.sources])
        for line in lines:
            take(line, same.get(line.id, ()))
        for scheme in plugin.kind.keys or [each.name for each in plugin.kind.identifiers]:
            left = [line for line in lines if line.id not in found]
            same = self._by_identifier(connection, plugin, scheme, left)
            for line in left:
                take(line, same.get(line.id, ()))
        self.ids |= found
        return found

    def _by_keys(
        self, connection: Connection, plugin: KindPlugin, lines: Sequence[Line]
    ) -> dict[tuple[str, str], int]:
        asked: dict[str, list[str]] = {}
        for name, key in (pair for line in lines for pair in (*line.sources, line.own)):
            asked.setdefault(name, []).append(key)
        found = {
            (name, key): known.item_id
            for name, keys in asked.items()
            for key, known in items.known_keys(connection, self.library_id, name, keys).items()
        }
        kinds = items.kinds_of(connection, self.library_id, list(set(found.values())))
        return {pair: item_id for pair, item_id in found.items() if kinds.get(item_id) == plugin.kind.name}

    def _by_id(
        self, connection: Connection, plugin: KindPlugin, lines: Sequence[Line]
    ) -> dict[int, list[int]]:
        """Items that no source has brought in, and that are what their own export says: the very same library."""
        kinds = items.kinds_of(connection, self.library_id, [line.id for line in lines])
        mine = [i for i, kind in kinds.items() if kind == plugin.kind.name and i not in self.taken]
        known, standing = items.sources_of(connection, mine), self._standing(connection, plugin, mine)
        return {
            line.id: [line.id]
            for line in lines
            if line.id in standing and line.id not in known and plugin.agree(line.data, standing[line.id])
        }

    def _standing(
        self, connection: Connection, plugin: KindPlugin, ids: Sequence[int]
    ) -> dict[int, dict[str, Data]]:
        """What counts of items at present."""
        said, trust = fields.read_values(connection, ids), self.voices.of(plugin)
        return {
            item_id: {name: value.data for name, value in effective_values(plugin.kind, held, trust).items()}
            for item_id, held in said.items()
        }

    def _by_identifier(
        self, connection: Connection, plugin: KindPlugin, scheme: str, lines: Sequence[Line]
    ) -> dict[int, list[int]]:
        """Items with an identifier of a line that agree on what they are, and that none of its sources knows."""
        asked = {line.id: [each for each in _listed(line, scheme) if isinstance(each, str)] for line in lines}
        wanted = sorted({text for texts in asked.values() for text in texts})
        found = items.find_by_identifier(connection, self.library_id, plugin.kind.name, scheme, wanted)
        candidates = sorted({i for ids in found.values() for i in ids} - self.taken)
        standing = self._standing(connection, plugin, candidates)
        known = items.sources_of(connection, candidates)
        return {
            line.id: [
                i
                for text in asked[line.id]
                for i in found.get(text, ())
                if i in standing
                and {name for name, _ in line.sources}.isdisjoint(name for name, _ in known.get(i, ()))
                and plugin.agree(line.data, standing[i])
            ]
            for line in lines
        }

    # --- what is written -----------------------------------------------------------------------------------

    def _make(self, connection: Connection, plugin: KindPlugin, lines: Sequence[Line]) -> None:
        if not lines:
            return
        made = items.create_items(connection, self.library_id, plugin.kind.name, len(lines), self.now)
        self.taken.update(made)
        self.ids |= {line.id: item_id for line, item_id in zip(lines, made, strict=True)}
        fields.write_locks(connection, [(self.ids[x.id], name) for x in lines for name in x.locks], self.now)
        patches = [Patch(self.ids[line.id], tuple(line.values), always=True) for line in lines]
        nothing: Mapping[int, Sequence[Value]] = dict.fromkeys(made, ())
        self._record(connection, plugin, patches, "create", nothing)
        for line in lines:
            line.sources = line.sources or [line.own]

    def _complete(
        self, connection: Connection, plugin: KindPlugin, known: Sequence[tuple[int, Line]]
    ) -> Sequence[int]:
        """Add what nobody has said yet of items that are there; which of them that changed."""
        ids = items.hold_items(connection, [item_id for item_id, _ in known])
        said, locked = fields.read_values(connection, ids), fields.read_locks(connection, ids)
        refused = _turned_down(matches.all_decisions(connection, ids))
        patches = []
        for item_id, line in known:
            there = {value.layer for value in said[item_id]}
            held = locked.get(item_id, frozenset())
            new = [
                value
                for value in line.values
                if value.layer not in there
                and value.field not in held
                and (item_id, value.record) not in refused
            ]
            patches.append(Patch(item_id, tuple(new)))
        return [*self._record(connection, plugin, patches, "import", said)]

    def _record(
        self,
        connection: Connection,
        plugin: KindPlugin,
        patches: Sequence[Patch],
        action: str,
        standing: Mapping[int, Sequence[Value]],
    ) -> Iterable[int]:
        cause = Cause(action, Origin.IMPORT, OWN, import_id=self.import_id)
        written = record(
            connection,
            self.library_id,
            plugin,
            patches,
            cause,
            self.now,
            voices=self.voices,
            restore=True,
            standing=standing,
        )
        return written.touched

    def _keep_beside(self, connection: Connection, lines: Sequence[Line]) -> None:
        """Under which keys they are known, what was concluded of them, and what people said of records."""
        ids = [self.ids[line.id] for line in lines]
        self._remember(connection, lines, items.sources_of(connection, ids))
        concluded = matches.read_matches(connection, ids)
        decided = matches.all_decisions(connection, ids)
        refused = _turned_down(decided)
        rows: dict[str, list[tuple[int, Match, int | None]]] = {}
        for item_id, line in zip(ids, lines, strict=True):
            for pipeline, match in line.matches.items():
                if pipeline not in concluded.get(item_id, {}) and (item_id, match.record) not in refused:
                    rows.setdefault(pipeline, []).append((item_id, match, None))
            there = {(pipeline, name) for pipeline, name, _ in decided.get(item_id, ())}
            chosen = {pipeline for pipeline, _, verdict in decided.get(item_id, ()) if verdict == ACCEPTED}
            for place, (pipeline, name, verdict) in enumerate(line.decisions):  # in their order, by the clock
                if (pipeline, name) not in there and not (verdict == ACCEPTED and pipeline in chosen):
                    at = self.now + place
                    matches.write_decisions(connection, item_id, pipeline, {name: verdict}, None, at)
            if line.related:
                self.related.append((item_id, line.related))
        for pipeline, mine in rows.items():
            matches.write_matches(connection, mine, pipeline, self.now)

    def _remember(
        self,
        connection: Connection,
        lines: Sequence[Line],
        there: Mapping[int, Sequence[tuple[str, str]]],
    ) -> None:
        """Let sources know the items that none of their keys leads to yet, one key of each source."""
        wanted: dict[str, dict[str, int]] = {}
        for line in lines:
            item_id = self.ids[line.id]
            knowing = {name for name, _ in there.get(item_id, ())}
            for name, key in line.sources:
                if name not in knowing:
                    wanted.setdefault(name, {}).setdefault(key, item_id)
        for name, keys in wanted.items():
            known = items.known_keys(connection, self.library_id, name, list(keys))
            free = [(key, item_id, "") for key, item_id in keys.items() if key not in known]
            items.remember_keys(connection, self.library_id, name, free)


def _turned_down(decided: Mapping[int, Sequence[tuple[str, str, str]]]) -> set[tuple[int, str | None]]:
    """The (item, record) pairs of which a person has said last that they do not belong together."""
    said = {(item_id, name): verdict for item_id, told in decided.items() for _, name, verdict in told}
    return {pair for pair, verdict in said.items() if verdict == REJECTED}


def _listed(line: Line, scheme: str) -> Sequence[object]:
    data = line.data.get(scheme)
    return data if isinstance(data, list) else ()
