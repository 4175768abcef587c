"""H8, the part about signs: a word that says up beside a number that says down."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.lexicon import DOWN, NEGATIONS, UP
from barfinex.advisor.llm.checker.spoken import PLACEHOLDER, Spoken, tokens_of
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.quantities import Phrase, phrase_at
from barfinex.advisor.llm.schema import Op

_RELATIVE = re.compile(r"(above|below) (?:its |the )?(?:vwap|average|normal|usual|mean|typical)")
_TURN = re.compile(r"[,;.]|\b(?:and|while|but|whereas|although|though|yet|however|despite)\b", re.IGNORECASE)


class _Clause(NamedTuple):
    text: str
    claims: list[str]


def check_direction(said: Spoken, context: Context, names: dict[Phrase, set[str]]) -> Iterator[Finding]:
    """In each clause whose signed leaves all have one sign, the words of direction have it, too."""
    for clause in _clauses(said, names):
        values = [_signed(said, name, context) for name in clause.claims]
        told = [one for one in values if one]
        if not told or len(told) < len(values) or min(told) * max(told) < 0:
            continue
        up, down = _words(clause.text)
        wrong, right = (up, down) if told[0] < 0 else (down, up)
        if wrong and not right:
            yield Finding(
                Fault.DIRECTION_CONTRADICTION,
                clause.claims[0],
                said.cited[clause.claims[0]].path,
                wrong[0],
                f"{told[0]:g}",
                said.at,
            )


def _clauses(said: Spoken, names: dict[Phrase, set[str]]) -> list[_Clause]:
    """Pieces between turns of the sentence, with the claims each is about.

    One that shows no claim and names no quantity speaks of the claims before it, or of the only one.
    """
    clauses: list[_Clause] = []
    for piece in _TURN.split(said.sentence.text):
        own = [name for name in PLACEHOLDER.findall(piece) if name in said.cited]
        if not own and not _names_any(piece, names):
            own = clauses[-1].claims if clauses else list(said.cited) if len(said.cited) == 1 else []
        clauses.append(_Clause(piece, own))
    return clauses


def _names_any(piece: str, names: dict[Phrase, set[str]]) -> bool:
    tokens = tokens_of(piece)
    return any(phrase_at(tokens, at, names) for at in range(len(tokens)))


def _signed(said: Spoken, name: str, context: Context) -> float | None:
    """The value of a signed leaf the claim is plainly about; None when it has no sign to contradict."""
    claim = said.cited[name]
    leaf = context.leaves.get(claim.path)
    if leaf is None or not leaf.signed or claim.op not in {Op.EQ, Op.GT, Op.LT}:
        return None
    return float(leaf.value)


def _words(text: str) -> tuple[list[str], list[str]]:
    """The words that say up and those that say down; after a negation each says the other."""
    tokens = tokens_of(text)
    up: list[str] = []
    down: list[str] = []
    for at, word in enumerate(tokens):
        relative = _RELATIVE.match(" ".join(tokens[at : at + 3])) is not None
        raised = word in UP or (relative and word.startswith("a"))
        if raised or word in DOWN or relative:
            negated = any(one in NEGATIONS for one in tokens[max(0, at - 2) : at])
            (up if raised is not negated else down).append(word)
    return up, down
