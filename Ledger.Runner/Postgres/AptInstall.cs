namespace Ledger.Runner.Postgres;

/// <summary>Installs Postgres on Debian and Ubuntu, as root, and nothing but the programs: no cluster of the system, no server on TCP.</summary>
internal static class AptInstall
{
    // Debian's package makes a cluster and starts it unless told otherwise here, before it is installed.
    private const string CreateClusterFolder = "/etc/postgresql-common/createcluster.d";

    private static readonly string[] ProxyVariables = ["http_proxy", "https_proxy", "no_proxy"];

    public static bool IsPossible(SystemUser current) => current.IsRoot && File.Exists("/usr/bin/apt-get") && Offers(ReadOsRelease());

    /// <summary>Debian and what calls itself like it, by <c>/etc/os-release</c>.</summary>
    public static bool Offers(string osRelease) => osRelease.Split('\n')
        .Select(line => line.Split('=', 2))
        .Where(field => field is ["ID" or "ID_LIKE", _])
        .Any(field => field[1].Trim('"').Split(' ').Any(id => id is "debian" or "ubuntu"));

    public static async Task Run(Action<string> say, CancellationToken stop)
    {
        say("Postgres is missing: installing it (apt-get install postgresql); its programs only, no server of the system is set up");
        Directory.CreateDirectory(CreateClusterFolder);
        string noCluster = Path.Combine(CreateClusterFolder, "ledger.conf");
        await File.WriteAllTextAsync(noCluster, "create_main_cluster = false\n", stop);
        try
        {
            await Apt(["-qq", "update"], stop);
            await Apt(["-qq", "install", "--yes", "--no-install-recommends", "postgresql"], stop);
        }
        finally
        {
            File.Delete(noCluster);
        }
    }

    private static async Task Apt(string[] arguments, CancellationToken stop)
    {
        IEnumerable<string> proxies = ProxyVariables
            .Select(name => (name, value: Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.value is not null)
            .Select(variable => $"{variable.name}={variable.value}");
        (int code, string output) = await ServerUser.Run(
            ["/usr/bin/env", "DEBIAN_FRONTEND=noninteractive", .. proxies, "/usr/bin/apt-get", .. arguments], stop);
        if (code != 0)
        {
            throw new PostgresUnavailable($"apt-get {string.Join(' ', arguments)} failed:\n{output}\n{PostgresBinaries.HowToGetThem}");
        }
    }

    private static string ReadOsRelease() => File.Exists("/etc/os-release") ? File.ReadAllText("/etc/os-release") : "";
}
