-- table: measurements
-- kind: fact
-- key: position, ordinal
-- index: run
-- about: One row per metric of a measurement, or of an attack, that came to its end.
-- position        | bigint           |       | identity | Place of the event in the ledger.
-- ordinal         | integer          | count | identity | Place of the metric within the event, from 1.
-- recorded_at     | timestamptz      |       | identity | When the server gave the event its position.
-- run             | text             |       | identity | Id of the run.
-- step            | text             |       | identity | Path of the measurement or attack step.
-- metric          | text             |       | computed | Name of the metric.
-- layer           | text             |       | computed | Layer, or other part of the network or examples, the value is about; null: the whole.
-- value           | double precision |       | computed | Its value in the unit named; null when it was not finite. Bits count only where class is computed.
-- unit            | text             |       | computed | fraction, count, bytes, ms and so on.
-- class           | text             |       | computed | computed, observed or identity: whether a replay must give the same bits.
-- outcomes_digest | text             |       | computed | SHA-256 of the per-example outcomes, when accuracy was measured.
-- series_digest   | text             |       | computed | SHA-256 of longer results of the same measurement (safetensors); null when there are none.
-- examples_digest | text             |       | computed | Equal digests: the same examples in the same order; null when no metric looks at examples.
-- examples        | integer          | count | computed | Examples evaluated, where the event says so.
select e.position, m.ordinality::integer as ordinal, e.recorded_at, e.id as run, e.data->>'step' as step,
       m.value->>'name' as metric,
       m.value->>'layer' as layer,
       (m.value->>'value')::double precision as value,
       m.value->>'unit' as unit,
       lower(m.value->>'class') as class,
       e.data #>> '{outcomes,digest}' as outcomes_digest,
       e.data #>> '{series,digest}' as series_digest,
       e.data->>'examplesDigest' as examples_digest,
       coalesce((e.data->>'examples')::integer, (jsonb_path_query_first(e.data, '$.metrics[*] ? (@.name == "examples").value'))::integer) as examples
from events.measured e
cross join lateral jsonb_array_elements(e.data->'metrics') with ordinality m
where e.position > :from and e.position <= :to
