using TorchSharp;

namespace Ledger.Runner.Torch;

/// <summary>
/// The one place that touches torch's process-wide state. Everything random in a step draws from a generator made here
/// from a seed of the seed tree; torch's own global generator is given a constant so that nothing can depend on the clock.
/// </summary>
public static class Determinism
{
    /// <summary>Loads libtorch and sets threads and flags. May be called again with another number of threads.</summary>
    /// <param name="threads">Threads one operation may use, at least 1. Results differ between 1 and 2 threads.</param>
    public static void Prepare(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        NativeMemory.KeepFreed();
        NativeLibraries.Load();
        NativeTorch.UseDeterministicAlgorithms();
        NativeTorch.UseNnpack(false);
        torch.set_num_threads(threads);
        torch.manual_seed(0);
        _ = Convolutions.Path;
    }

    /// <summary>A generator of its own on the CPU (torch's MT19937, which uses the low 32 bits of the seed). The caller disposes of it.</summary>
    public static torch.Generator Generator(ulong seed)
    {
        NativeLibraries.Load();
        return new torch.Generator(seed, torch.CPU);
    }

    /// <summary>What torch says of itself, for the environment record.</summary>
    public static TorchFacts Facts()
    {
        NativeLibraries.Load();
        return new TorchFacts(
            NativeTorch.Version(), NativeTorch.Flavour(), NativeTorch.CpuCapability(), torch.get_num_threads(),
            NativeTorch.DeterministicAlgorithms(), Convolutions.Path, NativeTorch.Configuration());
    }
}

/// <param name="Version">Of libtorch, for example 2.10.0.</param>
/// <param name="Flavour"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="CpuCapability">Vector level ATen's own kernels use, for example <c>AVX512</c>; oneDNN and MKL choose theirs.</param>
/// <param name="Convolutions">How they are computed; other paths give other bits.</param>
/// <param name="Configuration">libtorch's description of how it was built, with the versions of MKL and oneDNN.</param>
public sealed record TorchFacts(
    string Version, string Flavour, string CpuCapability, int Threads, bool DeterministicAlgorithms, ConvolutionPath Convolutions, string Configuration);
