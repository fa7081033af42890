"""Cases: clients that come back to their server, and requests that are tried again."""
from case import AGAIN, BODY, HEAD, OK, case, crowd, get, head, post, reply, serves
from stage import CLOSE, pause, read

ONE, TWO = serves(reply(b"one")), serves(reply(b"two"))
COOKIES = "server s1 {s1} cookie a\n  server s2 {s2} cookie b"


# The cases share a process of their own each kind: more of them at once keep servers' connections beyond what is compared.
KINDS = {"cookie [": "tune.http.logurilen 1024", "cookie": "tune.maxaccept 4"}


def two(name, client, conf, *servers, **more):
    """Two servers with cookies a and b."""
    servers = servers or (ONE, TWO)
    rest = more.pop("lines", COOKIES)
    more.setdefault("options", KINDS["cookie [" if name.startswith("cookie [") else "cookie"])
    case(name, client, *servers, conf=f"balance roundrobin\n  {conf}\n  {rest}", **more)


def cookie(text, *lines):
    return get("/", f"Cookie: {text}", *lines)


# What a client brings, in each mode.
BROUGHT = {"none": get(), "own": cookie("K=b"), "second": cookie("K=a; K=b"), "unknown": cookie("K=z"), "empty": cookie("K="),
           "among others": cookie("x=1; K=b; y=2"), "first of two": cookie("K=b; y=2"), "last of two": cookie("x=1; K=b"),
           "other case": cookie("k=b"), "in a second field": get("/", "Cookie: x=1", "Cookie: K=b; z=2"),
           "without value": cookie("K; x=1"), "with commas": cookie("x=1,K=b,y=2"), "quoted": cookie('K="b"'),
           "prefix": cookie("K=b~val"), "prefix among others": cookie("x=1;K=b~val;y=2"), "prefix unknown": cookie("K=z~val"),
           "prefix alone": cookie("K=b~"), "blanks": cookie("x=1 ;  K=b ; y=2"), "long name": cookie("KK=b")}
MODES = ("", "insert", "insert indirect", "rewrite", "prefix", "insert indirect nocache", "insert preserve", "insert postonly",
         "indirect")
for mode in MODES:
    for what, request in BROUGHT.items():
        two(f"cookie [{mode}]: {what}", request, f"cookie K {mode}")
    two(f"cookie [{mode}]: again on the connection", [cookie("K=b"), read(), get("/2"), read(2), cookie("K=a"), read(3)],
        f"cookie K {mode}")
    two(f"cookie [{mode}]: POST", post(b"x=1", "Cookie: K=b"), f"cookie K {mode}")
    two(f"cookie [{mode}]: POST without", post(b"x=1"), f"cookie K {mode}")
    two(f"cookie [{mode}]: server down", cookie("K=b"), f"cookie K {mode}",
        lines="server s1 {s1} cookie a\n  server s2 {s2} cookie b disabled")
    two(f"cookie [{mode}]: two servers with one value", cookie("K=b"), f"cookie K {mode}",
        lines="server s1 {s1} cookie b disabled\n  server s2 {s2} cookie b")
    two(f"cookie [{mode}]: server without a value", get(), f"cookie K {mode}", lines="server s1 {s1}\n  server s2 {s2} cookie b")

# What the server answers.
ANSWERS = {"own": ("Set-Cookie: K=v; path=/x; HttpOnly",), "other": ("Set-Cookie: L=v",), "both": ("Set-Cookie: L=v", "Set-Cookie: K=v"),
           "empty": ("Set-Cookie: K=",), "no value": ("Set-Cookie: K",), "blanks": ("Set-Cookie:  K=v ;path=/",),
           "not cacheable": ("Cache-Control: private",), "no-store": ("Cache-Control: max-age=3, no-store",),
           "public": ("Cache-Control: public",), "pragma": ("Pragma: no-cache",), "quoted": ('Set-Cookie: K="v;w"; path=/',)}
for mode in ("", "insert", "insert indirect nocache", "rewrite", "prefix", "insert preserve nocache", "indirect", "indirect preserve"):
    for what, lines in ANSWERS.items():
        served = serves(reply(b"one", *lines))
        two(f"cookie [{mode}]: answer {what}", get(), f"cookie K {mode}", served, served)
        two(f"cookie [{mode}]: answer {what}, cookie known", cookie("K=b~q" if mode == "prefix" else "K=b"), f"cookie K {mode}", served, served)
for what, lines in (("max-age", ["Cache-Control: max-age=3"]), ("etag", ["ETag: x"]), ("modified", ["Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT"]),
                    ("expires", ["Expires: Sat, 21 Nov 2036 10:00:00 GMT"]), ("public, etag", ["Cache-Control: public", "ETag: x"]),
                    ("private, etag", ["Cache-Control: private", "ETag: x"]), ("no-cache, etag", ["Cache-Control: no-cache", "ETag: x"]),
                    ("no-store, etag", ["Cache-Control: no-store", "ETag: x"]), ("max-age=0, etag", ["Cache-Control: max-age=0", "ETag: x"]),
                    ("s-maxage=0, etag", ["Cache-Control: s-maxage=0", "ETag: x"]), ("s-maxage", ["Cache-Control: s-maxage=5"]),
                    ("no-cache=, etag", ['Cache-Control: no-cache="x"', "ETag: x"]), ("pragma, etag", ["Pragma: no-cache", "ETag: x"]),
                    ("vary, etag", ["Vary: *", "ETag: x"]), ("must-revalidate, etag", ["Cache-Control: must-revalidate", "ETag: x"]),
                    ("upper case, etag", ["Cache-Control: PRIVATE", "ETag: x"]), ("no-cache=set-cookie", ['Cache-Control: no-cache="set-cookie"', "ETag: x"])):
    served = serves(reply(b"one", *lines))
    two(f"cookie nocache: {what}", get(), "cookie K insert nocache", served, served)
    two(f"cookie nocache: {what}, POST", post(b"x"), "cookie K insert nocache", served, served)
for status in ("200 OK", "201 Created", "203 Other", "300 Many", "301 Moved", "410 Gone", "404 Not Found", "500 No", "501 No", "302 Found"):
    served = serves(reply(b"one", "ETag: x", status=status))
    two(f"cookie nocache: {status}, etag", get(), "cookie K insert nocache", served, served)
two("cookie nocache: HEAD, etag", [head("HEAD / HTTP/1.1", "Host: site.example"), read()], "cookie K insert nocache", serves(head("HTTP/1.1 200 OK", "Content-Length: 3", "ETag: x")))
two("cookie: blanks around the equals sign", cookie("x=1; K = b; y=2"), "cookie K insert")
two("cookie: blanks around the equals sign of the answer", get(), "cookie K rewrite", serves(reply(b"one", "Set-Cookie: K = v ;path=/")))
two("cookie nocache: request with Authorization", get("/", "Authorization: Basic x"), "cookie K insert nocache", serves(reply(b"one", "ETag: x")))
two("cookie nocache: request no-cache", get("/", "Cache-Control: no-cache"), "cookie K insert nocache", serves(reply(b"one", "ETag: x")))
for status in ("200 OK", "302 Found", "404 Not Found", "500 No", "204 None"):
    served = serves(head(f"HTTP/1.1 {status}", *(() if status[0:3] == "204" else ("Content-Length: 0",))))
    two(f"cookie nocache: {status}", get(), "cookie K insert nocache", served, served)
two("cookie nocache: POST", post(b"x"), "cookie K insert nocache")
two("cookie: all attributes", get(), 'cookie K insert httponly secure domain .ex.com domain .ex.org attr "SameSite=Lax" attr Priority')
two("cookie: attributes and a server without one", get(), "cookie K insert httponly secure domain .ex.com", lines="server s1 {s1}")
two("cookie: dead server", cookie("K=b"), "timeout connect 100ms\n  retries 1\n  cookie K insert",
    lines="server s1 {s1} cookie a\n  server s2 {dead} cookie b")
two("cookie: dead server, redispatch", cookie("K=b"), "timeout connect 100ms\n  retries 2\n  option redispatch\n  cookie K insert indirect",
    lines="server s1 {s1} cookie a\n  server s2 {dead} cookie b")
two("cookie: draining server", cookie("K=b"), "cookie K insert", lines="server s1 {s1} cookie a\n  server s2 {s2} cookie b weight 0")
two("cookie: backup server", cookie("K=b"), "cookie K insert", lines="server s1 {s1} cookie a\n  server s2 {s2} cookie b backup")
two("cookie: long field", cookie("x=" + "y" * 5000 + "; K=b; z=1"), "cookie K insert indirect")
two("cookie: HTTP/1.0", get("/", "Cookie: K=b", version="1.0"), "cookie K insert")
two("cookie: HEAD", [head("HEAD / HTTP/1.1", "Host: site.example"), read()], "cookie K insert nocache", serves(head("HTTP/1.1 200 OK", "Content-Length: 3")))

# Dates.
def without_dates(data):
    import re
    return re.sub(rb"\|[A-Za-z0-9+/]{5}", b"|DATE", data)


for times in ("maxidle 30m", "maxlife 8h", "maxidle 30m maxlife 8h", ""):
    for what, value in (("none", ""), ("without dates", "b"), ("old", "b|AAAAA"), ("old both", "b|AAAAA|AAAAA"), ("garbage", "b|x|y"),
                        ("future", "b|/////"), ("first old", "b||AAAAA"), ("bars", "b||"), ("short", "b|awD")):
        two(f"cookie dates [{times}]: {what}", cookie(f"K={value}") if value else get(), f"cookie K insert indirect {times}", view=without_dates)

# Rules and options around it.
DOWN = "server s1 {s1} cookie a\n  server s2 {s2} cookie b disabled"
two("option persist: server down", cookie("K=b"), "option persist\n  cookie K insert", lines=DOWN)
two("option persist: dead server down", cookie("K=b"), "timeout connect 100ms\n  retries 0\n  option persist\n  cookie K insert",
    lines="server s1 {s1} cookie a\n  server s2 {dead} cookie b disabled")
two("force-persist: server down", cookie("K=b"), "cookie K insert\n  force-persist if TRUE", lines=DOWN)
two("force-persist: unless", cookie("K=b"), "cookie K insert\n  force-persist unless TRUE", lines=DOWN)
two("force-persist: by path", cookie("K=b"), "cookie K insert\n  force-persist if { path /adm }", lines=DOWN)
two("ignore-persist: no cookie", get(), "cookie K insert indirect\n  ignore-persist if TRUE")
two("ignore-persist: unknown cookie", cookie("K=z"), "cookie K insert indirect\n  ignore-persist if TRUE")
two("ignore-persist", cookie("K=b"), "cookie K insert indirect\n  ignore-persist if TRUE")
two("ignore-persist: by path", [cookie("K=b"), read(), get("/x", "Cookie: K=b"), read(2)], "cookie K insert\n  ignore-persist if { path /x }")
two("ignore-persist, then force-persist", cookie("K=b"), "cookie K insert\n  ignore-persist if TRUE\n  force-persist if TRUE", lines=DOWN)
two("force-persist, then ignore-persist", cookie("K=b"), "cookie K insert\n  force-persist if TRUE\n  ignore-persist if TRUE", lines=DOWN)

# Tried again. What the first server answers, and on which events the request goes out once more.
FIRST = {"503": [HEAD, BODY, reply(b"no", status="503 No"), AGAIN], "404": [HEAD, BODY, reply(b"no", status="404 No"), AGAIN],
         "closes": [HEAD, BODY, CLOSE], "junk": [HEAD, BODY, b"garbage\r\n\r\n", CLOSE], "half a head": [HEAD, BODY, b"HTTP/1.1 200 OK\r\nA: ", CLOSE],
         "silent": [HEAD, BODY, pause(0.7), reply(b"late"), CLOSE]}
EVENTS = ("none", "conn-failure", "empty-response", "junk-response", "response-timeout", "503", "404 500", "all-retryable-errors")
for name, first in FIRST.items():
    for events in EVENTS:
        if name == "silent" and events not in ("none", "response-timeout", "all-retryable-errors"):
            continue
        for what, request in (("GET", get()), ("POST", post(b"abc"))):
            case(f"retry-on {events}: {name}, {what}", request, first, TWO, options="tune.maxaccept 5",
                 conf=f"balance roundrobin\n  retries 2\n  option redispatch\n  timeout server 400ms\n  retry-on {events}")
    case(f"retry-on all: {name}, always", get(), [first], [first], options="tune.maxaccept 5",
         conf="balance roundrobin\n  retries 1\n  option redispatch\n  timeout server 400ms\n  retry-on all-retryable-errors 404")
    case(f"retry-on all: {name}, cookie", cookie("K=a"), first, TWO, options="tune.maxaccept 5",
         conf="balance roundrobin\n  retries 1\n  option redispatch\n  cookie K insert indirect\n  timeout server 400ms\n  retry-on all-retryable-errors 404\n  " + COOKIES)
    if first[-1] == AGAIN:
        continue  # haproxy asks again on the connection that it has, which is the same to the client
    case(f"retry-on all: {name}, same server", get(), [first, TWO], options="tune.maxaccept 5", ignore=("timers",),
         conf="retries 2\n  timeout server 400ms\n  retry-on all-retryable-errors 404")
    case(f"retry-on all: {name}, no redispatch", get(), first, TWO, options="tune.maxaccept 5", ignore=("timers",),
         conf="balance roundrobin\n  retries 1\n  timeout server 400ms\n  retry-on all-retryable-errors 404")
for events in ("none", "empty-response", "conn-failure"):
    case(f"retry-on {events}: dead server", get(), conf=f"balance roundrobin\n  timeout connect 100ms\n  retries 1\n  option redispatch\n  retry-on {events}\n  server d {{dead}}\n  server s {{s1}}",
         options="tune.maxaccept 5")

# "option redispatch": which attempt may go elsewhere.
for interval in ("", "1", "2", "3", "-1", "-2", "-3", "0"):
    for retries in (1, 3, 4):
        if interval == "-2" and retries == 1:
            continue  # 2.6 divides by zero and is gone
        for what, request in (("cookie", cookie("K=b")), ("none", get())):
            two(f"redispatch {interval or '-'} of {retries}: {what}", request, f"timeout connect 60ms\n  retries {retries}\n  option redispatch {interval}\n  cookie K insert",
                lines="server s2 {dead} cookie b\n  server s1 {s1} cookie a", options="tune.maxaccept 6")
    two(f"redispatch {interval or '-'} of source", get(), f"timeout connect 60ms\n  retries 3\n  option redispatch {interval}\n  balance source\n  hash-type consistent",
        lines="server s2 {dead}\n  server s1 {s1}\n  server s3 {s2}\n server s4 {dead}", options="tune.maxaccept 6")

# The server's name.
two("http-send-name-header, GET", get(), "http-send-name-header X-Srv", options="tune.maxaccept 6")
two("http-send-name-header replaces", get("/", "X-Srv: mine", "X-Other: 1"), "http-send-name-header X-Srv", options="tune.maxaccept 6")
two("http-send-name-header, POST", post(b"abc"), "http-send-name-header X-Srv", options="tune.maxaccept 6")
two("http-send-name-header, twice", [get("/1"), read(), get("/2"), read(2)], "http-send-name-header X-Srv", options="tune.maxaccept 6")
two("http-send-name-header, redispatched", get(), "http-send-name-header X-Srv\n  timeout connect 60ms\n  retries 2\n  option redispatch",
    lines="server gone {dead}\n  server here {s1}", options="tune.maxaccept 6")
two("http-send-name-header, server close", get(), "option http-server-close\n  http-send-name-header X-Srv", options="tune.maxaccept 6")

# Limits: a server's own queue, its length, and what low load leaves of maxconn.
HELD = [HEAD, pause(0.4), reply(b"held", "Connection: close"), CLOSE]
SOON = [HEAD, reply(b"soon", "Connection: close"), CLOSE]


def held(count, path="/", line="Cookie: K=a"):
    return [[0.1 * n, get(f"{path}{n}", line, "Connection: close"), read()] for n in range(count)]


for name, server in (("waits for its server", "maxconn 1"), ("queue full", "maxconn 1 maxqueue 1")):
    crowd(f"cookie, {name}", held(3), HELD, SOON, options="tune.maxaccept 7", ignore=("log", "timers"),
          conf=f"balance roundrobin\n  timeout queue 2s\n  cookie K insert indirect\n  server s1 {{s1}} cookie a {server}\n  server s2 {{s2}} cookie b")
crowd("cookie, queue timeout", held(2), HELD, SOON, options="tune.maxaccept 7", ignore=("log", "timers"),
      conf="balance roundrobin\n  timeout queue 100ms\n  cookie K insert\n  server s1 {s1} cookie a maxconn 1\n  server s2 {s2} cookie b")
crowd("minconn and fullconn", held(3), HELD, options="tune.maxaccept 7", conf="timeout queue 2s\n  fullconn 10\n  server s1 {s1} minconn 1 maxconn 10")
crowd("minconn, fullconn reached", held(3), HELD, options="tune.maxaccept 7", conf="timeout queue 2s\n  fullconn 1\n  server s1 {s1} minconn 1 maxconn 10")

# Values made of the server's address: both programs have the same one.
for what, request, lines in (("none", get(), "server s1 {s1}"), ("given values too", get(), COOKIES), ("unknown", cookie("K=0123456789abcdef"), "server s1 {s1}")):
    two(f"cookie dynamic: {what}", request, "cookie K insert dynamic\n  dynamic-cookie-key secret", lines=lines)
two("cookie dynamic: without a key", get(), "cookie K insert dynamic", lines="server s1 {s1}")
two("cookie dynamic: without a key, values given", get(), "cookie K insert dynamic")
two("dynamic-cookie-key without dynamic", get(), "cookie K insert\n  dynamic-cookie-key secret")
