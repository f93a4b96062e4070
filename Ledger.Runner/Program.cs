using Ledger.Runner.Postgres;

if (args is [IdleWatch.Verb, var directory])
{
    return await IdleWatch.Run(directory);
}

return 0;
