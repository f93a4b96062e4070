using Ledger.Domain.Experiments;
using Ledger.Domain.Runs;

namespace Ledger.Runner.Attacks;

/// <summary>DeepFool as an attack: the point it ends at breaks an example if it lies within ε, and its distance is recorded either way.</summary>
public sealed class DeepFoolAttack(DeepFool settings) : BatchAttack
{
    public override string Name => "deepfool";

    public override Keeping Keeps => Keeping.Closest;

    public override IEnumerable<MetricValue> Metrics(AttackFindings found, AttackedNetwork network) => MinimalDistances.Of(found, network.Threat);

    public override void Run(BatchUnderAttack batch, int round)
    {
        var passes = new Passes(batch.Logits, batch.Differences);
        bool[] attacked = [.. Enumerable.Range(0, AttackEvaluation.BatchSize).Select(row => row < batch.Examples.Count)];
        new DeepFoolWalk(batch.Network, settings, passes).Walk(batch.Pixels, attacked, (step, point, logits) => batch.See(point, logits, step));
    }
}
