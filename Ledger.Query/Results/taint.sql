-- table: taint
-- kind: view
-- key: run, step, ancestor
-- about: Every result that rests on a step of another run that was retracted: through what was taken over, along the data dependence.
-- run            | text        |       | identity | Id of the run whose result it is; not retracted itself, unless someone said so too.
-- step           | text        |       | identity | Path of the step.
-- ancestor       | text        |       | identity | Path of the step of the same run that was taken over; the step itself, or one it rests on.
-- distance       | integer     | count | computed | Steps between the two; 0 for the step itself.
-- retracted_run  | text        |       | identity | Id of the run that computed the ancestor's result and was retracted.
-- retracted_step | text        |       | identity | Path of the step there.
-- reason         | text        |       | identity | Why it was retracted.
-- position       | bigint      |       | identity | Position of the retraction.
-- recorded_at    | timestamptz |       | identity | When the retraction got its position.
select l.run, l.step, l.ancestor, l.distance, l.origin_run as retracted_run, l.origin_step as retracted_step, w.reason, w.position, w.recorded_at
from results.lineage l
join results.steps s on s.run = l.run and s.step = l.step and s.state in ('completed', 'reused')
join (
    select distinct on (r.run) r.run, r.reason, r.position, r.recorded_at from results.reviews r where r.said = 'retracted' order by r.run, r.position
) w on w.run = l.origin_run
where l.origin_run <> l.run
