"""Champion and challenger: who serves, who is tried, and how a worse one is undone."""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from barfinex.advisor.learning.evalues import Doubt, Wager
from barfinex.advisor.learning.gates import Evidence, Gate, gate, gates
from barfinex.domain.value import Value, Word

E_LIMIT = 20.0
SHADOW_LABELS, SHADOW_LABELS_MAX = 100, 2_000
CANARY_LABELS = 50
CANARY_PARTS = 4
WATCH_LABELS, ALARM_LABELS = 500, 100
COOLDOWN_LABELS = 200
INFERIOR_BRIER = 0.001


class Stage(Word):
    """IDLE: the champion serves alone. SHADOW: the challenger is scored. CANARY: it has a rung, the highest,
    in a quarter of the decisions. WATCH: it has it in all, as champion, and the former one stands below."""

    IDLE = "idle"
    SHADOW = "shadow"
    CANARY = "canary"
    WATCH = "watch"


class Move(Word):
    REFUSED = "refused"
    SHADOWED = "shadowed"
    WITHDRAWN = "withdrawn"
    CANARIED = "canaried"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    CONFIRMED = "confirmed"


class Transition(Value, frozen=True):
    """What happened: `before` is the champion's id until now, `after` from now on ("" is none: the ladder's
    simpler rungs serve), `other` the challenger's or former champion's."""

    move: Move
    before: str
    after: str
    other: str
    reason: str
    e_value: float = 1.0
    gates: tuple[Gate, ...] = ()


class Scored(Value, frozen=True):
    """An admitted label: whether the model on trial was heard in its decision, and the probabilities that the
    champion and the challenger (or former champion) give it before they learn of it; no `other` where there
    is none, or one of the two has learned of what overlaps it."""

    heard: bool
    champion: float
    other: float | None
    won: bool


class Race(Value, frozen=True):
    """The whole state. `other` is the challenger in SHADOW and CANARY, the former champion in WATCH; `labels`
    and `doubt` are of the stage, `gain` is the challenger's evidence since it was proposed; `rest` are the
    labels until a challenger may be proposed again."""

    champion: str = ""
    stage: Stage = Stage.IDLE
    other: str = ""
    labels: int = 0
    gain: Wager = Wager()
    doubt: Doubt = Doubt()
    rest: int = 0

    @property
    def stands(self) -> str:
        """Who serves beside whoever is tried."""
        return self.other if self.stage is Stage.WATCH else self.champion

    @property
    def trial(self) -> str:
        """Who is heard and not trusted yet."""
        return {Stage.CANARY: self.other, Stage.WATCH: self.champion}.get(self.stage, "")

    def tried(self, decision_id: str) -> str:
        """Who is on trial in a decision: in CANARY in a quarter of them, by hash."""
        if self.stage is not Stage.CANARY:
            return self.trial
        return "" if sha256(decision_id.encode()).digest()[0] % CANARY_PARTS else self.other

    def propose(self, challenger: str, evidence: Evidence, *, refit: bool) -> tuple[Race, Transition]:
        """A challenger wants to be tried. A `refit` of the champion's own family on newer labels has to be
        shown not worse by 0.001 Brier, anything else to be better."""
        checked = (
            gate("cooldown_labels", self.rest, "<= 0"),
            gate("races_under_way", float(self.stage is not Stage.IDLE), "== 0"),
            *gates(evidence),
        )
        failed = ", ".join(one.id for one in checked if not one.passes)
        if failed:
            told = Transition(Move.REFUSED, self.champion, self.champion, challenger, failed, 1.0, checked)
            return self, told
        wager = Wager(INFERIOR_BRIER if refit and self.champion else 0.0)
        race = Race(self.champion, Stage.SHADOW, challenger, 0, wager)
        told = Transition(Move.SHADOWED, self.champion, self.champion, challenger, "all gates", 1.0, checked)
        return race, told

    def learn(self, label: Scored) -> tuple[Race, Transition | None]:
        """One admitted label further.

        Raises:
            ValueError: a forecast is not in [0, 1].
        """
        if self.stage is Stage.IDLE:
            return replace(self, rest=max(0, self.rest - 1)), None
        if label.other is None:  # decided before both knew what they know
            return self, None
        if self.stage is Stage.WATCH:
            doubt = self.doubt.after(label.other, label.champion, label.won)
            return _watched(replace(self, doubt=doubt, labels=self.labels + 1))
        tried = self.stage is Stage.SHADOW or label.heard
        race = replace(
            self,
            gain=self.gain.after(label.other, label.champion, label.won),
            doubt=self.doubt.after(label.champion, label.other, label.won),
            labels=self.labels + tried,
        )
        return _shadowed(race) if self.stage is Stage.SHADOW else _canaried(race)

    def alarm(self) -> tuple[Race, Transition | None]:
        """Drift was detected: it undoes a canary, and a promotion of the last hundred labels."""
        young = self.stage is Stage.WATCH and self.labels <= ALARM_LABELS
        if self.stage is Stage.CANARY or young:
            return _undone(self, "drift alarm")
        return self, None

    def fault(self, model: str, reason: str) -> tuple[Race, Transition]:
        """A hard fault of `model`. What is being tried is undone; without the champion nothing serves, and
        nothing is tried against it. A former champion goes, and the one that is watched has nobody below."""
        if self.stage is Stage.WATCH and model == self.other:
            told = Transition(Move.WITHDRAWN, self.champion, self.champion, self.other, reason)
            return replace(self, other="", doubt=Doubt()), told
        if model == self.champion and self.stage is not Stage.WATCH:
            told = Transition(Move.ROLLED_BACK, self.champion, "", self.other or self.champion, reason)
            return Race(rest=COOLDOWN_LABELS), told
        return _undone(self, reason)


def _shadowed(race: Race) -> tuple[Race, Transition | None]:
    if race.labels >= SHADOW_LABELS and race.gain.value >= E_LIMIT:
        canary = replace(race, stage=Stage.CANARY, labels=0, doubt=Doubt())
        return canary, _told(race, Move.CANARIED, race.champion, "better in shadow", race.gain.value)
    if race.doubt.value >= E_LIMIT or race.labels >= SHADOW_LABELS_MAX:
        return _undone(race, "not better in shadow")
    return race, None


def _canaried(race: Race) -> tuple[Race, Transition | None]:
    if race.doubt.value >= E_LIMIT:
        return _undone(race, "worse in canary")
    if race.labels >= CANARY_LABELS:
        return Race(race.other, Stage.WATCH, race.champion), _told(
            race, Move.PROMOTED, race.other, "passed the canary", race.gain.value
        )
    return race, None


def _watched(race: Race) -> tuple[Race, Transition | None]:
    if race.doubt.value >= E_LIMIT:
        return _undone(race, "worse than the former champion")
    if race.labels >= WATCH_LABELS:
        told = _told(race, Move.CONFIRMED, race.champion, "watched long enough", race.doubt.value)
        return Race(race.champion), told
    return race, None


def _undone(race: Race, reason: str) -> tuple[Race, Transition]:
    """The challenger goes, or the former champion comes back; then there is rest."""
    keeps = race.other if race.stage is Stage.WATCH else race.champion
    move = Move.WITHDRAWN if race.stage is Stage.SHADOW else Move.ROLLED_BACK
    rest = 0 if race.stage is Stage.SHADOW else COOLDOWN_LABELS
    return Race(keeps, rest=rest), _told(race, move, keeps, reason, race.doubt.value)


def _told(race: Race, move: Move, after: str, reason: str, e_value: float) -> Transition:
    return Transition(move, race.champion, after, race.other, reason, e_value)
