"""Sample expressions, conditions and log formats: each is seen where it shows, in a header of its own or in the log."""
from case import case as any_case
from case import get, reply, serves
from stage import read

# Processes of their own: with hundreds of idle connections to servers the original begins to close them.
EXPRESSING, DECIDING, LOGGING = ("  description " + word for word in ("expressions", "conditions", "formats"))


def case(name, *arguments, **more):
    kind = EXPRESSING if name.startswith("expressions") else DECIDING if name.startswith("condition") else LOGGING
    any_case(name, *arguments, options=kind, **more)


REQUEST = ("X: a, b", "x: c,d ,\"e,f\"", "Y: 77abc", "Neg: -12", "xff: 1.1.1.1, 2.2.2.2:80", "six: [2001:db8::1]:443, ::1",
           "Cookie: a=1; b=2; a=3; c=\"q;r\"; =x; d", "Cookie: e = f ; g=", "Authorization: Basic dTpw", "Empty:",
           "Json: {\"a\":{\"b\":[1,2.5,\"x\\n\\u00e9\"]},\"t\":true,\"n\":null,\"big\":12345678901234567890,\"s\":\"q\\\"\"}",
           "Lang: fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "Url: /p%20q?x=a+b%2Fc", "List: a..b,.c", "Word: .a..b.c.",
           "Fwd: for=192.0.2.43;proto=http, for=\"[2001:db8::17]:47011\"", "Host2: [::1]:443")
PATH = "/dir/file.html?p=1&P=2&q=&e=a%20b&n=42&p=3;s=9"

EXPRESSIONS = """
str(abc),bytes(1) | str(abc),bytes(3) | str(abc),bytes(4) | str(abc),bytes(0,2) | str(abc),bytes(1,9)
req.hdr(list),field(1,.) | req.hdr(list),field(2,.) | req.hdr(list),field(3,.) | req.hdr(list),field(-1,.) | req.hdr(list),field(9,.)
str(a.b.c.d),field(2,.,2) | str(a.b.c.d),field(2,.,0) | str(a.b.c.d),field(-2,.,2) | str(a.b.c.d),field(-1,.,0) | str(a.b.c.d),field(2,.,9)
str(a.b.c.d),field(-3,.,2) | str(a.b.c.d),field(-9,.) | str(a.b-c_d),field(2,.-_) | str(a.b.c.d),field(-2,.,0)
req.hdr(word),word(1,.) | req.hdr(word),word(2,.) | req.hdr(word),word(3,.) | req.hdr(word),word(4,.) | req.hdr(word),word(-1,.)
str(a.b..c.d),word(2,.,2) | str(a.b..c.d),word(2,.,0) | str(a.b..c.d),word(-2,.,2) | str(a.b..c.d),word(-1,.,2) | str(a.b..c.d),word(-2,.,0)
str(HeLLo),lower | str(HeLLo),upper | str(hello),length | str(),length | req.hdr(empty),length | req.hdr(nope),length
str(hello),hex | str(68656C),hex2i | str(ff),hex2i | str(0xff),hex2i | str(xyz),hex2i | str(),hex2i
str(hello),base64 | str(a),base64 | str(ab),base64 | str(),base64 | str(aGVsbG8=),b64dec | str(aGVsbG8),b64dec | str(!!),b64dec
str(hello?>>),ub64enc | str(aGVsbG8_Pj4),ub64dec | bin(fbff),ub64enc | bin(fbff),base64
int(10),add(5) | int(10),sub(15) | int(10),mul(3) | int(10),div(3) | int(10),div(0) | int(-10),div(3) | int(10),mod(3) | int(-10),mod(3) | int(10),mod(0)
int(12),and(10) | int(12),or(3) | int(12),xor(10) | int(5),cpl | int(5),neg | int(5),odd | int(5),even | int(0),bool | int(7),not
int(9223372036854775807),add(1) | int(-9223372036854775807),sub(5) | int(4611686018427387904),mul(4) | int(-9223372036854775807),mul(2)
str(12abc),add(1) | str(abc),add(1) | str(-5),add(1) | str(+5),add(1) | req.hdr(y),add(1) | req.hdr(neg),mul(2)
str(hello),crc32 | str(hello),crc32(1) | str(hello),crc32c | str(hello),crc32c(1) | str(hello),djb2 | str(hello),djb2(1) | str(hello),sdbm | str(hello),sdbm(1)
str(hello),wt6 | str(hello),wt6(1) | str(a),wt6 | str(),wt6 | str(hello),xxh32 | str(hello),xxh32(7) | str(hello),xxh64 | str(hello),xxh64(7) | str(hello),xxh3 | str(hello),xxh3(9)
str(hello),sha1,hex | str(hello),sha2,hex | str(hello),sha2(224),hex | str(hello),sha2(384),hex | str(hello),sha2(512),hex
str(hello),digest(md5),hex | str(hello),digest(SHA-256),hex | str(hello),hmac(sha256,a2V5),hex | str(),digest(md5),hex
str(hello),regsub(l,L) | str(hello),regsub(l,L,g) | str(HELLO),regsub(l,x,gi) | str(hello),regsub(^.,X) | str(hello),regsub(^.,X,g) | str(hello),regsub(x,y)
str(aaa),regsub(a,b) | str(abc),regsub(b,) | str(abc),regsub(b,<&>) | str(abcabc),regsub(b,[],g) | str(hello),regsub(z*,-,g)
str(a/b?c&d=e),url_enc | str(az09-_.~),url_enc | req.hdr(url),url_dec | req.hdr(url),url_dec(1) | str(a+b%20c),url_dec | str(a%2),url_dec | str(a%zz),url_dec | str(a%41),url_dec
str(xxhixx),ltrim(x) | str(xxhixx),rtrim(x) | str(xxxx),ltrim(x) | str(xyhixy),ltrim(xy),rtrim(xy)
str(ab),concat(-,txn.nope,-end) | str(ab),concat(,txn.nope,z) | str(ab),concat(x) | str(ab),concat() | str(ab),set-var(txn.v),concat(-,txn.v,+)
str(ab),add_item(:,txn.nope,!) | str(),add_item(:,txn.nope,!) | str(ab),set-var(txn.w),add_item(:,txn.w) | str(ab),add_item(:,,z)
int(1234567890),http_date | int(1234567890),http_date(86400) | int(0),http_date | int(1234567890),utime(%Y-%m-%dT%H:%M:%SZ) | int(1234567890),ltime(%Y) | int(1234567890),utime(%d,3600)
int(1234567890123),http_date(0,ms)
ipv4(192.168.1.77),ipmask(24) | ipv4(192.168.1.77),ipmask(255.255.0.0) | ipv6(2001:db8::1),ipmask(24,64) | ipv6(2001:db8::1),ipmask(24) | ipv6(2001:db8:1:2:3::9),ipmask(24,40) | str(127.1.2.3),ipmask(8) | str(nope),ipmask(8)
ipv4(192.168.1.77),hex | ipv6(2001:db8::1),hex | ipv4(1.2.3.4),add(1) | int(16909060),ipmask(32) | src | src,ipmask(8) | src,hex
int(1),htonl,hex | int(-1),htonl,hex | int(258),hex | bool(true) | bool(false) | bool(1),iif(yes,no) | int(0),iif(yes,no) | int(3),iif(yes,no)
req.hdr(host),host_only | req.hdr(host2),host_only | req.hdr(host2),port_only | str(a:80),host_only | str(a:80),port_only | str(a),port_only | str([::1]),host_only
str(abc),set-var(txn.c),strcmp(txn.c) | str(abd),strcmp(txn.c) | str(ab),set-var(txn.x),length | str(abc),set-var(txn.d) | str(zz),strcmp(txn.d) | str(zz),strcmp(txn.nope)
str(hi),json | str(a/b),json | req.hdr(json),json | str(a),json(ascii) | req.hdr(url),json(utf8s)
bin(00010203),hex | bin(00010203),be2dec(:,2) | bin(00010203),be2hex(:,2) | bin(0001020304),be2dec(:,2) | bin(0001020304),be2dec(:,2,1) | bin(0001020304),be2hex(:,2,1) | bin(0001020304),be2hex
req.hdr(json),json_query('$.a.b') | req.hdr(json),json_query('$.t') | req.hdr(json),json_query('$.n') | req.hdr(json),json_query('$.s') | req.hdr(json),json_query('$.nope') | req.hdr(json),json_query('$.a.b[0]') | req.hdr(json),json_query('$.a.b[1]')
req.fhdr(lang),language(en;fr;de,xx) | req.fhdr(lang),language(it;es) | req.fhdr(lang),language(it,zz) | req.fhdr(lang),language(fr-CH;en) | str(en;q=0.5),language(EN,no)
path | pathq | url | query | base | baseq | method | req.ver | url,length | path,field(2,/) | path,word(1,/) | url_ip | url_port
base32 | url32 | base32,bool | url32,mod(1000) | base32+src,hex | url32+src,hex
req.hdr(x) | req.hdr(x,1) | req.hdr(x,2) | req.hdr(x,-1) | req.hdr(x,-2) | req.hdr(x,9) | req.hdr(x,-9) | req.hdr_cnt(x) | hdr(X) | hdr_cnt(nope) | req.hdr_cnt
req.fhdr(x) | req.fhdr(x,1) | req.fhdr(x,-2) | req.fhdr_cnt(x) | req.fhdr_cnt | req.hdr_names | req.hdr_names(:) | req.hdr(empty) | req.hdr_cnt(empty)
req.hdr_val(y) | req.hdr_val(neg) | hdr_val(nope) | req.hdr_ip(xff) | req.hdr_ip(xff,1) | req.hdr_ip(xff,-2) | req.hdr_ip(six) | req.hdr_ip(x)
req.cook(a) | req.cook(b) | req.cook(c) | req.cook(d) | req.cook(e) | req.cook(g) | req.cook(nope) | req.cook_cnt(a) | req.cook_cnt(nope) | req.cook | req.cook_val(a) | cook(b) | req.cook_cnt
url_param(p) | url_param(q) | url_param(nope) | url_param(e) | urlp(p,;) | urlp(s,;) | urlp(n) | urlp_val(n) | url_param(s) | url_param | urlp_val(e)
http_auth_type | http_auth_user | http_auth_pass | http_first_req | req.hdrs,length | req.hdrs_bin,length | req.hdrs,sdbm | req.hdrs_bin,hex,sdbm
dst | dst_port | fc_http_major | fe_name,length,bool | so_id | src_port,bool | so_name | dst_conn | src_is_local | dst_is_local | fc_rcvd_proxy
nbsrv | be_name,length,bool | be_id,bool | fe_defbe | fe_id,bool | connslots | queue | avg_queue | fe_conn | be_conn_free
always_true | always_false | rand(1) | uuid,length | hostname,length,bool | date,bool | date(10,s),bool | nbproc | proc | thread | stopping | env(HOME_NOT_SET) | meth(GET) | int(5) | str(x) | bin(41)
req.body_len | req.body_size | req.body,length | req.proto_http | http_first_req,not | var(txn.nope) | var(txn.nope,dflt) | var(sess.nope,0),add(2)
""".strip().splitlines()


def pieces_of(text):
    """As many as fit a unique id of 127 bytes, going by what they may yield."""
    short = []
    for piece in text.split(" | "):
        short.append(piece.strip())
        if len(short) == 4 or any(word in piece for word in ("sha", "digest", "hmac", "url", "names", "json_query", "base")):
            yield short
            short = []
    if short:
        yield short


for line in EXPRESSIONS:
    for pieces in pieces_of(line):
        shown = ";".join("<%%[%s]>" % piece for piece in pieces)
        case("expressions: " + " | ".join(pieces), get(PATH, *REQUEST),
             conf="unique-id-header x-seen\n  unique-id-format \"%s\"" % shown.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$"))


# Conditions: which of two backends answers.
CONDITIONS = r"""
str(/a/b/c) -m dir b | str(/a/b/c) -m dir a/b | str(/a/bb/c) -m dir b | str(/a/b?x=1) -m dir b | str(b) -m dir b | str(/a/b/c) -m dir /
str(www.example.com) -m dom example | str(www.example.com) -m dom .com | str(www.example.com) -m dom exam | str(www.example.com:80) -m dom com
path_dir dir | path_dir file | path_beg /dir | path_end .html .php | path_sub file | path_reg ^/d.*l$ | path_reg -i ^/D | path_len 14 | path_len gt 14
path /dir/file.html | path /x /y /dir/file.html /z /q /r | path -i /DIR/FILE.HTML | path -i a b c d e /DIR/FILE.HTML | path_beg -i a b c d /DIR | path_end a b c d e .html
path_sub a1 b1 .htm | path_dir a b c d e f dir | hdr_reg(host) ^[a-z]+$ example$ | hdr(host) -i SITE.EXAMPLE | hdr(host) SITE.EXAMPLE | hdr_dom(host) example | hdr_beg(host) -i SI
hdr(x) a | hdr(x) d | hdr(x) -m str e,f | req.fhdr(x) "a, b" | hdr(x,-1) a | hdr(nope) -m found | hdr(empty) -m found | hdr_cnt(x) 5 | hdr_cnt(nope) 0 | hdr_val(y) 77 | hdr_val(y) gt 76 lt 3
hdr_ip(xff) 1.1.1.1 | hdr_ip(xff,-1) 1.1.1.1 | hdr_ip(xff) 2.0.0.0/8 | cook(a) 1 | cook(a) 3 | cook(a) 2 | cook(nope) -m found | cook_cnt(a) 2 | cook_reg(b) ^2$ | cook_beg(a) 3
url_param(p) 3 | url_param(p) 1 | url_param(q) -m found | urlp_reg(e) ^a%20b$ | urlp_val(n) 42 | urlp_val(n) gt 41 | url_beg /dir | url_end s=9 | url_sub P=2
method GET | method POST GET | method get | METH_GET | METH_POST | HTTP | HTTP_1.1 | HTTP_1.0 | HTTP_CONTENT | HTTP_URL_SLASH | HTTP_URL_ABS | HTTP_URL_STAR | LOCALHOST | TRUE | FALSE | !TRUE | REQ_CONTENT | WAIT_END | RDP_COOKIE
src 127.0.0.0/8 | src 10.0.0.0/8 | src ::ffff:127.0.0.0/104 | dst_port gt 1 | src_port 1:1023 | src -m str 127.0.0.1 | src_port -m found
int(5) 5 | int(5) 1:10 | int(5) 6: | int(5) :5 | int(5) gt 4 | int(5) gt 5 | int(5) ge 5 lt 3 | int(5) eq 4 6 5 | int(0) -m bool | int(5) -m bool | int(-5) lt 0 | int(5) -m str 5
ipv4(10.1.2.3) 10.0.0.0/8 | ipv4(10.1.2.3) 11.0.0.0/8 10.1.0.0/16 | ipv4(10.1.2.3) 10.0.2.0/255.0.255.0 | ipv4(10.1.2.3) ::ffff:10.1.2.3 | ipv6(::ffff:10.1.2.3) 10.1.2.3 | ipv6(2001:db8::1) 2001:db8::/32 | str(10.1.2.3) -m ip 10.0.0.0/8 | str(notip) -m ip 0.0.0.0/0
str(abc) -m bin 616263 | str(abc) -m bin 6162 | str(abc) -m len 2:4 | str(abc) -m len gt 3 | str(abc) -m reg ^B | str(abc) -m reg -i ^B | str(abc) -m found | str(10) -m int 10 | str(abc) -m int 0 | str(x) -m beg xyz | str(aXb) -m sub -i Xb
bool(true) | bool(false) | always_true | nbsrv({name}y) gt 0 | nbsrv({name}y) ge 1 le 1 | nbsrv({name}n) 0 | be_conn({name}y) 0 | srv_is_up({name}y/s1) | fe_conn gt 0 | rand(1) 0 | date gt 1000000000 | req.ver 1.1 | str(a),strcmp(txn.x) -m found
path -f {dir}/paths.lst | path -i -f {dir}/paths.lst | path_beg -f {dir}/paths.lst -- /zz | path_end -f {dir}/paths.lst .html | src -f {dir}/nets.lst | hdr(x) -f {dir}/words.lst | path -m reg -f {dir}/regs.lst | str(k1) -m str -M -f {dir}/one.map | int(7) -f {dir}/ints.lst
str(text/html),map_str({dir}/one.map,def) -m str yes | str(zz),map({dir}/one.map,def) -m str def | str(zz),map({dir}/one.map) -m found | str(/foo/bar),map_beg({dir}/beg.map) -m str B | str(/foo/bar),map_end({dir}/beg.map) -m str C | str(abc-12),map_regm({dir}/reg.map) -m str 12:abc
ipv4(10.1.2.3),map_ip({dir}/ip.map) -m str small | ipv4(10.9.2.3),map_ip({dir}/ip.map) -m str big | int(15),map_int({dir}/int.map) -m str mid | str(a),map_str_int({dir}/num.map) 5 | str(b),map_str_int({dir}/num.map,9) 9 | str(/x/foo/y),map_dir({dir}/beg.map,no) -m str A | str(a.bar.c),map_dom({dir}/beg.map,no) -m str C | str(zbarz),map_sub({dir}/beg.map,no) -m str C
path_beg /dir } { method GET | path_beg /dir } !{ method GET | path_beg /no } or { method GET | path_beg /no } or !{ method GET | TRUE !FALSE | FALSE or TRUE | FALSE || FALSE | !FALSE TRUE
"""

SPLIT = """frontend {name}
  bind {bind}
  use_backend {name}y if %s
  default_backend {name}n
backend {name}y
  server s1 {s1}
backend {name}n
  server s1 {s2}
"""
for line in CONDITIONS.strip().splitlines():
    for condition in line.split(" | "):
        names = all(word.strip("!").isupper() or word in ("or", "||") or "_1." in word for word in condition.split())
        shown = condition if names else "{ " + condition + " }"
        case("condition: " + condition, get(PATH, *REQUEST), serves(reply(b"yes")), serves(reply(b"no")), text=SPLIT % shown)
case("conditions: unless", get("/a"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "X").replace("if X", "unless { path /a }"))
case("conditions: ACL of two lines", get("/b"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "both").replace("  use_backend", "  acl both path /a\n  acl both path /b\n  use_backend"))
case("conditions: own ACL in place of a predefined one", get("/b"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "TRUE").replace("  use_backend", "  acl TRUE path /a\n  use_backend"))
case("conditions: dynamic backend", get("/", "Which: n"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "X").replace("use_backend {name}y if X", "use_backend {name}%[req.hdr(which)]").replace("default_backend {name}n", "default_backend {name}y"))
case("conditions: dynamic backend that is not there", get("/", "Which: q"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "X").replace("use_backend {name}y if X", "use_backend {name}%[req.hdr(which)]").replace("default_backend {name}n", "default_backend {name}y"))
case("conditions: dynamic backend with a condition", get("/", "Which: n"), serves(reply(b"yes")), serves(reply(b"no")),
     text=(SPLIT % "X").replace("use_backend {name}y if X", "use_backend {name}%[req.hdr(which),lower] if { path /x }").replace("default_backend {name}n", "default_backend {name}y"))

# Log formats.
FORMATS = (
    "%ci %fi %fp %f %ft %b %s", "%HM %HP %HQ %HU %HV", "%{+Q}HM %{+Q}HP %{+Q}HQ %{+Q}HU %{+Q}r", "%r", "%ST %B %U %ts %tsc",
    "%ac/%fc/%bc/%sc/%rc %sq/%bq %lc", "%{+X}ci %{+X}fi %{+X}fp ", "%{+Q}o %ci %s %{-Q}b %CC %CS", "%hr %hs %hrl %hsl",
    "<%ID>", "%T %trg", "%% %ci%%", "  a   b  %ci   c ", "[%[src]] [%[dst]] [%[src,ipmask(8)]]", "%[fe_name] %[be_name] %[srv_name] %[srv_id]",
    "%[method] %[capture.req.method] %[capture.req.uri] %[capture.req.ver] %[capture.res.ver]", "%{+Q}[str(ab)] %[str()] %{+Q}[str()]", "%[int(255)] %{+X}[int(255)] %{+X}[src]", "%[bool(true)] %[bool(false)]",
    "%[bc_dst] %[bc_dst_port] %[bc_http_major] %[fc_http_major]", "%si %sp", "%[var(txn.nope)] %[var(txn.nope,x)]",
    "%[str(abc),set-var(txn.v)] %[var(txn.v),upper] %[var(txn.v),length]", "%[http_first_req] %[nbsrv]", "%{+Q,+E}r", "%[capture.req.hdr(0)] %[capture.res.hdr(0)] %hr %hs",
    "%[unique-id] %ID",
)
for text in FORMATS:
    shown = "{name} " + text
    case("log-format: " + text, get("/p?q=1", "X-A: va|l{ue", "Cookie: CK=abc; D=1"), serves(reply(b"ok", "Server: me", "Set-Cookie: CK=xyz; path=/")),
         conf="capture request header X-A len 20\n  capture response header Server len 10\n  capture cookie CK len 20\n"
              "  unique-id-format %HM-%rc\n  log-format \"" + shown.replace('"', '\\"') + '"')
case("log: captured cookies", get("/", "Cookie: A=1; SESS=abcdefghijk; B=2"), serves(reply(b"ok", "Set-Cookie: SESS=12345678; path=/")),
     conf="capture cookie SESS len 10")
case("log: captured cookies by a name's beginning", get("/", "Cookie: SESSX=abc"), serves(reply(b"ok", "Set-Cookie: SESSION=1")), conf="capture cookie SESS len 30")
case("log: captured cookie of exactly that name", get("/", "Cookie: SESSX=abc"), serves(reply(b"ok", "Set-Cookie: SESSION=1")), conf="capture cookie SESS= len 30")
case("log: captures of two requests", [get("/1", "X-A: one"), read(1), get("/2"), read(2)], conf="capture request header X-A len 5\n  capture request header X-A len 2")
case("log: declared captures", get(), conf="declare capture request len 10\n  capture request header Host len 4")
case("log: error page and captures", get("/", "X-A: one"), conf="capture request header X-A len 5\n  capture response header Server len 5\n  server d {dead} disabled")
case("unique id in the header and the log", [get("/1"), read(1), get("/2"), read(2)], conf='unique-id-format %{+X}o%ci_%fi:%fp\n  unique-id-header X-Unique-ID\n  log-format "{name} %ID"')
any_case("variables of the process from the start", get(), options="  set-var proc.a str(Ab),upper\n  set-var proc.n int(3),add(4)\n  set-var-fmt proc.f x%[str(y)]z",
         conf='unique-id-header x-seen\n  unique-id-format "%[var(proc.a)];%[var(proc.n),add(1)];%[var(proc.f)]"')
