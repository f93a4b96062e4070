-- table: runs
-- kind: state
-- key: run
-- index: experiment
-- about: One row per run: its plan, where it ran and how far it came. What others say about it is in reviews and flags.
-- run               | text             |       | identity | Id of the run.
-- experiment        | text             |       | identity | Id of its experiment.
-- number            | integer          | count | identity | Place within the experiment's plan, from 1.
-- point             | jsonb            |       | computed | Axis to label: the matrix point.
-- seed              | bigint           |       | computed | The run's seed.
-- threads           | integer          | count | computed | Threads torch may use.
-- spec_digest       | text             |       | computed | SHA-256 of the specification it was planned from.
-- replay_of         | text             |       | identity | Id of the run it replays; null for an original.
-- replay_verdict    | text             |       | computed | identical, close, diverged or not-comparable; null until judged.
-- state             | text             |       | identity | planned, running, paused, completed, failed or cancelled.
-- steps             | integer          | count | computed | Steps planned.
-- steps_completed   | integer          | count | identity | Steps computed in this run.
-- steps_reused      | integer          | count | identity | Steps taken over from another run.
-- steps_failed      | integer          | count | identity | Steps that failed.
-- flagged           | integer          | count | identity | Suspicions raised by the run itself.
-- attempt           | integer          | count | identity | 1, and one more for each time it was resumed.
-- environment_class | text             |       | computed | What bit-exactness is promised within; null until started.
-- environment       | jsonb            |       | observed | Everything recorded about where it ran.
-- machine           | text             |       | observed | Host of the last worker.
-- tool              | text             |       | observed | Version of the tool of the last worker.
-- planned_at        | timestamptz      |       | identity | When the plan got its position.
-- started_at        | timestamptz      |       | identity | When work began; null until then.
-- ended_at          | timestamptz      |       | identity | When the last state was reached, if it is a final one.
-- events            | integer          | count | identity | Events in the run's stream.
-- position_from     | bigint           |       | identity | Position of its first event.
-- position_to       | bigint           |       | identity | Position of its last event.
with touched as (
    select distinct p.stream from events.positions p
    where p.position > :from and p.position <= :to and p.stream like 'run/%'
), folded as (
    select p.stream, p.id, min(p.position) as position_from, max(p.position) as position_to, max(p.version)::integer as events,
           max(p.position) filter (where p.kind in ('planned', 'started', 'resumed', 'paused', 'completed', 'failed', 'cancelled')) as state_at,
           max(p.position) filter (where p.kind = 'planned') as planned,
           max(p.position) filter (where p.kind = 'started') as started,
           max(p.position) filter (where p.kind = 'resumed') as resumed,
           max(p.position) filter (where p.kind = 'replay_judged') as judged,
           count(*) filter (where p.kind in ('training_completed', 'compression_completed', 'attack_completed', 'measurement_completed')) as completed,
           count(*) filter (where p.kind = 'step_reused') as reused,
           count(*) filter (where p.kind = 'step_failed') as step_failures,
           count(*) filter (where p.kind = 'result_flagged') as flagged
    from touched t join events.streamed p on p.stream = t.stream
    where p.position <= :to
    group by p.stream, p.id
)
select f.id as run, plan.data->>'experiment' as experiment, (plan.data->>'number')::integer as number, plan.data->'point' as point,
       (plan.data->>'seed')::bigint as seed, (plan.data->>'threads')::integer as threads, plan.data->>'specDigest' as spec_digest,
       plan.data->>'replayOf' as replay_of, judged.data->>'verdict' as replay_verdict,
       case last.kind when 'started' then 'running' when 'resumed' then 'running' else last.kind end as state,
       jsonb_array_length(plan.data->'steps') as steps,
       f.completed::integer as steps_completed, f.reused::integer as steps_reused, f.step_failures::integer as steps_failed,
       f.flagged::integer as flagged,
       coalesce((resumed.data->>'attempt')::integer, 1) as attempt,
       started.data->>'environmentClass' as environment_class, started.data->'environment' as environment,
       coalesce(resumed.data, started.data) #>> '{worker,machine}' as machine,
       coalesce(resumed.data, started.data) #>> '{worker,tool}' as tool,
       plan.recorded_at as planned_at, started.recorded_at as started_at,
       case when last.kind in ('completed', 'failed', 'cancelled') then last.recorded_at end as ended_at,
       f.events, f.position_from, f.position_to
from folded f
join events.run_planned plan on plan.position = f.planned
join events.positions last on last.position = f.state_at
left join events.run_started started on started.position = f.started
left join events.run_resumed resumed on resumed.position = f.resumed
left join events.run_replay_judged judged on judged.position = f.judged
