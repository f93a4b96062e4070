namespace Ledger.Query.Reports;

/// <summary>What a report asks of the results tables, for one experiment's id. Every order is total, so that equal positions give equal reports.</summary>
internal static class ReportSql
{
    public const string Experiment = """
        select experiment, slug, about, state, scale, spec_digest, spec->'checks' as checks, registered_at, position_from, position_to
        from results.experiments where experiment = $1
        """;

    public const string Specifications = """
        select position, recorded_at, change, reason, scale, spec_digest from results.specifications where experiment = $1 order by position
        """;

    public const string Runs = """
        select run, number, seed, point, state, replay_of, replay_verdict, environment_class, environment, machine, tool, started_at, ended_at, position_from, position_to
        from results.runs where experiment = $1 order by number, position_from
        """;

    public const string Steps = """
        select split_part(s.step, '/', 1) as step, s.kind, count(*) filter (where s.state = 'completed')::integer as computed,
               count(*) filter (where s.state = 'reused')::integer as reused, count(*) filter (where s.state = 'failed')::integer as failed,
               sum(s.seconds::numeric)::double precision as seconds, sum(coalesce(t.gradient_evaluations, a.gradient_evaluations))::bigint as gradient_evaluations
        from results.steps s
        join results.runs r on r.run = s.run
        left join results.trainings t on t.run = s.run and t.step = s.step and s.state = 'completed'
        left join results.attacks a on a.run = s.run and a.step = s.step and s.state = 'completed'
        where r.experiment = $1
        group by split_part(s.step, '/', 1), s.kind order by min(s.ordinal), split_part(s.step, '/', 1) collate "C", s.kind collate "C"
        """;

    public const string Data = """
        select min(d.name collate "C") as name, d.source, d.split, d.examples, d.shape, d.classes, d.digest
        from results.datasets d join results.runs r on r.run = d.run
        where r.experiment = $1 group by d.source, d.split, d.examples, d.shape, d.classes, d.digest order by min(d.position)
        """;

    public const string Measured = """
        select run, seed, point, model_step, step, attack_step, adversary, eps_as_written, metric, layer, value, unit, class, position
        from results.metrics m where experiment_id = $1 and not retracted and replay_of is null order by number, seed, run collate "C", position, ordinal, step collate "C"
        """;

    public const string Parts = """
        select s.config #>> '{adversary,name}' as adversary, s.config #>> '{adversary,threat,eps}' as eps, p.ordinal, p.attack, count(*)::integer as networks,
               sum(p.attacked)::bigint as attacked, sum(p.broken)::bigint as broken, sum(p.gradient_evaluations)::bigint as gradient_evaluations,
               sum(p.forward_evaluations)::bigint as forward_evaluations, sum(p.seconds::numeric)::double precision as seconds
        from results.attack_parts p
        join results.steps s on s.run = p.run and s.step = p.step and s.state = 'completed'
        join results.runs r on r.run = p.run
        where r.experiment = $1 and r.replay_of is null and not exists (select 1 from results.reviews w where w.run = r.run and w.said = 'retracted')
        group by 1, 2, p.ordinal, p.attack order by min(s.ordinal), p.ordinal, p.attack collate "C", min(p.position)
        """;

    public const string Terms = """
        select r.point, t.step, t.term, count(*)::integer as seeds, avg(t.value::numeric)::double precision as value, avg(t.gradient_norm::numeric)::double precision as gradient_norm
        from results.terms t
        join results.runs r on r.run = t.run
        join (select e.run, e.step, max(e.position) as position from results.epochs e group by e.run, e.step) last on last.position = t.position
        where r.experiment = $1 and r.replay_of is null and not exists (select 1 from results.reviews w where w.run = r.run and w.said = 'retracted')
        group by r.point, t.step, t.term order by min(r.number), min(r.position_from), t.step collate "C", t.term collate "C"
        """;

    public const string Checks = """
        select distinct on (c.check_name collate "C") c.check_name, c.verdict, c.declared, c.numbers, c.position, c.judged_to
        from results.checks c where c.experiment = $1 order by c.check_name collate "C", c.position desc
        """;

    public const string Failures = """
        select s.run, s.step, s.failure_code, s.failure_message from results.steps s join results.runs r on r.run = s.run
        where r.experiment = $1 and s.state = 'failed' order by r.number, r.position_from, s.ordinal
        """;

    public const string Remarks = """
        select w.run, w.position, w.said, w.reason, w.superseded_by from results.reviews w join results.runs r on r.run = w.run
        where r.experiment = $1 order by w.position
        """;

    public const string Tainted = """
        select distinct on (t.run) t.run, t.step, t.retracted_run, t.reason
        from results.taint t join results.runs r on r.run = t.run join results.steps s on s.run = t.run and s.step = t.step
        where r.experiment = $1 order by t.run, s.ordinal, t.distance, t.ancestor collate "C"
        """;

    public const string Suspicions = """
        select f.code, split_part(f.step, '/', 1) as step, count(*)::integer as flags, count(distinct f.run)::integer as runs, min(f.value) as least, max(f.value) as most,
               max(f.threshold) as threshold, string_agg(distinct f.reason, '; ') as reason, (array_agg(f.run order by f.position))[1] as example
        from results.flags f join results.runs r on r.run = f.run
        where r.experiment = $1
        group by f.code, split_part(f.step, '/', 1) order by f.code collate "C", split_part(f.step, '/', 1) collate "C"
        """;
}
