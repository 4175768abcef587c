"""H9 and H10: prose names only quantities it cites, in words that can be checked."""

from __future__ import annotations

from collections.abc import Iterator

from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.spoken import Spoken, tokens_of
from barfinex.advisor.llm.checker.vocabulary import known
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.leaves import Kind, Unit, written
from barfinex.advisor.llm.quantities import COMMON, KNOWN, Phrase, phrase_at
from barfinex.advisor.llm.schema import Output, Stance
from barfinex.advisor.llm.words import words

Z_LOUD = 2.0
_LINKS = words("a an the is are was at of stands sits reads reading reads now remains still with its value z")
"""Words that may stand between a quantity and the placeholder that is its value."""


def check_naming(said: Spoken, names: dict[Phrase, set[str]]) -> Iterator[Finding]:
    """Every quantity of the sentence is cited in it, and its number is its own; other words are known."""
    quoted = set(tokens_of(said.quoted))
    at = 0
    while at < len(said.tokens):
        phrase = phrase_at(said.tokens, at, names)
        if phrase is None:
            yield from _check_word(said, said.tokens[at], quoted)
            at += 1
            continue
        at += len(phrase)
        if not (quoted >= set(phrase) or (phrase not in names and KNOWN[phrase])):
            yield from _check_quantity(said, phrase, names.get(phrase), at)


def check_omission(output: Output, context: Context) -> Iterator[Finding]:
    """A leaf loud against the side is cited, or listed among the conflicts."""
    if output.stance is Stance.ABSTAIN:
        return
    cited = {path for claim in output.claims for path in (claim.path, *claim.refs)}
    for path in loud_against(context):
        if path not in cited and path not in output.conflicts:
            yield Finding(Fault.OMISSION, path=path, actual=written(context.leaves[path].value))


def loud_against(context: Context) -> list[str]:
    """The leaves with a side that are beyond two standard deviations against that of the signal."""
    return [
        path
        for path, leaf in context.leaves.items()
        if leaf.unit is Unit.Z
        and leaf.kind is Kind.DIRECTIONAL
        and context.sign * float(leaf.value) < -Z_LOUD
    ]


def _check_quantity(said: Spoken, phrase: Phrase, paths: set[str] | None, after: int) -> Iterator[Finding]:
    name = " ".join(phrase)
    if paths is None:
        yield Finding(Fault.UNKNOWN_QUANTITY, stated=name, sentence=said.at)
    elif not paths & said.paths:
        yield Finding(Fault.QUANTITY_NOT_CITED, stated=name, sentence=said.at)
    else:
        claim = said.cited.get(_value_of(said.tokens, after))
        if claim is not None and not paths & {claim.path, *claim.refs}:
            yield Finding(Fault.WRONG_QUANTITY, claim.id, claim.path, name, sentence=said.at)


def _value_of(tokens: tuple[str, ...], at: int) -> str:
    """The claim whose placeholder follows a name, links between them left out; empty when none does."""
    while at < len(tokens) and tokens[at] in _LINKS:
        at += 1
    follows = at < len(tokens) and tokens[at].startswith("{")
    return tokens[at].strip("{}") if follows else ""


def _check_word(said: Spoken, word: str, quoted: set[str]) -> Iterator[Finding]:
    if not (word.startswith("{") or known(word) or word in COMMON or word in quoted):
        yield Finding(Fault.OPEN_VOCABULARY, stated=word, sentence=said.at)
