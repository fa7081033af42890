"""Rules on connections and on what comes first on them; addresses, timeouts, queues, log levels; "use-server"."""
from case import case, crowd, get, reply, serves
from stage import CLOSE, EAT, ECHO, FIN, pause, read, until

SHARED = "  description tcp-rules"  # a process of their own
ONE, TWO = serves(reply(b"one")), serves(reply(b"two"))


def tcp(name, script, conf, *servers, **more):
    case("tcp rules: " + name, script, *(servers or ([ECHO],)), options=SHARED,
         conf="mode tcp\n  option tcplog\n  " + conf.replace("; ", "\n  "), **more)


def http(name, script, conf, *servers, **more):
    case("rules: " + name, script, *servers, options=SHARED, conf=conf.replace("; ", "\n  "), **more)


DELAY = "tcp-request inspect-delay 400ms; "
LATE = [pause(0.7), ("eat",)]

# Before there is a session. What is still on its way when we close decides between FIN and reset: the client says nothing.
for kind in ("connection", "session"):
    for mode in ("tcp", "http"):
        rules = f"mode {mode}; tcp-request {kind} reject if {{ src 127.0.0.0/8 }}"
        http(f"{mode}, {kind} reject", [("eat",)], rules, [EAT], linger=0.1)
    http(f"{kind} accept ends the list", get(), f"tcp-request {kind} accept if {{ src 127.0.0.0/8 }}; tcp-request {kind} reject")
    http(f"{kind} rules that do not hold", get(), f"tcp-request {kind} reject if {{ src 10.0.0.0/8 }}")
    http(f"variables of {kind} rules", [get(), read(), get("/2"), read(2)],
         f"tcp-request {kind} set-var(sess.a) src; tcp-request {kind} set-var(proc.tr_{kind}) int(7); "
         f"http-request set-header x-a %[var(sess.a)]-%[var(proc.tr_{kind})]")

# What comes first.
tcp("content reject", [("eat",)], "tcp-request content reject", linger=0.1)
tcp("content accept", [b"abc", until(b"abc")], "tcp-request content accept; tcp-request content reject")
tcp("content without delay looks once", [b"abc", until(b"abc")], "tcp-request content reject if { req.len gt 100 }")
tcp("content waits for enough", [b"ab", pause(0.1), b"cdef", until(b"abcdef")], DELAY + "tcp-request content accept if { req.len ge 5 }; "
    "tcp-request content reject")
tcp("content has waited", [b"ab", *LATE], DELAY + "tcp-request content accept if { req.len ge 5 }; tcp-request content reject")
tcp("content, nothing came", LATE, DELAY + "tcp-request content reject if { req.len 0 } WAIT_END")
tcp("content, client closes", [b"ab", FIN, ("eat",)], DELAY + "tcp-request content accept if { req.len ge 5 }; tcp-request content reject")
tcp("content payload, accepted", [b"hello", until(b"hello")], DELAY + "tcp-request content accept if { req.payload(0,4) -m str hell }; "
    "tcp-request content reject")
tcp("content payload, rejected", [b"other", *LATE], DELAY + "tcp-request content reject if !{ req.payload(0,4) -m str hell }")
tcp("content payload, all there is", [b"other", *LATE], DELAY + "tcp-request content reject if { req.payload(0,0) -m beg ot }")
tcp("content delay over, accepted", [b"abc", pause(0.6), until(b"abc")], DELAY + "tcp-request content accept if WAIT_END")
tcp("content, client too late", LATE + [pause(0.3)], "tcp-request inspect-delay 2s; timeout client 500ms; tcp-request content accept if WAIT_END")
tcp("a variable of content rules", [b"abcde", until(b"abcde"), FIN, ("eat",)],
    DELAY + "tcp-request content set-var(txn.p) req.payload(0,3); tcp-request content accept if { var(txn.p) -m str abc }; "
    "tcp-request content reject if WAIT_END; log-format %ci:%cp\\ [%t]\\ %ft\\ %b/%s\\ %Tw/%Tc/%Tt\\ %B\\ %ts\\ %[var(txn.p)]\\ %ac/%fc/%bc/%sc/%rc\\ %sq/%bq",
    ignore=("timers",))

for sni, expected in (("one.example", b"one"), ("two.example", b"two"), ("other.example", b"one")):
    name = sni.encode()
    extension = b"\0\0" + (len(name) + 5).to_bytes(2, "big") + (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name
    body = b"\x03\x03" + b"r" * 32 + b"\0" + b"\0\x02\xc0\x2b" + b"\x01\0" + len(extension).to_bytes(2, "big") + extension
    shake = b"\x01" + len(body).to_bytes(3, "big") + body
    record = b"\x16\x03\x01" + len(shake).to_bytes(2, "big") + shake
    case(f"tcp rules: routing by SNI, {sni}", [record[:20], pause(0.05), record[20:], until(expected)], [[until(name), b"one", EAT]],
         [[until(name), b"two", EAT]], options=SHARED,
         text="frontend {name}\n  mode tcp\n  option tcplog\n  bind {bind}\n  tcp-request inspect-delay 2s\n"
              "  tcp-request content accept if { req.ssl_hello_type 1 }\n  use_backend {name}t if { req.ssl_sni -i two.example }\n"
              "  default_backend {name}o\nbackend {name}o\n  mode tcp\n  server s {s1}\nbackend {name}t\n  mode tcp\n  server s {s2}\n")
case("tcp rules: no hello for SNI", [b"GET / HTTP/1.0\r\n\r\n", *LATE], [ECHO], options=SHARED,
     text="frontend {name}\n  mode tcp\n  option tcplog\n  bind {bind}\n  tcp-request inspect-delay 400ms\n"
          "  tcp-request content reject unless { req.ssl_hello_type 1 }\n  default_backend {name}o\nbackend {name}o\n  mode tcp\n  server s {s1}\n")

APART = ("frontend {name}\n  mode tcp\n  option tcplog\n  bind {bind}\n  default_backend {name}b\nbackend {name}b\n  mode tcp\n"
         "  tcp-request inspect-delay 400ms\n  RULE\n  server s {s1}\n")
for name, rule, script in (
        ("accept", "tcp-request content accept if { req.payload(0,3) -m str abc }", [b"abc", until(b"abc")]),
        ("reject", "tcp-request content reject if { req.payload(0,3) -m str abc }", [b"abc", *LATE]),
        ("late", "tcp-request content accept if { req.len ge 3 }", [b"a", pause(0.1), b"bc", until(b"abc")])):
    case(f"tcp rules: the backend's content rules, {name}", script, [ECHO], options=SHARED, text=APART.replace("RULE", rule))

# What the server says first.
RESPONSE = "tcp-response inspect-delay 500ms; "
tcp("response accept", [until(b"220 hello")], RESPONSE + "tcp-response content accept if { res.payload(0,3) -m str 220 }; tcp-response content reject",
    [pause(0.1), b"220 hello", EAT])
tcp("response reject", [("eat",)], RESPONSE + "tcp-response content reject if { res.payload(0,3) -m str 220 }", [pause(0.1), b"220 hello", EAT],
    ignore=("origin",))
tcp("response too short in time", [("eat",)], RESPONSE + "tcp-response content accept if { res.len ge 5 }; tcp-response content reject",
    [pause(0.1), b"22", EAT], ignore=("origin",))
tcp("the request goes on meanwhile", [b"abc", until(b"abcdef")], RESPONSE + "tcp-response content accept if { res.len ge 5 }; tcp-response content reject",
    [until(b"abc"), b"abc", pause(0.1), b"def", EAT])

# HTTP mode.
http("content reject", [get(), ("eat",)], "tcp-request content reject if { path /x }; tcp-request content reject if TRUE", linger=0.1)
http("content sees the request", get("/a?b=c"), "tcp-request content set-var(txn.p) path; http-request set-header x-p %[var(txn.p)]")
http("content delay with a whole request", get(), "tcp-request inspect-delay 2s; tcp-request content accept if WAIT_END")
http("http-request reject", [get(), ("eat",)], "http-request reject", linger=0.1)
http("the backend rejects", [get(), ("eat",)], "http-request reject if { be_name -m found }", linger=0.1)
http("response content reject", [get(), ("eat",)], "tcp-response content reject", ignore=("origin",), linger=0.1)

# Addresses.
SEEN = "http-request set-header x-seen %[src]:%[src_port]|%[dst]:%[dst_port],%[fc_src]|%[fc_dst]"
FIXED = "http-request set-src-port int(5); http-request set-dst-port int(6); "
for name, rule in (("src", "http-request set-src str(192.0.2.7)"), ("src v6", "http-request set-src str(2001:db8::7)"),
                   ("src of nothing", "http-request set-src req.hdr(x-none)"), ("src of no address", "http-request set-src str(abc)"),
                   ("src masked", "http-request set-src src,ipmask(8)"), ("dst", "http-request set-dst str(192.0.2.9)"),
                   ("dst v6", "http-request set-dst str(::9)"), ("src port large", "http-request set-src-port int(65536)"),
                   ("at the session", "tcp-request session set-src str(192.0.2.1)"),
                   ("at the connection", "tcp-request connection set-src str(192.0.2.2); tcp-request connection set-dst str(192.0.2.3)"),
                   ("in content", "tcp-request content set-src str(192.0.2.4)")):
    http(f"set-src and its kin, {name}", get(), rule + "; " + (FIXED if "large" not in name else "http-request set-dst-port int(6); ") + SEEN)
http("set-src holds for one request", [get("/1"), read(), get("/2"), read(2)],
     "http-request set-src str(192.0.2.7) if { path /1 }; http-request set-header x-seen %[src]; option forwardfor")
tcp("set-src in the log", [b"abc", until(b"abc"), FIN, ("eat",)], "tcp-request content set-src str(192.0.2.7); tcp-request content set-src-port int(99)")

# The log, timeouts, retries, sockets.
for level in ("emerg", "warning", "debug", "silent"):
    http(f"set-log-level {level}", get(), f"http-request set-log-level {level}")
http("set-log-level of a response", get(), "http-response set-log-level notice if { status 200 }")
tcp("set-log-level", [b"abc", until(b"abc"), FIN, ("eat",)], "tcp-request content set-log-level err")
tcp("set-log-level silent", [b"abc", until(b"abc"), FIN, ("eat",)], "tcp-request content set-log-level silent")
SLOW = serves(reply(b"late"), pause(0.8))
http("set-timeout server", get(), "timeout server 5s; http-request set-timeout server 300ms", SLOW)
http("set-timeout server from a header", get("/", "X-T: 300"), "timeout server 5s; http-request set-timeout server req.hdr(x-t)", SLOW)
http("set-timeout server longer", get(), "timeout server 300ms; http-request set-timeout server 3s", SLOW)
http("set-timeout from nothing", get(), "timeout server 300ms; http-request set-timeout server req.hdr(x-t)", SLOW)
http("timeouts as they are", get(), "http-request set-timeout server 700ms; http-request set-timeout tunnel 900; "
     "http-request set-header x-t %[cur_server_timeout]|%[cur_tunnel_timeout]|%[be_server_timeout]")
http("disable-l7-retry", get(), "retry-on empty-response; retries 2; http-request disable-l7-retry", [until(b"\r\n\r\n"), CLOSE])
http("marks and waits that change nothing to be seen", get(), "http-request set-tos 0x10; http-request set-mark 7; http-request wait-for-handshake; "
     "http-response set-tos 8; http-response set-mark 9")
crowd("rules: set-priority-class", [[0.1 * at, get(f"/{at}", "Connection: close", f"X-C: {kind}"), read()] for at, kind in enumerate("05213")],
      serves(reply(b"slow"), pause(0.7)), options=SHARED, server_options="maxconn 1",
      conf="timeout queue 9s\n  timeout server 9s\n  timeout client 9s\n  http-request set-priority-class req.hdr(x-c)", ignore=("timers", "log"))
crowd("rules: set-priority-offset", [[0.1 * at, get(f"/{at}", "Connection: close", f"X-C: {ms}"), read()] for at, ms in enumerate((0, 0, -5000, 5000, 100))],
      serves(reply(b"slow"), pause(0.7)), options=SHARED, server_options="maxconn 1",
      conf="timeout queue 9s\n  timeout server 9s\n  timeout client 9s\n  http-request set-priority-offset req.hdr(x-c)", ignore=("timers", "log"))

# use-server
BOTH = "balance roundrobin\n  USE\n  server one {s1}\n  server two {s2}"
for name, use in (("by its name", "use-server two if TRUE"), ("whose condition fails", "use-server two if { path /no }\n  use-server one if TRUE"),
                  ("of two the first", "use-server two if { path / }\n  use-server one if TRUE"),
                  ("from a header", "use-server %[req.hdr(x-s)] if TRUE"), ("from nothing", "use-server %[req.hdr(x-no)] if TRUE"),
                  ("unless", "use-server two unless { path /no }")):
    case("rules: use-server " + name, [get("/", "X-S: two"), read(), get("/", "X-S: two"), read(2)], ONE, TWO, options=SHARED,
         conf=BOTH.replace("USE", use))
case("rules: use-server that is down", get(), ONE, TWO, options=SHARED,
     conf="balance roundrobin\n  use-server two if TRUE\n  use-server one if TRUE\n  server zero {s2} backup\n  server one {s1}\n  server two {s2} disabled")
case("rules: use-server before the cookie", get("/", "Cookie: S=a"), ONE, TWO, options=SHARED,
     conf="cookie S insert\n  use-server two if TRUE\n  server one {s1} cookie a\n  server two {s2} cookie b")
case("tcp rules: use-server by payload", [b"2bc", until(b"two")], [[until(b"2bc"), b"one", EAT]], [[until(b"2bc"), b"two", EAT]], options=SHARED,
     conf="mode tcp\n  option tcplog\n  tcp-request inspect-delay 2s\n  tcp-request content accept if { req.len ge 3 }\n  balance roundrobin\n"
          "  use-server two if { req.payload(0,1) -m str 2 }\n  server one {s1}\n  server two {s2}")
