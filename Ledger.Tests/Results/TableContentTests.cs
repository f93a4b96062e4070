using Ledger.Domain.Metrics;
using Ledger.Domain.Runs;
using Ledger.Query.Results;
using Ledger.Tests.Query;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Results;

public sealed class TableContentTests(SampleLedger ledger) : IClassFixture<SampleLedger>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reused_base_has_the_values_of_its_source()
    {
        (await Rows("select origin_run from results.origins where run = $1 and step = 'base'", SampleLedger.Runs[2])).ShouldBe([SampleLedger.Runs[0]]);
        (await Rows("select model_digest || ' ' || gradient_evaluations_train || ' ' || train_seconds from results.models where run = $1 and model_step = 'base'", SampleLedger.Runs[2]))
            .ShouldBe([$"{SampleLedger.Digest('1')} 10000 5"]);
    }

    [Fact]
    public async Task A_compressed_network_carries_the_trainings_it_rests_on_and_the_one_inside() =>
        (await Rows("select concat_ws(' ', compression, requested, achieved, parameters, gradient_evaluations_train, train_seconds) from results.models where run = $1 and model_step = 'small'", SampleLedger.Runs[2]))
            .ShouldBe(["ptq 8 8 421642 10700 5.4"]);

    [Fact]
    public async Task Robust_accuracy_comes_with_its_Wilson_interval() =>
        (await Rows(
            """
            select concat_ws(' ', attack, norm, eps_as_written, eps, robust_accuracy, round(robust_low::numeric, 5), round(robust_high::numeric, 5), attacked, broken, round(relative_robustness::numeric, 5), clean_accuracy, attack_seed, attack_settings->>'steps')
            from results.robustness where run = $1 and attack_step = 'pgd'
            """, SampleLedger.Runs[0]))
            .ShouldBe(["pgd linf 1/10 0.1 0.21 0.18589 0.23633 850 640 0.24706 0.85 17 20"]);

    [Fact]
    public async Task The_interval_is_the_one_of_the_metrics()
    {
        await using var reading = await Reading.Open(ledger.Store.Source, null, Stop);
        var rows = await reading.Rows(
            "select attacked - broken, examples, robust_low, robust_high from results.robustness", row => (row.GetInt32(0), row.GetInt32(1), row.GetDouble(2), row.GetDouble(3)), Stop);
        rows.Count.ShouldBe(10);
        foreach (var (robust, examples, low, high) in rows)
        {
            var interval = Accuracy.Wilson95(robust, examples);
            low.ShouldBe(interval.Low, 1e-12);
            high.ShouldBe(interval.High, 1e-12);
        }
    }

    [Fact]
    public async Task Lineage_leads_from_an_attack_to_the_artifacts_of_another_run() =>
        (await Rows("select concat_ws(' ', ancestor, distance, role, origin_run, artifacts) from results.lineage where run = $1 and step = 'pgd' order by distance", SampleLedger.Runs[2]))
            .ShouldBe(
            [
                $"pgd 0 {SampleLedger.Runs[2]} outcomes {SampleLedger.Digest('a')}",
                $"small 1 model {SampleLedger.Runs[2]} architecture {SampleLedger.Digest('4')}, weights {SampleLedger.Digest('8')}",
                $"base 2 model {SampleLedger.Runs[0]} architecture {SampleLedger.Digest('4')}, weights {SampleLedger.Digest('1')}",
            ]);

    [Fact]
    public async Task Runs_say_how_they_ended() =>
        (await Rows("select concat_ws(' ', number, state, steps_completed, steps_reused, steps_failed, replay_verdict) from results.runs order by number"))
            .ShouldBe(["1 completed 4 0 0", "2 completed 4 0 0", "3 completed 4 1 0", "4 completed 4 1 0", "5 failed 0 0 1", "6 completed 4 0 0 identical"]);

    [Fact]
    public async Task Flags_come_from_the_run_and_from_reviews() =>
        (await Rows("select concat_ws(' ', raised_by, step, code, reason) from results.flags where run in ($1, $2) order by position", SampleLedger.Runs[2], SampleLedger.Runs[4]))
            .ShouldBe(["run pgd gradient-masking", "review base diverged loss rose"]);

    [Fact]
    public async Task Retracting_a_run_taints_what_was_reused_from_it_and_not_the_past()
    {
        const string Retracted = "select run from results.models where retracted and clean_accuracy_full is not null order by run collate \"C\"";
        long before;
        await using (var reading = await Reading.Open(ledger.Store.Source, null, Stop))
            before = reading.Position;
        await ledger.Append($"review/{SampleLedger.Runs[1]}", new Retracted("wrong labels"));
        (await Rows(Retracted)).ShouldBe([SampleLedger.Runs[1], SampleLedger.Runs[3]]);

        AsOf.TryParse($"{before}", out var then).ShouldBeTrue();
        await using var past = await Reading.Open(ledger.Store.Source, then, Stop);
        (await past.Rows(Retracted, row => row.GetString(0), Stop)).ShouldBeEmpty();
    }

    private async Task<IReadOnlyList<string>> Rows(string sql, params object[] values)
    {
        await using var reading = await Reading.Open(ledger.Store.Source, null, Stop);
        return await reading.Rows(sql, row => row.GetString(0), Stop, values);
    }
}
