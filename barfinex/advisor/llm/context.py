"""All that a model sees of one decision, beside a fixed system text."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from barfinex.advisor.llm.leaves import LABELS, Leaf, Unit, written
from barfinex.domain.errors import BadInput
from barfinex.domain.value import Value

SCHEMA = "advisor.context/1"
LEAVES_MIN, LEAVES_MAX, PATH_MAX = 2, 96, 160
ITEMS_MAX, TEXT_MAX = 8, 280
MARK = "\u02c6"
"""Stands for every blank of untrusted text, so that the model sees at each word whose words they are
(datamarking: Hines et al., arXiv 2403.14720)."""

ENTRY, SIDE, SYMBOL = "/signal/entry", "/signal/side", "/signal/symbol"
BLIND_SYMBOL, BLIND_PRICE = "ASSET", 100.0
_POINTER = re.compile(r"(?:/[A-Za-z0-9_.-]{1,40}){1,6}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class Untrusted(Value, frozen=True):
    """Words of strangers: they may be quoted, and support nothing else. `age_min` in minutes."""

    id: str
    text: str
    source: str = ""
    age_min: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """`text` is the canonical JSON the model is given, `digest` the sha256 of its content, `id` the first 16.

    `attribution` holds what moved the conviction, path to logit, positive for the signal; it is not shown.
    """

    id: str
    digest: str
    text: str
    leaves: Mapping[str, Leaf]
    untrusted: tuple[Untrusted, ...] = ()
    blind: bool = True
    attribution: Mapping[str, float] = field(default_factory=dict)

    @property
    def sign(self) -> int:
        """1 for long, -1 for short, 0 when no side is told."""
        side = self.leaves.get(SIDE)
        return 0 if side is None else {"long": 1, "short": -1}.get(str(side.value).lower(), 0)

    def item(self, path: str) -> Untrusted | None:
        """The untrusted item that `/untrusted/items/<id>` names."""
        if not path.startswith("/untrusted/"):
            return None
        wanted = path.removeprefix("/untrusted/").removeprefix("items/").removesuffix("/text")
        return next((one for one in self.untrusted if one.id == wanted), None)


def build_context(
    leaves: Mapping[str, Leaf],
    untrusted: Iterable[Untrusted] = (),
    attribution: Mapping[str, float] | None = None,
    *,
    blind: bool = True,
    as_of: str = "T0",
) -> Context:
    """The context of one decision; blind (the default) hides the symbol and puts the entry at 100.

    Args:
        leaves: JSON pointer to leaf, 2 to 96 of them; none lies below another.
        untrusted: at most 8 items; their text is cleaned and cut to 280 characters.
        attribution: path of a leaf to its part in the conviction, in logits, positive for the signal.
        as_of: "T0", a relative clock; a date only where blind is off.

    Raises:
        BadInput: too many or too few leaves, a pointer that is none, prices without an entry, a bad item.
    """
    if not LEAVES_MIN <= len(leaves) <= LEAVES_MAX:
        raise BadInput(
            "context leaves", f"there are {len(leaves)}", f"Give {LEAVES_MIN} to {LEAVES_MAX} leaves."
        )
    shown = {path: _fixed(leaf) for path, leaf in (_blinded(leaves) if blind else leaves).items()}
    items = _cleaned(untrusted)
    body: dict[str, Any] = {"schema": SCHEMA, "as_of": as_of, "blind": blind, **_nested(shown)}
    body["untrusted"] = {
        "items": [
            {
                "id": one.id,
                "age_min": one.age_min,
                "source": one.source,
                "text_marked": one.text.replace(" ", MARK),
            }
            for one in items
        ]
    }
    digest = hashlib.sha256(canonical(body).encode()).hexdigest()
    text = canonical(body | {"context_id": digest[:16]})
    known = {path: logit for path, logit in (attribution or {}).items() if path in shown}
    return Context(digest[:16], digest, text, MappingProxyType(shown), items, blind, MappingProxyType(known))


def canonical(body: Any) -> str:
    """JSON with sorted keys and no blanks; the numbers in it have been written already."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def clean(text: str) -> str:
    """Without control, bidirectional and other invisible characters or marks, blanks single, at most 280."""
    spaced = "".join(" " if one.isspace() else one for one in text)
    seen = (one for one in spaced if one != MARK and unicodedata.category(one)[0] != "C")
    return " ".join("".join(seen).split())[:TEXT_MAX].rstrip()


def _blinded(leaves: Mapping[str, Leaf]) -> dict[str, Leaf]:
    """The symbol becomes ASSET, and every price is told in hundredths of the entry's."""
    entry = leaves.get(ENTRY)
    scale = BLIND_PRICE / float(entry.value) if entry is not None and _positive(entry) else None
    found = {}
    for path, leaf in leaves.items():
        if leaf.unit is Unit.PRICE:
            if scale is None:
                raise BadInput(path, "a blind price needs a positive entry", f"Give {ENTRY} as a price.")
            found[path] = Leaf(float(leaf.value) * scale, leaf.unit, leaf.kind)
        else:
            found[path] = Leaf(BLIND_SYMBOL, leaf.unit, leaf.kind) if path == SYMBOL else leaf
    return found


def _positive(leaf: Leaf) -> bool:
    return leaf.unit is Unit.PRICE and float(leaf.value) > 0.0


def _fixed(leaf: Leaf) -> Leaf:
    """The leaf as it is written, so that what is checked is what was shown."""
    return leaf if leaf.unit in LABELS else Leaf(float(written(leaf.value)), leaf.unit, leaf.kind)


def _cleaned(untrusted: Iterable[Untrusted]) -> tuple[Untrusted, ...]:
    items = tuple(Untrusted(one.id, clean(one.text), clean(one.source), one.age_min) for one in untrusted)
    if len(items) > ITEMS_MAX or len({one.id for one in items}) < len(items):
        raise BadInput(
            "untrusted items", "too many, or two of one id", f"Give at most {ITEMS_MAX}, each its own id."
        )
    for one in items:
        if not _ID.fullmatch(one.id):
            raise BadInput(
                f"untrusted item {one.id!r}", "its id is none", "Use letters, digits, - and _, at most 32."
            )
    return items


def _nested(leaves: Mapping[str, Leaf]) -> dict[str, Any]:
    """The leaves as one object in which each path is a JSON pointer."""
    root: dict[str, Any] = {}
    for path, leaf in sorted(leaves.items()):
        if len(path) > PATH_MAX or not _POINTER.fullmatch(path):
            raise BadInput(f"leaf {path!r}", "its path is no JSON pointer", "Write it like /features/mom_z.")
        *parents, last = path[1:].split("/")
        at = root
        for name in parents:
            at = at.setdefault(name, {})
            if "v" in at:
                raise BadInput(f"leaf {path}", "it lies below another leaf", "Give one of the two.")
        if last in at or "v" in at:
            raise BadInput(f"leaf {path}", "it has leaves below it", "Give one of the two.")
        at[last] = {"v": written(leaf.value), "u": leaf.unit, "k": leaf.kind}
    if root.keys() & {"schema", "as_of", "blind", "context_id", "untrusted"}:
        raise BadInput("context leaves", "a path begins with a reserved word", "Rename its first part.")
    return root
