"""Orders that have ended, for a while: a fill can overtake the word that its order is over."""

from __future__ import annotations

from collections import OrderedDict

from barfinex.inspector.managed import InFlight, ManagedPosition

ENDED_MAX = 1_000


class Ended:
    """The latest orders that have ended, each with the position it worked for."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, tuple[InFlight, ManagedPosition]] = OrderedDict()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ended) and self._known == other._known

    __hash__ = None  # type: ignore[assignment]

    def add(self, order: InFlight, position: ManagedPosition) -> None:
        self._known[order.request.id] = order, position
        if len(self._known) > ENDED_MAX:
            self._known.popitem(last=False)

    def of(
        self, order_id: str, positions: dict[str, ManagedPosition]
    ) -> tuple[InFlight, ManagedPosition] | None:
        """The ended order and its position, if a late fill can still go there: the position is open, or this
        is the entry that had brought it nothing."""
        known = self._known.get(order_id)
        if known is None:
            return None
        position = known[1]
        is_open = positions.get(position.id) is position
        return known if is_open or (order_id == position.entry and not position.quantity) else None
