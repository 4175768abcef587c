"""What a model may answer: typed claims first, a verdict after them, and prose without a number."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from barfinex.advisor.llm.leaves import Unit
from barfinex.domain.value import Value, Word

BYTES_MAX = 8192
VALUE_MAX, SENTENCE_MAX, CONFLICTS_MAX = 280, 400, 24


class Op(Word):
    EQ = "EQ"
    GT = "GT"
    LT = "LT"
    DIFF = "DIFF"
    RATIO = "RATIO"
    PCT_CHANGE = "PCT_CHANGE"
    QUOTE = "QUOTE"


class Polarity(Word):
    FOR = "FOR"
    AGAINST = "AGAINST"


class Stance(Word):
    SUPPORT = "SUPPORT"
    NEUTRAL = "NEUTRAL"
    OPPOSE = "OPPOSE"
    ABSTAIN = "ABSTAIN"


class VetoCode(Word):
    EVENT_RISK = "EVENT_RISK"
    LIQUIDITY = "LIQUIDITY"
    CROWDING = "CROWDING"
    REGIME_CONFLICT = "REGIME_CONFLICT"
    DATA_DOUBT = "DATA_DOUBT"
    ADVERSE_FLOW = "ADVERSE_FLOW"


class Family(Word):
    """Groups of facts, for `missing`: what the reviewer would have wanted to know."""

    TREND = "TREND"
    REVERSION = "REVERSION"
    FLOW = "FLOW"
    VOLATILITY = "VOLATILITY"
    REGIME = "REGIME"
    LIQUIDITY = "LIQUIDITY"
    COST = "COST"
    PORTFOLIO = "PORTFOLIO"
    HISTORY = "HISTORY"
    DATA = "DATA"
    EVENT = "EVENT"
    OTHER = "OTHER"


ClaimId = Annotated[str, Meta(pattern=r"^c[0-9]{1,2}\Z")]
Path = Annotated[str, Meta(max_length=160)]


class Claim(Value, frozen=True):
    """`value` is text so that the precision it states survives; `refs` is the other leaf of a comparison."""

    id: ClaimId
    path: Path
    op: Op
    value: Annotated[str, Meta(min_length=1, max_length=VALUE_MAX)]
    unit: Unit
    refs: Annotated[tuple[Path, ...], Meta(max_length=2)]
    polarity: Polarity


class Veto(Value, frozen=True):
    code: VetoCode
    claims: Annotated[tuple[ClaimId, ...], Meta(min_length=1, max_length=8)]


class Sentence(Value, frozen=True):
    """`text` names no number: `{c1}` stands for what claim c1 says, and is filled in from the context."""

    text: Annotated[str, Meta(min_length=1, max_length=SENTENCE_MAX)]
    claims: Annotated[tuple[ClaimId, ...], Meta(max_length=8)]


class Output(Value, frozen=True):
    """Evidence before verdict; there is deliberately no field for a probability or a confidence.
    `conflicts` are paths of leaves that speak against the side, cited or not."""

    context_id: Annotated[str, Meta(max_length=64)]
    claims: Annotated[tuple[Claim, ...], Meta(min_length=2, max_length=8)]
    conflicts: Annotated[tuple[Path, ...], Meta(max_length=CONFLICTS_MAX)]
    missing: Annotated[tuple[Family, ...], Meta(max_length=12)]
    stance: Stance
    tilt: Literal[-2, -1, 0, 1, 2]
    veto: Veto | None
    rationale: Annotated[tuple[Sentence, ...], Meta(min_length=1, max_length=6)]


def parse(text: str) -> Output:
    """The output in a reply of at most 8 KB of strict JSON, every field there, none unknown, none twice.

    Raises:
        ValueError: it is not that; the message says where.
    """
    raw = text.encode() if len(text) <= BYTES_MAX else b""
    if not 0 < len(raw) <= BYTES_MAX:
        raise ValueError(
            f"the reply has {len(text)} letters: at least 1 and at most {BYTES_MAX} bytes are read"
        )
    try:
        output = msgspec.json.decode(raw, type=Output)
    except msgspec.MsgspecError as fault:
        raise ValueError(str(fault)) from fault
    json.loads(text, object_pairs_hook=_once)
    return output


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a key is given twice among {', '.join(sorted(found))}: give each once")
    return found


def wire_schema() -> dict[str, Any]:
    """JSON schema in the subset that every provider takes: all required, nothing else, no bounds, 4 deep."""
    text = {"type": "string"}
    texts = {"type": "array", "items": text}
    claim = _object(
        id=text, path=text, op=_one_of(Op), value=text, unit=_one_of(Unit), refs=texts,
        polarity=_one_of(Polarity),
    )  # fmt: skip
    return _object(
        context_id=text,
        claims={"type": "array", "items": claim},
        conflicts=texts,
        missing={"type": "array", "items": _one_of(Family)},
        stance=_one_of(Stance),
        tilt={"type": "integer", "enum": [-2, -1, 0, 1, 2]},
        veto={"anyOf": [{"type": "null"}, _object(code=_one_of(VetoCode), claims=texts)]},
        rationale={"type": "array", "items": _object(text=text, claims=texts)},
    )


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _one_of(words: type[Word]) -> dict[str, Any]:
    return {"type": "string", "enum": [str(one) for one in words]}
