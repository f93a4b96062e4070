-- table: terms
-- kind: fact
-- key: position, ordinal
-- index: run, step
-- about: One row per epoch and term added to the training loss, such as a regulariser: means over the batches of the epoch.
-- position      | bigint           |       | identity | Place of the epoch's event in the ledger.
-- ordinal       | integer          | count | identity | Place of the term within the event, from 1.
-- recorded_at   | timestamptz      |       | identity | When the server gave the event its position.
-- run           | text             |       | identity | Id of the run.
-- step          | text             |       | identity | Path of the training step.
-- epoch         | integer          | count | computed | Number of the epoch, from 1.
-- term          | text             |       | computed | Name of the term.
-- value         | double precision |       | computed | Weighted, as added to the loss; null when it was not finite.
-- gradient_norm | double precision |       | computed | Euclidean norm of its weighted gradient by all parameters; null when it was not finite.
select e.position, t.ordinality::integer as ordinal, e.recorded_at, e.id as run, e.data->>'step' as step,
       (e.data->>'epoch')::integer as epoch,
       t.value->>'name' as term,
       (t.value->>'value')::double precision as value,
       (t.value->>'gradientNorm')::double precision as gradient_norm
from events.run_epoch_completed e
cross join lateral jsonb_array_elements(e.data->'terms') with ordinality t
where e.position > :from and e.position <= :to
