"""Words that prose may not use, whatever it cites: numbers, orders to the reader, facts from elsewhere."""

from __future__ import annotations

import re

from barfinex.advisor.llm.words import words


def _any_of(words: str, flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words.split(','))})\b", flags)


NUMBER_WORDS = _any_of(
    "zero,one,two,three,four,five,six,seven,eight,nine,ten,eleven,twelve,[a-z]+teen,"
    "(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ies),(?:hundred|thousand|million|billion|trillion)s?,"
    "doubl(?:e[ds]?|ing),tripl(?:e[ds]?|ing),quadrupl(?:e[ds]?|ing),hal(?:f|ved?|ves|ving),thirds?,fourth,"
    "fifth,tenth,quarter(?:s|ed)?,dozens?,couple,twice,thrice,[a-z]+fold,per ?cent,percentage,basis points?,"
    "umpteen,century,decade"
)

INSTRUCTIONS = re.compile(
    r"\b(?:ignor(?:e|ing)|disregard\w*|overrid(?:e|es|ing)|bypass\w*|circumvent\w*|obey\w*|comply|jailbreak\w*"
    r"|forget (?:all|every|the|your|previous)|(?:system|developer|assistant|user) (?:prompt|message|role)"
    r"|instruct(?:ion|ions|ed|s)?|as an ai|language model|pretend\w*|you (?:must|should|are|will|can|may)"
    r"|your (?:task|role|job|limits?|rules?)|(?:please|must|should|shall) (?:\w+ )?(?:buy|sell|trade|enter"
    r"|exit|approve|execute|increase|raise|double|close|open|veto|reject|wire|send|transfer)"
    r"|execut(?:e|es|ing)|(?:buy|sell) (?:now|immediately|everything|more|all|at market)|all[ -]in"
    r"|go (?:long|short|all)|max(?:imum)? (?:leverage|size|tilt)|size up"
    r"|take (?:the|this) (?:trade|position)|place (?:an? |the )?orders?|click\w*"
    r"|visit\w*|download\w*|passwords?|api keys?|private keys?|secret|wallets?|tool calls?"
    r"|(?:raise|lift|remove|disable|increase|relax) (?:the |all |any )?(?:\w+ )?"
    r"(?:limits?|caps?|size|leverage|stops?|checks?|risk|position)"
    r"|approve (?:the|this|all)|set (?:the )?(?:tilt|stance|veto))\b|(?:^|[.!?;] *)(?:please\b|buy\b|sell\b)",
    re.IGNORECASE,
)

LINKS = re.compile(r"https?:|www\.|\b\w+\.(?:com|net|org|io|xyz|ai|co|app|dev)\b|\b\w+@\w+", re.IGNORECASE)
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ .,;:!?'\"()-/\u2019\u2013\u2014")
"""What prose is written with; numerals have a rule of their own."""

OUTSIDE = _any_of(
    "tomorrow,yesterday,today,tonight,nowadays,this (?:morning|afternoon|evening|week|month|quarter|year),"
    "(?:next|last|past|coming|previous) (?:few |several )?(?:minutes?|hours?|days?|weeks?|months?|quarters?|"
    "years?|sessions?|weekend),(?:mon|tues|wednes|thurs|fri|satur|sun)days?,january,february,april,june,july,"
    "august,september,october,november,december,weekends?,upcoming,imminent\\w*,soon,overnight,fomc,cpi,ppi,"
    "nfp,gdp,pce,opec,earnings,halving,etfs?,fed,ecb,boj,sec,cftc,lawsuits?,"
    "hack(?:s|ed|ers?)?,"
    "exploit(?:s|ed)?,according to,analysts?,sources?,reportedly,reports?,news,headlines?,announc\\w+,"
    "approvals?,elections?,wars?,tariffs?,delist\\w+,listings?,merg(?:er|ers|ed),acquisitions?,"
    "partnerships?,upgrades?,downgrades?,unlocks?,airdrops?,forks?,mainnet,outages?,expir(?:y|ies),"
    "options expiration,dividends?,buybacks?,inflation,unemployment,"
    "payrolls?,central banks?,rate (?:cuts?|hikes?|decisions?),guidance,will (?:announce|report|release|list|"
    "launch|decide),expect(?:s|ed|ing)? to,(?:are|is) expected,forecasts?,predict\\w*,"
    "bankrupt\\w*"
)
REPORTING = words("news headline headlines report reports source sources")
"""Words for an item itself, allowed where the sentence quotes one."""

ENTITIES = _any_of(
    "bitcoin,btc,ethereum,ether,eth,solana,sol,xrp,ripple,dogecoin,doge,cardano,litecoin,tether,usdt,usdc,"
    "binance,coinbase,kraken,bybit,okx,bitfinex,deribit,ftx,hyperliquid,blackrock,grayscale,microstrategy,"
    "tesla,nvidia,microsoft,google,amazon,nasdaq,dow,spx,nikkei,powell,trump,musk,biden,yellen,saylor,"
    "goldman,jpmorgan,citadel,jump trading,wintermute,bloomberg,reuters,twitter,reddit,telegram,china,russia,"
    "europe,japan,america,washington,wall street,treasur(?:y|ies),gold,silver,oil,dollar,euro,yen"
)

REGIMES = {
    "trend": "trend",
    "trending": "trend",
    "range": "range",
    "ranging": "range",
    "rangebound": "range",
    "breakout": "breakout",
    "stress": "stress",
    "stressed": "stress",
    "reversal": "reversal",
    "mixed": "mixed",
}
"""What a regime is called in prose, and how its label begins."""

UP = words(
    "rising rises rose increasing increased positive bullish upward upwards surging elevated climbing "
    "higher high strengthening expanding upside up"
)
DOWN = words(
    "falling falls fell decreasing decreased negative bearish downward downwards plunging depressed "
    "declining lower low weakening contracting downside down dropping"
)
NEGATIONS = words("not no never neither nor without hardly barely isn't aren't lacks lacking")
