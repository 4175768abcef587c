"""H10: the words prose is made of; with any other, a sentence says what nobody can check.

No word for chances, causes or what has been: they belong to a number, and so to a claim.
"""

from __future__ import annotations

from barfinex.advisor.llm.words import words

VOCABULARY = words(
    # Joints.
    """a an the this that these those it its which what there of in on at to from for by with within
    and or but nor not no while whereas although though yet so as than then if when both each all only also
    still just even very more most less least much quite rather too well together alone again already further
    between across against about around over under near beyond inside outside through toward towards despite
    per after before during until without out off up down into onto other another same such any some
    """
    # Being, holding and showing.
    """is are was be been being has have had having do does did can could may might would cannot
    stand sit remain stay keep hold show point suggest indicate signal read mean leave make give take come go
    look see say tell add help lend offer provide carry bring put set run turn change move shift match meet
    reach cover fit fall rise note imply reflect describe suit
    """
    # Speaking for and against.
    """support oppose favour favor confirm back agree disagree argue speak weigh contradict conflict counter
    offset outweigh balance limit reduce lower raise weaken strengthen allow justify warrant undermine
    challenge question caution warn doubt concern hurt harm threaten exceed clear trail lag lead align
    line case evidence reason view stance reading picture idea thesis
    """
    # The trade and the market.
    """signal setup trade entry exit stop target price level side long short position market data context
    score model strategy family recent present current now value values figure measure
    distance average normal usual typical range trend breakout reversal stress regime quote book quality
    return reward risk edge payoff net gross
    sample size room margin buffer cushion portfolio holding exposure bar bars
    candle candles horizon age item text asset direction bias pressure strength
    weakness activity condition conditions liquidity momentum volatility volume spread depth flow imbalance
    """
    # What something is like.
    """rising falling elevated depressed positive negative strong weak high low above below wide narrow tight
    thin deep shallow ample scarce large small big modest moderate slight mild steep sharp extreme heavy light
    stale fresh old new young late early fast slow quick calm quiet noisy choppy volatile stable steady
    uncertain clear mixed neutral flat even balanced good bad poor fair fine sound clean adequate
    sufficient insufficient enough limited little acceptable favourable favorable unfavourable unfavorable
    consistent inconsistent cautious supportive adverse hostile healthy solid reasonable
    bullish bearish upward downward upside downside increasing decreasing expanding contracting declining
    surging plunging climbing dropping strengthening weakening relative absolute own main key overall
    comfortable close far full empty intact absent missing available complete incomplete important relevant
    significant meaningful material marginal attractive unattractive costly cheap expensive crowded
    """
)
_ENDINGS = (
    ("ies", "y"), ("ied", "y"), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e"), ("es", ""), ("s", ""),
    ("ly", ""), ("ily", "y"), ("er", ""), ("er", "e"), ("est", ""), ("est", "e"), ("ness", ""), ("'s", ""),
)  # fmt: skip


def known(word: str) -> bool:
    """Whether a word in lower case, or what it is a form of, is in the vocabulary."""
    return word in VOCABULARY or any(
        word[: -len(ending)] + rest in VOCABULARY
        for ending, rest in _ENDINGS
        if word.endswith(ending) and len(word) > len(ending) + 2
    )
