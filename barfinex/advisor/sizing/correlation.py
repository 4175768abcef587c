"""Which instruments move together, and what is taken off a position that is another one once more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import inf, isfinite

from msgspec.structs import replace

from barfinex.domain.value import Value

RHO_MAX = 0.8
HELD_MAX = 256


class Held(Value, frozen=True):
    """A position or a wish for one: `size` is signed (above 0 is long), `expected_r` in R; of whom nothing is
    expected gives way first."""

    id: str
    instrument: str
    size: float
    expected_r: float = -inf


class Cut(Value, frozen=True):
    """`pair` is (kept, reduced) by id; `rho` between the two as they are held; `before` and `after` are sizes
    of the reduced one, at least 0 on either side."""

    pair: tuple[str, str]
    rho: float
    before: float
    after: float


def capped(
    held: Sequence[Held], rho_of: Callable[[str, str], float | None], rho_max: float = RHO_MAX
) -> tuple[tuple[Held, ...], tuple[Cut, ...]]:
    """Reduce what is correlated above `rho_max`: of each such pair the one that expects less, by
    (1 - rho) / (1 - rho_max), the most correlated pair first.

    The factor is 1 at the cap, so nothing jumps there, and 0 at 1: the same bet twice is one bet. A long and
    a short in correlated instruments hedge, and are left alone; a pair whose correlation is not known counts
    as the same bet, whatever its sides.

    Raises:
        ValueError: a size is not finite, `rho_max` is not inside [0, 1), or there are over 256 positions.
    """
    _refuse_unless_comparable(held, rho_max)
    now = list(held)
    pairs = [(together(held[i], held[j], rho_of), i, j) for i, j in combinations(range(len(held)), 2)]
    cuts = []
    for rho, i, j in sorted((p for p in pairs if not p[0] <= rho_max), key=lambda p: (-p[0], p[1], p[2])):
        if not (now[i].size and now[j].size):
            continue
        kept, less = (j, i) if _expects(now[i]) < _expects(now[j]) else (i, j)
        now[less], cut = _reduced(now[less], now[kept].id, rho, rho_max)
        cuts.append(cut)
    return tuple(now), tuple(cuts)


def fitted(
    wish: Held,
    held: Sequence[Held],
    rho_of: Callable[[str, str], float | None],
    rho_max: float = RHO_MAX,
) -> tuple[Held, tuple[Cut, ...]]:
    """The wish beside the positions that are `held`, reduced as in `capped` by each that is nearly the same
    bet, the most correlated first.

    What is held gives way to no wish, whichever expects more: a recommendation sells nothing, and a position
    that is smaller on paper alone would leave room that is not there.

    Raises:
        ValueError: as `capped`.
    """
    _refuse_unless_comparable((*held, wish), rho_max)
    pairs = [(together(one, wish, rho_of), one.id) for one in held if one.size]
    cuts = []
    for rho, kept in sorted((pair for pair in pairs if not pair[0] <= rho_max), key=lambda pair: -pair[0]):
        if wish.size:
            wish, cut = _reduced(wish, kept, rho, rho_max)
            cuts.append(cut)
    return wish, tuple(cuts)


def together(a: Held, b: Held, rho_of: Callable[[str, str], float | None]) -> float:
    """The correlation of two positions' outcomes: of their instruments, turned round when the sides differ;
    1 while it is not known."""
    rho = 1.0 if a.instrument == b.instrument else rho_of(a.instrument, b.instrument)
    if rho is None or not isfinite(rho):
        return 1.0
    return rho if (a.size > 0.0) == (b.size > 0.0) else -rho


def _refuse_unless_comparable(held: Sequence[Held], rho_max: float) -> None:
    if not 0.0 <= rho_max < 1.0:
        raise ValueError(f"rho_max {rho_max} is not inside [0, 1): give a correlation below 1")
    if len(held) > HELD_MAX:
        raise ValueError(f"{len(held)} positions: cap at most {HELD_MAX} at a time")
    for one in held:
        if not isfinite(one.size):
            raise ValueError(f"size {one.size} of {one.id}: give a finite size")


def _reduced(one: Held, kept: str, rho: float, rho_max: float) -> tuple[Held, Cut]:
    less = replace(one, size=one.size * (1.0 - rho) / (1.0 - rho_max))
    return less, Cut((kept, one.id), rho, abs(one.size), abs(less.size))


def _expects(one: Held) -> float:
    return one.expected_r if isfinite(one.expected_r) else -inf
