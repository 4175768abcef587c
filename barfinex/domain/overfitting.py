"""How much of a best result is the search's doing."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from barfinex.domain.candles import Floats

EULER = 0.5772156649015329
BLOCKS = 10
DAYS_MIN = 2 * BLOCKS


def deflated_sharpe(daily: Floats, trials: Floats) -> float | None:
    """Probability that the Sharpe ratio behind these daily returns is above what the best of as many skilless
    trials would show; `trials` are the daily Sharpe ratios of all that were tried. None under ten days.

    D. H. Bailey, M. Lopez de Prado, "The Deflated Sharpe Ratio", Journal of Portfolio Management 40 (2014).
    """
    from scipy import stats

    ratio = daily_sharpe(daily)
    if len(daily) < 10 or ratio is None:
        return None
    count = len(trials)
    best = 0.0
    if count > 1:
        normal = stats.norm.ppf
        spread = float(np.std(trials, ddof=1))
        best = spread * float((1 - EULER) * normal(1 - 1 / count) + EULER * normal(1 - 1 / (count * np.e)))
    skew, kurtosis = float(stats.skew(daily)), float(stats.kurtosis(daily, fisher=False))
    noise = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2
    if not noise > 0:
        return None
    return float(stats.norm.cdf((ratio - best) * np.sqrt(len(daily) - 1) / np.sqrt(noise)))


def daily_sharpe(daily: Floats) -> float | None:
    """Mean over standard deviation, not annualised; None when nothing varies."""
    spread = float(np.std(daily, ddof=1)) if len(daily) > 1 else 0.0
    return float(np.mean(daily)) / spread if spread > 0 else None


def overfitting_probability(daily: Floats) -> float | None:
    """Probability that the best trial of one half of the days is below the median in the other: `daily` are
    returns, one row a day, one column a trial. None under twenty days or two trials.

    Combinatorially symmetric cross-validation over ten blocks of days, 252 splits: D. H. Bailey, J. Borwein,
    M. Lopez de Prado, Q. J. Zhu, "The Probability of Backtest Overfitting", Journal of Computational Finance
    20 (2017).
    """
    from scipy import stats

    days, trials = daily.shape
    if days < DAYS_MIN or trials < 2:
        return None
    blocks = np.array_split(np.arange(days), BLOCKS)
    below = []
    for chosen in combinations(range(BLOCKS), BLOCKS // 2):
        inside = np.concatenate([blocks[at] for at in chosen])
        outside = np.concatenate([blocks[at] for at in range(BLOCKS) if at not in chosen])
        best = int(np.argmax(_ratios(daily[inside])))
        ranks = stats.rankdata(_ratios(daily[outside]))
        below.append(ranks[best] / (trials + 1) <= 0.5)
    return float(np.mean(below))


def _ratios(daily: Floats) -> Floats:
    """The Sharpe ratio of each column; 0 where nothing varies."""
    spread = daily.std(axis=0, ddof=1)
    ratios: Floats = np.divide(daily.mean(axis=0), spread, out=np.zeros_like(spread), where=spread > 0)
    return ratios
