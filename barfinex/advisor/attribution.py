"""Where a conviction comes from: terms in logits that add up to it, to the last digit but nine."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum, isfinite

from barfinex.advisor.odds import logit
from barfinex.domain.value import Value, Word

RESIDUAL_MAX = 1e-9


class Step(Word):
    """What follows the model's own logit, in this order; one that was not taken is left out."""

    CALIBRATION = "calibration"
    REGIME = "regime"
    MODERATION = "moderation"
    LADDER = "ladder"
    FAMILIARITY = "familiarity"
    SYNTHESIS = "synthesis"
    BOUNDS = "bounds"


ORDER = {step: place for place, step in enumerate(Step)}
CENTRE = "centre"


class Term(Value, frozen=True):
    """`logit`: what it adds; above 0 it speaks for a win."""

    name: str
    logit: float


class Linear(Value, frozen=True):
    """A linear model as it served: `logit` = intercept + sum weights x inputs; `means` are the training means
    of the inputs. The tuples are of one length.
    """

    logit: float
    intercept: float
    names: tuple[str, ...]
    weights: tuple[float, ...]
    inputs: tuple[float, ...]
    means: tuple[float, ...]


class Attribution(Value, frozen=True):
    """base_logit + sum of the terms' logits + residual = final_logit."""

    base_logit: float
    terms: tuple[Term, ...]
    final_logit: float
    residual: float

    @property
    def exact(self) -> bool:
        """Whether nothing of note is left unexplained."""
        return abs(self.residual) < RESIDUAL_MAX


def attribute(
    base_logit: float, linear: Linear | None, steps: Sequence[tuple[Step, float]], p_final: float
) -> Attribution:
    """Explain `p_final`, telescoping in logits (§7): base rung, the model's centre, w_j (x_j - mean_j)
    of each feature, then what each step changed.

    The centre is what the model says of an average signal, less the base rung. Feature terms come from
    weights and inputs, not from differences: a model that did not serve what they say shows in the residual.

    Args:
        base_logit: of the base rung.
        linear: the model's part; None while there is no model.
        steps: (step, logit after it), in the order of `Step`.
        p_final: the probability that was published, inside (0, 1).

    Raises:
        ValueError: a number is not finite, a step is out of order, or lengths differ.
    """
    if not 0.0 < p_final < 1.0:
        raise ValueError(f"p_final {p_final} is not inside (0, 1): bound it before it is published")
    terms = [] if linear is None else _linear_terms(base_logit, linear)
    at, place = base_logit if linear is None else linear.logit, -1
    for step, after in steps:
        if not ORDER[step] > place:
            raise ValueError(f"step {step} is out of order: give each once, in the order of Step")
        terms.append(Term(step, after - at))
        at, place = after, ORDER[step]
    final = logit(p_final)
    for name, value in (("base_logit", base_logit), *((term.name, term.logit) for term in terms)):
        if not isfinite(value):
            raise ValueError(f"{name} {value} is not finite: attribute only what was served")
    residual = final - fsum([base_logit, *(term.logit for term in terms)])
    return Attribution(base_logit, tuple(terms), final, residual)


def _linear_terms(base_logit: float, linear: Linear) -> list[Term]:
    """Raises ValueError when lengths differ."""
    rows = list(zip(linear.names, linear.weights, linear.inputs, linear.means, strict=True))
    centre = fsum([linear.intercept, *(w * mean for _, w, _, mean in rows)]) - base_logit
    return [Term(CENTRE, centre), *(Term(name, w * (x - mean)) for name, w, x, mean in rows)]
