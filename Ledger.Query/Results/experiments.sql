-- table: experiments
-- kind: state
-- key: experiment
-- about: One row per experiment, as its last registration or amendment left it.
-- experiment    | text        |       | identity | Id of the experiment.
-- slug          | text        |       | identity | The name in the file; an alias. Of an imported experiment with @ and the beginning of its ledger's id.
-- origin        | text        |       | identity | Id of the ledger it was imported from; null for this one's own.
-- about         | text        |       | identity | What the experiment is about, in its author's words.
-- state         | text        |       | identity | registered or withdrawn.
-- scale         | text        |       | identity | Label of the scale; null when the file has none.
-- spec_digest   | text        |       | computed | SHA-256 of the resolved specification.
-- spec          | jsonb       |       | computed | The resolved specification.
-- amendments    | integer     | count | identity | How often it was amended.
-- registered_at | timestamptz |       | identity | When it entered the ledger.
-- position_from | bigint      |       | identity | Position of its first event.
-- position_to   | bigint      |       | identity | Position of its last event.
with touched as (
    select distinct p.stream from events.positions p
    where p.position > :from and p.position <= :to and p.stream like 'experiment/%'
), folded as (
    select p.stream, p.id, min(p.position) as position_from, max(p.position) as position_to, min(p.recorded_at) as registered_at,
           count(*) filter (where p.kind = 'amended') as amendments, bool_or(p.kind = 'withdrawn') as withdrawn,
           max(p.position) filter (where p.kind = 'registered') as registered,
           max(p.position) filter (where p.kind in ('registered', 'amended')) as latest
    from touched t join events.streamed p on p.stream = t.stream
    where p.position <= :to
    group by p.stream, p.id
), specs as (
    select position, data from events.experiment_registered e where position <= :to
    union all
    select position, data from events.experiment_amended e where position <= :to
)
select f.id as experiment, r.data->>'slug' || coalesce('@' || left(home.origin, 10), '') as slug, home.origin, r.data->>'about' as about,
       case when f.withdrawn then 'withdrawn' else 'registered' end as state,
       l.data->>'scale' as scale, l.data->>'specDigest' as spec_digest, l.data->'spec' as spec,
       f.amendments::integer as amendments, f.registered_at, f.position_from, f.position_to
from folded f
join specs r on r.position = f.registered
join specs l on l.position = f.latest
left join lateral (select i.origin from ledger_log.log first join ledger_log.imported_log i on i.event_id = first.event_id and not i.began_here
                   where first.position = f.position_from order by i.recorded_at limit 1) home on true
