-- table: robustness
-- kind: view
-- key: run, attack_step
-- about: One row per network evaluated and attack. Results taken over from other runs stand here as if computed in this one.
-- experiment          | text             |          | identity | Name of the experiment.
-- experiment_id       | text             |          | identity | Id of the experiment.
-- run                 | text             |          | identity | Id of the run.
-- number              | integer          | count    | identity | Place of the run in the plan.
-- seed                | bigint           |          | computed | The run's seed.
-- point               | jsonb            |          | computed | Axis to label: the matrix point.
-- replay_of           | text             |          | identity | Id of the run it replays; null for an original.
-- model_step          | text             |          | computed | Path of the step that made the network.
-- model_ordinal       | integer          | count    | computed | Place of that step in the plan.
-- model_digest        | text             |          | computed | SHA-256 of its weights.
-- scale               | text             |          | identity | Label of the scale.
-- attack_step         | text             |          | computed | Path of the attack step.
-- attack_ordinal      | integer          | count    | computed | Place of that step in the plan.
-- dataset             | text             |          | computed | Source of the examples.
-- split               | text             |          | computed | train or test.
-- examples            | integer          | count    | computed | Examples evaluated.
-- examples_digest     | text             |          | computed | Equal digests: the same examples in the same order.
-- clean_accuracy      | double precision | fraction | computed | On the same examples.
-- clean_accuracy_full | double precision | fraction | computed | Measured accuracy; null when not measured.
-- clean_examples_full | integer          | count    | computed | Examples that was measured on, where recorded.
-- adversary           | text             |          | computed | Name of the adversary in the experiment file.
-- norm                | text             |          | computed | linf or l2.
-- eps                 | double precision |          | computed | The radius, in the threat's space.
-- eps_as_written      | text             |          | computed | The radius as in the experiment file.
-- eps_float_bits      | text             |          | computed | The radius as used: bits of a float32 in hexadecimal.
-- eps_space           | text             |          | computed | pixel or normalized.
-- clip                | boolean          |          | computed | Whether perturbed pixels stay inside [0, 1].
-- attack              | text             |          | computed | fgsm, pgd and so on.
-- attack_settings     | jsonb            |          | computed | The attack's settings.
-- attack_seed         | text             |          | computed | Seed of the attack's noise.
-- gradient            | text             |          | computed | exact or straight-through.
-- robust_accuracy     | double precision | fraction | computed | Right without and under every perturbation tried.
-- robust_low          | double precision | fraction | computed | Lower end of the 95 % interval (Wilson 1927).
-- robust_high         | double precision | fraction | computed | Upper end of it.
-- attacked            | integer          | count    | computed | Examples right without perturbation.
-- broken              | integer          | count    | computed | Of those, the ones that were broken.
-- relative_robustness | double precision | fraction | computed | Robust over clean accuracy; null when nothing was right.
-- worst_case          | boolean          |          | computed | Whether the row is the worst over all attacks example by example; null: not taken.
-- attacks_in_worst_case | integer        | count    | computed | Attacks in it; null: not taken.
-- parameters          | bigint           | count    | computed | Weights and biases.
-- nonzero_parameters  | bigint           | count    | computed | Those that are not zero.
-- sparsity            | double precision | fraction | computed | Weights that are zero.
-- size_bytes          | bigint           | bytes    | computed | As stored for deployment.
-- dense_bytes         | bigint           | bytes    | computed | Stored as float32 without regard to zeros.
-- macs                | bigint           | count    | computed | Multiply-accumulates for one example.
-- effective_macs      | bigint           | count    | computed | Those with a weight that is not zero.
-- latency_ms_p50      | double precision | ms       | observed | Median time of one batch.
-- latency_batch       | integer          | count    | observed | Examples in that batch.
-- latency_threads     | integer          | count    | observed | Threads used.
-- compression         | text             |          | computed | Method of the nearest compression the network rests on; null for an uncompressed one.
-- requested           | double precision |          | computed | What that compression was asked for.
-- achieved            | double precision |          | computed | What came out, in the same unit.
-- gradient_evaluations_train | bigint    | count    | computed | Forward-backward passes spent on every training the network rests on.
-- train_seconds       | double precision | s        | observed | Wall time of those trainings, where they were first computed.
-- flags               | integer          | count    | identity | Suspicions about the attack or the network.
-- flag_codes          | text             |          | identity | Their codes; null when there are none.
-- retracted           | boolean          |          | identity | The run, or one whose result it rests on, was retracted.
-- position_from       | bigint           |          | identity | Position of the run's plan.
-- position_to         | bigint           |          | identity | Position of the last event the row rests on, flags and retractions excepted.
with counted as (
    select s.run, s.step, s.ordinal, s.inputs->>'model' as model_step, s.config->'adversary' as adversary, s.config->'data' as data,
           s.fields #>> '{seeds,attack}' as attack_seed, o.origin_run, o.origin_step, a.examples, a.examples_digest, a.correct, a.broken,
           a.eps_float_bits, a.gradient, greatest(s.position_to, a.position) as position_to,
           case when a.examples > 0 then (a.correct - a.broken)::double precision / a.examples end as robust,
           nullif(a.examples, 0)::double precision as n, 1.959963984540054::double precision as z
    from results.steps s
    join results.origins o on o.run = s.run and o.step = s.step
    join results.attacks a on a.run = o.origin_run and a.step = o.origin_step
    where s.kind = 'attack' and s.state in ('completed', 'reused')
), flagged as (
    select c.run, c.step, count(*)::integer as flags, string_agg(distinct f.code collate "C", ', ') as flag_codes
    from counted c join results.flags f
      on (f.run = c.run and f.step in (c.step, c.model_step)) or (f.run = c.origin_run and f.step = c.origin_step and f.run <> c.run)
    group by c.run, c.step
)
select m.experiment, m.experiment_id, m.run, m.number, m.seed, m.point, m.replay_of, m.model_step, m.model_ordinal, m.model_digest, m.scale,
       c.step as attack_step, c.ordinal as attack_ordinal, c.data->>'source' as dataset, c.data->>'split' as split, c.examples, c.examples_digest,
       case when c.examples > 0 then c.correct::double precision / c.examples end as clean_accuracy,
       m.clean_accuracy_full, m.clean_examples_full,
       c.adversary->>'name' as adversary, c.adversary #>> '{threat,norm}' as norm,
       case when strpos(c.adversary #>> '{threat,eps}', '/') > 0
            then split_part(c.adversary #>> '{threat,eps}', '/', 1)::double precision / split_part(c.adversary #>> '{threat,eps}', '/', 2)::double precision
            else (c.adversary #>> '{threat,eps}')::double precision end as eps,
       c.adversary #>> '{threat,eps}' as eps_as_written, c.eps_float_bits, c.adversary #>> '{threat,space}' as eps_space,
       (c.adversary #>> '{threat,clip}')::boolean as clip, c.adversary #>> '{attack,attack}' as attack,
       (c.adversary->'attack') - 'attack' as attack_settings, c.attack_seed, c.gradient,
       c.robust as robust_accuracy,
       greatest(0, (c.robust + c.z * c.z / (2 * c.n) - c.z * sqrt(c.robust * (1 - c.robust) / c.n + c.z * c.z / (4 * c.n * c.n))) / (1 + c.z * c.z / c.n)) as robust_low,
       least(1, (c.robust + c.z * c.z / (2 * c.n) + c.z * sqrt(c.robust * (1 - c.robust) / c.n + c.z * c.z / (4 * c.n * c.n))) / (1 + c.z * c.z / c.n)) as robust_high,
       c.correct as attacked, c.broken,
       case when c.correct > 0 then (c.correct - c.broken)::double precision / c.correct end as relative_robustness,
       null::boolean as worst_case, null::integer as attacks_in_worst_case,
       m.parameters, m.nonzero_parameters, m.sparsity, m.size_bytes, m.dense_bytes, m.macs, m.effective_macs,
       m.latency_ms_p50, m.latency_batch, m.latency_threads, m.compression, m.requested, m.achieved,
       m.gradient_evaluations_train, m.train_seconds, coalesce(f.flags, 0) as flags, f.flag_codes,
       m.retracted or exists (select 1 from results.reviews w where w.said = 'retracted' and w.run = c.origin_run) as retracted,
       m.position_from, greatest(c.position_to, m.position_to) as position_to
from counted c
join results.models m on m.run = c.run and m.model_step = c.model_step
left join flagged f on f.run = c.run and f.step = c.step
