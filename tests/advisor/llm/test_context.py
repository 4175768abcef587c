"""What a model sees: blind, canonical, bounded, and with strangers' words marked."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barfinex.advisor.llm.context import MARK, TEXT_MAX, Untrusted, build_context, clean
from barfinex.advisor.llm.leaves import Leaf, Unit
from barfinex.domain.errors import BadInput
from tests.advisor.llm.builders import context, leaves


def pointed(body: Any, path: str) -> Any:
    for name in path[1:].split("/"):
        body = body[name]
    return body


def test_the_symbol_and_the_scale_of_prices_are_hidden() -> None:
    blind = context()
    assert "BTC" not in blind.text
    assert "64000" not in blind.text
    assert blind.leaves["/signal/symbol"].value == "ASSET"
    assert blind.leaves["/signal/entry"].value == 100.0
    assert blind.leaves["/signal/stop"].value == 98.0
    assert build_context(leaves(), blind=False).leaves["/signal/entry"].value == 64000.0


def test_two_instruments_in_the_same_state_give_the_same_context() -> None:
    other = context(symbol="ETHUSDT", entry=3200.0, stop=3136.0)
    assert other.digest == context().digest


def test_every_path_is_a_pointer_into_the_text() -> None:
    found = context()
    body = json.loads(found.text)
    for path, leaf in found.leaves.items():
        assert pointed(body, path)["u"] == leaf.unit


def test_the_id_is_of_the_content_and_not_of_its_order() -> None:
    facts = leaves()
    turned = dict(reversed(facts.items()))
    assert build_context(facts).text == build_context(turned).text
    body = json.loads(context().text)
    assert body.pop("context_id") == context().id == context().digest[:16]
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == context().digest
    assert context(mom_z=1.4235).id != context().id


def test_strangers_words_are_marked_cut_and_cleaned() -> None:
    text = "Ex\u202echange\u200b halts\x00 \n all  " + "x" * 500
    found = context([Untrusted("n1", text)])
    assert found.untrusted[0].text.startswith("Exchange halts all x")
    assert len(found.untrusted[0].text) == TEXT_MAX
    assert f"Exchange{MARK}halts{MARK}all" in found.text
    assert found.item("/untrusted/items/n1") == found.item("/untrusted/n1") == found.untrusted[0]
    assert found.item("n1") is None


@given(text=st.text(st.characters(), max_size=400))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert len(once) <= TEXT_MAX
    assert MARK not in once
    context([Untrusted("n1", text)]).text.encode()


@pytest.mark.parametrize(
    "facts",
    [
        {"/a/b": Leaf(1.0, Unit.Z)},
        {f"/a/b{n}": Leaf(1.0, Unit.Z) for n in range(97)},
        {"/a/b": Leaf(1.0, Unit.Z), "/a/b/c": Leaf(1.0, Unit.Z)},
        {"/a/b": Leaf(1.0, Unit.Z), "a/c": Leaf(1.0, Unit.Z)},
        {"/a/b": Leaf(1.0, Unit.Z), "/a b": Leaf(1.0, Unit.Z)},
        {"/a/b": Leaf(1.0, Unit.Z), "/context_id": Leaf(1.0, Unit.Z)},
        {"/a/b": Leaf(1.0, Unit.Z), "/a/c": Leaf(5.0, Unit.PRICE)},
        {"/a/b": Leaf(1.0, Unit.Z), "/signal/entry": Leaf(0.0, Unit.PRICE)},
    ],
)
def test_leaves_that_make_no_context_are_refused(facts: dict[str, Leaf]) -> None:
    with pytest.raises(BadInput):
        build_context(facts)


def test_items_are_few_and_each_has_its_own_id() -> None:
    for items in (
        [Untrusted(f"n{n}", "a") for n in range(9)],
        [Untrusted("a", "")] * 2,
        [Untrusted("a b", "")],
    ):
        with pytest.raises(BadInput):
            context(items)


def test_attributions_are_known_and_not_shown() -> None:
    found = build_context(leaves(), attribution={"/features/mom_z": 0.123456, "/nowhere": 1.0})
    assert dict(found.attribution) == {"/features/mom_z": 0.123456}
    assert "0.123456" not in found.text
