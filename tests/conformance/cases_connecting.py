"""How connections are opened and what is said first on them, on both sides: PROXY headers, NetScaler's, sources, dispatch."""
import socket
import struct

from case import case, get, head, reply
from stage import BODY, CLOSE, EAT, FIN, HEAD, pause, read, until

V1 = b"PROXY TCP4 1.2.3.4 5.6.7.8 1111 2222\r\n"
V1_SIX = b"PROXY TCP6 1::2 3::4 1111 2222\r\n"
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
FOUR = socket.inet_aton("1.2.3.4") + socket.inet_aton("5.6.7.8") + struct.pack(">HH", 1111, 2222)
SIX = socket.inet_pton(socket.AF_INET6, "1::2") + socket.inet_pton(socket.AF_INET6, "3::4") + struct.pack(">HH", 1111, 2222)
OK = reply()


def binary(command=0x21, family=0x11, addresses=FOUR, tlvs=b""):
    return SIGNATURE + bytes([command, family]) + struct.pack(">H", len(addresses + tlvs)) + addresses + tlvs


def tlv(kind, value):
    return bytes([kind]) + struct.pack(">H", len(value)) + value


def netscaler(packet, magic=1234, new_form=False):
    head_part = struct.pack(">IIBBH", magic, 0, 0, 1, len(packet)) if new_form else struct.pack(">II", magic, len(packet))
    return head_part + packet


PORTS = struct.pack(">HHIIBBHHH", 1111, 2222, 0, 0, 0x50, 0, 0, 0, 0)
PACKET = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + FOUR[:8] + PORTS
PACKET_SIX = struct.pack(">IHBB", 0x60000000, 20, 6, 64) + SIX[:32] + PORTS

SHOWN = ('  http-request set-header x-ends "%[src]:%[src_port] %[dst]:%[dst_port] %[fc_rcvd_proxy] '
         '%[fc_pp_authority] %[fc_pp_unique_id]"\n')
ANSWERED = [HEAD, BODY, OK, HEAD, BODY, OK, EAT]


def front(bind, more=SHOWN, mode="http"):
    text = "listen {name}\n  bind {bind} %s\n  timeout client 500ms\n  timeout http-request 400ms\n" % bind
    return text + ("  mode tcp\n  option tcplog\n" if mode == "tcp" else more) + "  server s1 {s1}\n"


def accepts(name, sent, bind="accept-proxy", **more):
    script = sent if isinstance(sent, list) else [sent + get(), read(1)]
    case(f"{bind}: {name}", script, ANSWERED, text=front(bind), linger=0.1, **more)


# ---- what comes in

accepts("version 1", V1)
accepts("version 1, IPv6", V1_SIX)
accepts("version 1, unknown", b"PROXY UNKNOWN\r\n")
accepts("version 1, port 0", b"PROXY TCP4 1.2.3.4 5.6.7.8 0 65535\r\n")
accepts("two requests", [V1 + get("/1"), read(1), get("/2"), read(2)])
accepts("header, then the request", [V1, pause(0.1), get(), read(1)])
accepts("version 2", binary())
accepts("version 2, IPv6", binary(family=0x21, addresses=SIX))
accepts("version 2, local", binary(command=0x20))
accepts("version 2, local without addresses", binary(command=0x20, family=0, addresses=b""))
accepts("version 2, authority and unique id", binary(tlvs=tlv(2, b"a.example") + tlv(5, b"id-1") + tlv(4, b"") + tlv(0xE0, b"own")))
accepts("version 2, the last authority", binary(tlvs=tlv(2, b"one") + tlv(2, b"two")))
accepts("version 2, 3000 bytes of TLVs", binary(tlvs=tlv(0xE0, b"x" * 3000)))
for name, sent in {
        "no header": b"", "another protocol": b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", "two blanks": V1.replace(b"Y T", b"Y  T"),
        "a letter in a port": V1.replace(b"1111", b"11x1"), "a blank too many": V1.replace(b"2\r\n", b"2 \r\n"),
        "no carriage return": V1.replace(b"\r", b""), "no end": b"PROXY TCP4 " + b"1" * 120 + b"\r\n",
        "version 3": binary(command=0x31), "unknown command": binary(command=0x22), "a datagram": binary(family=0x12),
        "a family of none": binary(family=0x41), "too short": binary(family=0x21), "bad checksum": binary(tlvs=tlv(3, b"abcd")),
        "short checksum": binary(tlvs=tlv(3, b"abc")), "long authority": binary(tlvs=tlv(2, b"a" * 256)),
        "long unique id": binary(tlvs=tlv(5, b"a" * 129)), "TLV cut off": binary(tlvs=b"\x02\x00\x09abc"),
        "larger than a buffer": binary(tlvs=tlv(0xE0, b"x" * 20000))}.items():
    accepts(f"refused, {name}", [sent + get(), read()])
accepts("version 1, an address that is none", b"PROXY TCP4 1.2.3.400 5.6.7.8 1111 2222\r\n")
accepts("version 1, a port that is none", b"PROXY TCP4 1.2.3.4 5.6.7.8 111111 2222\r\n")
accepts("version 1, unknown with more", b"PROXY UNKNOWN 1.2.3.4 5.6.7.8 1111 2222\r\n")
accepts("version 2, unspecified", binary(family=0, addresses=b""))
accepts("in two pieces", [V1[:20], pause(0.1), V1[20:] + get(), read(1)])
accepts("cut off", [V1[:20], FIN, read()])
accepts("nothing but an end", [FIN, read()])
accepts("nothing in time", [read()])
accepts("header and nothing else", [V1, read()])
case("accept-proxy, dontlognull: nothing but an end", [FIN, read()], ANSWERED,
     text=front("accept-proxy", "  option dontlognull\n"), linger=0.1)
case("accept-proxy, dontlognull: no header", [get(), read()], ANSWERED, text=front("accept-proxy", "  option dontlognull\n"), linger=0.1)
case("accept-proxy, tcp", [V1 + b"hello", until(b"hello")], [until(b"hello"), b"hello", EAT], text=front("accept-proxy", mode="tcp"), linger=0.1)
case("accept-proxy, tcp, no header", [b"hello there, this is nothing", read()], [EAT], text=front("accept-proxy", mode="tcp"), linger=0.1)
case("accept-proxy, forwardfor", V1 + get(), ANSWERED, text=front("accept-proxy", "  option forwardfor\n  option originalto\n"), linger=0.1)

CIP = "accept-netscaler-cip 1234"
accepts("IPv4", netscaler(PACKET), CIP)
accepts("IPv6", netscaler(PACKET_SIX), CIP)
accepts("newer form", netscaler(PACKET, new_form=True), CIP)
accepts("another magic number", [netscaler(PACKET, magic=5) + get(), read()], CIP)
accepts("not TCP", [netscaler(PACKET[:9] + b"\x11" + PACKET[10:]) + get(), read()], CIP)
accepts("not IP", [netscaler(b"\x55" + PACKET[1:]) + get(), read()], CIP)
accepts("cut off", [netscaler(PACKET)[:20], FIN, read()], CIP)
accepts("nothing but an end", [FIN, read()], CIP)
accepts("nothing in time", [read()], CIP)

# ---- what goes out

FULL = [until(b"QUIT\n"), HEAD, BODY, OK, HEAD, BODY, OK, EAT]


def sends(name, options, sent=V1, script=None, answers=None, more="", **rest):
    text = "listen {name}\n  bind {bind} accept-proxy\n%s  server s1 {s1} %s\n" % (more, options)
    answers = answers or (FULL if "v2" in options else ANSWERED)
    case(f"{options}: {name}", script or [sent + get(), read(1)], answers, text=text, linger=0.1, **rest)


sends("IPv4", "send-proxy")
sends("IPv6", "send-proxy", V1_SIX)
sends("own addresses", "send-proxy", b"PROXY UNKNOWN\r\n")
sends("two requests", "send-proxy", script=[V1 + get("/1"), read(1), get("/2"), read(2)])
sends("IPv4", "send-proxy-v2")
sends("IPv6", "send-proxy-v2", V1_SIX)
sends("two requests", "send-proxy-v2", script=[V1 + get("/1"), read(1), get("/2"), read(2)])
sends("both", "send-proxy send-proxy-v2")
sends("only options", "proxy-v2-options crc32c")
sends("undone", "send-proxy no-send-proxy")
sends("none of it undone", "send-proxy-v2 no-send-proxy")
for each in ("ssl", "ssl-cn"):
    sends("no TLS", f"send-proxy-v2-{each}")
sends("all options", "send-proxy-v2 proxy-v2-options ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c,unique-id",
      binary(tlvs=tlv(2, b"a.example") + tlv(5, b"id-1")), more="  unique-id-format %ci-%cp\n")
sends("unique ids differ", "send-proxy-v2 proxy-v2-options unique-id", more="  unique-id-format %HU\n",
      script=[V1 + get("/1"), read(1), get("/2"), read(2)])
sends("tcp", "send-proxy", script=[V1 + b"hello", until(b"hello")], answers=[until(b"hello"), b"hello", EAT], more="  mode tcp\n  option tcplog\n")
sends("tcp", "send-proxy-v2", script=[V1 + b"hello", until(b"hello")], answers=[until(b"hello"), b"hello", EAT], more="  mode tcp\n  option tcplog\n")
sends("a body", "send-proxy", script=[V1 + head("POST / HTTP/1.1", "Host: h", "Content-Length: 3") + b"abc", read(1)])
# Two clients, one after the other: the second must not get the first one's connection.
case("send-proxy, http-reuse always: two clients", [V1 + get("/1"), read(1), CLOSE], ANSWERED, linger=0.1,
     text="listen {name}\n  bind {bind} accept-proxy\n  http-reuse always\n  server s1 {s1} send-proxy\n")

SOURCES = ("127.0.0.5", "0.0.0.0 usesrc 127.0.0.7", "127.0.0.5 interface lo", "0.0.0.0 usesrc clientip", "127.0.0.5:31820-31840")
for number, source in enumerate(SOURCES):
    for place in ("server", "backend"):
        if "-" in source and place == "backend":
            continue
        line = f"  source {source}\n" if place == "backend" else ""
        option = f"source {source}" if place == "server" else ""
        case(f"source {source} of a {place}", [b"PROXY TCP4 127.0.0.33 5.6.7.8 1111 2222\r\n" + get(), read(1)], ANSWERED, linger=0.1,
             text="listen {name}\n  bind {bind} accept-proxy\n  option httplog\n  log-format \"%%b/%%s %%bi %%ST\"\n%s  server s1 {s1} %s\n"
             % (line, option))


def from_header(name, option, *lines):
    case(f"usesrc {option}: {name}", [get("/", *lines), read(1)], ANSWERED, linger=0.1,
         text="listen {name}\n  bind {bind}\n  log-format \"%%b/%%s %%bi %%ST %%ts\"\n  server s1 {s1} source 127.0.0.5 usesrc %s\n" % option)


from_header("the last", "hdr_ip(x-from)", "X-From: 127.0.0.8, 127.0.0.9")
from_header("the last but one", "hdr_ip(x-from,-2)", "X-From: 127.0.0.8, 127.0.0.9")
from_header("the first", "hdr_ip(X-From,1)", "X-From: 127.0.0.11", "X-From: 127.0.0.12, 127.0.0.13")
from_header("with a port", "hdr_ip(x-from)", "X-From: 127.0.0.8:555")
from_header("none", "hdr_ip(x-from)")
case("usesrc: each address its own connection", [get("/1", "X: 127.0.0.8"), read(1), get("/2", "X: 127.0.0.8"), read(2), get("/3", "X: 127.0.0.9"), read(3)],
     ANSWERED, linger=0.1, text="listen {name}\n  bind {bind}\n  log-format \"%b/%s %bi %ST\"\n  server s1 {s1} source 127.0.0.5 usesrc hdr_ip(x)\n")
case("server at the client's own destination", [b"PROXY TCP4 1.2.3.4 127.0.0.1 1111 9\r\n" + get(), read(1)], ANSWERED, linger=0.1,
     text="listen {name}\n  bind {bind} accept-proxy\n  retries 0\n  log-format \"%b/%s %ST %ts\"\n  server s1 0.0.0.0:9\n")

# ---- without servers: "balance" must not have been said anywhere
OWN = ("defaults\n  mode http\n  log global\n  option httplog\n  timeout connect 1s\n  timeout client 3s\n  timeout server 3s\n"
       "listen {name}\n  bind {bind}%s\n  retries 1\n  %s\n")
ALONE = "description connecting"


def direct(name, line, bind="", sent=b"", **rest):
    case(f"direct: {name}", [sent + get("/1"), read(1), get("/2"), read(2)], ANSWERED, text=OWN % (bind, line), options=ALONE, linger=0.1, **rest)


direct("dispatch", "dispatch {s1}")
direct("dispatch beside a server", "dispatch {s1}\n  server dead {dead}")
direct("dispatch to nobody", "dispatch {dead}")
direct("dispatch before transparent", "dispatch {s1}\n  option transparent")
direct("dispatch with balance", "balance roundrobin\n  dispatch {s1}")
direct("dispatch, forwardfor and cookie", "dispatch {s1}\n  option forwardfor\n  cookie SRV insert")
direct("transparent to nobody", "option transparent", " accept-proxy", b"PROXY TCP4 1.2.3.4 127.0.0.1 1 9\r\n")
direct("transparent beside a server", "transparent\n  server s1 {s1}", " accept-proxy", b"PROXY TCP4 1.2.3.4 127.0.0.1 1 9\r\n")
