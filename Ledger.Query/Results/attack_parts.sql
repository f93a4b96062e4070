-- table: attack_parts
-- kind: fact
-- key: position, ordinal
-- index: run, step
-- about: One row per attack of an ensemble, in the order in which they ran: each saw only what those before it had not broken.
-- position             | bigint           |       | identity | Place of the event in the ledger.
-- ordinal              | integer          | count | computed | Place of the attack within the ensemble, from 1.
-- recorded_at          | timestamptz      |       | identity | When the server gave the event its position.
-- run                  | text             |       | identity | Id of the run.
-- step                 | text             |       | identity | Path of the attack step.
-- attack               | text             |       | computed | Name of the attack within the ensemble.
-- attacked             | integer          | count | computed | Examples still standing when it began.
-- broken               | integer          | count | computed | Of those, the ones it broke.
-- gradient_evaluations | bigint           | count | computed | Forward-backward passes per example, summed.
-- forward_evaluations  | bigint           | count | computed | Forward passes without gradient per example, summed.
-- seconds              | double precision | s     | observed | Wall time.
select e.position, p.ordinality::integer as ordinal, e.recorded_at, e.id as run, e.data->>'step' as step,
       p.value->>'attack' as attack,
       (p.value->>'attacked')::integer as attacked,
       (p.value->>'broken')::integer as broken,
       (p.value->>'gradientEvaluations')::bigint as gradient_evaluations,
       (p.value->>'forwardEvaluations')::bigint as forward_evaluations,
       (p.value->>'seconds')::double precision as seconds
from events.run_attack_completed e
cross join lateral jsonb_array_elements(e.data->'parts') with ordinality p
where e.position > :from and e.position <= :to
