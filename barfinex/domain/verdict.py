"""The Inspector's answer: Approved or Refused, with every policy's finding."""

from __future__ import annotations

from typing import Generic, TypeVar

from barfinex.domain.order import OrderRequest
from barfinex.domain.value import Value

T = TypeVar("T", bound=OrderRequest)


class Breach(Value, frozen=True):
    """One policy's finding against an intent: a machine code, the value seen and the limit it broke."""

    policy: str
    code: str
    value: str
    limit: str


class Check(Value, frozen=True):
    """One policy's result; all of them are recorded, passed or not."""

    policy: str
    passed: bool
    value: str
    limit: str


class Approved(Value, Generic[T], frozen=True):
    """Permission to send exactly this order, once, until `expires_at` (ms UTC); the Inspector gives it."""

    id: str
    order: T
    order_hash: str
    expires_at: int
