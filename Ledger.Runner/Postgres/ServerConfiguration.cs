namespace Ledger.Runner.Postgres;

/// <summary>The texts of the files that make a cluster the ledger's: written anew at every start, since the socket's folder may differ.</summary>
internal static class ServerConfiguration
{
    public const string FileName = "ledger.conf";
    public const string Role = "ledger";

    /// <summary>The line that goes at the end of <c>postgresql.conf</c>, where it overrules what stands above it.</summary>
    public const string Include = $"\ninclude_if_exists = '{FileName}'\n";

    /// <summary>No TCP, nothing that trades durability for speed, and room for the machines that give little shared memory.</summary>
    public static string Settings(string socketFolder) => $"""
        # Written by ledger at every start. Put settings of your own in postgresql.auto.conf (ALTER SYSTEM).
        listen_addresses = ''
        port = {SocketFolder.Port}
        unix_socket_directories = '{socketFolder}'
        unix_socket_permissions = 0700
        max_connections = 60
        fsync = on
        synchronous_commit = on
        full_page_writes = on
        # /dev/shm has 64 MB in a container.
        dynamic_shared_memory_type = mmap
        jit = off
        timezone = 'UTC'
        log_timezone = 'UTC'
        lc_messages = 'C'
        log_destination = 'stderr'
        logging_collector = off
        log_line_prefix = '%m [%p] '
        log_checkpoints = off

        """;

    /// <summary>Over the socket, as who the kernel says you are; nothing else, and never trust.</summary>
    public const string Access = $"local all all peer map={Role}\n";

    /// <summary>Who may be the owner role: the user at hand, the server's user, and root, who could do it anyway.</summary>
    public static string Identities(IEnumerable<string> users) =>
        string.Concat(users.Append("root").Distinct().Select(user => $"{Role} \"{user}\" {Role}\n"));
}
