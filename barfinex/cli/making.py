"""`barfinex new strategy`: a commented file to begin with, which passes every check and trades at once."""

from __future__ import annotations

from typing import Annotated

import typer

from barfinex.cli.inputs import ConfigOption, configuration, folder, output
from barfinex.domain.errors import BadInput
from barfinex.sdk.strategy import NAME

app = typer.Typer(no_args_is_help=True)

TEXT = '''\
"""{name}: say here what it looks for, and why that should pay.

Edit and save: a running system tries the new version beside the old one and switches at a candle's close.
  barfinex check --strategy {name}                    sees it the future, trades it ever, what does it cost?
  barfinex backtest --strategy {name} --data FILE --report page.html
  barfinex optimize --strategy {name} --data FILE         searches the parameters below, walk-forward
"""

from barfinex.sdk import Bracket, Condition, Strategy, atr, close, crosses_above, crosses_below, ema, param

# Numbers a search may change: name, default, least, most.
fast = param("fast", 10, 5, 30)
slow = param("slow", 40, 20, 120)
stop = param("stop", 3.0, 1.0, 6.0)

# A series has one value a candle; write with ordinary operators: + - * / < <= > >= & | ~
quick, calm = ema(fast), ema(slow)
span = atr(14) / close  # what a candle usually covers, as a fraction of the price

strategy = Strategy(
    name="{name}",
    description="goes along with a cross of two averages",
    # A direction's score is the sum of the weights of the conditions that are met; at the threshold it acts.
    long=[
        Condition("cross", crosses_above(quick, calm), weight=0.7, description="the quick one overtakes"),
        Condition("side", close > calm, weight=0.3, description="the price is above the slow one"),
    ],
    short=[
        Condition("cross", crosses_below(quick, calm), weight=0.7, description="the quick one falls behind"),
        Condition("side", close < calm, weight=0.3, description="the price is below the slow one"),
    ],
    exit_long=[Condition("back", crosses_below(quick, calm), description="the cross is undone")],
    exit_short=[Condition("back", crosses_above(quick, calm), description="the cross is undone")],
    threshold=0.8,
    # Where a position ends otherwise: distances as fractions of the price, the longest hold in candles.
    bracket=Bracket(stop=stop * span, target=2 * stop * span, hold=60),
    cooldown=2,  # candles to wait after a trade
    # instruments=("BTC-USDT",), timeframe="5m",         # all, and the finest there is, if not said
    # ema(50, "1h"), session("09:30", "16:00", "America/New_York"), imbalance_5, ta("CCI", high, low, close) …
)
'''


@app.command()
def strategy(
    name: Annotated[str, typer.Argument(help="Its name, and its file's: letters, digits and _.")],
    config: ConfigOption = None,
) -> None:
    """Write a strategy to begin with into the folder of strategies; nothing is overwritten."""
    if not NAME.fullmatch(name) or not name.isidentifier():
        raise BadInput(f"strategy {name!r}", "is no name for a file of Python", "Use letters, digits and _.")
    place = folder(configuration(config).run.strategies_dir) / f"{name}.py"
    if place.exists():
        raise BadInput(str(place), "exists already", "Take another name, or edit that file.")
    place.write_text(TEXT.format(name=name), encoding="utf-8")
    output.print(f"{place} is written; next:", markup=False)
    output.print(f"  barfinex check --strategy {name}", style="dim")
    output.print(f"  barfinex backtest --strategy {name} --data FILE --report page.html", style="dim")
