"""Voices: whom to believe about the fields of each kind, made once by the app and handed to whoever chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from completist.domain.trust import Trust
from completist.engine import wording
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store.encoding import to_json


@dataclass(frozen=True, slots=True)
class Voices:
    """What a person says of the order of providers, by kind, over what the plug-ins declare."""

    chosen: Mapping[str, Trust] = field(default_factory=dict)

    def of(self, plugin: KindPlugin) -> Trust:
        """The order for a kind."""
        mine = self.chosen.get(plugin.kind.name)
        return plugin.trust if mine is None else mine.over(plugin.trust)

    def digest(self) -> str:
        """What scores, identifiers and words rest on beside the values: the same rules, the same digest."""
        rules = {name: self._rules(plugin) for name, plugin in registry.plugins().items()}
        return blake2b(to_json(rules).encode(), digest_size=8).hexdigest()

    def _rules(self, plugin: KindPlugin) -> object:
        trust = self.of(plugin)
        order = {each.name: list(trust.of(each.name)) for each in plugin.kind.fields}
        return {
            "order": order,
            "weights": {each.name: weight for each, weight in plugin.kind.weights},
            "words": sorted(wording.read_by(plugin.kind)),
        }


#: The order that the plug-ins declare.
DECLARED = Voices()
