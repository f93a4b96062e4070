-- table: specifications
-- kind: fact
-- key: position
-- index: experiment
-- about: One row per version of an experiment's specification, with the reason for each change: what was asked, and since when.
-- position    | bigint      |  | identity | Place of the event in the ledger.
-- recorded_at | timestamptz |  | identity | When the server gave the event its position.
-- experiment  | text        |  | identity | Id of the experiment.
-- change      | text        |  | identity | registered, amended or withdrawn.
-- reason      | text        |  | identity | Why it was amended or withdrawn; null for the registration.
-- scale       | text        |  | identity | Label of the scale; null when the file has none.
-- spec_digest | text        |  | computed | SHA-256 of the resolved specification; null for a withdrawal.
select e.position, e.recorded_at, e.id as experiment, e.kind as change, e.data->>'reason' as reason, e.data->>'scale' as scale,
       e.data->>'specDigest' as spec_digest
from events.specifications e
where e.position > :from and e.position <= :to
