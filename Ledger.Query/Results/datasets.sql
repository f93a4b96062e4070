-- table: datasets
-- kind: fact
-- key: position
-- about: One row per set of decoded examples a run read.
-- position       | bigint      |       | identity | Place of the event in the ledger.
-- recorded_at    | timestamptz |       | identity | When the server gave the event its position.
-- run            | text        |       | identity | Id of the run.
-- name           | text        |       | identity | Source, split and selection as text.
-- source         | text        |       | computed | Name in the data catalog.
-- split          | text        |       | computed | train or test.
-- examples       | integer     | count | computed | Number of examples.
-- shape          | jsonb       |       | computed | Shape of one example.
-- classes        | integer     | count | computed | Number of labels.
-- digest         | text        |       | computed | SHA-256 over shape, pixels and labels in order.
select e.position, e.recorded_at, e.id as run, e.data->>'name' as name, e.data->>'source' as source, e.data->>'split' as split,
       (e.data->>'examples')::integer as examples, e.data->'shape' as shape, (e.data->>'classes')::integer as classes,
       e.data->>'digest' as digest
from events.run_dataset_pinned e
where e.position > :from and e.position <= :to
