"""What the comparison says of each account, to the letter: people and the next start depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import isawaitable
from pathlib import Path

from barfinex.provider.reconciliation.belief import Difference, Rules, believe
from barfinex.provider.reconciliation.compare import compare
from barfinex.provider.reconciliation.snapshot import Scope, look
from tests.provider.reconciliation.accounts import ACCOUNTS
from tests.provider.reconciliation.desk import RULES, Desk, desk
from tests.provider.reconciliation.plants import PLANTS

# Of each account a line, then one for each difference and one for the event that settles it.
LINES = (Path(__file__).parent / "differences.txt").read_text(encoding="utf-8").splitlines()


async def differences(made: Desk, rules: Rules = RULES) -> Sequence[Difference]:
    belief = believe(made.gateway, made.ledger, made.port.now)
    return compare(belief, await look(made.exchange, belief, Scope.FULL), rules)


def lines(found: Sequence[Difference]) -> list[str]:
    said = []
    for mismatch, fact in found:
        said.append(f"  {mismatch.severity}, {mismatch.instrument or 'everywhere'}: {mismatch}")
        if fact is not None:
            body = fact.body().decode()
            said.append(f"    {type(fact).__name__} {body}")
    return said


async def every_account() -> list[str]:
    said = []
    for plant in PLANTS:
        made = await desk()
        await plant.plant(made)
        said += [str(plant.kind), *lines(await differences(made))]
    for account in ACCOUNTS:
        made = await desk(account.rules)
        for step in account.steps:
            waits = step(made)
            if isawaitable(waits):
                await waits
        made.exchange.deaf = set(account.deaf)
        said += [account.label, *lines(await differences(made, account.rules))]
    return said


async def test_what_is_said_of_every_account() -> None:
    assert await every_account() == LINES
