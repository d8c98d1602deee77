"""Trust: which provider is believed before which, where several say something about a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Trust:
    """An order of providers in general, and for fields of which others know more. Those not named come last."""

    providers: tuple[str, ...] = ()
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _orders: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, name: str) -> tuple[str, ...]:
        """The order for a field."""
        order = self._orders.get(name)
        if order is None:
            order = self._orders[name] = tuple(dict.fromkeys((*self.fields.get(name, ()), *self.providers)))
        return order

    def over(self, other: Trust) -> Trust:
        """This order, and the other one for what it leaves open."""
        names = dict.fromkeys((*self.fields, *other.fields))
        fields = {
            name: (*self.fields.get(name, ()), *self.providers, *other.fields.get(name, ())) for name in names
        }
        return Trust((*self.providers, *other.providers), fields)


#: Nobody before anybody: the surest, then the best, then the latest word counts.
EQUAL = Trust()
