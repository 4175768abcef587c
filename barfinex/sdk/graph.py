"""Expressions made ready to run: every distinct node once per chunk, inputs before outputs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from barfinex.sdk.expressions import Apply, Array, Column, Constant, Expr

States = tuple[Any, ...]


class NodeFailed(Exception):
    """An operator raised; `node` is the one, the cause is its exception."""

    def __init__(self, node: Expr) -> None:
        super().__init__(node)
        self.node = node


class Graph:
    """A set of expressions over columns of candles; `columns` names those it reads.

    `step` is a pure function of states and columns: whoever keeps the old states can go back.
    """

    def __init__(self, roots: Iterable[Expr]) -> None:
        wanted = tuple(roots)
        ordered: dict[Expr, None] = {}
        for root in wanted:
            _collect(root, ordered)
        columns = [node for node in ordered if isinstance(node.op, Column)]
        constants = [node for node in ordered if isinstance(node.op, Constant)]
        nodes = [node for node in ordered if not isinstance(node.op, Column | Constant)]
        place = {node: at for at, node in enumerate((*columns, *constants, *nodes))}
        self.columns = [node.op.name for node in columns if isinstance(node.op, Column)]
        self._constants = [np.asarray(node.op.value) for node in constants if isinstance(node.op, Constant)]
        self._nodes = nodes
        self._steps: list[tuple[Any, bool, list[int]]] = [
            # An elementwise function has no state, and is most of what there is to call.
            (node.op.function, True, [place[one] for one in node.inputs])
            if isinstance(node.op, Apply)
            else (node.op.step, False, [place[one] for one in node.inputs])
            for node in nodes
        ]
        self._roots = [place[root] for root in wanted]

    def start(self) -> States:
        """The states before the first candle."""
        return tuple(node.op.start() for node in self._nodes)

    def step(self, states: States, columns: Sequence[Array]) -> tuple[States, list[Array]]:
        """The next states, and each root's values at the next candles; `columns` in the order of theirs.

        Raises:
            NodeFailed: an operator raised; the given states are still good.
        """
        values: list[Array] = [*columns, *self._constants]
        after: list[Any] = []
        with np.errstate(all="ignore"):  # Dividing by zero gives inf or NaN, which compares as it should.
            for (step, pure, inputs), state in zip(self._steps, states, strict=True):
                try:
                    if pure:
                        value = step(*[values[at] for at in inputs])
                    else:
                        state, value = step(state, *[values[at] for at in inputs])  # noqa: PLW2901
                except Exception as error:
                    raise NodeFailed(self._nodes[len(after)]) from error
                after.append(state)
                values.append(value)
        return tuple(after), [values[at] for at in self._roots]


def _collect(expr: Expr, ordered: dict[Expr, None]) -> None:
    if expr in ordered:
        return
    for one in expr.inputs:
        _collect(one, ordered)
    ordered[expr] = None


def columns_of(expr: Expr) -> set[str]:
    """The columns that an expression reads."""
    if isinstance(expr.op, Column):
        return {expr.op.name}
    return set().union(*(columns_of(one) for one in expr.inputs))


def contains(expr: Expr, node: Expr) -> bool:
    """Whether the expression needs this node."""
    return expr == node or any(contains(one, node) for one in expr.inputs)
