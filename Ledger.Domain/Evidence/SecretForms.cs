using System.Text.RegularExpressions;

namespace Ledger.Domain.Evidence;

/// <summary>One way in which secrets are written. The group <c>secret</c> of its pattern is what must not be kept.</summary>
/// <param name="Looks">For messages: what it looks like.</param>
internal sealed record SecretForm(string Looks, Regex Pattern)
{
    public IEnumerable<Secret> In(string text)
    {
        for (var match = Pattern.Match(text); match.Success; match = match.NextMatch())
            yield return new Secret(match.Groups["secret"].Index, match.Groups["secret"].Length, Looks);
    }
}

/// <summary>
/// The rules. Names such as <c>password</c> and <c>api_key</c> make a secret of whatever value follows them. <c>token</c> and <c>secret</c> are words of
/// this field too (tokens: 512, a data set called secret): after a colon only a value that is no word or number counts. References
/// (<c>${PASSWORD}</c>, <c>&lt;token&gt;</c>), calls, types and null are no values. What looks ahead looks so far and no farther: a text of names
/// over and over would take time with the square of its length.
/// </summary>
internal static partial class SecretForms
{
    // A value that is only the name, type or absence of one, or was replaced before.
    private const string NoValue =
        @"(?!\[redacted\]|(?:none|null|nil|true|false|undefined|optional|string|str|bytes|object|\*+|x{3,}|\.{3})(?![A-Za-z0-9])|\$\{[^}\r\n]*\}|\$[A-Za-z_]\w*(?![^\s""',;&])|%[A-Za-z_]+%)";

    // Atomic: a shorter part of getpass() is no value either.
    private const string Bare = @"(?<secret>(?>[^\s""'`,;&<>\\{}\[\]()|]+))(?![\[({])";

    private const string Value =
        @"(?:\\?""" + NoValue + @"(?<secret>(?:[^""\\\r\n]|\\[^""\r\n])+)\\?""|'" + NoValue + @"(?<secret>[^'\r\n]+)'|" + NoValue + Bare + ")";

    // The end of a name, which may be quoted and escaped as in JSON within a string; then what gives it a value.
    private const string Is = @"(?![A-Za-z0-9])\\?[""']?[^\S\r\n]{0,3}(?::=|=>|[:=])(?!=)[^\S\r\n]{0,3}";

    private const string Name =
        "(?:passw(?:or)?d|passwd|pwd|passphrase|(?:api|access|secret|private|auth|encryption|signing)[_-]?key(?:_base)?|(?:access|auth|refresh|api|bearer|session)[_-]?token|client[_-]?secret)";

    private const string Word = @"(?:[A-Za-z]+\d{0,4}|\d{1,8})";

    public static IReadOnlyList<SecretForm> All { get; } =
    [
        new("a private key", PrivateKey()),
        new("a password in an address", Address()),
        new("a password in a connection string", ConnectionString()),
        new("a secret in an environment variable", Variable()),
        new("a password or key with its value", Named()),
        new("a token or secret with its value", Worded()),
        new("a secret among a command's options", Option()),
        new("an authorization header", Authorization()),
        new("a bearer token", Bearer()),
        new("an access key or token of a known form", Known()),
        new("a signed token", SignedToken()),
    ];

    [GeneratedRegex(@"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?<secret>(?!\s*\[redacted\])[\s\S]+?)(?=-----END|\z)", RegexOptions.ExplicitCapture)]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\b[a-z][a-z0-9+.-]{1,30}://(?:[^\s/?#:@""'<>]{0,200}:" + NoValue + @"(?<secret>[^\s/?#""'<>]{1,400})@|(?<secret>[\w.~%-]{20,400})@)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Address();

    // A value may hold spaces and ends at a semicolon; one must stand before or after.
    [GeneratedRegex(@"\b(?:password|pwd)\s?=\s?" + NoValue + @"(?<secret>[^;""'\r\n]{1,400})(?=;)|(?<=;\s?)(?:password|pwd)\s?=\s?" + NoValue + @"(?<secret>[^;""'\r\n]+)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionString();

    // A line of an environment file, or of a patch of one: whatever follows is the value. PWD itself is a folder.
    [GeneratedRegex(
        @"^[+\- ]?(?:export )?(?:[A-Z0-9]+_)*(?:[A-Z0-9]*PASSWORD|PASSWD|PASSPHRASE|(?<=_)PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|SECRET_?KEY|CREDENTIALS?)(?:_[A-Z0-9_]*)?=(?!\d{0,6}\r?$|["" ]*\r?$)" + NoValue + @"(?<secret>[^\r\n]+)",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline)]
    private static partial Regex Variable();

    [GeneratedRegex(Name + Is + @"(?<!(?:\b|old)pwd\s{0,3}[:=]\s{0,3}(?=[/~]))" + Value, RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Named();

    [GeneratedRegex(
        @"(?:token|secret|credentials?)(?:(?![A-Za-z0-9])=(?![=\s]|\d{1,8}(?!\w))(?=[""']?[^\s""']{4})|" + Is + @"(?![""']?" + Word + @"(?:[-_./: ]+" + Word + @"){0,20}[""'.]?(?:[\s,;}\])]|$))(?=[""']?[^\s""']{8}))" + Value,
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Worded();

    [GeneratedRegex(@"--(?:[a-z0-9]+-)*(?:password|passwd|passphrase|token|secret|api-key|access-key|secret-key)[ \t]+(?!-)" + Value, RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Option();

    [GeneratedRegex(@"\bauthorization\\?[""']?\s?[:=]\s?\\?[""']?(?:(?:bearer|basic|token|digest)\s+)?(?!(?:bearer|basic|token|digest)\b)" + NoValue + @"(?<secret>[^\s""',;\\<{]{6,})", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Authorization();

    [GeneratedRegex(@"\bbearer\s+(?<secret>[\w.~+/-]{16,}=*)", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex Bearer();

    // AWS, GitHub, GitLab, Slack, Hugging Face, Google, npm, and the keys that begin with sk-.
    [GeneratedRegex(
        @"(?<![A-Za-z0-9_-])(?<secret>(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{20,}|xox[abeprs]-[A-Za-z0-9-]{10,}|hf_[A-Za-z0-9]{30,}|AIza[\w-]{35}|npm_[A-Za-z0-9]{36}|sk-(?:[a-z]{2,8}-)?[A-Za-z0-9]{20,})(?![A-Za-z0-9])",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Known();

    [GeneratedRegex(@"\b(?<secret>eyJ[\w-]{8,400}\.eyJ[\w-]{4,}\.[\w-]{8,})", RegexOptions.ExplicitCapture)]
    private static partial Regex SignedToken();
}
