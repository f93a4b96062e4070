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
select said.position, said.recorded_at, said.id as run, said.kind as said,
       coalesce(said.data->>'reason', said.data->>'text') as reason,
       said.data->>'by' as superseded_by, said.data->>'digest' as digest, (said.data->>'bytes')::bigint as bytes
from (
    select *, 'annotated' as kind from events.review_annotated e
    union all select *, 'retracted' from events.review_retracted e
    union all select *, 'superseded' from events.review_superseded e
    union all select *, 'artifact_released' from events.review_artifact_released e
    union all select *, 'cancel_asked' from events.review_cancel_asked e
    union all select *, 'pause_asked' from events.review_pause_asked e
) said
where said.position > :from and said.position <= :to
