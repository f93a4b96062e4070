-- table: flags
-- kind: fact
-- key: position
-- index: run
-- about: One row per suspicion about a result, raised by the run itself or later by others.
-- position    | bigint           |  | identity | Place of the event in the ledger.
-- recorded_at | timestamptz      |  | identity | When the server gave the event its position.
-- run         | text             |  | identity | Id of the run.
-- step        | text             |  | identity | Path of the step whose result is suspected.
-- code        | text             |  | computed | What is suspected.
-- value       | double precision |  | computed | The value that raised it; null when there is none or it was not finite.
-- threshold   | double precision |  | computed | The limit it was held against.
-- raised_by   | text             |  | identity | run or review.
-- reason      | text             |  | identity | Why, in the words of the person who raised it; null for the run's own.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step, e.data->>'code' as code,
       (e.data->>'value')::double precision as value, (e.data->>'threshold')::double precision as threshold,
       'run' as raised_by, null::text as reason
from events.run_result_flagged e
where e.position > :from and e.position <= :to
union all
select e.position, e.recorded_at, e.id, e.data->>'step', e.data->>'code',
       (e.data->>'value')::double precision, (e.data->>'threshold')::double precision,
       'review', e.data->>'reason'
from events.review_flag_raised e
where e.position > :from and e.position <= :to
