using Ledger.Query;
using Ledger.Runner;

return await Usage.Run(CommandLine.Build(args), args, Console.Error);
