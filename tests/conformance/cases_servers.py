"""Servers: dead, slow, full, checked; retries, redispatch, queues; and the ways to choose one."""
from case import case, crowd, get, head, post, reply, serves
from stage import AGAIN, CLOSE, EAT, FIN, HEAD, RESET, pause, read

H = "Host: site.example"
ONE, TWO = serves(reply(b"one")), serves(reply(b"two"))
FAST = "timeout connect 100ms\n  retries 1"


def many(count, version="1.1"):
    """`count` requests, each on its own connection, one after the other."""
    return [[0.06 * at, get(f"/{at}", "Connection: close"), read()] for at in range(count)]


case("no server at all", get(), text="listen {name}\n  bind {bind}\n")
case("dead server", get(), conf=FAST + "\n  server d {dead}")
case("dead server, POST", post(b"abc"), conf=FAST + "\n  server d {dead}")
case("dead server, retries 0", get(), conf="timeout connect 100ms\n  retries 0\n  server d {dead}")
case("dead server, keep-alive", [get(), read(), get("/2"), read(2)], conf="timeout connect 100ms\n  retries 0\n  server d {dead}")
case("dead server, redispatch", get(), conf="timeout connect 100ms\n  retries 1\n  option redispatch\n  balance roundrobin\n  server d {dead}\n  server s {s1}")
case("dead server, redispatch 1", get(), conf="timeout connect 100ms\n  retries 3\n  option redispatch 1\n  balance roundrobin\n  server d {dead}\n  server s {s1}")
case("dead server, no redispatch", get(), conf=FAST + "\n  balance roundrobin\n  server d {dead}\n  server s {s1}")
case("dead server, POST redispatch", post(b"abc"), conf="timeout connect 100ms\n  retries 1\n  option redispatch\n  balance roundrobin\n  server d {dead}\n  server s {s1}")
case("dead server, POST keep-alive", [post(b"abc", path="/first"), read(), post(b"def", path="/second"), read(2)],
     conf="timeout connect 100ms\n  retries 0\n  server d {dead}")
case("dead server, pipelined POST", [post(b"abc", path="/first") + get("/second"), read(2)],
     conf="timeout connect 100ms\n  retries 0\n  server d {dead}")
case("disabled server", get(), conf="server d {s1} disabled")
case("disabled server and another", get(), conf="balance roundrobin\n  server d {dead} disabled\n  server s {s1}")
case("backup server alone", get(), conf="server b {s1} backup")
case("weight 0", get(), conf="balance roundrobin\n  server d {dead} weight 0\n  server s {s1}")
case("backend that does not exist yet", get(), text="frontend {name}\n  bind {bind}\n  default_backend {name}b\nbackend {name}b\n  server s {s1}\n")
case("frontend without backend", get(), text="frontend {name}\n  bind {bind}\n")
case("use_backend by host", get(), text="frontend {name}\n  bind {bind}\n  acl site hdr(host) -i SITE.example\n  use_backend {name}b if site\n"
     "  default_backend {name}d\nbackend {name}b\n  server s {s1}\nbackend {name}d\n  server d {dead}\n")

case("use_backend by address, tcp", get(), text="frontend {name}\n  mode tcp\n  option tcplog\n  bind {bind}\n"
     "  use_backend {name}d if { src 10.0.0.0/8 }\n  use_backend {name}b if { src 127.0.0.0/8 }\n  default_backend {name}d\n"
     "backend {name}b\n  mode tcp\n  server s {s1}\nbackend {name}d\n  mode tcp\n  server d {dead}\n")

# Choosing.
crowd("round robin", many(6), ONE, TWO, conf="balance roundrobin")
crowd("round robin, weights", many(6), ONE, TWO, conf="balance roundrobin\n  server a {s1} weight 2\n  server b {s2} weight 1")
crowd("static round robin", many(6), ONE, TWO, conf="balance static-rr")
crowd("least connections", many(4), ONE, TWO, conf="balance leastconn")
crowd("first", many(3), ONE, TWO, conf="balance first")
crowd("source", many(3), ONE, TWO, conf="balance source")
crowd("backup unused", many(3), ONE, TWO, conf="balance roundrobin\n  server a {s1}\n  server b {s2} backup")
crowd("first with maxconn", [[get(), read()], [0.1, get(), read()]], [HEAD, pause(0.3), reply(b"one"), AGAIN], TWO,
      conf="balance first\n  server a {s1} maxconn 1\n  server b {s2} maxconn 1")

# Queues.
SLOW = [HEAD, pause(0.3), reply(b"slow", "Connection: close"), CLOSE]
crowd("queue, then served", [[get("/1", "Connection: close"), read()], [0.1, get("/2", "Connection: close"), read()]], SLOW,
      conf="timeout queue 2s", server_options="maxconn 1")
crowd("queue timeout", [[get("/1", "Connection: close"), read()], [0.05, get("/2", "Connection: close"), read()]],
      [HEAD, pause(0.6), reply(), CLOSE], conf="timeout queue 200ms", server_options="maxconn 1")
crowd("queue full", [[get("/1", "Connection: close"), read()], [0.05, get("/2", "Connection: close"), read()], [0.1, get("/3", "Connection: close"), read()]],
      [HEAD, pause(0.4), reply(), CLOSE], conf="timeout queue 2s\n  balance roundrobin", server_options="maxconn 1 maxqueue 1")
crowd("queue, client leaves", [[get("/1", "Connection: close"), read()], [0.1, get("/2"), pause(0.05), CLOSE]], SLOW,
      conf="timeout queue 2s", server_options="maxconn 1")
# A client that leaves before a server was reached: HOW it leaves, while it waits in the queue, or between two attempts.
for option in ("", "option abortonclose"):
    for how, end in (("closes", CLOSE), ("half-closes", FIN), ("resets", RESET)):
        name = f"client {how} [{option}]"
        crowd(f"queued, {name}", [[get("/1", "Connection: close"), read()], [0.1, get("/2"), pause(0.05), end, read()]], SLOW,
              conf=f"timeout queue 2s\n  {option}", server_options="maxconn 1")
        case(f"connecting, {name}", [get(), pause(0.1), end, read()], conf=f"timeout connect 400ms\n  retries 2\n  {option}\n  server d {{dead}}")
        crowd(f"queued, tcp, {name}", [[get("/1", "Connection: close"), read()], [0.1, b"abc", pause(0.05), end, read()]], SLOW,
              conf=f"mode tcp\n  option tcplog\n  timeout queue 2s\n  {option}", server_options="maxconn 1")
        case(f"connecting, tcp, {name}", [b"abc", pause(0.1), end, read()],
             conf=f"mode tcp\n  option tcplog\n  timeout connect 400ms\n  retries 2\n  {option}\n  server d {{dead}}")
crowd("frontend maxconn", [[get("/1", "Connection: close"), read()], [0.1, get("/2", "Connection: close"), read()]], SLOW, conf="maxconn 1")

# Checks. The first answer decides while `rise 1` or `fall 1` says so.
CHECK = "check inter 100ms rise 1 fall 1"
case("check passes", get(), conf="", server_options=CHECK, settle=0.4, ignore=("origin",))
case("check fails: dead", get(), conf=f"server d {{dead}} {CHECK}", settle=0.4, ignore=("log",))
for name, words, answer in (("200", "", reply()), ("404", "", reply(status="404 Not Found")), ("302", "", reply(status="302 Found")),
                            ("500", "", reply(status="500 No")), ("garbage", "", b"garbage\r\n\r\n"), ("GET /h", "GET /h", reply()),
                            ("HEAD /h 1.1", "HEAD /h HTTP/1.1", reply(b"")), ("/only", "/only", reply())):
    case(f"httpchk {name}", get(), [HEAD, answer, CLOSE], conf=f"option httpchk {words}", server_options=CHECK, settle=0.4,
         origin_view=lambda got: got[:1], ignore=("log",))
case("httpchk with host", get(), [HEAD, reply(), CLOSE], conf="option httpchk HEAD / HTTP/1.1\\r\\nHost:\\ www.ex.com", server_options=CHECK,
     settle=0.4, origin_view=lambda got: got[:1], ignore=("log",))
