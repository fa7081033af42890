"""Where log lines go, in what form, which of them and when: targets, rings, samples, levels, heads, early lines."""
from case import case, get, head, post, reply, serves
from stage import AGAIN, BODY, CLOSE, EAT, HEAD, RESET, pause, read

LINE = 'log-format "{name} %ST %HU %B"'
OWN = "no log\n  log {log} "


def several(count):
    """So many requests on one connection."""
    return [step for number in range(1, count + 1) for step in (get(f"/{number}"), read(number))]


def many(status=("200 OK",)):
    """A server that answers with these in turn, on one connection."""
    script = []
    for each in status:
        script += [HEAD, reply(b"ok", status=each)]
    return script + [EAT]


# Heads of lines.
STYLES = ("local", "rfc3164", "rfc5424", "iso", "short", "priority", "timed", "raw")
for style in STYLES:
    case(f"log head: {style}", get(), conf=f"{OWN}format {style} local3\n  {LINE}")
    case(f"log head with the host name: {style}", get(), conf=f"{OWN}format {style} local3\n  {LINE}", options="log-send-hostname box")
    case(f"log head cut: {style}", get("/" + "a" * 100), conf=f"{OWN}len 80 format {style} local3\n  log-tag mine\n  {LINE}")
case("log head with the host name: unset", get(), conf=f"{OWN}local3\n  {LINE}", options="log-send-hostname box")
case("log head: tag", get(), conf=f"{OWN}local3\n  log-tag mine\n  {LINE}")
case("log head: tag in rfc5424", get(), conf=f"{OWN}format rfc5424 local3\n  log-tag mine\n  {LINE}")
case("log head: global tag", get(), conf=f"{OWN}local3\n  {LINE}", options="log-tag everyone")
case("log head: own tag before the global one", get(), conf=f"{OWN}local3\n  log-tag mine\n  {LINE}", options="log-tag everyone")
for facility in ("kern", "user", "auth2", "ntp", "cron2", "local7"):
    case(f"log facility {facility}", get(), conf=f"{OWN}{facility}\n  {LINE}")
for length in (80, 81, 100, 1024, 2000, 65535):
    case(f"log len {length}", get("/" + "a" * 990), conf=f"{OWN}len {length} format raw local1\n  {LINE}")

# Levels.
for levels in ("emerg", "err", "notice", "info", "debug", "debug err", "debug debug", "info info", "info notice", "notice emerg"):
    case(f"log levels {levels}", several(2), many(("200 OK", "500 No")), conf=f"{OWN}local1 {levels}\n  option log-separate-errors\n  {LINE}")

# Several targets, and which lines they get.
case("log: three targets", get(), conf=f"log {{log}} local1\n  log {{log}} format raw local2\n  {LINE}")
case("log: the same target twice", get(), conf=f"log {{log}} local2\n  log {{log}} local2\n  {LINE}")
case("log: no log, then global again", get(), conf=f"log {{log}} local1\n  no log\n  log global\n  {LINE}")
case("log: global twice", get(), conf=f"log global\n  log global\n  {LINE}")
for sample in ("1:1", "1:2", "2:2", "1,3:4", "2-3:4", "1-2,4:5", "4,1:5", "1,2,:3", "7:7", "1:99999999999"):
    case(f"log sample {sample}", several(6), many(["200 OK"] * 6), conf=f"{OWN}format raw sample {sample} local1\n  {LINE}")
case("log sample of errors only", several(6), many(["200 OK", "500 No"] * 3),
     conf=f"{OWN}format raw sample 2:2 local1 err\n  option log-separate-errors\n  {LINE}")
case("log sample beside another target", several(4), many(["200 OK"] * 4),
     conf=f"{OWN}format raw sample 1:2 local1\n  log {{log}} format short local2\n  {LINE}")
case("log len, format and sample", several(3), many(["200 OK"] * 3), conf=f"{OWN}len 90 format priority sample 1,3:3 user info notice\n  {LINE}")

# Structured data of RFC 5424.
SD = 'log-format-sd "[x@1 st=\\"%ST\\" uri=\\"%{+E}HU\\"]"'
case("log-format-sd", get("/a]b\\c"), conf=f"{OWN}format rfc5424 local3\n  {LINE}\n  {SD}")
case("log-format-sd beside other targets", get(), conf=f"{OWN}format rfc5424 local3\n  log {{log}} format raw local2\n  {LINE}\n  {SD}")
case("log-format-sd without rfc5424", get(), conf=f"{OWN}local3\n  {LINE}\n  {SD}")

# Early lines.
SLOW = [HEAD, head("HTTP/1.1 200 OK", "Content-Length: 4"), pause(0.05), b"ab", pause(0.7), b"cd", AGAIN]
case("logasap", get(), SLOW, conf="option logasap")
case("logasap, everything", get(), SLOW, conf='option logasap\n  log-format "{name} %B %U %ts %ST %rc %sq %bq %HU %Td"')
case("logasap: captures", get("/", "X-A: one"), SLOW,
     conf="option logasap\n  capture request header X-A len 5\n  capture response header Content-Length len 5")
case("logasap: the server breaks off later", get(), [HEAD, head("HTTP/1.1 200 OK", "Content-Length: 4"), pause(0.1), b"ab", CLOSE], conf="option logasap")
case("logasap: the server answers 500", get(), [HEAD, reply(b"", status="500 No"), EAT], conf="option logasap")
case("logasap: no server", get(), conf="option logasap\n  retries 0\n  server d {dead}")
case("logasap: bad request", b"GET / HTTP/1.1\r\nbad\r\n\r\n", conf="option logasap")
case("logasap and dontlog-normal", get(), SLOW, conf="option logasap\n  option dontlog-normal")
case("logasap and dontlog-normal, the server breaks off", get(), [HEAD, head("HTTP/1.1 200 OK", "Content-Length: 4"), pause(0.1), b"ab", CLOSE],
     conf="option logasap\n  option dontlog-normal")
case("logasap and log-separate-errors", get(), [HEAD, reply(b"", status="500 No"), EAT], conf="option logasap\n  option log-separate-errors")
case("logasap, clf", get(), SLOW, conf="option httplog clf\n  option logasap", ignore=("log", "timers"))
case("logasap: interim response", get(), [HEAD, head("HTTP/1.1 103 Early Hints", "Link: </a>"), pause(0.05), head("HTTP/1.1 200 OK", "Content-Length: 0"), EAT],
     conf="option logasap", ignore=("client", "timers"))
case("logasap: two requests", several(2), many(["200 OK"] * 2), conf='option logasap\n  log-format "{name} %ST %HU"')
case("logasap, tcp", [b"x", read(), CLOSE], [EAT], conf="mode tcp\n  option tcplog\n  option logasap\n  timeout server 300ms", ignore=("client", "fate", "origin"))
case("logasap, tcp, no server", [read()], conf="mode tcp\n  option tcplog\n  option logasap\n  retries 0\n  server d {dead}")
case("logasap, monitor-uri", get("/m"), conf="option logasap\n  monitor-uri /m")

# What is not worth a line.
case("dontlog-normal, a retry", get(), conf="option dontlog-normal\n  retries 1\n  option redispatch 1\n  server d {dead}\n  server s1 {s1}", ignore=("origin",))
case("dontlog-normal, 404 and 500", several(3), many(["404 No", "500 No", "200 OK"]), conf="option dontlog-normal")
case("dontlog-normal, 503 of ours", get(), conf="option dontlog-normal\n  retries 0\n  server d {dead}")
case("log-separate-errors, several", several(4), many(["200 OK", "400 No", "404 No", "503 No"]), conf="option log-separate-errors")
case("dontlognull, a reset", [pause(0.05), RESET], conf="option dontlognull")

# Rings, seen at the server that they pass lines on to.
LISTEN = 'listen {name}\n  bind {bind}\n  no log\n  log-format "{name} %ST %HU"\n  server s1 {s1}\n'
TIMEOUTS = "  timeout connect 1s\n  timeout server 1s\n"


def ring(name, lines, logs, client=None, server=None, end=""):
    case(f"log ring: {name}", client or get("/x"), server or serves(reply()), [EAT],
         text=f"ring {{name}}r\n  {lines}\n{TIMEOUTS}  server l {{s2}}{end}\n" + LISTEN + "".join(f"  log {each}\n" for each in logs),
         origin_view=lambda servers: servers, ignore=("origin fate",), linger=0.4)


ring("raw by default", "description lines", ["ring@{name}r local2"])
for style in ("raw", "short", "priority"):
    ring(style, f"format {style}", ["ring@{name}r local2"])
    ring(f"{style}, octet counts", f"format {style}", ["ring@{name}r local2"], end=" log-proto octet-count")
ring("its own form counts, not the line's", "format short", ["ring@{name}r format priority local2"])
ring("maxlen", "maxlen 30", ["ring@{name}r local2"], client=get("/" + "a" * 100))
ring("the line's len", "maxlen 200", ["ring@{name}r len 90 local2"], client=get("/" + "a" * 100))
ring("maxlen before a longer len", "maxlen 30", ["ring@{name}r len 90 local2"], client=get("/" + "a" * 100), end=" log-proto octet-count")
ring("two lines of one proxy", "format priority", ["ring@{name}r local2", "ring@{name}r local3"])
ring("several requests", "format raw", ["ring@{name}r local2"], client=several(4), server=many(["200 OK"] * 4))
ring("sample", "format raw", ["ring@{name}r sample 2:2 local2"], client=several(4), server=many(["200 OK"] * 4))
ring("level", "format raw", ["ring@{name}r local2 err"])
ring("minimum level", "format short", ["ring@{name}r local2 info err"])
ring("beside a datagram target", "format raw", ["ring@{name}r local2", "{log} local3"])
ring("larger", "size 100000", ["ring@{name}r local2"])
for style in ("raw", "short", "priority"):
    case(f"log tcp@: {style}", get("/x"), serves(reply()), [EAT], text=LISTEN + f"  log tcp@{{s2}} format {style} local4\n",
         ignore=("origin fate",), linger=0.4)
case("log tcp@: len", get("/" + "a" * 100), serves(reply()), [EAT], text=LISTEN + "  log tcp@{s2} len 85 format raw local4\n",
     ignore=("origin fate",), linger=0.4)
case("log tcp@: sample", several(3), many(["200 OK"] * 3), [EAT], text=LISTEN + "  log tcp@{s2} format raw sample 2:3 local4\n",
     ignore=("origin fate",), linger=0.4)
case("log ring: the original's own", get(), text=LISTEN + "  log ring@buf0 local0\n")
