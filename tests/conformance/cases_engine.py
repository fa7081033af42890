"""What paces, orders and guards streams: nice, the cookies that caches could share, the server a connection prefers."""
from case import case, get, post, reply, serves
from stage import EAT, ECHO, FIN, read, until

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
