"""Fields that the proxy adds, rules of the first hour, generated pages, the statistics page, TCP mode."""
import re

from case import case, get, head, post, reply, serves
from stage import CLOSE, EAT, ECHO, FIN, HEAD, RESET, pause, read, until

H = "Host: site.example"

case("forwardfor", get(), conf="option forwardfor")
case("forwardfor, one present", get("/", "X-Forwarded-For: 192.0.2.1"), conf="option forwardfor")
case("forwardfor except this client", get(), conf="option forwardfor except 127.0.0.0/8")
case("forwardfor except another", get(), conf="option forwardfor except 10.0.0.0/8")
case("forwardfor except one address", get(), conf="option forwardfor except 127.0.0.1")
case("forwardfor header name", get(), conf="option forwardfor header X-Client")
case("forwardfor except and header", get(), conf="option forwardfor except 10.0.0.0/8 header X-Real-IP")
case("originalto", get(), conf="option originalto")
case("originalto except and header", get(), conf="option originalto except 10.0.0.0/8 header X-Dst")
case("originalto except this address", get(), conf="option originalto except 127.0.0.0/8")
case("forwardfor and originalto on each request", [get("/1"), read(1), get("/2"), read(2)], conf="option forwardfor\n  option originalto")
case("send-proxy", get(), server_options="send-proxy")
case("http-send-name-header", get(), conf="http-send-name-header X-Srv")

# Pages of the proxy.
case("errorfile", get(), conf="errorfile 503 {dir}/503.http\n  server d {dead} disabled")
case("errorfile for a bad request", b"BAD\r\n\r\n", conf="errorfile 400 {dir}/400.http")
case("errorloc302", get(), conf="errorloc 503 http://sorry.example/\n  server d {dead} disabled")
case("errorloc303", get(), conf="errorloc303 503 http://sorry.example/\n  server d {dead} disabled")
case("monitor-uri", get("/alive"), conf="monitor-uri /alive")
case("monitor-uri with HEAD", [head("HEAD /alive HTTP/1.1", H), read(1, [b"HEAD"])], conf="monitor-uri /alive")
case("monitor-uri, another path", get("/alive2"), conf="monitor-uri /alive")
case("monitor-uri then a request", [get("/alive"), read(1), get("/x"), read(2)], conf="monitor-uri /alive")
case("monitor-uri, HTTP/1.0", head("GET /alive HTTP/1.0"), conf="monitor-uri /alive")
case("monitor fail", get("/alive"), conf="acl dead nbsrv lt 5\n  monitor fail if dead\n  monitor-uri /alive")


def csv_shape(data):
    """The head of the answer, the column names, and each row's names and type: the numbers are the run's own."""
    text = re.sub(rb"(?m)^[0-9a-f]+\r\n", b"", data)
    rows = [line.split(b",") for line in text.split(b"\r\n\r\n", 1)[-1].split(b"\n") if b"," in line]
    kept = [b",".join(row) if row[0].startswith(b"# ") else b",".join(row[:2] + row[17:18] + row[32:33]) for row in rows
            if row[0].startswith(b"# ") or b"FRONTEND" in row or b"BACKEND" in row or row[0].startswith(b"c")]
    return data.split(b"\r\n\r\n", 1)[0] + b"\n" + b"\n".join(sorted(row for row in kept if not row.startswith(b"ready")))


def head_only(data):
    return data.split(b"\r\n\r\n", 1)[0]


ADMIN = "Authorization: Basic YWRtaW46YWRtaW4="
PAGE = "stats enable\n  stats scope .\n  stats uri /status\n  stats refresh 60s\n  stats auth admin:admin"
case("statistics without password", get("/status"), conf=PAGE)
case("statistics with a wrong password", get("/status", "Authorization: Basic YWRtaW46eHh4"), conf=PAGE)
case("statistics with a broken password", get("/status", "Authorization: Basic !!!"), conf=PAGE)
case("statistics with another scheme", get("/status", "Authorization: Bearer abc"), conf=PAGE)
case("statistics realm", get("/status"), conf=PAGE + "\n  stats realm My\\ Site")
case("statistics page", get("/status", ADMIN), conf=PAGE, view=head_only)
case("statistics page, HEAD", [head("HEAD /status HTTP/1.1", H, ADMIN), read(1, [b"HEAD"])], conf=PAGE)
case("statistics page, HTTP/1.0", head("GET /status HTTP/1.0", ADMIN), conf=PAGE, view=head_only)
case("statistics page, no refresh wanted", get("/status;norefresh", ADMIN), conf=PAGE, view=head_only)
case("statistics as CSV", get("/status;csv", ADMIN), conf=PAGE, view=csv_shape)
case("statistics as CSV, no refresh", get("/status;csv;norefresh", ADMIN), conf=PAGE, view=csv_shape)
case("statistics as JSON", get("/status;json", ADMIN), conf=PAGE, view=head_only)
case("statistics, then a request", [get("/status;csv", ADMIN), read(1), get("/x"), read(2)], conf=PAGE, view=lambda data: data[-2:])
case("statistics, method POST without admin", head("POST /status HTTP/1.1", H, ADMIN, "Content-Length: 20") + b"s=s1&action=disable&", conf=PAGE, view=head_only)
case("statistics, method PUT", head("PUT /status HTTP/1.1", H, ADMIN, "Content-Length: 0"), conf=PAGE)
case("statistics, admin form", head("POST /status HTTP/1.1", H, ADMIN, "Content-Length: 26") + b"s=s1&action=drain&b=%23xxx", conf=PAGE + "\n  stats admin if TRUE")
case("statistics, default address", get("/haproxy?stats"), conf="stats enable\n  stats scope .", view=head_only)
case("statistics, another path", get("/statusx", ADMIN), conf="stats uri /status\n  stats scope .", view=head_only)

# Logs.
LOG = "option httplog"
case("log: no option", get(), conf="no log\n  log {log} local2\n  log-format %ci:%cp\\ {name}\\ %ST\\ %B")
case("log: tcplog in HTTP mode", get(), conf="option tcplog")
case("log: quotes and 8-bit in the request", get("/a\"b", "X: y"), conf=LOG)
case("log: long target", get("/" + "a" * 1500), conf=LOG)
case("log: captured fields", get("/", "X-A: one{two}|three", "User-Agent: test"), serves(reply(b"ok", "Server: me")),
     conf="capture request header X-A len 20\n  capture request header Missing len 5\n  capture request header User-Agent len 3\n"
          "  capture response header Server len 10")
case("log: dontlog-normal", get(), conf="option dontlog-normal")
case("log: log-separate-errors", get(), [HEAD, reply(status="500 No"), EAT], conf="option log-separate-errors")
case("log: httplog clf", get("/", "User-Agent: x"), conf="option httplog clf")

# TCP mode.
TCP = "mode tcp\n  option tcplog"
case("tcp echo", [b"hello", until(b"hello"), b"again", until(b"again")], [ECHO], conf=TCP)
case("tcp server speaks first", [until(b"banner")], [b"banner", EAT], conf=TCP)
case("tcp 300 KiB both ways", [b"x" * 300000, FIN, ("eat",)], [ECHO], conf=TCP)
case("tcp client half-closes", [b"abc", FIN, ("eat",)], [EAT], conf=TCP + "\n  timeout server 500ms\n  timeout client 500ms", linger=0.1)
case("tcp server closes", [b"abc", ("eat",)], [until(b"abc"), b"def", CLOSE], conf=TCP)
case("tcp server resets", [b"abc", ("eat",)], [until(b"abc"), b"def", pause(0.1), RESET], conf=TCP)
case("tcp client resets", [b"abc", until(b"abc"), RESET], [ECHO], conf=TCP)
case("tcp client leaves at once", [CLOSE], [EAT], conf=TCP, ignore=("origin",))
case("tcp dead server", [("eat",)], conf=TCP + "\n  retries 0\n  timeout connect 100ms\n  server d {dead}")
case("tcp no server", [("eat",)], text="listen {name}\n  bind {bind}\n  mode tcp\n  option tcplog\n")
case("tcp idle timeout", [b"a", until(b"a"), ("eat",)], [ECHO], conf=TCP + "\n  timeout client 300ms\n  timeout server 300ms")
case("tcp client timeout shorter", [b"a", until(b"a"), ("eat",)], [ECHO], conf=TCP + "\n  timeout client 300ms\n  timeout server 900ms")
case("tcp server timeout shorter", [b"a", until(b"a"), ("eat",)], [ECHO], conf=TCP + "\n  timeout client 900ms\n  timeout server 300ms")
case("tcp, HTTP inside", get(), conf=TCP)
case("tcp, dontlognull", [CLOSE], [EAT], conf=TCP + "\n  option dontlognull", ignore=("origin",))

# UNIX sockets and several binds.
case("unix socket", get(), text="listen {name}\n  bind {bind}\n  bind {dir}/u1.sock mode 666\n  option forwardfor\n  server s {s1}\n", target="u1.sock")
case("unix socket with prefix", get(), text="listen {name}\n  bind {bind}\n  bind unix@{dir}/u2.sock\n  option forwardfor\n  server s {s1}\n", target="u2.sock")
case("bind with ipv4@", get(), text="listen {name}\n  bind ipv4@{bind}\n  server s ipv4@{s1}\n")
