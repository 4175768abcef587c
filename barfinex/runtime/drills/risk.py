"""Every control tried once: is it wired, does it pass at its limit, does it trip just past it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from barfinex.audit.journal import SqliteJournal
from barfinex.audit.reader import Reader
from barfinex.bus.bus import Bus
from barfinex.bus.transports.lockstep import LockstepTransport
from barfinex.clock import SystemClock
from barfinex.config import InspectorConfig
from barfinex.domain.ids import ident, kin
from barfinex.domain.verdict import Check
from barfinex.events.inspector import IntentApproved, IntentRefused, TradeClosed
from barfinex.events.kernel import ControlDrilled
from barfinex.inspector.policies import POLICIES, Policy
from barfinex.runtime.drills.scenes import SCENES, WIDE, Pairs, Scene
from barfinex.runtime.drills.stage import Stage, intent

LATENCY_MS = 250
KILL = "kill_and_flatten"


class Trial(NamedTuple):
    """How one control did. `wired`: its finding is in the verdict; `flat_ms` (market time, the kill switch
    only): from the halt until the position was flat; `fault`: what was not as it should be, in words."""

    control: str
    wired: bool
    passes: bool
    trips: bool
    flat_ms: int | None = None
    fault: str = ""

    @property
    def ok(self) -> bool:
        return self.wired and self.passes and self.trips


def drill(policies: tuple[Policy, ...] = POLICIES) -> list[Trial]:
    """All controls of the catalogue, and the kill switch; `policies` is what the Inspector is made with."""
    return [*(try_policy(policy.name, policies) for policy in POLICIES), kill_and_flatten(policies)]


def try_policy(name: str, policies: tuple[Policy, ...] = POLICIES) -> Trial:
    """Bring the world to the policy's limit, and in another just past it."""
    scene = SCENES.get(name)
    if scene is None:
        return Trial(name, wired=False, passes=False, trips=False, fault="there is no scene for it")
    try:
        inside, outside = _verdict(scene, False, policies), _verdict(scene, True, policies)
    except Exception as error:
        return Trial(name, wired=True, passes=False, trips=False, fault=f"{type(error).__name__}: {error}")
    checks = [_check(name, verdict) for verdict in (inside, outside)]
    wired = all(check is not None for check in checks)
    passes = isinstance(inside, IntentApproved)
    code = scene.code or name.upper()
    found = outside.breaches if isinstance(outside, IntentRefused) else ()
    trips = any(breach.policy == name and breach.code == code for breach in found)
    return Trial(name, wired, passes, trips, fault=_fault(wired, inside, trips, outside))


def kill_and_flatten(policies: tuple[Policy, ...] = POLICIES) -> Trial:
    """With a position open and an entry under way: halt, and leave. What is under way is taken back, nothing
    new passes, the position can be left, and how long that took."""
    stage = Stage(_limits({}, False), policies=policies)
    stage.price()
    stage.enter("1")
    under_way = kin("ord", intent("2", strategy="other").id) + "-e"
    stage.propose(intent("2", strategy="other"))
    halted_at = stage.clock.now()
    stage.halt()
    recalled = under_way not in stage.hand.open
    refused = isinstance(stage.propose(intent("3", strategy="third")), IntentRefused)
    leaving = stage.leave("1")
    if not isinstance(leaving, IntentApproved):
        return Trial(KILL, wired=True, passes=False, trips=refused, fault="a position could not be left")
    stage.wait(LATENCY_MS)
    closed = any(isinstance(event, TradeClosed) for event in stage.fill(leaving.approval.order.id, 100.0))
    fault = "" if recalled else "an entry under way was not taken back"
    fault = fault or ("" if refused else "an entry passed the halt") or ("" if closed else "not flat")
    return Trial(KILL, True, closed and recalled, refused, stage.clock.now() - halted_at, fault)


def _verdict(scene: Scene, past: bool, policies: tuple[Policy, ...]) -> IntentApproved | IntentRefused:
    units = Decimal(scene.units[past])
    stage = Stage(_limits(scene.limits, past), _picked(scene.instrument, past), units, policies)
    stage.price()
    scene.play(stage, past)
    return stage.propose(intent("1", **_picked(scene.wish, past)))


def _picked(pairs: Pairs, past: bool) -> dict[str, Any]:
    return {key: pair[past] for key, pair in pairs.items()}


def _limits(pairs: Pairs, past: bool) -> InspectorConfig:
    chosen: Mapping[str, Any] = {**WIDE, **_picked(pairs, past)}
    return InspectorConfig.model_validate(chosen)


def _check(name: str, verdict: IntentApproved | IntentRefused) -> Check | None:
    return next((check for check in verdict.checks if check.policy == name), None)


def _fault(
    wired: bool, inside: IntentApproved | IntentRefused, trips: bool, outside: IntentApproved | IntentRefused
) -> str:
    if not wired:
        return "its finding is not in the verdict"
    if isinstance(inside, IntentRefused):
        return "at the limit: " + _told(inside)
    if not trips:
        return "past the limit: " + (_told(outside) if isinstance(outside, IntentRefused) else "approved")
    return ""


def _told(refused: IntentRefused) -> str:
    return ", ".join(f"{b.policy} {b.code} {b.value} against {b.limit}" for b in refused.breaches)


def record(trials: Sequence[Trial], place: Path) -> None:
    """Write the drill down, in a journal of its own."""
    clock = SystemClock()
    with SqliteJournal(place, sync="full") as journal:
        run = ident("run", "drill", str(clock.now()))
        bus = Bus(LockstepTransport(), journal, clock, run, arriving=False, seq=journal.last_seq)
        for trial in trials:
            bus.publish(ControlDrilled(**trial._asdict()), "kernel")
        journal.flush()


def last_drilled(place: Path) -> dict[str, int]:
    """When (ms UTC) each control was last tried, by the journal of drills; empty without one."""
    if not place.exists():
        return {}
    with Reader(place) as reader:
        rows = reader.envelopes(types=(ControlDrilled,))
        return {row.event.control: row.known_at for row in rows if isinstance(row.event, ControlDrilled)}


def last_fired(reader: Reader) -> dict[str, int]:
    """When (ms UTC) each control last refused something in earnest."""
    rows = reader.query("select policy, max(known_at) as at from v_refusals group by policy")
    halts = reader.query("select max(known_at) as at from events where type = 'inspector.trading_halted'")
    fired = {str(row["policy"]): int(row["at"]) for row in rows}
    if halts[0]["at"] is not None:
        fired[KILL] = int(halts[0]["at"])
    return fired
