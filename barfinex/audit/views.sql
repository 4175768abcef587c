-- The journal as people ask for it. Open the file read-only with sqlite3, sqlite-utils or Datasette, also while it is
-- being written. Times are milliseconds UTC; prices and amounts are shown as floating point for arithmetic, the exact
-- decimals are in `events.body`. Every row names the `seq` of the event that it comes from.
-- One signal's hash runs through sig-, dec-, int-, trd-, ord-…-e|s|t|x, apr-…: views join by it.

drop view if exists v_why;
drop view if exists v_positions;
drop view if exists v_conditions;
drop view if exists v_decisions;
drop view if exists v_orders;
drop view if exists v_events;
drop view if exists v_signals;
drop view if exists v_refusals;
drop view if exists v_fills;
drop view if exists v_trades;
drop view if exists v_equity;
drop view if exists v_stages;
drop view if exists v_runs;
drop view if exists v_halts;
drop view if exists v_mismatches;
drop view if exists v_protection;
drop view if exists v_funding;
drop view if exists v_quality;
drop view if exists v_outcomes;

-- Every event: when it could be known (text, UTC), what it is, what it is about, what caused it, and its JSON.
create view v_events as
select seq, strftime('%Y-%m-%d %H:%M:%f', known_at / 1000.0, 'unixepoch') as at, run_id, type, source,
  coalesce(json_extract(body, '$.instrument'), json_extract(body, '$.signal.instrument'),
           json_extract(body, '$.candles.instrument')) as instrument,
  ts, known_at, correlation, causation, took_us, body, lower(hex(hash)) as hash
from events;

-- What the Detector saw; `conditions` are those that counted, with weight x value.
create view v_signals as
select seq, run_id, ts, known_at,
  json_extract(body, '$.signal.id') as id,
  json_extract(body, '$.signal.strategy') as strategy,
  json_extract(body, '$.signal.instrument') as instrument,
  json_extract(body, '$.signal.timeframe') as timeframe,
  json_extract(body, '$.signal.kind') as kind,
  json_extract(body, '$.signal.direction') as direction,
  json_extract(body, '$.signal.score') as score,
  json_extract(body, '$.signal.threshold') as threshold,
  json_extract(body, '$.signal.price') as price,
  json_extract(body, '$.signal.candle_ts') as candle_ts,
  json_extract(body, '$.signal.trade_id') as trade_id,
  (select group_concat(json_extract(value, '$.id') || '=' || json_extract(value, '$.contribution'), ' ')
   from json_each(body, '$.signal.conditions') where json_extract(value, '$.contribution') > 0) as conditions
from events where type = 'detector.signal_detected';

-- Every stage of every decision with the time it took, in microseconds.
create view v_stages as
select seq, run_id, known_at,
  json_extract(body, '$.decision_id') as decision_id,
  'sig-' || substr(json_extract(body, '$.decision_id'), 5) as signal_id,
  substr(type, 9) as stage, took_us, body
from events
where type in ('advisor.context_gathered', 'advisor.quality_graded', 'advisor.evidence_weighed',
  'advisor.conviction_scored', 'advisor.conviction_calibrated', 'advisor.synthesis_completed',
  'advisor.execution_validated', 'advisor.intent_proposed', 'advisor.signal_declined');

-- One row a breach of a refused intent; `limit_value` is the limit that `value` broke.
create view v_refusals as
select seq, run_id, known_at,
  json_extract(body, '$.intent_id') as intent_id,
  json_extract(body, '$.signal_id') as signal_id,
  json_extract(body, '$.strategy') as strategy,
  json_extract(body, '$.instrument') as instrument,
  cast(json_extract(body, '$.quantity') as real) as quantity,
  json_extract(breach.value, '$.policy') as policy,
  json_extract(breach.value, '$.code') as code,
  json_extract(breach.value, '$.value') as value,
  json_extract(breach.value, '$.limit') as limit_value
from events, json_each(body, '$.breaches') as breach
where events.type = 'inspector.intent_refused';

-- One row a signal: the main figure of each stage, and the outcome: declined (by the Advisor), refused (by the
-- Inspector), approved, or open; `codes` say why not, `observed` what a gate that only observes would have said.
create view v_decisions as
with said as materialized (
  select json_extract(body, '$.decision_id') as decision_id, sum(took_us) as took_us,
    max(case type when 'advisor.context_gathered' then json_extract(body, '$.regime') end) as regime,
    max(case type when 'advisor.quality_graded' then json_extract(body, '$.grade') end) as grade,
    max(case type when 'advisor.evidence_weighed' then json_extract(body, '$.logit') end) as logit,
    max(case type when 'advisor.conviction_scored' then json_extract(body, '$.raw') end) as raw,
    max(case type when 'advisor.conviction_calibrated' then json_extract(body, '$.calibrated') end) as calibrated,
    max(case type when 'advisor.synthesis_completed' then json_extract(body, '$.stance') end) as stance,
    max(case type when 'advisor.synthesis_completed' then json_extract(body, '$.conviction') end) as conviction,
    max(case type when 'advisor.execution_validated' then json_extract(body, '$.expected_r') end) as expected_r,
    max(case type when 'advisor.signal_declined' then json_extract(body, '$.stage') end) as declined_at,
    max(case type when 'advisor.signal_declined' then json_extract(body, '$.code') end) as code,
    group_concat(case type when 'advisor.gate_observed' then json_extract(body, '$.code') end, ' ') as observed
  from events where type glob 'advisor.*' and type not in ('advisor.outcome_labelled', 'advisor.outcome_attributed') group by 1
), verdict as materialized (
  select 'sig-' || substr(json_extract(body, '$.intent_id'), 5) as signal_id,
    max(substr(type, 18)) as outcome,
    group_concat((select group_concat(json_extract(value, '$.code'), ' ') from json_each(body, '$.breaches')), ' ') as codes
  from events where type in ('inspector.intent_approved', 'inspector.intent_refused') group by 1
)
select s.seq, s.run_id, s.known_at, s.id as signal_id, 'dec-' || substr(s.id, 5) as decision_id, s.strategy,
  s.instrument, s.kind, s.direction, s.score, s.threshold, said.regime, said.grade, said.logit, said.raw,
  said.calibrated, said.stance, said.conviction, said.expected_r,
  case when said.code is not null then 'declined' else coalesce(verdict.outcome, 'open') end as outcome,
  said.declined_at, coalesce(said.code, verdict.codes) as codes, said.observed, said.took_us
from v_signals as s
left join said on said.decision_id = 'dec-' || substr(s.id, 5)
left join verdict on verdict.signal_id = s.id;

-- What became of each signal at its own barriers, also of those that were declined or refused: `source` is traded or
-- shadow, `r_net` in units of risk after costs, `code` why it was declined.
create view v_outcomes as
with answered as materialized (
  select json_extract(body, '$.decision_id') as decision_id, json_extract(body, '$.code') as code
  from events where type = 'advisor.decision_responded'
)
select e.seq, e.run_id, e.known_at,
  json_extract(e.body, '$.decision_id') as decision_id,
  'sig-' || substr(json_extract(e.body, '$.decision_id'), 5) as signal_id,
  json_extract(e.body, '$.strategy') as strategy,
  json_extract(e.body, '$.instrument') as instrument,
  json_extract(e.body, '$.source') as source,
  json_extract(e.body, '$.won') as won,
  json_extract(e.body, '$.r_net') as r_net,
  json_extract(e.body, '$.barrier') as barrier,
  json_extract(e.body, '$.probability') as probability,
  json_extract(e.body, '$.weight') as weight,
  answered.code
from events as e
left join answered on answered.decision_id = json_extract(e.body, '$.decision_id')
where e.type = 'advisor.outcome_labelled';

-- Every order sent and how it stands: submitted, unknown, accepted, partially_filled, filled, cancelled, expired or
-- rejected. A fill can overtake the cancel that was sent before it.
create view v_orders as
with told as materialized (
  select json_extract(body, '$.order_id') as order_id,
    case type when 'provider.order_filled' then
      case when cast(json_extract(body, '$.filled') as real) >= cast(json_extract(body, '$.quantity') as real)
        then 5 else 3 end
      when 'provider.order_unconfirmed' then 1 when 'provider.order_accepted' then 2 else 4 end as rank,
    case type when 'provider.order_filled' then
      case when cast(json_extract(body, '$.filled') as real) >= cast(json_extract(body, '$.quantity') as real)
        then 'filled' else 'partially_filled' end
      when 'provider.order_unconfirmed' then 'unknown' else substr(type, 16) end as state,
    cast(json_extract(body, '$.filled') as real) as filled,
    cast(json_extract(body, '$.fill.fee') as real) as fee,
    json_extract(body, '$.reason') as reason
  from events
  where type in ('provider.order_filled', 'provider.order_accepted', 'provider.order_unconfirmed',
    'provider.order_rejected', 'provider.order_cancelled', 'provider.order_expired')
), stands as materialized (
  select order_id, state, reason, max(rank) as rank from told group by order_id
), done as materialized (
  select order_id, max(filled) as filled, sum(fee) as fees from told group by order_id
)
select e.seq, e.run_id, e.known_at,
  json_extract(body, '$.request.id') as id,
  json_extract(body, '$.request.purpose') as purpose,
  json_extract(body, '$.request.trade_id') as trade_id,
  json_extract(body, '$.request.strategy') as strategy,
  json_extract(body, '$.request.instrument') as instrument,
  json_extract(body, '$.request.side') as side,
  json_extract(body, '$.request.type') as type,
  cast(json_extract(body, '$.request.quantity') as real) as quantity,
  cast(json_extract(body, '$.request.price') as real) as price,
  cast(json_extract(body, '$.request.trigger') as real) as "trigger",
  coalesce(stands.state, 'submitted') as state, coalesce(done.filled, 0.0) as filled,
  coalesce(done.fees, 0.0) as fees, stands.reason as reason,
  json_extract(body, '$.request.intent_id') as intent_id,
  json_extract(body, '$.approval_id') as approval_id
from events as e
left join stands on stands.order_id = json_extract(e.body, '$.request.id')
left join done on done.order_id = json_extract(e.body, '$.request.id')
where e.type = 'provider.order_submitted';

-- Every executed slice, and the trade that its order belongs to.
create view v_fills as
select seq, run_id, ts,
  json_extract(body, '$.fill.id') as id,
  json_extract(body, '$.order_id') as order_id,
  'trd-' || substr(json_extract(body, '$.order_id'), 5,
    instr(substr(json_extract(body, '$.order_id'), 5), '-') - 1) as trade_id,
  json_extract(body, '$.instrument') as instrument,
  json_extract(body, '$.fill.side') as side,
  cast(json_extract(body, '$.fill.quantity') as real) as quantity,
  cast(json_extract(body, '$.fill.price') as real) as price,
  cast(json_extract(body, '$.fill.fee') as real) as fee
from events where type = 'provider.order_filled';

-- Every round trip: entry to flat. `r_net` is the net result in units of the risk first taken.
create view v_trades as
select seq, run_id,
  json_extract(body, '$.trade.id') as id,
  json_extract(body, '$.trade.strategy') as strategy,
  json_extract(body, '$.trade.instrument') as instrument,
  json_extract(body, '$.trade.direction') as direction,
  cast(json_extract(body, '$.trade.quantity') as real) as quantity,
  json_extract(body, '$.trade.entry_ts') as entry_ts,
  json_extract(body, '$.trade.exit_ts') as exit_ts,
  cast(json_extract(body, '$.trade.entry_price') as real) as entry_price,
  cast(json_extract(body, '$.trade.exit_price') as real) as exit_price,
  cast(json_extract(body, '$.trade.fees') as real) as fees,
  coalesce(cast(json_extract(body, '$.trade.funding') as real), 0.0) as funding,
  cast(json_extract(body, '$.trade.net_pnl') as real) as net_pnl,
  json_extract(body, '$.trade.reason') as reason,
  json_extract(body, '$.r_net') as r_net
from events where type = 'inspector.trade_closed';

-- One row a condition of a strategy: how the closed trades ended whose entry it took part in.
create view v_conditions as
with closed as materialized (select id, net_pnl, r_net from v_trades),
fired as materialized (
  select e.seq, e.run_id, 'trd-' || substr(json_extract(e.body, '$.signal.id'), 5) as trade_id,
    json_extract(e.body, '$.signal.strategy') as strategy,
    json_extract(e.body, '$.signal.direction') as direction,
    json_extract(c.value, '$.id') as condition
  from events as e, json_each(e.body, '$.signal.conditions') as c
  where e.type = 'detector.signal_detected' and json_extract(c.value, '$.contribution') > 0
)
select max(f.seq) as seq, f.run_id, f.strategy, f.direction, f.condition,
  count(*) as trades, sum(t.net_pnl > 0) as wins, sum(t.net_pnl) as net_pnl, avg(t.r_net) as r_net
from fired as f join closed as t on t.id = f.trade_id
group by f.run_id, f.strategy, f.direction, f.condition;

-- Funding that was settled: what was held, signed, at which mark and rate; `amount` is below zero when it was paid.
create view v_funding as
select seq, run_id,
  json_extract(body, '$.instrument') as instrument,
  json_extract(body, '$.at') as at,
  cast(json_extract(body, '$.rate') as real) as rate,
  cast(json_extract(body, '$.mark') as real) as mark,
  cast(json_extract(body, '$.quantity') as real) as quantity,
  cast(json_extract(body, '$.amount') as real) as amount
from events where type = 'provider.funding_settled';

-- How good the market data of each instrument is, as last told: the score in [0, 1] and its parts.
create view v_quality as
select max(seq) as seq, run_id, known_at,
  json_extract(body, '$.instrument') as instrument,
  json_extract(body, '$.score') as score,
  json_extract(body, '$.parts') as parts
from events where type = 'provider.market_quality_scored' group by json_extract(body, '$.instrument');

-- Positions that are open now; `quantity` is what is left of them, signed.
create view v_positions as
with held as materialized (
  select trade_id, sum(case side when 'buy' then quantity else -quantity end) as quantity
  from v_fills group by trade_id
)
select e.seq, e.run_id,
  json_extract(e.body, '$.trade_id') as trade_id,
  json_extract(e.body, '$.strategy') as strategy,
  json_extract(e.body, '$.instrument') as instrument,
  json_extract(e.body, '$.direction') as direction,
  held.quantity,
  cast(json_extract(e.body, '$.entry_price') as real) as entry_price,
  json_extract(e.body, '$.entry_ts') as entry_ts,
  cast(json_extract(e.body, '$.stop') as real) as stop,
  cast(json_extract(e.body, '$.target') as real) as target
from events as e
left join held on held.trade_id = json_extract(e.body, '$.trade_id')
where e.type = 'inspector.position_opened'
  and json_extract(e.body, '$.trade_id') not in (select id from v_trades);

-- How each position was protected: where its stop stands now, how often one was placed, of these to follow the
-- price, and how long (ms) a part of it was without one: until the first was there, in all and at the longest.
-- `total_ms` and `worst_ms` are known when it is closed.
create view v_protection as
with sent as materialized (
  select json_extract(body, '$.request.id') as order_id, json_extract(body, '$.request.reason') as reason,
    cast(json_extract(body, '$.request.trigger') as real) as stop
  from events where type = 'provider.order_submitted'
), stops as materialized (
  select json_extract(e.body, '$.trade_id') as trade_id, count(*) as stops,
    sum(sent.reason <> 'stop') as moves, max(e.seq) as last_seq, sent.stop
  from events as e
  join sent on sent.order_id = json_extract(e.body, '$.order_id')
  where e.type = 'inspector.protection_placed' group by 1
), first_ms as materialized (
  select json_extract(body, '$.trade_id') as trade_id, json_extract(body, '$.unprotected_ms') as ms, min(seq)
  from events where type = 'inspector.protection_placed' group by 1
), ended as materialized (
  select json_extract(body, '$.trade.id') as trade_id,
    coalesce(json_extract(body, '$.unprotected_ms'), 0) as total_ms,
    coalesce(json_extract(body, '$.unprotected_ms_worst'), 0) as worst_ms
  from events where type = 'inspector.trade_closed'
)
select e.seq, e.run_id,
  json_extract(e.body, '$.trade_id') as trade_id,
  json_extract(e.body, '$.strategy') as strategy,
  json_extract(e.body, '$.instrument') as instrument,
  coalesce(stops.stops, 0) as stops, coalesce(stops.moves, 0) as moves, stops.stop,
  first_ms.ms as first_ms, ended.total_ms, ended.worst_ms, ended.trade_id is null as is_open
from events as e
left join stops on stops.trade_id = json_extract(e.body, '$.trade_id')
left join first_ms on first_ms.trade_id = json_extract(e.body, '$.trade_id')
left join ended on ended.trade_id = json_extract(e.body, '$.trade_id')
where e.type = 'inspector.position_opened';

-- The account after every round trip.
create view v_equity as
select seq, run_id, ts,
  cast(json_extract(body, '$.equity') as real) as equity,
  cast(json_extract(body, '$.peak') as real) as peak,
  cast(json_extract(body, '$.drawdown') as real) as drawdown
from events where type = 'inspector.equity_marked';

-- Why does this order exist? Its approval, intent, decision and signal, and what became of its trade. Filter by
-- order_id, trade_id or signal_id.
create view v_why as
with sent as materialized (select * from v_orders),
  seen as materialized (select id, conditions, candle_ts from v_signals),
  decided as materialized (select * from v_decisions),
  closed as materialized (select id, net_pnl, reason from v_trades)
select o.seq, o.id as order_id, o.purpose, o.state, o.trade_id, o.approval_id, o.intent_id, d.signal_id,
  d.decision_id, d.strategy, d.instrument, d.direction, s.candle_ts, d.score, d.threshold, s.conditions, d.regime,
  d.raw, d.calibrated, d.stance, d.conviction, d.expected_r, d.outcome, t.net_pnl, t.reason as exit_reason
from sent as o
left join decided as d on d.signal_id = 'sig-' || substr(o.intent_id, 5)
left join seen as s on s.id = d.signal_id
left join closed as t on t.id = o.trade_id;

-- Every run in this file: its rows, what it was configured by, how it ended (empty: it did not say).
create view v_runs as
with started as materialized (
  select seq, run_id, known_at, body, lead(seq) over (order by seq) as next from events where type = 'kernel.run_started'
)
select run_id, seq as first_seq, coalesce(next - 1, (select max(seq) from events)) as last_seq,
  json_extract(body, '$.mode') as mode, json_extract(body, '$.version') as version,
  json_extract(body, '$.config_hash') as config_hash, known_at as started,
  (select known_at from events as e where e.type = 'kernel.run_ended' and e.run_id = started.run_id
     and e.seq between started.seq and coalesce(next, e.seq) limit 1) as ended,
  (select json_extract(body, '$.reason') from events as e where e.type = 'kernel.run_ended'
     and e.run_id = started.run_id and e.seq between started.seq and coalesce(next, e.seq) limit 1) as reason
from started;

-- Every time trading was restricted or allowed again or a limit was set, how far, why, and the wish behind it.
create view v_halts as
select seq, run_id, known_at, type, source,
  coalesce(json_extract(body, '$.way'), json_extract(body, '$.by'), json_extract(body, '$.signal'),
           json_extract(body, '$.path')) as by,
  json_extract(body, '$.reason') as reason,
  json_extract(body, '$.cause') as cause,
  json_extract(body, '$.scope.level') as level,
  json_extract(body, '$.scope.target') as target,
  coalesce(json_extract(body, '$.limit'), json_extract(body, '$.what')) as "limit",
  json_extract(body, '$.old') as old, json_extract(body, '$.new') as new
from events
where type in ('inspector.trading_halted', 'inspector.trading_reduced', 'inspector.entries_throttled',
  'inspector.trading_resumed', 'inspector.trading_armed', 'studio.halt_requested', 'studio.resume_requested',
  'kernel.halt_file_found', 'kernel.halt_signalled', 'inspector.limit_tightened', 'inspector.limit_loosened',
  'inspector.loosening_requested', 'inspector.change_refused');

-- Every way in which our books and the venue differed, and what it did to trading; `repair`: record (one of our
-- orders was corrected), adopt (not ours: counted in risk, never touched), tell (nothing to write down).
create view v_mismatches as
select seq, run_id, known_at,
  json_extract(body, '$.kind') as kind,
  json_extract(body, '$.about') as about,
  json_extract(body, '$.instrument') as instrument,
  json_extract(body, '$.here') as here,
  json_extract(body, '$.there') as there,
  json_extract(body, '$.repair') as repair,
  json_extract(body, '$.severity') as severity
from events where type = 'provider.mismatch_found';
