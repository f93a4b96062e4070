using Ledger.Domain;
using Shouldly;
using Xunit;

namespace Ledger.Tests;

public class RefusalsTests
{
    [Fact]
    public void Bad_input_says_every_problem_where_it_is()
    {
        var refusal = new BadInput(
            [
                new("8", "at most 1", "adversaries.l2.eps", "a.yaml", 3, 7, "did you mean 8/255?"),
                new("nothing", "a name", File: "a.yaml", Line: 9),
                new("--sead", "an option", Hint: "did you mean --seed?"),
            ]);
        refusal.ExitCode.ShouldBe(2);
        refusal.Message.ShouldBe("""
            a.yaml(3,7): adversaries.l2.eps: found 8, expected at most 1 (did you mean 8/255?)
            a.yaml(9): found nothing, expected a name
            found --sead, expected an option (did you mean --seed?)
            """);
    }

    [Fact]
    public void A_refusal_by_history_carries_its_code_and_values()
    {
        var refusal = new Refused("run-ended", "The run has ended.", ("run", "01J"), ("state", "completed"));
        refusal.ExitCode.ShouldBe(3);
        refusal.Code.ShouldBe("run-ended");
        refusal.Values["state"].ShouldBe("completed");
    }
}
