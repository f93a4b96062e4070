using System.Text;
using CsCheck;
using Ledger.Domain;
using Ledger.Domain.Evidence;
using Shouldly;
using Xunit;

namespace Ledger.Tests.Evidence;

public sealed class RedactionTests
{
    // None of these opens anything; the first key is the one in Amazon's own documentation.
    private const string Aws = "AKIAIOSFODNN7EXAMPLE", GitHub = "ghp_a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6";
    private const string Jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.dBjftJeZ4CVPmB92K27uhbUJU1p1r";

    [Theory]
    [InlineData("postgres://ada:hunter2@db.example.org:5432/ledger", "postgres://ada:[redacted]@db.example.org:5432/ledger")]
    [InlineData("fatal: cannot read https://ada:p%40ss@example.org/a.git", "fatal: cannot read https://ada:[redacted]@example.org/a.git")]
    [InlineData("https://0123456789abcdef01234567@example.org/a.git", "https://[redacted]@example.org/a.git")]
    [InlineData("Host=db;Username=ada;Password=hunter2;Database=x", "Host=db;Username=ada;Password=[redacted];Database=x")]
    [InlineData("Password=correct horse;Host=db", "Password=[redacted];Host=db")]
    [InlineData("Host=db;Pwd=correct horse", "Host=db;Pwd=[redacted]")]
    [InlineData("password=hunter2", "password=[redacted]")]
    [InlineData("pwd=hunter2", "pwd=[redacted]")]
    [InlineData("secret=swordfish", "secret=[redacted]")]
    [InlineData("token=hunter2, then more", "token=[redacted], then more")]
    [InlineData("db: {user: ada, password: hunter2}", "db: {user: ada, password: [redacted]}")]
    [InlineData("  apiKey: 'a b c'", "  apiKey: '[redacted]'")]
    [InlineData("""{"api_key": "hunter2", "n": 1}""", """{"api_key": "[redacted]", "n": 1}""")]
    [InlineData("""{"token":"s3cr3tv4lue"}""", """{"token":"[redacted]"}""")]
    [InlineData("""{"text":"{\"password\":\"hunter2\"}"}""", """{"text":"{\"password\":\"[redacted]\"}"}""")]
    [InlineData("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = [redacted]")]
    [InlineData("+DB_PASSWORD=pa(ss wo;rd", "+DB_PASSWORD=[redacted]")]
    [InlineData("export HF_TOKEN=whatever", "export HF_TOKEN=[redacted]")]
    [InlineData("PGPASSWORD=hunter2", "PGPASSWORD=[redacted]")]
    [InlineData("ledger up --password hunter2 --verbose", "ledger up --password [redacted] --verbose")]
    [InlineData("Authorization: Bearer abc.def-ghi", "Authorization: Bearer [redacted]")]
    [InlineData("""headers = {"Authorization": "token abcdef123"}""", """headers = {"Authorization": "token [redacted]"}""")]
    [InlineData("sent bearer AAAAAAAAAAAAAAAAAAAA=", "sent bearer [redacted]")]
    [InlineData($"key {Aws}.", "key [redacted].")]
    [InlineData($"git clone with {GitHub}", "git clone with [redacted]")]
    [InlineData("github_pat_11ABCDEFG0aBcDeFgHiJkL_mNoPqRsTuVwXyZ", "[redacted]")]
    [InlineData($"cookie {Jwt}", "cookie [redacted]")]
    [InlineData("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nb", "a\n-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----\nb")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\ncut sho", "-----BEGIN OPENSSH PRIVATE KEY-----[redacted]")]
    public void A_secret_is_replaced_and_nothing_else(string text, string clean) => Redaction.Redacted(text).ShouldBe(clean);

    [Theory]
    [InlineData("token: 5")]
    [InlineData("tokens: 512, max_tokens=4096, tokenizer: bert-base-uncased-v2")]
    [InlineData("data: {secret: {source: fashion-mnist}, secret.test: {first: 500}}")]
    [InlineData("{model: secret, token: cifar-100}")]
    [InlineData("secret: fashion-mnist-sample")]
    [InlineData("about: The secret: nothing is known of it.")]
    [InlineData("keys: [a, b], key: 0123456789abcdef0123456789abcdef")]
    [InlineData("TOKENIZERS_PARALLELISM=false")]
    [InlineData("MAX_TOKEN=512")]
    [InlineData("PWD=/home/ada/ledger OLDPWD=/home/ada")]
    [InlineData("password: ${DB_PASSWORD}")]
    [InlineData("postgres://ada:${PASSWORD}@db/ledger")]
    [InlineData("password = getpass(prompt)")]
    [InlineData("def login(password: str, token: Optional[str] = None)")]
    [InlineData("token = tokens[0]")]
    [InlineData("if password == other:")]
    [InlineData("--token <TOKEN> --password=<password>")]
    [InlineData("https://example.org:8080/a@b")]
    [InlineData("ssh://git@example.org/a.git")]
    [InlineData("password authentication failed for user \"ada\"")]
    [InlineData("the bearer of this")]
    [InlineData("class.cpuIsa: avx2, was \"avx512 of avx512\"")]
    [InlineData("glibc.cpu.hwcaps=-AVX2:glibc.malloc.check=1")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----")]
    [InlineData("task-sk-learn and risk-averse, skip-connections")]
    public void Words_of_this_field_and_references_are_left_alone(string text) => Redaction.Redacted(text).ShouldBe(text);

    [Theory]
    [InlineData("password=hunter2")]
    [InlineData("postgres://ada:hunter2@db/x")]
    [InlineData("Authorization: Bearer abcdefghijklmnopq")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMIIE")]
    [InlineData($"token={GitHub} and {Aws}")]
    public void Redacting_twice_is_redacting_once_wherever_the_secret_stands(string secret) =>
        Gen.Select(Gen.String[Gen.Char[" \n,;:={}'\"ab-"], 0, 20], Gen.String[Gen.Char[" \n,;:={}'\"ab-"], 0, 20]).Sample((before, after) =>
        {
            string once = Redaction.Redacted($"{before}\n{secret}\n{after}");
            once.ShouldContain(Redaction.Mark);
            Redaction.Redacted(once).ShouldBe(once);
        });

    [Fact]
    public void Other_bytes_of_a_file_stay_as_they_are()
    {
        byte[] file = [0xff, 0x00, .. Encoding.UTF8.GetBytes("ü\npassword=geheim\n"), 0x80];

        Redaction.Redacted(file).ShouldBe([0xff, 0x00, .. Encoding.UTF8.GetBytes("ü\npassword=[redacted]\n"), 0x80]);
        Redaction.Redacted(Encoding.UTF8.GetBytes("nothing")).ShouldBe(Encoding.UTF8.GetBytes("nothing"));
    }

    [Fact]
    public void What_a_person_wrote_is_refused_without_repeating_it()
    {
        var refused = Should.Throw<BadInput>(() => Redaction.MustHoldNone("see db, password: hunter2", "--reason"));

        refused.Message.ShouldBe("--reason: found a password or key with its value at character 19, expected words without secrets: they stay in the ledger for good");
        Should.NotThrow(() => Redaction.MustHoldNone("the labels leaked", "--reason"));
    }
}
