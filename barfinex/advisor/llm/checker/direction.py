"""H8, the part about signs: up beside a number that says down, for beside a claim that is against."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.lexicon import DOWN, NEGATIONS, UP
from barfinex.advisor.llm.checker.spoken import PLACEHOLDER, Spoken, tokens_of
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.quantities import Phrase, phrase_at
from barfinex.advisor.llm.schema import Op, Polarity

_RELATIVE = re.compile(r"(above|below) (?:its |the )?(?:vwap|average|normal|usual|mean|typical)")
_TURN = re.compile(r"[,;.]|\b(?:and|while|but|whereas|although|though|yet|however|despite)\b", re.IGNORECASE)

_STAND = re.compile(
    r"(?:(?P<pro>(?:support|favou?r|confirm|back)[a-z]*)|(?:oppos|contradict|undermin|threaten|hurt|harm)"
    r"[a-z]*|against|risk)(?: of| to| for)? (?:the |this |a )?"
    r"(?P<object>long|short|trade|signal|setup|position|entry)\b"
)


class _Clause(NamedTuple):
    text: str
    claims: list[str]


def check_direction(said: Spoken, context: Context, names: dict[Phrase, set[str]]) -> Iterator[Finding]:
    """In each clause whose signed leaves all have one sign, the words of direction have it, too; and it takes
    the side that its claims take."""
    for clause in _clauses(said, names):
        yield from _check_stand(said, clause, context)
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


def _check_stand(said: Spoken, clause: _Clause, context: Context) -> Iterator[Finding]:
    """What supports the trade in prose is not against it as a claim, nor the other way round."""
    placed = [said.cited[name] for name in PLACEHOLDER.findall(clause.text) if name in said.cited]
    tokens = tokens_of(clause.text)
    found = _STAND.search(" ".join(tokens))
    if found is None or not placed or NEGATIONS & set(tokens):
        return
    sides = {"long": 1, "short": -1}
    turned = sides.get(found["object"], context.sign) != context.sign
    wrong = Polarity.AGAINST if (found["pro"] is not None) is not turned else Polarity.FOR
    if all(claim.polarity is wrong for claim in placed):
        yield Finding(Fault.CONTRADICTION, placed[0].id, placed[0].path, found[0], wrong, said.at)


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
