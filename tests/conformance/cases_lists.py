"""What rules keep beyond the request: captures for the log, changes of pattern lists and maps while traffic flows."""
from case import case, get, post, reply, serves
from stage import read

SHOWN = 'log-format "%hr|%hs|%[capture.req.hdr(0)]|%[capture.req.hdr(1)]|%[capture.res.hdr(0)]"'

for name, rules in [
        ("a header, cut", "http-request capture req.hdr(x-a) len 3"),
        ("what is not there", "http-request capture req.hdr(x-no) len 3"),
        ("a number", "http-request capture req.hdr_cnt len 10"),
        ("an address", "http-request capture src len 40"),
        ("a truth", "http-request capture req.hdr(x-a),length,odd len 40"),
        ("binary", "http-request capture req.hdr(x-a),sha1 len 7"),
        ("a method", "http-request capture method len 40"),
        ("converters in words of their own", "http-request capture req.hdr(x-a) upper length len 40"),
        ("line ends", "http-request capture str(a%0d%0ab),url_dec len 40"),
        ("two slots", "http-request capture path len 10\n  http-request capture url len 20"),
        ("under a condition", "http-request capture path len 10 if { path /other }\n  http-request capture method len 9 unless { path /other }"),
        ("behind captured headers", "capture request header X-A len 4\n  http-request capture path len 10"),
        ("before captured headers", "http-request capture path len 10\n  capture request header X-A len 4"),
        ("a declared slot", "declare capture request len 5\n  http-request capture path id 0"),
        ("a declared slot twice", "declare capture request len 5\n  http-request capture path id 0\n  http-request capture method id 0"),
        ("a declared slot, then nothing", "declare capture request len 5\n  http-request capture path id 0\n  http-request capture req.hdr(x-no) id 0"),
        ("over a captured header", "capture request header X-A len 4\n  http-request capture path id 0"),
        ("no slot", "http-request capture path id -1\n  declare capture request len 3"),
        ("before a refusal", "http-request capture path len 9\n  http-request deny"),
        ("of the response", "declare capture response len 5\n  http-response capture res.hdr(x-s) id 0"),
        ("of the response, a number", "declare capture response len 5\n  http-response capture status id 0"),
        ("of the response, after it", "declare capture response len 9\n  http-after-response capture status id 0"),
        ("of an answer of our own", "declare capture response len 9\n  http-after-response capture res.hdr(x-y) id 0\n  http-request return status 200 hdr x-y z"),
        ("of the response over a captured header", "capture response header X-S len 20\n  http-response capture str(ab) id 0"),
        ("tcp rule", "tcp-request content capture src len 20"),
        ("tcp rule, contents", "tcp-request inspect-delay 1s\n  tcp-request content capture path len 3"),
        ("tcp rule with a condition", "tcp-request content capture src len 20 if FALSE\n  tcp-request content capture dst_port,mod(7) len 2"),
]:
    case(f"capture: {name}", get("/DIR/file?a=1", "X-A: one,two"), serves(reply(b"ok", "X-S: server side")), conf=f"{SHOWN}\n  {rules}")

case("capture: two requests", [get("/1", "X-A: one"), read(1), get("/2"), read(2)], conf=f"{SHOWN}\n  http-request capture req.hdr(x-a) len 9")
case("capture: in a backend", get("/DIR"), text="frontend {name}\n  bind {bind}\n  declare capture request len 5\n  declare capture response len 5\n"
     f"  {SHOWN}\n  default_backend {{name}}b\nbackend {{name}}b\n  http-request capture path id 0\n  http-response capture status id 0\n"
     "  http-request capture method id 7\n  server s1 {s1}\n")
case("capture: tcp mode", [b"hello there", ("until", b"bye")], [("until", b"there"), b"bye"],
     conf=f'mode tcp\n  log-format "%[capture.req.hdr(0)]|%[capture.req.hdr(1)]"\n  tcp-request inspect-delay 1s\n'
          "  tcp-request content capture req.payload(0,5) len 4\n  tcp-request content capture req.len,length len 9")
case("capture: default log line", get("/DIR", "X-A: {a|b}"), conf="http-request capture req.hdr(x-a) len 9\n  declare capture response len 4\n  http-response capture status id 0")

# Each case has a list of its own: they run at the same time.
FILES = {}


def changing(name, paths, rules, text=b"/a one\n/b two\n"):
    """Requests one after the other on one connection; what is found is seen in headers."""
    number = len(FILES)
    FILES[f"changed{number}"] = text
    script = []
    for at, path in enumerate(paths):
        request = post(b"", path=path[5:]) if path.startswith("POST ") else get(path)
        script += [request, read(at + 1)]
    rules = rules.replace("@", f"{{dir}}/changed{number}")
    case(f"lists: {name}", script, serves(reply(b"ok", "X-S: said")), conf=f"option forwardfor\n  {rules}")


LOOK = "http-request set-header x-found %[path,map(@,none)]\n  http-response set-header x-then %[str(/a),map(@,none)]"
ASK = "http-request set-header x-found yes if { path -f @ }\n  http-response set-header x-then yes if { str(/a) -m str -f @ }"
for name, paths, rules in [
        ("set-map: a new key", ["/c", "/c", "/a"], f"{LOOK}\n  http-request set-map(@) %[path] new-%[method]"),
        ("set-map: a known key", ["/a", "/a", "/b"], f"{LOOK}\n  http-request set-map(@) /a %[url,length]"),
        ("set-map: before the look", ["/c", "/a"], f"http-request set-map(@) %[path] now\n  {LOOK}"),
        ("set-map: an empty value", ["/a", "/a"], f'{LOOK}\n  http-request set-map(@) /a "%[req.hdr(x-no)]"'),
        ("set-map: an empty key", ["/c", "/c"], f'http-request set-map(@) "%[req.hdr(x-no)]" v\n  http-request set-header x-e <%[str(),map(@,none)]>\n  {LOOK}'),
        ("set-map: blanks", ["/c", "/c"], f'{LOOK}\n  http-request set-map(@) "%[path]" "two words "'),
        ("set-map: line ends", ["/c", "/c"], f'{LOOK}\n  http-request set-map(@) /c "%[str(a%0d%0ab),url_dec]"'),
        ("set-map: under a condition", ["/c", "/d", "/c", "/d"], f"{LOOK}\n  http-request set-map(@) %[path] v if {{ path /c }}"),
        ("set-map: by the response", ["/c", "/c"], f"http-request set-var(txn.p) path\n  {LOOK}\n  http-response set-map(@) %[var(txn.p)] %[status]"),
        ("set-map: a list that is none", ["/c", "/c"], f"{LOOK}\n  http-request set-map(@.not) %[path] v"),
        ("set-map: many", [f"/{n % 5}" for n in range(12)], f"{LOOK}\n  http-request set-map(@) %[path] %[path,map(@,x)]y"),
        ("del-map: a known key", ["/a", "/a", "/b"], f"{LOOK}\n  http-request del-map(@) /a"),
        ("del-map: another key", ["/a", "/c", "/a"], f"{LOOK}\n  http-request del-map(@) /c"),
        ("del-map: by the response", ["/b", "/b"], f"{LOOK}\n  http-response del-map(@) /b"),
        ("del-map: and set again", ["/a", "/a", "POST /a", "/a"], f"{LOOK}\n  http-request del-map(@) %[path] if METH_GET\n  http-request set-map(@) %[path] again if METH_POST"),
        ("del-map: a key that is there twice", ["/a", "/a"], f"{LOOK}\n  http-request del-map(@) /a\n  http-request set-header x-b %[str(/b),map(@,none)]"),
        ("add-acl", ["/c", "/c", "/a"], f"{ASK}\n  http-request add-acl(@) %[path]"),
        ("add-acl: a known pattern", ["/a", "/a"], f"{ASK}\n  http-request add-acl(@) /a"),
        ("add-acl: by the response", ["/c", "/c"], f"{ASK}\n  http-request set-var(txn.p) path\n  http-response add-acl(@) %[var(txn.p)]"),
        ("add-acl and del-acl", ["/c", "/c", "POST /c", "/c"], f"{ASK}\n  http-request add-acl(@) %[path] unless METH_POST\n  http-request del-acl(@) %[path] if METH_POST"),
        ("del-acl", ["/a", "/a", "/b"], f"{ASK}\n  http-request del-acl(@) %[path]"),
        ("del-acl: by the response", ["/a", "/a"], f"{ASK}\n  http-response del-acl(@) /a"),
]:
    text = b"/a\n/b\n" if "acl" in name else b"/a one\n/b two\n/a three\n" if "twice" in name else b"/a one\n/b two\n"
    changing(name, paths, rules, text)

changing("add-acl: no address", ["/c", "/10.0.0.1", "/c", "/10.0.0.1"],
         "http-request add-acl(@) %[path,field(2,/)]\n  http-request set-header x-in yes if { path,field(2,/) -m ip -f @ }", b"10.1.0.0/16\n")
changing("set-map: no number", ["/a", "/c", "/12", "/12"],
         "http-request set-map(@) %[path,field(2,/)] %[path,field(2,/)]\n  http-request set-header x-n %[path,field(2,/),map_str_int(@,7)]", b"12 5\n")
changing("set-map: by beginnings", ["/abc", "/abcd", "/x"],
         "http-request set-header x-n %[path,map_beg(@,none)]\n  http-request set-map(@) %[path] longer", b"/ab short\n")
changing("set-map: regular expressions", ["/abc", "/aac", "/x("],
         "http-request set-header x-n %[path,map_reg(@,none)]\n  http-request set-map(@) %[path] %[path,length]", b"^/a.c$ dot\n")
