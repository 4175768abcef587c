"""A sentence of the rationale, taken apart once for all the rules about prose."""

from __future__ import annotations

import re
from typing import NamedTuple

from barfinex.advisor.llm.context import MARK
from barfinex.advisor.llm.schema import Claim, Op, Output, Sentence

PLACEHOLDER = re.compile(r"\{(c[0-9]{1,2})\}")
_TOKEN = re.compile(r"\{c[0-9]{1,2}\}|[a-z]+(?:['\u2019][a-z]+)?")


class Spoken(NamedTuple):
    """One sentence.

    `at` is its place from 0, `bare` the text without placeholders, `tokens` its words in lower case with the
    placeholders, `cited` the claims it lists by id, `quoted` what it quotes, in lower case.
    """

    at: int
    sentence: Sentence
    bare: str
    tokens: tuple[str, ...]
    cited: dict[str, Claim]
    quoted: str

    @property
    def paths(self) -> set[str]:
        """Every leaf whose value the sentence shows."""
        placed = (self.cited[name] for name in self.placed if name in self.cited)
        return {path for claim in placed for path in (claim.path, *claim.refs)}

    @property
    def placed(self) -> list[str]:
        return PLACEHOLDER.findall(self.sentence.text)


def tokens_of(text: str) -> tuple[str, ...]:
    return tuple(token.replace("\u2019", "'") for token in _TOKEN.findall(text.lower()))


def spoken(output: Output) -> list[Spoken]:
    """The sentences in order."""
    claims = {claim.id: claim for claim in output.claims}
    found = []
    for index, sentence in enumerate(output.rationale):
        cited = {name: claims[name] for name in sentence.claims if name in claims}
        quotes = (one.value.replace(MARK, " ").lower() for one in cited.values() if one.op is Op.QUOTE)
        quoted = " ".join(quotes)
        bare = PLACEHOLDER.sub(" ", sentence.text)
        found.append(Spoken(index, sentence, bare, tokens_of(sentence.text), cited, quoted))
    return found
