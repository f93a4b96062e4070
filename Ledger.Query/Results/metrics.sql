-- table: metrics
-- kind: view
-- key: run, step, position, ordinal
-- about: Every metric of every network in long form, those of attacks and of their perturbations included. Results taken over from other runs stand here as if computed in this one.
-- experiment    | text             |       | identity | Name of the experiment.
-- experiment_id | text             |       | identity | Id of the experiment.
-- run           | text             |       | identity | Id of the run.
-- number        | integer          | count | identity | Place of the run in the plan.
-- seed          | bigint           |       | computed | The run's seed.
-- point         | jsonb            |       | computed | Axis to label: the matrix point.
-- replay_of     | text             |       | identity | Id of the run it replays; null for an original.
-- model_step    | text             |       | computed | Path of the step that made the network.
-- step          | text             |       | computed | Path of the step that gave the metric.
-- attack_step   | text             |       | computed | The attack it is about; null when it is about the network alone.
-- adversary     | text             |       | computed | Name of that attack's adversary.
-- norm          | text             |       | computed | Of its threat.
-- eps           | double precision |       | computed | Radius of its threat, in the threat's space.
-- eps_as_written | text            |       | computed | The radius as in the experiment file.
-- metric        | text             |       | computed | Name of the metric.
-- layer         | text             |       | computed | Layer, or other part of the network or examples, the value is about; null: the whole.
-- value         | double precision |       | computed | In the unit named; null when it was not finite. Bits count only where class is computed.
-- unit          | text             |       | computed | fraction, count, bytes, ms and so on.
-- class         | text             |       | computed | computed, observed or identity: whether a replay must give the same bits.
-- retracted     | boolean          |       | identity | The run, or one whose result it rests on, was retracted.
-- position      | bigint           |       | identity | Position of the event that holds the value.
-- ordinal       | integer          | count | identity | Place of the metric within that event.
with attacked as (
    select s.run, s.step, s.config #>> '{adversary,name}' as adversary, s.config #>> '{adversary,threat,norm}' as norm, s.config #>> '{adversary,threat,eps}' as eps
    from results.steps s where s.kind = 'attack'
)
select m.experiment, m.experiment_id, m.run, m.number, m.seed, m.point, m.replay_of, m.model_step, s.step,
       a.step as attack_step, a.adversary, a.norm,
       case when strpos(a.eps, '/') > 0 then split_part(a.eps, '/', 1)::double precision / split_part(a.eps, '/', 2)::double precision
            else a.eps::double precision end as eps,
       a.eps as eps_as_written, v.metric, v.layer, v.value, v.unit, v.class,
       m.retracted or exists (select 1 from results.reviews w where w.said = 'retracted' and w.run = o.origin_run) as retracted,
       v.position, v.ordinal
from results.steps s
join results.origins o on o.run = s.run and o.step = s.step
join results.measurements v on v.run = o.origin_run and v.step = o.origin_step
join results.models m on m.run = s.run and m.model_step = s.inputs->>'model'
left join attacked a on a.run = s.run and a.step = case when s.kind = 'attack' then s.step else s.inputs->>'attack' end
where s.kind in ('measure', 'attack') and s.state in ('completed', 'reused')
