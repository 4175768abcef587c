"""What becomes of a call to the venue once faults have struck it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from barfinex.domain.order import OrderRequest
from barfinex.provider.venues.faults.script import (
    AckAfterFill,
    AckLate,
    Do,
    Refuse,
    RefuseLeg,
    Shape,
    Swallow,
)

UNTIL_FILL = -1


@dataclass(slots=True)
class Sending:
    """`placed` is what reaches the book, `refused` the legs that do not. `fails`: the shape in which the call
    ends; `silent`: it has its effect and nothing is said of it. `delays`: by order, how late the
    acknowledgement is in ms, or UNTIL_FILL."""

    placed: list[OrderRequest]
    refused: list[tuple[OrderRequest, Shape]] = field(default_factory=list)
    fails: Shape | None = None
    arrives: bool = True
    silent: Swallow | None = None
    delays: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, requests: Sequence[OrderRequest]) -> Sending:
        return cls(list(requests))

    def take(self, do: Do, request: OrderRequest, delay: int) -> None:
        """Let one fault have its way with one of the orders; `delay` is drawn for a late acknowledgement."""
        match do:
            case Refuse(shape):
                self.fails, self.arrives = shape, False
            case Swallow(shape):
                self.fails, self.silent = shape, do
            case AckLate(patience_ms=patience_ms):
                self.delays[request.id] = delay
                if delay > patience_ms:
                    self.fails = Shape(f"no answer within {patience_ms} ms")
            case AckAfterFill():
                self.delays[request.id] = UNTIL_FILL
            case RefuseLeg(shape) if len(self.placed) > 1:
                self.placed = [one for one in self.placed if one.id != request.id]
                self.refused.append((request, shape))
            case RefuseLeg(shape):
                self.fails, self.arrives = shape, False
