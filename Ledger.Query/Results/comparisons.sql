-- table: comparisons
-- kind: fact
-- key: position
-- index: run
-- about: One row per step of a replay held against the original.
-- position           | bigint           |     | identity | Place of the event in the ledger.
-- recorded_at        | timestamptz      |     | identity | When the server gave the event its position.
-- run                | text             |     | identity | Id of the replay.
-- step               | text             |     | identity | Path of the step.
-- verdict            | text             |     | computed | identical, close, diverged or not-comparable.
-- first_difference   | text             |     | computed | Epoch, tensor or metric at which they part; null when identical.
-- max_abs_difference | double precision |     | computed | Largest absolute difference; null when none was taken.
-- max_ulp_difference | bigint           | ulp | computed | Largest difference in units in the last place; null when none was taken.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step, e.data->>'verdict' as verdict,
       e.data->>'firstDifference' as first_difference,
       (e.data->>'maxAbsDifference')::double precision as max_abs_difference,
       (e.data->>'maxUlpDifference')::bigint as max_ulp_difference
from events.run_step_compared e
where e.position > :from and e.position <= :to
