"""Checks a proof of a ledger: python3 verify_proof.py FILE KEY...   Exit code 0: it holds; 2: no proof, or no key; 4: it does not hold.
KEY is a verifier key, name+hash+base64, had by another way than the file. proof-format.md describes the format. This shares nothing with
the program that writes proofs, and needs nothing but Python's standard library."""
import base64, decimal, functools, hashlib, json, re, sys
# Columns that hold a member of an event's data as it stands: table | events | list | columns.
PLAIN = """attacks|attack||step outcomes_digest=outcomes.digest examples_digest examples correct broken eps_float_bits step_size gradient gradient_evaluations forward_evaluations max_distance perturbed_digest=perturbed.digest seconds
checks|checks_judged|verdicts|check_name=check verdict declared
compressions|compression||step architecture_digest=model.architecture.digest weights_digest=model.weights.digest method requested achieved parameters nonzero_parameters forward_difference gradient_evaluations seconds
epochs|epoch||step epoch loss accuracy lr weights_digest gradient_evaluations validation_loss validation_accuracy seconds
measurements|measurement attack|metrics|metric=name layer value unit class
trainings|training||step architecture_digest=model.architecture.digest weights_digest=model.weights.digest epochs kept_epoch examples loss gradient_evaluations seconds"""
ROLES = dict(architecture="model.architecture", weights="model.weights", outcomes="outcomes", perturbed="perturbed", series="series") | {"git-diff": "environment.gitDiff"}
ENDS = ["run.%s.v1" % kind for kind in "step_reused step_failed step_started training_completed compression_completed attack_completed measurement_completed".split()]

# --- Ed25519 (RFC 8032, section 5.1.7), verification only
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def point(data):
    y, sign = int.from_bytes(data, "little") & ((1 << 255) - 1), data[31] >> 7
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    x = x if x * x % P == x2 else x * ROOT % P
    if y >= P or x * x % P != x2 or x == 0 and sign: raise ValueError("not a point of the curve")
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P
def add(a, b):
    e, f = (a[1] + a[0]) * (b[1] + b[0]) - (a[1] - a[0]) * (b[1] - b[0]), 2 * (a[2] * b[2] - a[3] * b[3] * D)
    g, h = 2 * (a[2] * b[2] + a[3] * b[3] * D), (a[1] + a[0]) * (b[1] + b[0]) + (a[1] - a[0]) * (b[1] - b[0])
    return e * f % P, g * h % P, f * g % P, e * h % P
def times(k, a):
    r = (0, 1, 1, 0)
    for bit in bin(k)[2:]: r = add(add(r, r), a) if bit == "1" else add(r, r)
    return r
def verifies(key, message, signature):
    s, k = int.from_bytes(signature[32:], "little"), int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    if len(signature) != 64 or s >= L: return False
    a, b = times(s, point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))), add(point(signature[:32]), times(k, point(key)))
    return (a[0] * b[2] - b[0] * a[2]) % P == (a[1] * b[2] - b[1] * a[2]) % P == 0
# --- canonical JSON (RFC 8785) and the Merkle tree (RFC 9162, section 2.1)
def number(v):
    if v == 0: return "0"
    sign, digits, exponent = decimal.Decimal(repr(float(v))).normalize().as_tuple()  # repr gives the shortest digits
    text, k, n = "".join(map(str, digits)), len(digits), len(digits) + exponent
    if k <= n <= 21: text += "0" * (n - k)
    elif 0 < n <= 21: text = text[:n] + "." + text[n:]
    elif -6 < n <= 0: text = "0." + "0" * -n + text
    else: text = text[0] + ("." + text[1:] if k > 1 else "") + "e%+d" % (n - 1)
    return "-" * sign + text
def jcs(v):
    if isinstance(v, dict): return "{" + ",".join(jcs(k) + ":" + jcs(v[k]) for k in sorted(v, key=lambda k: k.encode("utf-16-be"))) + "}"
    if isinstance(v, list): return "[" + ",".join(map(jcs, v)) + "]"
    return json.dumps(v, ensure_ascii=False) if v is None or isinstance(v, (bool, str)) else number(v)
def sha(data): return hashlib.sha256(data).digest()
unb64 = functools.partial(base64.b64decode, validate=True)
def root_of(leaf, index, size, path):
    if size == 1 or not path: return leaf if size == 1 and not path else exactly({}, "a path of another length")
    k = 1 << (size - 1).bit_length() - 1  # the greatest power of two below size
    if index < k: return sha(b"\1" + root_of(leaf, index, k, path[:-1]) + path[-1])
    return sha(b"\1" + path[-1] + root_of(leaf, index - k, size - k, path[:-1]))
# --- the file
faults = []
def check(holds, place): return holds or faults.append(place)
def member(v, path):
    for name in path.split("."): v = v.get(name) if isinstance(v, dict) else None
    return v
def exactly(v, names, optional=""):
    if not set(names.split()) <= set(v) <= set((names + " " + optional).split()): raise ValueError("found members %s, expected %s" % (", ".join(v), names))
    return v
def once(pairs): return dict(pairs) if len(dict(pairs)) == len(pairs) else exactly({}, "each once")
def seal(proof, trusted):
    body, _, lines = proof["seal"].rpartition("\n\n")
    signatures, (origin, size, root) = re.findall("^\u2014 (\\S+) (\\S+)\n", lines, re.M), body.split("\n")
    check("".join("\u2014 %s %s\n" % s for s in signatures) == lines and origin == proof["origin"] and size == str(int(size)), "seal, origin")
    for key, (name, sig) in zip(proof["keys"], signatures):
        raw, sig = unb64(key.split("+", 2)[2]), unb64(sig)
        hint = sha(name.encode() + b"\n" + raw)[:4]
        check(key == "%s+%s+%s" % (name, hint.hex(), base64.b64encode(raw).decode()) and raw[:1] == b"\1" and sig[:4] == hint, "keys: " + key)
        check(verifies(raw[1:], (body + "\n").encode(), sig[4:]), "seal: the signature by " + name)
    check(len(proof["keys"]) == len(signatures) and set(proof["keys"]) & set(trusted), "seal: signed by no key that is trusted")
    return int(size), unb64(root)
def told(proof, size, root):
    for e in proof["entries"]:
        envelope = exactly(e, "position envelope path")["envelope"]
        exactly(exactly(envelope, "claimedAt data eventId metadata recordedAt scheme stream type version")["metadata"], "causation correlation headers user")
        leaf, path = sha(b"\0" + jcs(envelope).encode()), [bytes.fromhex(re.fullmatch("[0-9a-f]{64}", h)[0]) for h in e["path"]]
        check(0 < e["position"] <= size and root_of(leaf, e["position"] - 1, size, path) == root and envelope["scheme"] == "ledger/entry/1", "entry at position %s" % e["position"])
    events = [dict(e["envelope"], position=e["position"]) for e in proof["entries"]]
    check(all(a["position"] < b["position"] for a, b in zip(events, events[1:])), "order of the entries")
    return events
def whole(events, stream, count): check(sorted(e["version"] for e in events if e["stream"] == stream) == list(range(1, count + 1)), "events of " + stream)
def result(events, run, step):  # the event that ended a step with its result, here or where that was taken over from
    for _ in range(65):
        last = max((e for e in events if e["stream"] == "run/" + run and e["type"] in ENDS and e["data"]["step"] == step), key=lambda e: e["version"])
        if last["type"] != "run.step_reused.v1": return last
        run, step = last["data"]["sourceRun"], last["data"]["sourceStep"]
def value(table, column, key, events):  # a list with the value; empty where it takes SQL to know it
    for name, kinds, items, columns in (line.split("|") for line in PLAIN.split("\n")):
        path = dict((p + "=" + re.sub("_(.)", lambda m: m[1].upper(), p)).split("=")[:2] for p in columns.split()).get(column)
        if not path or name != table.replace("metrics", "measurements"): continue
        e = result(events, key["run"], key["step"]) if table == "metrics" else events[0]
        row = member(e["data"], items)[check(key["ordinal"] > 0, "ordinal") and key["ordinal"] - 1] if items else e["data"]
        check(e["position"] == key["position"] and e["type"].split(".")[1].replace("_completed", "") in kinds.split(), "row of the cell")
        return [member(row, path)]
    d = result(events, key["run"], key["attack_step"])["data"] if table == "robustness" and " + " not in key["attack_step"] else {}
    n, right, broken = d.get("examples"), d.get("correct"), d.get("broken")
    known = {"examples": n, "attacked": right, "broken": broken, "clean_accuracy": right / n, "robust_accuracy": (right - broken) / n} if n else {}
    return [known[column]] if column in known else []
def cell(c, events):
    key, texts = c["key"], {exactly(d, "table digest text")["table"]: d["text"] for d in c["definitions"]}
    check(all(sha(d["text"].encode()).hex() == d["digest"] and d["text"].startswith("-- table: %s\n" % d["table"]) for d in c["definitions"]), "definitions")
    check([*texts][0] == c["table"] and len(texts) == len(c["definitions"]) and {c["table"], *re.findall(r"\bresults\.(\w+)", " ".join(texts.values()))} == set(texts), "tables that are defined")
    header = dict(re.findall(r"^-- (\w+): (.*)$", texts[c["table"]], re.M))
    check(set(key) == set(header["key"].split(", ")) and re.search(r"^-- %s +\|" % re.escape(c["column"]), texts[c["table"]], re.M), "key, column")
    check(c["rule"] == {"fact": "event", "state": "stream", "view": "sources"}[header["kind"]], "rule")
    streams, of = {s["stream"]: exactly(s, "stream events")["events"] for s in c["streams"]}, key.get("run") or key.get("replay")
    need = ["run/" + of if of else "experiment/%s" % key.get("experiment")] if c["rule"] != "event" else []
    plan = next((e["data"] for e in events if e["stream"] in need and e["type"] == "run.planned.v1"), {"steps": []})
    for stream in need if c["rule"] == "sources" else []:  # grows on the way
        names = [e["data"].get({"run.step_reused.v1": "sourceRun", "run.planned.v1": "replayOf"}.get(e["type"])) for e in events if e["stream"] == stream]
        need += ["run/" + n for n in dict.fromkeys(names) if n and "run/" + n not in need]
    need, others = need + ["experiment/%s" % plan.get("experiment")] * (c["rule"] == "sources"), {"review/" + n[4:] for n in need if c["rule"] == "sources"}
    check(set(need) <= set(streams) and {s.split("@")[0] for s in streams} <= set(need) | others and ({e["stream"] for e in events} == set(streams) or c["rule"] == "event" and len(events) == 1), "streams")
    for stream, count in streams.items(): whole(events, stream, count)
    check(all(set(v.split(" + ")) <= {s["path"] for s in plan["steps"]} for k, v in key.items() if k.endswith("step") or k == "ancestor"), "step in the key")
    check("position" not in key or key["position"] in [e["position"] for e in events], "position in the key")
    known = [] if faults else value(c["table"], c["column"], key, events)
    check(not known or jcs(known[0]) == jcs(c["value"]), "value")
    print("the value was computed again from the events" if known else "the value was not computed again: it follows from these events by the SQL of the definitions")
def claim(c, events):
    last, kind = max(events, key=lambda e: e["version"]), exactly(c, "kind", " ".join(c))["kind"]
    if kind == "event": check([(e["position"], e["eventId"]) for e in events] == [(c["position"], c["eventId"])] and exactly(c, "kind position eventId"), "claim")
    elif kind == "run":
        whole(events, "run/" + c["run"], exactly(c, "kind run state events")["events"])
        check(len(events) == c["events"] and last["type"] == "run.%s.v1" % c["state"] and c["state"] in ("completed", "failed", "cancelled"), "run, state")
        check(last["data"].get("events", c["events"]) == c["events"], "events of the run, as its last one says")
    elif kind == "artifact":
        named = {role: member(last["data"], path) for role, path in ROLES.items() if (member(last["data"], path) or {}).get("digest") == c["digest"]}
        check(len(events) == 1 and named and sorted(named) == exactly(c, "kind digest bytes position run roles", "step")["roles"] and {a["bytes"] for a in named.values()} == {c["bytes"]}, "artifact")
        check((last["position"], last["stream"], last["data"].get("step")) == (c["position"], "run/" + c["run"], c.get("step")), "where the artifact is named")
    else: cell(exactly(c, "kind table key column value rule streams definitions") if kind == "cell" else exactly({}, "kind"), events)
if __name__ == "__main__":
    try:
        if len(sys.argv) < 3: raise ValueError("no key: those in the file are the ledger's own word")
        with open(sys.argv[1], encoding="utf-8") as file: proof = json.load(file, object_pairs_hook=once)
        if proof.get("format") != "ledger/proof/1": raise ValueError("not of format ledger/proof/1")
        claim(exactly(proof, "format claim origin seal keys entries")["claim"], told(proof, *seal(proof, sys.argv[2:])))
    except (ValueError, LookupError, TypeError, AttributeError, OSError) as problem:
        sys.exit(print("no proof:", problem, file=sys.stderr) or (4 if faults else 2))
    print(*["BROKEN: " + fault for fault in faults] or ["holds"], sep="\n")
    sys.exit(4 if faults else 0)
