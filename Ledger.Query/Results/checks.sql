-- table: checks
-- kind: fact
-- key: position, ordinal
-- about: One row per verdict on a check of an experiment.
-- position    | bigint      |       | identity | Place of the event in the ledger.
-- ordinal     | integer     | count | identity | Place of the check within the event, from 1.
-- recorded_at | timestamptz |       | identity | When the server gave the event its position.
-- experiment  | text        |       | identity | Id of the experiment.
-- judged_to   | bigint      |       | identity | Position up to which the tables were read.
-- check_name  | text        |       | computed | Name of the check in the experiment file.
-- verdict     | text        |       | computed | held, not held, inconclusive or not testable.
-- declared    | text        |       | computed | pre or post hoc.
-- numbers     | jsonb       |       | computed | What the verdict rests on.
select e.position, c.ordinality::integer as ordinal, e.recorded_at, e.id as experiment, (e.data->>'position')::bigint as judged_to,
       c.value->>'check' as check_name, c.value->>'verdict' as verdict, c.value->>'declared' as declared, c.value->'numbers' as numbers
from events.experiment_checks_judged e
cross join lateral jsonb_array_elements(e.data->'verdicts') with ordinality c
where e.position > :from and e.position <= :to
