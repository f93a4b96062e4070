-- table: artifacts
-- kind: fact
-- key: position, role
-- index: run
-- about: One row per mention of bytes in the artifact store: by the step that made them, or by a run that began with changes not committed.
-- position    | bigint      |       | identity | Place of the event in the ledger.
-- role        | text        |       | computed | architecture, weights, outcomes, perturbed or series; git-diff: the changes.
-- recorded_at | timestamptz |       | identity | When the server gave the event its position.
-- run         | text        |       | identity | Id of the run.
-- step        | text        |       | identity | Path of the step; null for the run's own.
-- digest      | text        |       | computed | SHA-256 of the content, its address.
-- bytes       | bigint      | bytes | computed | Size of the content.
select e.position, r.role, e.recorded_at, e.id as run, e.data->>'step' as step,
       r.artifact->>'digest' as digest, (r.artifact->>'bytes')::bigint as bytes
from events.completions e
cross join lateral (values ('architecture', e.data #> '{model,architecture}'), ('weights', e.data #> '{model,weights}'),
                           ('outcomes', e.data->'outcomes'), ('perturbed', e.data->'perturbed'), ('series', e.data->'series')) r(role, artifact)
where e.position > :from and e.position <= :to and r.artifact->>'digest' is not null
union all
select e.position, 'git-diff', e.recorded_at, e.id, null, e.data #>> '{environment,gitDiff,digest}', (e.data #>> '{environment,gitDiff,bytes}')::bigint
from events.run_started e
where e.position > :from and e.position <= :to and e.data #>> '{environment,gitDiff,digest}' is not null
