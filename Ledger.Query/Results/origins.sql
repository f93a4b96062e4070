-- table: origins
-- kind: view
-- key: run, step
-- about: Where the result of each step was computed: the step itself, or the one it was taken over from.
-- run         | text |  | identity | Id of the run.
-- step        | text |  | identity | Path of the step.
-- origin_run  | text |  | identity | Run that computed the result.
-- origin_step | text |  | identity | Step that computed it.
-- hops        | integer | count | identity | How often it was taken over on the way; 0 when computed here.
with recursive follow as (
    select s.run, s.step, s.run as origin_run, s.step as origin_step, 0 as hops from results.steps s
    union all
    select f.run, f.step, s.source_run, s.source_step, f.hops + 1
    from follow f join results.steps s on s.run = f.origin_run and s.step = f.origin_step
    where s.source_run is not null and f.hops < 64
)
select f.run, f.step, f.origin_run, f.origin_step, f.hops
from follow f
left join results.steps s on s.run = f.origin_run and s.step = f.origin_step
where s.source_run is null
