-- Schema version 1: positions, guards, and the schema of the results tables. Runs once, in one transaction, after
-- Marten's own objects are in place. Nothing here adds a column to a table of Marten's: its next schema apply would drop it.

create schema ledger_log;
create schema results;

comment on schema ledger_log is 'The gapless order of the ledger''s events, and what the schema''s migrations were.';
comment on schema results is 'Projections of the events; can be dropped and rebuilt.';

create table ledger_log.schema_versions (
    version    integer primary key,
    tool       text not null,
    applied_at timestamptz not null default clock_timestamp()
);

create table ledger_log.origin (
    origin text primary key,
    single boolean not null default true unique check (single)
);
comment on table ledger_log.origin is 'This ledger''s own ULID, one row.';

create table ledger_log.log (
    position    bigint primary key,
    seq_id      bigint not null unique,
    event_id    uuid not null,
    stream      text not null,
    version     bigint not null,
    type        text not null,
    recorded_at timestamptz not null
);
comment on table ledger_log.log is 'One row an event, in the order in which the server first saw it committed.';
comment on column ledger_log.log.position is 'From 1, without gaps.';
comment on column ledger_log.log.seq_id is 'Marten''s number: has gaps and is handed out before commit, so it says nothing about order.';
comment on column ledger_log.log.recorded_at is 'The server''s clock when the position was given; never runs backwards.';

create table ledger_log.holes (
    seq_id bigint primary key
);
comment on table ledger_log.holes is
    'Numbers that were not there when a higher one got its position: rolled back, or still to be committed. None is ever given up.';

-- Positions for the events committed since the last call; returns the highest position, 0 for an empty ledger.
create function ledger_log.advance() returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    head  bigint;
    given bigint;
begin
    -- Each later statement takes a snapshot of its own, and so sees everything the holder before us committed.
    perform pg_advisory_xact_lock(7821463905142);
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'ledger_log.advance() needs read committed, not %', current_setting('transaction_isolation')
            using errcode = 'invalid_transaction_state';
    end if;

    with high as materialized (
        select coalesce(max(seq_id), 0) as seq_id, coalesce(max(position), 0) as position,
               greatest(max(recorded_at), clock_timestamp()) as now
        from (select seq_id, null::bigint as position, null::timestamptz as recorded_at
              from (select seq_id from ledger_log.log order by seq_id desc limit 1) by_number
              union all
              select null, position, recorded_at
              from (select position, recorded_at from ledger_log.log order by position desc limit 1) by_position) last
    ), found as materialized (
        select e.seq_id, e.id, e.stream_id, e.version, e.type
        from high join ledger.mt_events e on e.seq_id > high.seq_id
        union all
        select e.seq_id, e.id, e.stream_id, e.version, e.type
        from ledger_log.holes h join ledger.mt_events e on e.seq_id = h.seq_id
        where not exists (select from ledger_log.log l where l.seq_id = h.seq_id)
    ), placed as (
        insert into ledger_log.log (position, seq_id, event_id, stream, version, type, recorded_at)
        select high.position + row_number() over (order by f.seq_id), f.seq_id, f.id, f.stream_id, f.version, f.type, high.now
        from found f cross join high
        returning position
    ), opened as (
        insert into ledger_log.holes (seq_id)
        select n
        from high, generate_series(high.seq_id + 1, (select max(seq_id) from found)) n
        where not exists (select from found f where f.seq_id = n)
    )
    select high.position + count(placed.position), count(placed.position)
    into head, given
    from high left join placed on true
    group by high.position;

    if given > 0 then
        perform pg_notify('ledger', head::text);
    end if;
    return head;
end
$$;
revoke execute on function ledger_log.advance() from public;

create function ledger_log.refuse() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    raise exception '% on %.% is refused: a ledger only grows', tg_op, tg_table_schema, tg_table_name
        using errcode = 'LG001', hint = 'Append an event that says what changed (ledger annotate, retract, release).';
end
$$;

create function ledger_log.refuse_unless_growth() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp
as $$
begin
    if new.version > old.version
        and (new.id, new.type, new.created, new.tenant_id, new.is_archived, new.compacted_version)
            is not distinct from (old.id, old.type, old.created, old.tenant_id, old.is_archived, old.compacted_version) then
        return new;
    end if;
    raise exception 'UPDATE on %.% is refused: stream % may only gain events', tg_table_schema, tg_table_name, old.id
        using errcode = 'LG001';
end
$$;

-- Statement triggers also refuse what would touch no row. ALWAYS: session_replication_role does not switch them off.
do $$
declare guarded regclass;
begin
    foreach guarded in array array['ledger.mt_events', 'ledger_log.log', 'ledger_log.holes',
                                   'ledger_log.origin', 'ledger_log.schema_versions']::regclass[]
    loop
        execute format('create trigger only_grows before update or delete or truncate on %s
                        for each statement execute function ledger_log.refuse()', guarded);
        execute format('alter table %s enable always trigger only_grows', guarded);
    end loop;
end
$$;
create trigger only_grows before delete or truncate on ledger.mt_streams
    for each statement execute function ledger_log.refuse();
create trigger only_gains_events before update on ledger.mt_streams
    for each row execute function ledger_log.refuse_unless_growth();
alter table ledger.mt_streams enable always trigger only_grows;
alter table ledger.mt_streams enable always trigger only_gains_events;
