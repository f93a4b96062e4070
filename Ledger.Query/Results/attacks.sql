-- table: attacks
-- kind: fact
-- key: position
-- index: run
-- about: One row per attack that came to its end, with its counts; rates and intervals are in the view robustness.
-- position             | bigint           |       | identity | Place of the event in the ledger.
-- recorded_at          | timestamptz      |       | identity | When the server gave the event its position.
-- run                  | text             |       | identity | Id of the run.
-- step                 | text             |       | identity | Path of the attack step.
-- outcomes_digest      | text             |       | computed | SHA-256 of the per-example outcomes (Parquet).
-- examples_digest      | text             |       | computed | Equal digests: the same examples in the same order.
-- examples             | integer          | count | computed | Examples evaluated.
-- correct              | integer          | count | computed | Right without perturbation; only these are attacked.
-- broken               | integer          | count | computed | Of the attacked, those misclassified under some perturbation found.
-- eps_float_bits       | text             |       | computed | The radius as used, bits of a float32 in hexadecimal.
-- step_size            | double precision |       | computed | Length of one attack step, in the threat's space.
-- gradient             | text             |       | computed | exact or straight-through.
-- gradient_evaluations | bigint           | count | computed | Forward-backward passes per example, summed.
-- forward_evaluations  | bigint           | count | computed | Forward passes without gradient per example, summed; null where they were not counted.
-- max_distance         | double precision |       | computed | Largest perturbation made, in the threat's norm and space.
-- parts                | integer          | count | computed | Attacks of an ensemble, in attack_parts; null for a single attack.
-- standing             | bit varying      |       | computed | One bit an example: right without and under every perturbation tried; null where it was not kept.
-- perturbed_digest     | text             |       | computed | SHA-256 of the perturbed pixels (safetensors); null where they were not kept.
-- seconds              | double precision | s     | observed | Wall time.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step,
       e.data #>> '{outcomes,digest}' as outcomes_digest,
       e.data->>'examplesDigest' as examples_digest,
       (e.data->>'examples')::integer as examples,
       (e.data->>'correct')::integer as correct,
       (e.data->>'broken')::integer as broken,
       e.data->>'epsFloatBits' as eps_float_bits,
       (e.data->>'stepSize')::double precision as step_size,
       e.data->>'gradient' as gradient,
       (e.data->>'gradientEvaluations')::bigint as gradient_evaluations,
       (e.data->>'forwardEvaluations')::bigint as forward_evaluations,
       (e.data->>'maxDistance')::double precision as max_distance,
       jsonb_array_length(e.data->'parts') as parts,
       substring(('x' || encode(decode(e.data->>'standing', 'base64'), 'hex'))::bit varying from 1 for (e.data->>'examples')::integer) as standing,
       e.data #>> '{perturbed,digest}' as perturbed_digest,
       (e.data->>'seconds')::double precision as seconds
from events.run_attack_completed e
where e.position > :from and e.position <= :to
