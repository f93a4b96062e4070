-- table: epochs
-- kind: fact
-- key: position
-- index: run, step
-- about: One row per pass over the training examples; an epoch taken again after a resume has a row of its own.
-- position             | bigint           |          | identity | Place of the event in the ledger.
-- recorded_at          | timestamptz      |          | identity | When the server gave the event its position.
-- run                  | text             |          | identity | Id of the run.
-- step                 | text             |          | identity | Path of the training step.
-- epoch                | integer          | count    | computed | Number of the epoch, from 1.
-- loss                 | double precision |          | computed | Mean training loss; null when it was not finite.
-- accuracy             | double precision | fraction | computed | Right on the training examples as seen during the epoch.
-- lr                   | double precision |          | computed | Learning rate of the epoch.
-- weights_digest       | text             |          | computed | SHA-256 of the state at the end of the epoch.
-- gradient_evaluations | bigint           | count    | computed | Forward-backward passes per example, attack included.
-- validation_loss      | double precision |          | computed | Mean on the validation examples without perturbation; null when there are none or it was not finite.
-- validation_accuracy  | double precision | fraction | computed | Right on them; null when there are none.
-- seconds              | double precision | s        | observed | Wall time.
select e.position, e.recorded_at, e.id as run, e.data->>'step' as step,
       (e.data->>'epoch')::integer as epoch,
       (e.data->>'loss')::double precision as loss,
       (e.data->>'accuracy')::double precision as accuracy,
       (e.data->>'lr')::double precision as lr,
       e.data->>'weightsDigest' as weights_digest,
       (e.data->>'gradientEvaluations')::bigint as gradient_evaluations,
       (e.data->>'validationLoss')::double precision as validation_loss,
       (e.data->>'validationAccuracy')::double precision as validation_accuracy,
       (e.data->>'seconds')::double precision as seconds
from events.run_epoch_completed e
where e.position > :from and e.position <= :to
