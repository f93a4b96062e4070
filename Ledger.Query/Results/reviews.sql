-- table: reviews
-- kind: fact
-- key: position
-- index: run
-- about: What others said about a run, flags excepted: one row per remark.
-- position    | bigint      |       | identity | Place of the event in the ledger.
-- recorded_at | timestamptz |       | identity | When the server gave the event its position.
-- run         | text        |       | identity | Id of the run spoken of.
-- said        | text        |       | identity | annotated, retracted, superseded, artifact_released, cancel_asked or pause_asked.
-- reason      | text        |       | identity | The text or reason given.
-- superseded_by | text      |       | identity | Id of the run that takes its place; null otherwise.
-- digest      | text        |       | identity | The artifact released; null otherwise.
-- bytes       | bigint      | bytes | identity | Its size; null otherwise.
select e.position, e.recorded_at, e.id as run, e.kind as said,
       coalesce(e.data->>'reason', e.data->>'text') as reason,
       e.data->>'by' as superseded_by, e.data->>'digest' as digest, (e.data->>'bytes')::bigint as bytes
from events.remarks e
where e.position > :from and e.position <= :to
