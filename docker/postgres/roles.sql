-- Who may do what. Idempotent: run it before the first migration (it makes the roles) and after each (it grants on what
-- is there by then). The roles cannot log in; give each person or service a login of its own that is a member of one.
--   ledger_owner      migrates: owns the schemas ledger and ledger_log
--   ledger_writer     appends events, gives them positions and seals them; cannot change or remove any
--   ledger_projector  gives positions, owns the results tables
--   ledger_reader     reads
--   ledger_auditor    reads
do $$
declare name text;
begin
    foreach name in array array['ledger_owner', 'ledger_writer', 'ledger_projector', 'ledger_reader', 'ledger_auditor']
    loop
        if not exists (select from pg_roles where rolname = name) then
            begin
                execute format('create role %I nologin', name);
            exception when duplicate_object or unique_violation then
                null; -- made by a concurrent run, in another database of the cluster
            end;
        end if;
    end loop;
    execute format('grant create on database %I to ledger_owner', current_database());
end
$$;

do $$
begin
    if to_regnamespace('ledger_log') is null then
        raise notice 'not migrated yet: run this again after ledger migrate';
        return;
    end if;

    revoke all on all tables in schema ledger, ledger_log
        from public, ledger_writer, ledger_projector, ledger_reader, ledger_auditor;
    revoke all on all functions in schema ledger, ledger_log from public;

    grant usage on schema ledger, ledger_log to ledger_writer, ledger_projector, ledger_reader, ledger_auditor;
    grant select on all tables in schema ledger, ledger_log to ledger_writer, ledger_projector, ledger_reader, ledger_auditor;

    grant insert on ledger.mt_events, ledger.mt_streams to ledger_writer;
    grant insert on ledger_log.tiles, ledger_log.seals, ledger_log.imported_log to ledger_writer;
    grant update (version, timestamp) on ledger.mt_streams to ledger_writer;
    grant usage on sequence ledger.mt_events_sequence to ledger_writer;
    grant execute on all functions in schema ledger to ledger_writer;
    revoke execute on function ledger.mt_archive_stream(varchar) from ledger_writer;
    grant execute on function ledger_log.advance() to ledger_writer, ledger_projector;

    alter schema results owner to ledger_projector;
    grant usage on schema results to ledger_writer, ledger_reader, ledger_auditor;
    grant select on all tables in schema results to ledger_writer, ledger_reader, ledger_auditor;
    alter default privileges for role ledger_projector in schema results
        grant select on tables to ledger_writer, ledger_reader, ledger_auditor;
end
$$;
