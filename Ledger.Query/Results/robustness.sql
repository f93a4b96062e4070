-- table: robustness
-- kind: view
-- key: run, attack_step
-- about: One row per network evaluated and attack. One more for the worst case of several attacks on one network, within one threat and on the same examples. Results taken over from other runs stand here as if computed in this one.
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
-- attack_step         | text             |          | computed | Path of the attack step; in a worst case those of all, joined by a plus.
-- attack_ordinal      | integer          | count    | computed | Place of that step in the plan.
-- dataset             | text             |          | computed | Source of the examples.
-- split               | text             |          | computed | train or test.
-- examples            | integer          | count    | computed | Examples evaluated.
-- examples_digest     | text             |          | computed | Equal digests: the same examples in the same order.
-- clean_accuracy      | double precision | fraction | computed | On the same examples.
-- clean_accuracy_full | double precision | fraction | computed | Measured accuracy; null when not measured.
-- clean_examples_full | integer          | count    | computed | Examples that was measured on, where recorded.
-- adversary           | text             |          | computed | Name of the adversary in the experiment file; in a worst case worst-case.
-- norm                | text             |          | computed | linf or l2.
-- eps                 | double precision |          | computed | The radius, in the threat's space.
-- eps_as_written      | text             |          | computed | The radius as in the experiment file.
-- eps_float_bits      | text             |          | computed | The radius as used: bits of a float32 in hexadecimal.
-- eps_space           | text             |          | computed | pixel or normalized.
-- clip                | boolean          |          | computed | Whether perturbed pixels stay inside [0, 1].
-- attack              | text             |          | computed | fgsm, pgd and so on; worst-case.
-- attack_settings     | jsonb            |          | computed | The attack's settings.
-- attack_seed         | text             |          | computed | Seed of the attack's noise; null in a worst case.
-- gradient            | text             |          | computed | exact or straight-through; in a worst case exact only if of all.
-- robust_accuracy     | double precision | fraction | computed | Right without and under every perturbation tried.
-- robust_low          | double precision | fraction | computed | Lower end of the 95 % interval (Wilson 1927).
-- robust_high         | double precision | fraction | computed | Upper end of it.
-- attacked            | integer          | count    | computed | Examples right without perturbation.
-- broken              | integer          | count    | computed | Of those, the ones that were broken.
-- relative_robustness | double precision | fraction | computed | Robust over clean accuracy; null when nothing was right.
-- worst_case          | boolean          |          | computed | Whether an example counts as broken if any of several attacks broke it.
-- attacks_in_worst_case | integer        | count    | computed | Attacks in it; null unless worst_case.
-- parameters          | bigint           | count    | computed | Weights and biases.
-- nonzero_parameters  | bigint           | count    | computed | Those that are not zero.
-- sparsity            | double precision | fraction | computed | Weights that are zero.
-- size_bytes          | bigint           | bytes    | computed | As stored for deployment.
-- dense_bytes         | bigint           | bytes    | computed | Stored as float32 without regard to zeros.
-- macs                | bigint           | count    | computed | Multiply-accumulates for one example.
-- effective_macs      | bigint           | count    | computed | Those with a weight that is not zero.
-- bits_weights        | double precision | bits     | computed | Of one stored weight, the mean over them; null when not measured.
-- bits_activations    | double precision | bits     | computed | Of one value that a layer reads, the mean over layers; null when not measured.
-- log10_condition_median | double precision |       | computed | Median over layers of log10 of the condition number; null when not measured.
-- log10_condition_head | double precision |         | computed | The same of the last layer.
-- rank_deficient_layers | integer         | count    | computed | Layers whose rank is not full.
-- spectral_norm_product | double precision |        | computed | Product over layers of the largest singular value.
-- stable_rank_mean    | double precision |          | computed | Mean over layers of the stable rank.
-- latency_ms_p50      | double precision | ms       | observed | Median time of one batch.
-- latency_batch       | integer          | count    | observed | Examples in that batch.
-- latency_threads     | integer          | count    | observed | Threads used.
-- compression         | text             |          | computed | Method of the nearest compression the network rests on; null for an uncompressed one.
-- requested           | double precision |          | computed | What that compression was asked for.
-- achieved            | double precision |          | computed | What came out, in the same unit.
-- gradient_evaluations_train | bigint    | count    | computed | Forward-backward passes spent on every training the network rests on, those inside compressions too.
-- train_seconds       | double precision | s        | observed | Wall time of those steps, where they were first computed.
-- flags               | integer          | count    | identity | Suspicions about the attack or the network.
-- flag_codes          | text             |          | identity | Their codes; null when there are none.
-- retracted           | boolean          |          | identity | The run, or one whose result it rests on, was retracted.
-- position_from       | bigint           |          | identity | Position of the run's plan.
-- position_to         | bigint           |          | identity | Position of the last event the row rests on, flags and retractions excepted.
with counted as (
    select s.run, s.step, s.ordinal, s.inputs->>'model' as model_step, s.config->'data' as data,
           s.config #>> '{adversary,name}' as adversary, s.config #>> '{adversary,threat,norm}' as norm, s.config #>> '{adversary,threat,eps}' as eps_as_written,
           s.config #>> '{adversary,threat,space}' as eps_space, (s.config #>> '{adversary,threat,clip}')::boolean as clip,
           s.config #>> '{adversary,attack,attack}' as attack, (s.config #> '{adversary,attack}') - 'attack' as attack_settings,
           s.fields #>> '{seeds,attack}' as attack_seed, o.origin_run, o.origin_step, a.examples, a.examples_digest, a.correct, a.broken, a.standing,
           a.eps_float_bits, a.gradient, greatest(s.position_to, a.position) as position_to,
           exists (select 1 from results.reviews w where w.said = 'retracted' and w.run = o.origin_run) as retracted
    from results.steps s
    join results.origins o on o.run = s.run and o.step = s.step
    join results.attacks a on a.run = o.origin_run and a.step = o.origin_step
    where s.kind = 'attack' and s.state in ('completed', 'reused')
), threatened as (
    -- One network under one threat on one set of examples: nothing else is ever taken together.
    select c.*, count(*) over same as attacks, count(c.standing) over same as known,
           min(length(c.standing)) over same as shortest, max(length(c.standing)) over same as longest
    from counted c
    window same as (partition by c.run, c.model_step, c.norm, c.eps_as_written, c.eps_float_bits, c.eps_space, c.clip, c.examples_digest)
), worst as (
    select t.run, string_agg(t.step, ' + ' order by t.ordinal) as step, max(t.ordinal) as ordinal, t.model_step,
           jsonb_agg(t.adversary order by t.ordinal) as adversaries, t.norm, t.eps_as_written, t.eps_float_bits, t.eps_space, t.clip,
           (array_agg(t.data order by t.ordinal))[1] as data, max(t.examples) as examples, t.examples_digest, max(t.correct) as correct,
           bit_count(bit_and(t.standing))::integer as robust, case when bool_and(t.gradient = 'exact') then 'exact' else 'straight-through' end as gradient,
           max(t.position_to) as position_to, bool_or(t.retracted) as retracted, count(*)::integer as attacks
    from threatened t
    where t.norm is not null and t.eps_as_written is not null and t.attacks > 1 and t.known = t.attacks and t.shortest = t.longest
    group by t.run, t.model_step, t.norm, t.eps_as_written, t.eps_float_bits, t.eps_space, t.clip, t.examples_digest
), flagged as (
    select t.run, t.step, count(distinct f.position)::integer as flags, string_agg(distinct f.code collate "C", ', ') as flag_codes
    from (
        select c.run, c.step, c.step as part, c.model_step, c.origin_run, c.origin_step from counted c
        union all
        select w.run, w.step, c.step, c.model_step, c.origin_run, c.origin_step
        from worst w join counted c on c.run = w.run and c.model_step = w.model_step and c.examples_digest = w.examples_digest
          and (c.norm, c.eps_as_written, c.eps_float_bits, c.eps_space, c.clip) is not distinct from (w.norm, w.eps_as_written, w.eps_float_bits, w.eps_space, w.clip)
    ) t join results.flags f
      on (f.run = t.run and f.step in (t.part, t.model_step)) or (f.run = t.origin_run and f.step = t.origin_step and f.run <> t.run)
    group by t.run, t.step
), evaluated as (
    select c.run, c.step, c.ordinal, c.model_step, c.data, c.adversary, c.norm, c.eps_as_written, c.eps_float_bits, c.eps_space, c.clip, c.attack, c.attack_settings,
           c.attack_seed, c.gradient, c.examples, c.examples_digest, c.correct, c.broken, false as worst_case, null::integer as attacks, c.retracted, c.position_to
    from counted c
    union all
    select w.run, w.step, w.ordinal, w.model_step, w.data, 'worst-case', w.norm, w.eps_as_written, w.eps_float_bits, w.eps_space, w.clip, 'worst-case',
           jsonb_build_object('of', w.adversaries), null, w.gradient, w.examples, w.examples_digest, w.correct, w.correct - w.robust, true, w.attacks, w.retracted, w.position_to
    from worst w
), rated as (
    select e.*, case when e.examples > 0 then (e.correct - e.broken)::double precision / e.examples end as robust,
           nullif(e.examples, 0)::double precision as n, 1.959963984540054::double precision as z
    from evaluated e
)
select m.experiment, m.experiment_id, m.run, m.number, m.seed, m.point, m.replay_of, m.model_step, m.model_ordinal, m.model_digest, m.scale,
       c.step as attack_step, c.ordinal as attack_ordinal, c.data->>'source' as dataset, c.data->>'split' as split, c.examples, c.examples_digest,
       case when c.examples > 0 then c.correct::double precision / c.examples end as clean_accuracy,
       m.clean_accuracy_full, m.clean_examples_full,
       c.adversary, c.norm,
       case when strpos(c.eps_as_written, '/') > 0
            then split_part(c.eps_as_written, '/', 1)::double precision / split_part(c.eps_as_written, '/', 2)::double precision
            else c.eps_as_written::double precision end as eps,
       c.eps_as_written, c.eps_float_bits, c.eps_space, c.clip, c.attack, c.attack_settings, c.attack_seed, c.gradient,
       c.robust as robust_accuracy,
       greatest(0, (c.robust + c.z * c.z / (2 * c.n) - c.z * sqrt(c.robust * (1 - c.robust) / c.n + c.z * c.z / (4 * c.n * c.n))) / (1 + c.z * c.z / c.n)) as robust_low,
       least(1, (c.robust + c.z * c.z / (2 * c.n) + c.z * sqrt(c.robust * (1 - c.robust) / c.n + c.z * c.z / (4 * c.n * c.n))) / (1 + c.z * c.z / c.n)) as robust_high,
       c.correct as attacked, c.broken,
       case when c.correct > 0 then (c.correct - c.broken)::double precision / c.correct end as relative_robustness,
       c.worst_case, c.attacks as attacks_in_worst_case,
       m.parameters, m.nonzero_parameters, m.sparsity, m.size_bytes, m.dense_bytes, m.macs, m.effective_macs,
       m.bits_weights, m.bits_activations, m.log10_condition_median, m.log10_condition_head, m.rank_deficient_layers, m.spectral_norm_product, m.stable_rank_mean,
       m.latency_ms_p50, m.latency_batch, m.latency_threads, m.compression, m.requested, m.achieved,
       m.gradient_evaluations_train, m.train_seconds, coalesce(f.flags, 0) as flags, f.flag_codes,
       m.retracted or c.retracted as retracted, m.position_from, greatest(c.position_to, m.position_to) as position_to
from rated c
join results.models m on m.run = c.run and m.model_step = c.model_step
left join flagged f on f.run = c.run and f.step = c.step
