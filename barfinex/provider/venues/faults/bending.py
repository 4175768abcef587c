"""How a fill can turn out otherwise than the matching engine had it: pure functions on reports."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import replace

from barfinex.domain.instrument import Instrument
from barfinex.domain.money import ZERO, lot_down, on_step, part_of
from barfinex.provider.venues.base import Expired, Filled, Report

FINEST = Decimal("0.00000001")


def pieces(filled: Filled, count: int, rules: Instrument) -> list[Filled]:
    """The fill in at most `count` slices on the lot; quantities and fees add up to the last digit."""
    whole = filled.fill
    slice_ = lot_down(whole.quantity / count, rules.lot or FINEST)
    if slice_ <= 0 or count < 2:
        return [filled]
    before = filled.filled - whole.quantity
    made: list[Filled] = []
    quantity_left, fee_left = whole.quantity, whole.fee
    for nth in range(1, count + 1):
        last = nth == count
        quantity = quantity_left if last else slice_
        fee = fee_left if last else part_of(whole.fee, slice_, whole.quantity)
        quantity_left, fee_left, before = quantity_left - quantity, fee_left - fee, before + quantity
        fill = replace(whole, id=f"{whole.id}.{nth}", quantity=quantity, fee=fee)
        made.append(Filled(fill, before, filled.quantity))
    return made


def short(filled: Filled, share: Decimal, rules: Instrument) -> list[Report]:
    """Only a part of the fill, and the end of the order; a quantity of one lot stays whole."""
    whole = filled.fill
    quantity = lot_down(whole.quantity * share, rules.lot or FINEST)
    if not ZERO < quantity < whole.quantity:
        return [filled]
    fill = replace(whole, quantity=quantity, fee=part_of(whole.fee, quantity, whole.quantity))
    running = filled.filled - whole.quantity + quantity
    end = Expired(whole.order_id, whole.ts, "the venue ended the rest")
    return [Filled(fill, running, filled.quantity), end]


def absurd(filled: Filled, factor: Decimal, rules: Instrument) -> Filled:
    fill = filled.fill
    price = on_step(fill.price * factor, rules.tick)
    return filled._replace(fill=replace(fill, price=price, fee=fill.fee * factor))


def fee_of(filled: Filled, fee: Decimal) -> Filled:
    return filled._replace(fill=replace(filled.fill, fee=fee))
