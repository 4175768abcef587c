"""Who serves and who is on trial beside it, as the race between them stands."""

from __future__ import annotations

from barfinex.advisor.learning.champion import Move, Race, Scored, Transition
from barfinex.advisor.learning.gates import Evidence
from barfinex.advisor.learning.labels import Label
from barfinex.advisor.learning.ladder import Rung
from barfinex.advisor.learning.serving import Serving
from barfinex.domain.candles import Floats


class Seats:
    """The champion, the challenger or former champion, and the raw rows each was trained on. What gives a
    transition has seated them by it."""

    def __init__(self) -> None:
        self.race = Race()
        self.champion: Serving | None = None
        self.other: Serving | None = None
        self._rows: dict[str, Floats] = {}

    @property
    def rows(self) -> Floats | None:
        """[n, d] that the champion was trained on."""
        return None if self.champion is None else self._rows[self.champion.id]

    def named(self, model_id: str) -> Serving | None:
        """The one of this id, if it is seated."""
        both = (self.champion, self.other)
        return next((one for one in both if one is not None and one.id == model_id), None)

    def heard(self, label: Label) -> bool:
        """Whether the model that is on trial now was heard in the decision."""
        tried = self.named(self.race.trial)
        is_told = any(name == Rung.TRIED for name, _ in label.decision.rungs)
        return is_told and tried is not None and label.decided_at >= tried.trained_at

    def score(self, label: Label) -> Transition | None:
        """Compare who serves and who is tried on this outcome, if it was decided after both had learned what
        they know, so that no outcome of theirs overlaps it; then move the intercepts of both by it. In the
        place of a model that is not there stands what was said without any."""
        decision, both, heard = label.decision, (self.champion, self.other), self.heard(label)
        if not decision.features:
            return None
        served, rival = (_said(one, label) for one in both)
        is_new = all(label.decided_at >= one.trained_at if one else bool(decision.rungs) for one in both)
        self.champion, self.other = (one and one.learned(label) for one in both)
        scored = Scored(heard, served, rival if is_new else None, label.won)
        self.race, transition = self.race.learn(scored)
        return self._turned(transition)

    def alarm(self) -> Transition | None:
        """Trades do not win as often as was said."""
        self.race, transition = self.race.alarm()
        return self._turned(transition)

    def fault(self, model_id: str, reason: str) -> Transition | None:
        """One may not serve any more; None when it does not."""
        if model_id not in self._rows:
            return None
        self.race, transition = self.race.fault(model_id, reason)
        return self._turned(transition)

    def crown(self, serving: Serving, rows: Floats) -> None:
        """It serves from here on, and nobody is tried."""
        self._rows[serving.id] = rows
        self.race = Race(champion=serving.id)
        self._seat(serving, None)

    def propose(self, serving: Serving, rows: Floats, evidence: Evidence) -> Transition:
        """It wants to be tried."""
        self._rows[serving.id] = rows
        self.race, transition = self.race.propose(serving.id, evidence, refit=True)
        self._seat(self.champion, serving if transition.move is Move.SHADOWED else self.other)
        return transition

    def _turned(self, transition: Transition | None) -> Transition | None:
        if transition is not None:
            self._seat(self.named(self.race.champion), self.named(self.race.other))
        return transition

    def _seat(self, champion: Serving | None, other: Serving | None) -> None:
        self.champion, self.other = champion, other
        seated = {one.id for one in (champion, other) if one is not None}
        self._rows = {name: rows for name, rows in self._rows.items() if name in seated}


def _said(one: Serving | None, label: Label) -> float:
    decision = label.decision
    return decision.base_rate if one is None else one.probability(label.row, decision.posterior)
