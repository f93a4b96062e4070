-- Schema version 2: the Merkle tree over the log and its seals, and the logs of ledgers that were imported.

create table ledger_log.tiles (
    origin text not null,
    level  smallint not null check (level >= 0),
    index  bigint not null check (index >= 0),
    root   bytea not null check (length(root) = 32),
    hashes bytea not null check (length(hashes) = 8192),
    primary key (origin, level, index)
);
comment on table ledger_log.tiles is
    'The Merkle tree (RFC 9162) over each log, 256 hashes a row; incomplete rows are not kept, the last leaves stand with the seal.';
comment on column ledger_log.tiles.level is '0: hashes of leaves; n: roots of the rows at level n - 1.';
comment on column ledger_log.tiles.index is 'From 0: row i of level 0 holds positions 256 i + 1 to 256 i + 256.';
comment on column ledger_log.tiles.root is 'Root over the 256 hashes.';
alter table ledger_log.tiles alter hashes set storage external;

create table ledger_log.seals (
    origin    text not null,
    size      bigint not null check (size > 0),
    key_id    text not null,
    root      bytea not null check (length(root) = 32),
    tail      bytea not null check (length(tail) % 32 = 0 and length(tail) < 8192),
    note      text not null,
    sealed_at timestamptz not null default clock_timestamp(),
    primary key (origin, size, key_id)
);
comment on table ledger_log.seals is 'Signed heads of the tree.';
comment on column ledger_log.seals.size is 'Number of events sealed: positions 1 to size.';
comment on column ledger_log.seals.tail is 'Hashes of the leaves after the last complete row of tiles.';
comment on column ledger_log.seals.note is 'The seal itself: a C2SP checkpoint in a signed note.';
comment on column ledger_log.seals.sealed_at is 'The server''s clock; not signed.';

create table ledger_log.imported_log (
    origin      text not null,
    position    bigint not null check (position > 0),
    event_id    uuid not null,
    recorded_at timestamptz not null,
    began_here  boolean not null,
    primary key (origin, position),
    unique (event_id, origin)
);
comment on table ledger_log.imported_log is 'Where events stand in the log of another ledger that was imported; they have a position in this one''s too.';
comment on column ledger_log.imported_log.began_here is 'The event is this ledger''s own: the other had imported it, and it came back.';

do $$
declare guarded regclass;
begin
    foreach guarded in array array['ledger_log.tiles', 'ledger_log.seals', 'ledger_log.imported_log']::regclass[]
    loop
        execute format('create trigger only_grows before update or delete or truncate on %s
                        for each statement execute function ledger_log.refuse()', guarded);
        execute format('alter table %s enable always trigger only_grows', guarded);
    end loop;
end
$$;
