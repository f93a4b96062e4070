using Ledger.Domain.Experiments;
using static TorchSharp.torch;

namespace Ledger.Runner.Attacks;

/// <summary>Random perturbations within the threat, without looking at the network: a check on attacks that do, which must find more.</summary>
public sealed class NoiseAttack(RandomNoise settings) : BatchAttack
{
    public override string Name => "noise";

    /// <summary>One for each draw.</summary>
    public override int Rounds => settings.Draws;

    public override bool IsWhiteBox => false;

    public override void Run(BatchUnderAttack batch, int round)
    {
        using var scope = NewDisposeScope();
        NoiseFill fill = batch.Network.Ball is L2Ball ? batch.Network.Ball.Surface : batch.Network.Ball.Inside;
        var perturbation = batch.Network.Space.Feasible(batch.Pixels, ExampleNoise.Rows(batch.Pixels.shape, batch.Noise, fill));
        var point = batch.Network.Space.Apply(batch.Pixels, perturbation);
        batch.See(point, batch.Logits(point), step: 0);
    }
}
