"""What is wrong with an output, which rule found it, and how much it costs."""

from __future__ import annotations

from barfinex.domain.value import Value, Word


class Severity(Word):
    """HARD: the whole output is worth nothing. SOFT: the sentence goes, the claims stay."""

    HARD = "HARD"
    SOFT = "SOFT"


class Check(Word):
    PARSE = "H0"
    IDENTITY = "H1"
    GROUND = "H2"
    NUMERIC = "H3"
    COMPARISON = "H4"
    EXACT = "H5"
    CROSS = "H6"
    VERDICT = "H7"
    PROSE = "H8"
    NAMING = "H9"
    VOCABULARY = "H10"


EVERY_CHECK = frozenset(Check)


class Fault(Word):
    SCHEMA_INVALID = "SCHEMA_INVALID"
    CONTEXT_MISMATCH = "CONTEXT_MISMATCH"
    NO_SUCH_PATH = "NO_SUCH_PATH"
    UNIT_MISMATCH = "UNIT_MISMATCH"
    NOT_NUMERIC = "NOT_NUMERIC"
    VALUE_MISMATCH = "VALUE_MISMATCH"
    IMPRECISE = "IMPRECISE"
    COMPARATOR_FALSE = "COMPARATOR_FALSE"
    BAD_OPERATION = "BAD_OPERATION"
    BAD_REFERENCE = "BAD_REFERENCE"
    LABEL_MISMATCH = "LABEL_MISMATCH"
    QUOTE_MISMATCH = "QUOTE_MISMATCH"
    DUPLICATE_ID = "DUPLICATE_ID"
    CONTRADICTION = "CONTRADICTION"
    INCONSISTENT_STANCE = "INCONSISTENT_STANCE"
    UNSUPPORTED_VETO = "UNSUPPORTED_VETO"
    UNCITED_SENTENCE = "UNCITED_SENTENCE"
    UNKNOWN_CLAIM = "UNKNOWN_CLAIM"
    FREE_NUMBER = "FREE_NUMBER"
    NUMBER_WORD = "NUMBER_WORD"
    MARKUP = "MARKUP"
    INSTRUCTION = "INSTRUCTION"
    UNKNOWN_ENTITY = "UNKNOWN_ENTITY"
    OUTSIDE_FACT = "OUTSIDE_FACT"
    DIRECTION_CONTRADICTION = "DIRECTION_CONTRADICTION"
    WRONG_REGIME = "WRONG_REGIME"
    UNKNOWN_QUANTITY = "UNKNOWN_QUANTITY"
    QUANTITY_NOT_CITED = "QUANTITY_NOT_CITED"
    WRONG_QUANTITY = "WRONG_QUANTITY"
    OMISSION = "OMISSION"
    OPEN_VOCABULARY = "OPEN_VOCABULARY"


_CHECKED_BY = {
    Check.PARSE: [Fault.SCHEMA_INVALID],
    Check.IDENTITY: [Fault.CONTEXT_MISMATCH],
    Check.GROUND: [Fault.NO_SUCH_PATH, Fault.UNIT_MISMATCH, Fault.NOT_NUMERIC],
    Check.NUMERIC: [Fault.VALUE_MISMATCH, Fault.IMPRECISE],
    Check.COMPARISON: [Fault.COMPARATOR_FALSE, Fault.BAD_OPERATION, Fault.BAD_REFERENCE],
    Check.EXACT: [Fault.LABEL_MISMATCH, Fault.QUOTE_MISMATCH],
    Check.CROSS: [Fault.DUPLICATE_ID, Fault.CONTRADICTION],
    Check.VERDICT: [Fault.INCONSISTENT_STANCE, Fault.UNSUPPORTED_VETO],
    Check.PROSE: [
        Fault.UNCITED_SENTENCE,
        Fault.UNKNOWN_CLAIM,
        Fault.FREE_NUMBER,
        Fault.NUMBER_WORD,
        Fault.MARKUP,
        Fault.INSTRUCTION,
        Fault.UNKNOWN_ENTITY,
        Fault.OUTSIDE_FACT,
        Fault.DIRECTION_CONTRADICTION,
        Fault.WRONG_REGIME,
    ],
    Check.NAMING: [
        Fault.UNKNOWN_QUANTITY,
        Fault.QUANTITY_NOT_CITED,
        Fault.WRONG_QUANTITY,
        Fault.OMISSION,
    ],
    Check.VOCABULARY: [Fault.OPEN_VOCABULARY],
}
CHECK_OF = {fault: check for check, faults in _CHECKED_BY.items() for fault in faults}
SOFT = frozenset({Fault.QUANTITY_NOT_CITED, Fault.WRONG_QUANTITY, Fault.OMISSION, Fault.OPEN_VOCABULARY})


class Finding(Value, frozen=True):
    """`claim` and `path` where a claim is at fault, `sentence` (from 0) where one of the rationale is."""

    code: Fault
    claim: str | None = None
    path: str | None = None
    stated: str = ""
    actual: str = ""
    sentence: int | None = None

    @property
    def severity(self) -> Severity:
        return Severity.SOFT if self.code in SOFT else Severity.HARD
