"""What is read is what was written, or it is not read."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from msgspec import json

from barfinex.advisor.learning.artefact import read, write
from barfinex.advisor.learning.boosted import Boosted
from barfinex.advisor.learning.ladder import Ladder
from barfinex.advisor.learning.logistic import Logistic, train
from barfinex.advisor.learning.ood import Crowd
from barfinex.advisor.learning.scaling import Scaler
from barfinex.domain.errors import BadInput

RNG = np.random.default_rng(1)
MODEL = train(
    ("a", "b"), RNG.standard_normal((50, 2)), (RNG.random(50) < 0.5).astype(float), np.ones(50), 0.4
)
RAW = write(MODEL)


@pytest.mark.parametrize("artefact", [MODEL, Ladder(), Crowd.of(RNG.standard_normal((20, 3)))])
def test_what_was_written_comes_back_and_is_written_the_same(artefact):
    raw = write(artefact)
    assert read(raw, type(artefact)) == artefact
    assert write(read(raw, type(artefact))) == raw
    assert b" " not in raw


def test_features_are_those_that_are_served():
    assert read(RAW, Logistic, ("a", "b")) == MODEL
    for other in (("b", "a"), ("a",), ()):
        with pytest.raises(BadInput, match="features"):
            read(RAW, Logistic, other)


def test_every_cut_and_every_changed_byte_is_noticed():
    for at in range(len(RAW)):
        with pytest.raises(BadInput):
            read(RAW[:at], Logistic)
        changed = bytearray(RAW)
        changed[at] = changed[at] ^ 1
        with pytest.raises(BadInput):
            read(bytes(changed), Logistic)


def signed(change) -> bytes:
    """As if somebody had changed the content and hashed it again."""
    body = json.decode(RAW)
    del body["sha256"]
    change(body)
    digest = sha256(json.encode(body, order="sorted")).hexdigest()
    return json.encode({**body, "sha256": digest}, order="sorted")


def test_only_what_is_written_as_write_does_is_read():
    assert read(signed(lambda body: None), Logistic) == MODEL
    with pytest.raises(BadInput, match="digit or a blank"):
        read(RAW.replace(b":", b": "), Logistic)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda body: body.update(schema=2), "schema"),
        (lambda body: body.update(kind="boosted"), "kind"),
        (lambda body: body.update(more=1), "object"),
        (lambda body: body["content"]["weights"].pop(), "weights"),
        (lambda body: body["content"]["covariance"].pop(), "covariance"),
        (lambda body: body["content"]["scaler"]["scale"].__setitem__(0, 0.0), "scale"),
        (lambda body: body["content"].update(base="0.1"), "base"),
        (lambda body: body["content"].pop("base"), "base"),
        (lambda body: body["content"].update(more=1), "more"),
        (lambda body: body["content"]["mean"].__setitem__(0, None), "mean"),
    ],
)
def test_a_wrong_field_is_named_with_a_remedy(change, field):
    with pytest.raises(BadInput, match=field) as caught:
        read(signed(change), Logistic)
    assert caught.value.remedy


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1e999"])
def test_a_number_that_is_not_finite_is_refused_both_ways(number):
    raw = RAW.replace(json.encode(MODEL.base), number.encode())
    assert raw != RAW
    with pytest.raises(BadInput):
        read(raw, Logistic)
    with pytest.raises(ValueError, match=r"base is .* finite"):
        write(Logistic(MODEL.scaler, MODEL.mean, MODEL.weights, float(number), MODEL.covariance))


def test_another_kind_is_not_read_as_this_one():
    with pytest.raises(BadInput, match="kind"):
        read(RAW, Boosted)
    with pytest.raises(BadInput, match="object"):
        read(b"[]", Scaler)
