-- table: models
-- kind: view
-- key: run, model_step
-- about: One row per network a run trained or compressed, with everything measured of it. Results taken over from other runs stand here as if computed in this one.
-- experiment         | text             |          | identity | Name of the experiment.
-- experiment_id      | text             |          | identity | Id of the experiment.
-- run                | text             |          | identity | Id of the run.
-- number             | integer          | count    | identity | Place of the run in the plan.
-- seed               | bigint           |          | computed | The run's seed.
-- point              | jsonb            |          | computed | Axis to label: the matrix point.
-- scale              | text             |          | identity | Label of the scale.
-- replay_of          | text             |          | identity | Id of the run it replays; null for an original.
-- model_step         | text             |          | computed | Path of the step that made the network.
-- model_ordinal      | integer          | count    | computed | Place of that step in the plan.
-- state              | text             |          | identity | State of that step.
-- model_digest       | text             |          | computed | SHA-256 of its weights; null until made.
-- architecture_digest | text            |          | computed | SHA-256 of its graph.
-- clean_accuracy_full | double precision | fraction | computed | Measured accuracy; null when not measured.
-- clean_examples_full | integer         | count    | computed | Examples it was measured on, where recorded.
-- compression        | text             |          | computed | Method of the nearest compression it rests on; null for an uncompressed network.
-- requested          | double precision |          | computed | What that compression was asked for: ratio removed, or bits.
-- achieved           | double precision |          | computed | What came out, in the same unit.
-- parameters         | bigint           | count    | computed | Weights and biases.
-- nonzero_parameters | bigint           | count    | computed | Those that are not zero.
-- sparsity           | double precision | fraction | computed | Weights that are zero.
-- size_bytes         | bigint           | bytes    | computed | As stored for deployment.
-- dense_bytes        | bigint           | bytes    | computed | The same network stored as float32 without regard to zeros.
-- macs               | bigint           | count    | computed | Multiply-accumulates for one example.
-- effective_macs     | bigint           | count    | computed | Those with a weight that is not zero.
-- bits_weights       | double precision | bits     | computed | Of one stored weight, the mean over them; null when not measured.
-- bits_activations   | double precision | bits     | computed | Of one value that a layer reads, the mean over layers; null when not measured.
-- log10_condition_median | double precision |      | computed | Median over layers of log10 of the weight matrix's condition number; null when not measured.
-- log10_condition_head | double precision |        | computed | The same of the last layer.
-- rank_deficient_layers | integer        | count    | computed | Layers whose rank is not full.
-- spectral_norm_product | double precision |       | computed | Product over layers of the largest singular value.
-- stable_rank_mean   | double precision |          | computed | Mean over layers of the squared ratio of Frobenius to spectral norm.
-- latency_ms_p50     | double precision | ms       | observed | Median time of one batch.
-- latency_batch      | integer          | count    | observed | Examples in that batch.
-- latency_threads    | integer          | count    | observed | Threads used.
-- gradient_evaluations_train | bigint   | count    | computed | Forward-backward passes spent on every training it rests on, those inside compressions too.
-- train_seconds      | double precision | s        | observed | Wall time of those steps, where they were first computed.
-- retracted          | boolean          |          | identity | The run, or one whose result it rests on, was retracted.
-- position_from      | bigint           |          | identity | Position of the run's plan.
-- position_to        | bigint           |          | identity | Position of the last event the row rests on, retractions excepted.
with made as (
    select run, step, position, architecture_digest, weights_digest, gradient_evaluations, seconds from results.trainings t
    union all
    select run, step, position, architecture_digest, weights_digest, gradient_evaluations, case when gradient_evaluations is not null then seconds end
    from results.compressions c
), model_steps as (
    select s.run, s.step, s.ordinal, s.state, s.position_to from results.steps s where s.kind in ('train', 'compress')
), chain as (
    select l.run, l.step, l.ancestor, l.distance, l.kind, l.origin_run, l.origin_step,
           exists (select 1 from results.reviews w where w.said = 'retracted' and w.run in (l.run, l.origin_run)) as retracted
    from results.lineage l join model_steps m on m.run = l.run and m.step = l.step
), spent as (
    select c.run, c.step, sum(t.gradient_evaluations)::bigint as gradient_evaluations, sum(t.seconds::numeric)::double precision as seconds,
           bool_or(c.retracted) as retracted
    from chain c left join made t on t.run = c.origin_run and t.step = c.origin_step
    group by c.run, c.step
), compressed as (
    select distinct on (c.run, c.step) c.run, c.step, x.method, x.requested, x.achieved, x.parameters, x.nonzero_parameters, c.distance
    from chain c join results.compressions x on x.run = c.origin_run and x.step = c.origin_step
    order by c.run, c.step, c.distance, x.position desc
), measured as (
    select s.run, s.inputs->>'model' as model_step, v.metric, v.value, v.examples, greatest(v.position, s.position_to) as position
    from results.steps s
    join results.origins o on o.run = s.run and o.step = s.step
    join results.measurements v on v.run = o.origin_run and v.step = o.origin_step
    where s.kind = 'measure' and v.layer is null and not s.inputs ? 'attack'
), pivoted as (
    select m.run, m.model_step, max(m.position) as position,
           (array_agg(m.value order by m.position desc) filter (where m.metric in ('accuracy', 'clean_accuracy')))[1] as accuracy,
           (array_agg(m.examples order by m.position desc) filter (where m.metric in ('accuracy', 'clean_accuracy')))[1] as examples,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'parameters'))[1]::bigint as parameters,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'nonzero_parameters'))[1]::bigint as nonzero_parameters,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'sparsity'))[1] as sparsity,
           (array_agg(m.value order by m.position desc) filter (where m.metric in ('size_bytes', 'bytes')))[1]::bigint as size_bytes,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'dense_bytes'))[1]::bigint as dense_bytes,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'macs'))[1]::bigint as macs,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'effective_macs'))[1]::bigint as effective_macs,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'bits_weights'))[1] as bits_weights,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'bits_activations'))[1] as bits_activations,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'log10_condition_median'))[1] as log10_condition_median,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'log10_condition_head'))[1] as log10_condition_head,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'rank_deficient_layers'))[1]::integer as rank_deficient_layers,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'spectral_norm_product'))[1] as spectral_norm_product,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'stable_rank_mean'))[1] as stable_rank_mean,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'latency_ms_p50'))[1] as latency_ms_p50,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'latency_batch'))[1]::integer as latency_batch,
           (array_agg(m.value order by m.position desc) filter (where m.metric = 'latency_threads'))[1]::integer as latency_threads
    from measured m group by m.run, m.model_step
)
select e.slug as experiment, r.experiment as experiment_id, r.run, r.number, r.seed, r.point, e.scale, r.replay_of,
       m.step as model_step, m.ordinal as model_ordinal, m.state,
       made.weights_digest as model_digest, made.architecture_digest,
       p.accuracy as clean_accuracy_full, p.examples as clean_examples_full,
       c.method as compression, c.requested, c.achieved,
       coalesce(p.parameters, case when c.distance = 0 then c.parameters end) as parameters,
       coalesce(p.nonzero_parameters, case when c.distance = 0 then c.nonzero_parameters end) as nonzero_parameters,
       p.sparsity, p.size_bytes, p.dense_bytes, p.macs, p.effective_macs,
       p.bits_weights, p.bits_activations, p.log10_condition_median, p.log10_condition_head, p.rank_deficient_layers, p.spectral_norm_product, p.stable_rank_mean,
       p.latency_ms_p50, p.latency_batch, p.latency_threads,
       spent.gradient_evaluations as gradient_evaluations_train, spent.seconds as train_seconds, coalesce(spent.retracted, false) as retracted,
       r.position_from, greatest(m.position_to, p.position) as position_to
from model_steps m
join results.runs r on r.run = m.run
join results.origins o on o.run = m.run and o.step = m.step
left join results.experiments e on e.experiment = r.experiment
left join made on made.run = o.origin_run and made.step = o.origin_step
left join spent on spent.run = m.run and spent.step = m.step
left join compressed c on c.run = m.run and c.step = m.step
left join pivoted p on p.run = m.run and p.model_step = m.step
