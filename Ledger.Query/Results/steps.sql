-- table: steps
-- kind: state
-- key: run, step
-- index: key
-- about: One row per planned step of a run: its configuration, its key, and what became of it.
-- run             | text             |       | identity | Id of the run.
-- step            | text             |       | identity | Path of the step, unique in the run.
-- ordinal         | integer          | count | identity | Place in the plan, from 1.
-- kind            | text             |       | computed | train, compress, attack or measure.
-- config          | jsonb            |       | computed | The resolved configuration.
-- inputs          | jsonb            |       | computed | Role to path of an earlier step.
-- seed_path       | jsonb            |       | computed | Chain of step ids that the step's seeds hang on.
-- state           | text             |       | identity | planned, running, completed, reused or failed.
-- key             | text             |       | computed | Hash of the fields that identify the step; null until it started.
-- fields          | jsonb            |       | computed | Those fields.
-- source_run      | text             |       | identity | Run whose result was taken over; null when computed here.
-- source_step     | text             |       | identity | Step whose result was taken over.
-- failure_code    | text             |       | identity | Why it failed; null otherwise.
-- failure_message | text             |       | identity | The failure in words; null otherwise.
-- starts          | integer          | count | identity | How often it was started.
-- started_at      | timestamptz      |       | identity | First start; null until then.
-- ended_at        | timestamptz      |       | identity | When it was completed, reused or failed.
-- seconds         | double precision | s     | observed | Wall time of the computation; null unless computed here.
-- position_from   | bigint           |       | identity | Position of the plan.
-- position_to     | bigint           |       | identity | Position of the step's last event, epochs and flags excepted.
with touched as (
    select distinct p.stream from events.positions p
    where p.position > :from and p.position <= :to and p.stream like 'run/%'
      and p.kind in ('planned', 'step_started', 'training_completed', 'compression_completed', 'attack_completed',
                     'measurement_completed', 'step_reused', 'step_failed')
), planned as (
    select e.stream, e.id, e.position, s.ordinality, s.value as plan
    from touched t join events.run_planned e on e.stream = t.stream
    cross join lateral jsonb_array_elements(e.data->'steps') with ordinality s
    where e.position <= :to
), folded as (
    select e.stream, e.data->>'step' as step, max(e.position) as position, max(e.recorded_at) as recorded_at,
           (array_agg(e.kind order by e.position desc))[1] as kind,
           (array_agg(e.data order by e.position desc))[1] as data,
           (array_agg(e.data order by e.position desc) filter (where e.kind in ('step_started', 'step_reused')))[1] as identified,
           count(*) filter (where e.kind = 'step_started')::integer as starts,
           min(e.recorded_at) filter (where e.kind = 'step_started') as started_at
    from touched t join events.step_changes e on e.stream = t.stream
    where e.position <= :to
    group by e.stream, e.data->>'step'
), last as (
    select f.*, case f.kind when 'step_started' then 'running' when 'step_reused' then 'reused' when 'step_failed' then 'failed' else 'completed' end as state
    from folded f
)
select p.id as run, p.plan->>'path' as step, p.ordinality::integer as ordinal, p.plan->>'kind' as kind, p.plan->'config' as config,
       p.plan->'inputs' as inputs, p.plan->'seedPath' as seed_path, coalesce(last.state, 'planned') as state,
       last.identified->>'key' as key, last.identified->'fields' as fields,
       case when last.state = 'reused' then last.data->>'sourceRun' end as source_run,
       case when last.state = 'reused' then last.data->>'sourceStep' end as source_step,
       case when last.state = 'failed' then last.data->>'code' end as failure_code,
       case when last.state = 'failed' then last.data->>'message' end as failure_message,
       coalesce(last.starts, 0) as starts, last.started_at,
       case when last.state <> 'running' then last.recorded_at end as ended_at,
       case when last.state = 'completed' then (last.data->>'seconds')::double precision end as seconds,
       p.position as position_from, coalesce(last.position, p.position) as position_to
from planned p
left join last on last.stream = p.stream and last.step = p.plan->>'path'
