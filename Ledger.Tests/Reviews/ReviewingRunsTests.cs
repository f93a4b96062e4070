using Ledger.Domain;
using Ledger.Query;
using Ledger.Query.Results;
using Ledger.Query.Runs;
using Ledger.Runner;
using Ledger.Runner.Reviews;
using Ledger.Tests.Query;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Reviews;

/// <summary>Remarks on the runs of a small ledger, and what the reading side makes of them.</summary>
public sealed class ReviewingRunsTests(SampleLedger ledger) : IClassFixture<SampleLedger>, IAsyncLifetime
{
    private static readonly string[] Run = SampleLedger.Runs;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private readonly string folder = Directory.CreateTempSubdirectory("ledger-review-").FullName;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task The_same_remark_is_recorded_once_and_another_beside_it()
    {
        (await Send(new AnnotateRun(Run[0], "odd in epoch 2"))).New.ShouldBeTrue();
        (await Send(new AnnotateRun(Run[0], "odd in epoch 2"))).New.ShouldBeFalse();
        (await Send(new AnnotateRun(Run[0], "seen again"))).New.ShouldBeTrue();

        (await Remarks(Run[0])).ShouldBe(["annotated odd in epoch 2", "annotated seen again"]);
        (await Said.By(ledger.Place, "show", Run[0])).Output.ShouldContain("2 remarks");
    }

    [Fact]
    public async Task A_retraction_taints_what_was_taken_over_and_what_rests_on_it()
    {
        var retracted = await Send(new RetractRun(Run[1], "wrong labels"));
        retracted.New.ShouldBeTrue();
        (await Send(new RetractRun(Run[1], "again"))).New.ShouldBeFalse();

        var tainted = await Taint(Run[1]);
        tainted.ShouldAllBe(step => step.Run == Run[3] && step.Ancestor == "base" && step.RetractedStep == "base" && step.Reason == "wrong labels" && step.Experiment == "sample");
        tainted.Select(step => step.Step).ShouldBe(["base", "small", "clean", "fgsm", "pgd"]);
        (await Taint(Run[0])).ShouldBeEmpty("its results were taken over too, but it stands");

        (await Said.By(ledger.Place, "show", Run[1])).Output.ShouldSatisfyAllConditions(
            show => show.ShouldContain("retracted: wrong labels"), show => show.ShouldContain("resting on it"), show => show.ShouldContain(Run[3]));
        (await Said.By(ledger.Place, "show", Run[3])).Output.ShouldSatisfyAllConditions(
            show => show.ShouldContain("rests on a retracted run"), show => show.ShouldContain("tainted"), show => show.ShouldContain("wrong labels"));
        var results = (await Said.By(ledger.Place, "results")).Output;
        results.ShouldContain("Left out: 1 run (retracted).");
        results.ShouldContain("Left out: 1 run (resting on a retracted run).");
        (await Said.By(ledger.Place, "results", "--as-of", $"{retracted.Before}")).Output.ShouldNotContain("retracted");
        (await Said.By(ledger.Place, "report")).Output.ShouldContain($"| tainted | base rests on {Run[1]}, retracted: wrong labels |");
        (await Said.By(ledger.Place, "explain", Run[3], "base")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task A_superseded_run_is_left_out_and_taints_nothing()
    {
        (await Send(new SupersedeRun(Run[2], Run[0], "a better one"))).New.ShouldBeTrue();
        (await Send(new SupersedeRun(Run[2], Run[0], "a better one"))).New.ShouldBeFalse();

        (await Said.By(ledger.Place, "results")).Output.ShouldContain("Left out: 1 run (superseded, as its review says).");
        (await Said.By(ledger.Place, "runs")).Output.ShouldContain("superseded");
        (await Said.By(ledger.Place, "show", Run[2])).Output.ShouldContain($"superseded by {Run[0]}: a better one");
        (await Taint(Run[2])).ShouldBeEmpty();
        (await Should.ThrowAsync<Refused>(() => Send(new SupersedeRun(Run[0], Run[2], "round")))).Code.ShouldBe("superseded-in-a-circle");
        (await Should.ThrowAsync<Refused>(() => Send(new SupersedeRun(Run[0], Run[4], "failed")))).Code.ShouldBe("not-completed");
    }

    [Fact]
    public async Task What_says_nothing_or_too_much_or_holds_a_secret_is_bad_input()
    {
        (await Should.ThrowAsync<BadInput>(() => Send(new AnnotateRun(Run[0], " ")))).Message.ShouldBe("text: found ' ', expected 1 to 2000 characters of text");
        await Should.ThrowAsync<BadInput>(() => Send(new RetractRun(Run[0], new string('x', ReviewStream.Longest + 1))));
        (await Should.ThrowAsync<BadInput>(() => Send(new RetractRun(Run[0], "leaked password: hunter2")))).Message.ShouldNotContain("hunter2");
        (await Should.ThrowAsync<Refused>(() => Send(new RetractRun(Ulid.NewUlid().ToString(), "nothing there")))).Code.ShouldBe("not-a-run");
    }

    [Fact]
    public async Task The_longest_text_fits_into_an_event_whatever_the_script() =>
        (await Send(new AnnotateRun(Run[3], new string('\u4e2d', ReviewStream.Longest)))).New.ShouldBeTrue();

    private async Task<T> Send<T>(IRequest<T> request)
    {
        await using var services = new ServiceCollection().AddUseCases(typeof(RetractRun).Assembly)
            .AddSingleton(new LedgerHome(ledger.Place.ConnectionString, folder, TimeProvider.System, _ => { })).AddSingleton<Runner.Runs.FoldTables>(Runs.TinyExperiment.Fold)
            .AddSingleton(TimeProvider.System).BuildServiceProvider();
        return await services.GetRequiredService<IMediator>().Send(request, Stop);
    }

    private Task<IReadOnlyList<TaintedStep>> Taint(string run) => new ListTaint.Handler(ledger.Store.Source).Handle(new ListTaint(run), Stop);

    private async Task<IReadOnlyList<string>> Remarks(string run)
    {
        await using var reading = await Reading.Open(ledger.Store.Source, null, Stop);
        return await reading.Rows("select said || ' ' || reason from results.reviews where run = $1 order by position", row => row.GetString(0), Stop, run);
    }
}
