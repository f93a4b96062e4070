-- table: trainings
-- kind: fact
-- key: position
-- index: run
-- about: One row per training or fine-tuning step that came to its end.
-- position             | bigint           |       | identity | Place of the event in the ledger.
-- recorded_at          | timestamptz      |       | identity | When the server gave the event its position.
-- run                  | text             |       | identity | Id of the run.
-- step                 | text             |       | identity | Path of the step.
-- architecture_digest  | text             |       | computed | SHA-256 of the network's graph.
-- weights_digest       | text             |       | computed | SHA-256 of its weights.
-- epochs               | integer          | count | computed | Passes over the training examples.
-- kept_epoch           | integer          |          | computed | The epoch whose weights were kept, from 1; null: the last.
-- examples             | integer          | count | computed | Training examples in one epoch.
-- loss                 | double precision |       | computed | Of the last epoch; null when it was not finite.
-- gradient_evaluations | bigint           | count | computed | Forward-backward passes per example, attack included.
-- seconds              | double precision | s     | observed | Wall time.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step,
       e.data #>> '{model,architecture,digest}' as architecture_digest,
       e.data #>> '{model,weights,digest}' as weights_digest,
       (e.data->>'epochs')::integer as epochs,
       (e.data->>'keptEpoch')::integer as kept_epoch,
       (e.data->>'examples')::integer as examples,
       (e.data->>'loss')::double precision as loss,
       (e.data->>'gradientEvaluations')::bigint as gradient_evaluations,
       (e.data->>'seconds')::double precision as seconds
from events.run_training_completed e
where e.position > :from and e.position <= :to
