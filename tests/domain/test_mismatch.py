"""A mismatch is written out in a line, and read again by its first word."""

from __future__ import annotations

import pytest

from barfinex.domain.mismatch import MEANINGS, Mismatch, MismatchKind, Severity, kind_of


@pytest.mark.parametrize("kind", MismatchKind)
def test_a_mismatch_that_was_written_out_is_read_by_its_kind(kind: MismatchKind) -> None:
    made = Mismatch(kind, "ord-1-e", "BTC-USDT", "here and there", "nowhere", Severity.HALTED)
    assert str(made) == f"{kind.value} ord-1-e: here and there here, nowhere at the venue"
    assert kind_of(str(made)) is kind
    assert made.repair is MEANINGS[kind].repair


def test_a_line_of_one_word_is_read_too_and_what_is_no_kind_is_an_error() -> None:
    assert kind_of("twin_found") is MismatchKind.TWIN_FOUND
    with pytest.raises(ValueError, match="'fill'"):
        kind_of("fill missed")
