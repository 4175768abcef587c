"""H8: prose cites, names no number, gives no order, and brings nothing from outside the context."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from barfinex.advisor.llm.checker import lexicon
from barfinex.advisor.llm.checker.finding import Fault, Finding
from barfinex.advisor.llm.checker.spoken import Spoken
from barfinex.advisor.llm.checker.vocabulary import known
from barfinex.advisor.llm.context import Context
from barfinex.advisor.llm.quantities import Phrase

_CAPITAL = re.compile(r"[A-Z][A-Za-z]*")
_OPENS = re.compile(r"(?:^|[.!?:;\u2013\u2014\"(])[\s\"'(]*$")
_REGIME = re.compile(
    r"\b(?P<not>(?:not|no|than|never) (?:a |in a |the )?)?(?:(?P<before>[a-z]+)"
    r"[ -](?:regime|market|conditions)|regime (?:is |label |label is |reads |remains |stays )?"
    r"(?P<after>[a-z]+))\b"
)
REGIME_LABEL = "/regime/label"


def own_words(context: Context, names: Iterable[Phrase]) -> set[str]:
    """Words of the context's labels, and of its quantities' names but for those that stand for a regime."""
    labels = (str(leaf.value).lower() for leaf in context.leaves.values() if not leaf.numeric)
    words = {word for label in labels for word in re.findall("[a-z]+", label)}
    return words | (set().union(*names) - lexicon.REGIMES.keys())


def check_prose(said: Spoken, context: Context, own: set[str]) -> Iterator[Finding]:
    """What one sentence may not say, whatever its claims are worth; `own` are the context's own words."""
    yield from _check_citations(said)
    if any(one.isnumeric() for one in said.bare):
        yield _found(Fault.FREE_NUMBER, said, said.bare)
    if found := lexicon.NUMBER_WORDS.search(said.bare):
        yield _found(Fault.NUMBER_WORD, said, found[0])
    strange = {one for one in said.bare if one not in lexicon.PLAIN and not one.isnumeric()}
    if strange or lexicon.LINKS.search(said.bare):
        yield _found(Fault.MARKUP, said, "".join(sorted(strange)))
    if found := lexicon.INSTRUCTIONS.search(said.bare):
        yield _found(Fault.INSTRUCTION, said, found[0])
    yield from _check_entities(said, own)
    for match in lexicon.OUTSIDE.finditer(said.bare):
        if not _covered(match[0].lower(), said.quoted):
            yield _found(Fault.OUTSIDE_FACT, said, match[0])
    yield from _check_regime(said, context)


def _check_citations(said: Spoken) -> Iterator[Finding]:
    """At least one claim is placed; all that are listed exist, and all that are placed are listed."""
    if not said.placed:
        yield _found(Fault.UNCITED_SENTENCE, said, said.sentence.text)
    for name in dict.fromkeys((*said.sentence.claims, *said.placed)):
        if name not in said.cited:
            yield _found(Fault.UNKNOWN_CLAIM, said, name)


def _covered(words: str, quoted: str) -> bool:
    return bool(quoted) and (words in lexicon.REPORTING or words in quoted)


def _check_entities(said: Spoken, own: set[str]) -> Iterator[Finding]:
    """Proper names and abbreviations are those of the context's labels and quantities, or quoted."""
    for match in lexicon.ENTITIES.finditer(said.bare):
        if match[0].lower() not in said.quoted and match[0].lower() not in own:
            yield _found(Fault.UNKNOWN_ENTITY, said, match[0])
    for match in _CAPITAL.finditer(said.bare):
        name = match[0]
        shout = len(name) > 1 and name.isupper()
        if not shout and _OPENS.search(said.bare[: match.start()]):
            continue
        word = name.lower()
        if name == "I" or not (_plain(word) or word in own or word in said.quoted.split()):
            yield _found(Fault.UNKNOWN_ENTITY, said, name)


def _plain(word: str) -> bool:
    """An ordinary word, and none that stands for a regime: those are names of states."""
    return known(word) and word not in lexicon.REGIMES


def _check_regime(said: Spoken, context: Context) -> Iterator[Finding]:
    """A regime that prose calls by a name is the one of the context."""
    leaf = context.leaves.get(REGIME_LABEL)
    for match in _REGIME.finditer(" ".join(said.bare.lower().split())):
        named = lexicon.REGIMES.get(match["before"] or match["after"])
        if named and not match["not"] and leaf is not None and not str(leaf.value).lower().startswith(named):
            yield _found(Fault.WRONG_REGIME, said, named, str(leaf.value))


def _found(code: Fault, said: Spoken, stated: str, actual: str = "") -> Finding:
    return Finding(code, stated=stated[:120], actual=actual, sentence=said.at)
