"""What paces, orders and guards streams: nice, the cookies that caches could share, the server a connection prefers."""
from case import case, get, head, post, reply, reply_chunked, serves
from stage import EAT, ECHO, FIN, pause, read, until

SHARED = "  description engine"  # a process of their own


def http(name, script, conf, *servers, **more):
    case("engine: " + name, script, *servers, options=SHARED, conf=conf.replace("; ", "\n  "), **more)


# Priorities change nothing that a single client could see, but what they are set on must go on working.
http("set-nice", [get("/1"), read(), get("/2"), read(2)], "http-request set-nice 1024 if { path /1 }; http-response set-nice -1024")
case("engine: set-nice of a relay", [b"abc", until(b"abc"), FIN, EAT], [ECHO], options=SHARED,
     conf="mode tcp\n  option tcplog\n  tcp-request content set-nice 600\n  tcp-response content set-nice -600")
case("engine: nice of a socket", [get("/1"), read(), get("/2"), read(2)], options=SHARED,
     text="listen {name}\n  bind {bind} nice -1024\n  server s {s1}\n")

# option checkcache: a cookie and a response that caches may keep.
COOKIE, TAG = "Set-Cookie: a=b", "ETag: x"
for name, lines in (("nothing says how long", (COOKIE,)), ("no cookie", (TAG,)),
                    ("private", (COOKIE, TAG, "Cache-Control: private")), ("no-store", (COOKIE, TAG, "Cache-Control: no-store")),
                    ("no-cache", (COOKIE, TAG, "Cache-Control: no-cache")), ("max-age=0", (COOKIE, TAG, "Cache-Control: max-age=0")),
                    ("s-maxage=0", (COOKIE, TAG, "Cache-Control: public, s-maxage=0")), ("Pragma", (COOKIE, TAG, "Pragma: no-cache")),
                    ("public and Pragma", (COOKIE, TAG, "Cache-Control: public", "Pragma: no-cache")),
                    ("cookies spared", (COOKIE, TAG, 'Cache-Control: no-cache="set-cookie"')),
                    ("cookies and others spared", (COOKIE, TAG, 'Cache-Control: no-cache="set-cookie, x"'))):
    http(f"checkcache, {name}", get(), "option checkcache", serves(reply(b"ok", *lines)))
http("checkcache, POST", [post(b"abc"), read()], "option checkcache", serves(reply(b"ok", COOKIE, TAG)))
http("checkcache, 302", get(), "option checkcache", serves(reply(b"ok", COOKIE, TAG, status="302 Found")))
# 2.6 refuses these, too, but with the page of the response's own status.
for name, lines in (("ETag", (COOKIE, TAG)), ("max-age", (COOKIE, "Cache-Control: max-age=60")),
                    ("other fields spared", (COOKIE, TAG, 'Cache-Control: no-cache="x"'))):
    http(f"checkcache refuses, {name}", get(), "option checkcache", serves(reply(b"ok", *lines)))
http("checkcache refuses, 302 public", get(), "option checkcache", serves(reply(b"ok", COOKIE, TAG, "Cache-Control: public", status="302 Found")))

# What was received of a response's body.
BODY = 'http-response set-header x-b "%[res.body]|%[res.body_len]|%[res.body_size]"'
http("res.body", get(), BODY)
http("res.body, all of it", get(), "http-response wait-for-body time 1s; " + BODY, serves(reply(b"hello world")))
http("res.body, chunked", get(), "http-response wait-for-body time 1s; " + BODY, serves(reply_chunked(b"hello", b"world")))
http("res.body after everything", get(), "http-response wait-for-body time 1s; " + BODY.replace("http-response", "http-after-response"),
     serves(reply(b"hello world")))

# Formats in rules: captures are shown, flags hold for fields, and of those of expressions only E does.
CAPTURES = "capture request header X-A len 20; capture request header X-B len 5; capture response header X-R len 9; "
ASK = get("/", 'X-A: a"b<c> [d]', "X-B: bbbbbbbbbb")
for text in ("%hr", "%hrl", "%{+Q}hr", "%{+E}hr", "%{+Q}hrl", "%{+Q}[req.hdr(x-a)]", "%{+E}[req.hdr(x-a)]", "%{+Q,+E}o%[req.hdr(x-a)]",
             "%{+X}ci", "%{+X}[int(255)]", "%{+Q}HU", "%{+Q}[req.hdr(x-none)]", "%{+M}[req.hdr(x-none)]|"):
    http(f"format {text}", ASK, CAPTURES + f'http-request set-header x-f "{text}"')
for text in ("%hs", "%hsl", "%{+Q}hs", "%hr|%hs"):
    http(f"format of a response {text}", ASK, CAPTURES + f'http-response set-header x-f "{text}"', serves(reply(b"ok", 'X-R: r"s<t> [uvw]')))

# Decoded line ends end no line of ours.
EVIL, DECODED = get("/p%0ax", "X-E: a%0d%0ax-evil: 1%09t%7f"), "%[req.hdr(x-e),url_dec]"
for rule in ("redirect location /x{}", "redirect prefix /x{}", "return status 200 hdr x-h {}",
             "return status 200 content-type text/plain lf-string {}", "deny deny_status 403 content-type text/plain lf-string {}",
             "set-header x-h {}", "set-path /x{}", "set-query x{}"):
    http(f"line ends in {rule}", EVIL, "http-request " + rule.format(DECODED))
http("line ends in an id", EVIL, f"unique-id-format {DECODED}; unique-id-header x-u")
LONG = get("/", "X-L: " + "x" * 9000)
http("a body longer than 8 KiB", LONG, "http-request return status 200 content-type text/plain lf-string a%[req.hdr(x-l)]b")
http("a body longer than a buffer", LONG, "http-request return status 200 content-type text/plain lf-string a%[req.hdr(x-l)]%[req.hdr(x-l)]b",
     ignore=("timers",))
http("a header longer than maxrewrite", LONG, "http-request set-header x-f a%[req.hdr(x-l)]b; http-request del-header x-l")

# Waiting for more of the request, below HTTP.
DELAY = "tcp-request inspect-delay 2s; "
PARTS = [post(b"abcdef")[:-3], pause(0.5), b"def", read()]
for name, script in (("whole", [post(b"abcdef"), read()]), ("in parts", PARTS)):
    http(f"inspect-delay, WAIT_END, {name}", script, DELAY + "tcp-request content accept if WAIT_END")
    http(f"inspect-delay, req.len, {name}", script, DELAY + "tcp-request content accept if { req.len ge 5000 }")
    http(f"inspect-delay, path, {name}", script, DELAY + "tcp-request content accept if { path /no }")
http("inspect-delay, the rest is late", [post(b"abcdef")[:-3], pause(1.6), b"def", read()],
     "tcp-request inspect-delay 600ms; tcp-request content accept if WAIT_END")
SLOW = [("head",), ("body",), reply(b"0123456789")[:-5], pause(1.5), b"56789", EAT]
http("wait-for-body of a response, late", get(), "timeout server 5s; http-response wait-for-body time 400ms", SLOW)
http("wait-for-body of a response, enough", get(), "timeout server 5s; http-response wait-for-body time 400ms at-least 3", SLOW)

# option http-use-proxy-header: passwords as proxies ask for them.
WHO = "http-request set-header x-b %[http_auth_user]|%[http_auth_pass]|%[http_auth_type]"
for option in ("option http-use-proxy-header; ", ""):
    for method, target in (("GET", "http://site.example/x"), ("GET", "/x"), ("OPTIONS", "*")):
        both = head(f"{method} {target} HTTP/1.1", "Host: site.example", "Proxy-Authorization: Basic YTpi", "Authorization: Basic Yzpk")
        http(f"{option}who, {target}", both, option + WHO)
        http(f"{option}auth, {target}", head(f"{method} {target} HTTP/1.1", "Host: site.example"), option + "http-request auth realm x")
http("auth as a proxy with a page", head("GET http://site.example/s HTTP/1.1", "Host: site.example"),
     "option http-use-proxy-header; http-error status 407 content-type text/plain string hello hdr x-a b; http-request auth realm x")

# A TCP frontend whose backend is one for HTTP: the connection becomes one of HTTP, with the rules of both.
UPGRADED = ("frontend {name}\n  mode tcp\n  option tcplog\n  bind {bind}\n  FRONT\n  default_backend {name}b\n"
            "backend {name}b\n  mode http\n  BACK\n  server s {s1}\n")


def upgraded(name, script, front="", back="", *servers, **more):
    case("engine: upgraded, " + name, script, *servers, options=SHARED,
         text=UPGRADED.replace("FRONT", front.replace("; ", "\n  ")).replace("BACK", back.replace("; ", "\n  ")), **more)


TWO = [get("/1"), read(), get("/2"), read(2)]
upgraded("two requests", TWO)
upgraded("rules of the backend", TWO, "", "http-request set-header x-a %[path]|%[fe_name]|%[be_name]|%[fc_http_major]")
upgraded("rules of the frontend", TWO, "http-request set-header x-f y")
upgraded("refused by the backend", get("/1"), "", "http-request deny if { path /1 }")
upgraded("no HTTP", [b"GARBAGE\r\n\r\n", read()])
upgraded("a body", [post(b"abc"), read()])
upgraded("the client closes", [get("/", "Connection: close"), read()])
upgraded("httpclose", [get("/"), read()], "option httpclose")
upgraded("content rules wait", [b"GET / HT", pause(0.3), b"TP/1.1\r\nHost: a\r\n\r\n", read()],
         "tcp-request inspect-delay 2s; tcp-request content accept if HTTP")
upgraded("content rules reject", [b"hello\r\n\r\n", ("eat",)], "tcp-request inspect-delay 500ms; tcp-request content reject if !HTTP", linger=0.1)
upgraded("x-forwarded-for", get("/"), "", "option forwardfor")

# Connections to servers that a session keeps for itself.
for most in ("0", "1", "2", "5"):
    case(f"engine: max-session-srv-conns {most}", [step for at in range(1, 5) for step in (get(f"/{at}"), read(at))],
         serves(reply(b"one")), serves(reply(b"two")), options=SHARED,
         conf=f"balance roundrobin\n  http-reuse never\n  max-session-srv-conns {most}\n  server one {{s1}}\n  server two {{s2}}")
