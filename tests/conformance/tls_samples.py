#!/usr/bin/env python3
"""What expressions and logs know of TLS, beside haproxy: the same file, the same handshakes, the same words.

  tls_samples.py [--prog PROXYD] [--reference HAPROXY] [--only TEXT]

What is made by chance (randoms, keys) is compared with what the client knows of it. Exits 0, 1 for differences.
"""
import argparse
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from ports import free_ports
from second_look import second_look, unequal
from tls_hello_bytes import GREASED, alpn, hello, hello_body, message, record, server_hello, sixteen, sni
from tls_side_by_side import make_certificate, openssl, wait_until_open

V = ssl.TLSVersion
SECRETS = {"ssl_fc_client_handshake_traffic_secret": "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
           "ssl_fc_server_handshake_traffic_secret": "SERVER_HANDSHAKE_TRAFFIC_SECRET",
           "ssl_fc_client_traffic_secret_0": "CLIENT_TRAFFIC_SECRET_0", "ssl_fc_server_traffic_secret_0": "SERVER_TRAFFIC_SECRET_0",
           "ssl_fc_exporter_secret": "EXPORTER_SECRET", "ssl_fc_client_early_traffic_secret": "CLIENT_EARLY_TRAFFIC_SECRET",
           "ssl_fc_early_exporter_secret": "EARLY_EXPORTER_SECRET", "ssl_fc_session_key,hex": "CLIENT_RANDOM"}
NAMES = [f"ssl_{{w}}_{which}_dn{end}" for which in "si" for end in (
    "", "(CN)", "(cn)", "(OU)", "(OU,0)", "(OU,1)", "(OU,2)", "(OU,3)", "(OU,9)", "(OU,-1)", "(OU,-2)", "(OU,-9)", "(,0,rfc2253)", "(O,1,rfc2253)",
    "(,1)", "(,-1)", "(L)", "(emailAddress)", "(serialNumber)", "(DC)", "(commonName)", "(2.3.4.5)")]
CERTIFICATE = ["ssl_{w}_serial,hex", "ssl_{w}_sha1,hex", "ssl_{w}_version", "ssl_{w}_key_alg", "ssl_{w}_sig_alg", "ssl_{w}_notbefore",
               "ssl_{w}_notafter", "ssl_{w}_der,hex", "ssl_{w}_serial,hex,length", "ssl_{w}_sha1,base64"]
PEER = ["ssl_c_used", "ssl_fc_has_crt", "ssl_c_verify", "ssl_c_err", "ssl_c_ca_err", "ssl_c_ca_err_depth", "ssl_c_chain_der,hex",
        "ssl_fc_err", "ssl_fc_err,hex", "ssl_fc_err_str", "fc_err", "fc_err_str", "ssl_fc_has_early", "ssl_fc_npn", "ssl_fc_is_resumed"]
HELLO = ["ssl_fc_protocol_hello_id", "ssl_fc_cipherlist_bin,hex", "ssl_fc_cipherlist_bin(1),hex", "ssl_fc_cipherlist_hex",
         "ssl_fc_cipherlist_hex(1)", "ssl_fc_cipherlist_str", "ssl_fc_cipherlist_str(1)", "ssl_fc_cipherlist_xxh", "ssl_fc_extlist_bin,hex",
         "ssl_fc_extlist_bin(1),hex", "ssl_fc_eclist_bin,hex", "ssl_fc_eclist_bin(1),hex", "ssl_fc_ecformats_bin,hex",
         "ssl_fc_extlist_bin(1),be2dec(-,2)", "ssl_fc_eclist_bin(1),be2dec(-,2)", "ssl_fc_cipherlist_bin(1),be2dec(-,2)"]
KEYS = ["ssl_fc_client_random,hex", "ssl_fc_server_random,hex,length", "ssl_fc_unique_id,base64", "ssl_fc_session_id,hex,length", *SECRETS]
ERRORS = ("%ft %ST %tsc fc %[fc_err] [%[fc_err_str]] ssl %[ssl_fc_err,hex] [%[ssl_fc_err_str]] c %[ssl_c_err] %[ssl_c_ca_err] "
          "%[ssl_c_ca_err_depth] %[ssl_c_verify] res %[ssl_fc_is_resumed] sni %[ssl_fc_sni] %sslv %sslc used %[ssl_c_used] %[ssl_fc_has_crt] "
          "%[ssl_fc] %[ssl_fc_protocol] %[ssl_fc_cipher] %[ssl_f_s_dn] %[ssl_c_s_dn] %ci %ac/%fc/%bc/%sc/%rc b %b s %s %[src] %B %U "
          "%[var(sess.x)] %r %HM [%CC] %ID")
HELLO_LOG = " ".join(f"%[{each}]" for each in HELLO) + " %[ssl_fc_sni] %[ssl_fc_client_random,hex] %[ssl_fc_session_key,hex] %[ssl_fc_unique_id,hex]"


@dataclass
class Case:
    name: str
    options: str = "crt {d}/a.pem"
    fetches: list = field(default_factory=list)   # shown in the answer
    low: object = V.TLSv1_2
    high: object = V.TLSv1_3
    server_name: str = "a.test"
    ciphers: str = ""
    certificate: str = ""
    connections: int = 1      # with the session of the one before
    lines: str = ""           # further ones of the frontend
    mode: str = "http"
    raw: tuple = ()           # sent in these pieces instead of a handshake
    linger: float = 0         # how long the client stays after the last piece
    trusting: bool = True     # of our certificate
    logged: int = 1


BOTH = ((V.TLSv1_2, "1.2"), (V.TLSv1_3, "1.3"))
CASES = []
for high, words in BOTH:
    for certificate in ("", "rsa.pem", "ec.pem", "odd.pem", "sets.pem", "bmp.pem", "chain.pem", "late.pem", "v1.pem"):
        about = dict(options="crt {d}/a.pem ca-file {d}/ca.pem verify optional", high=high, certificate=certificate)
        CASES += [Case(f"client's names, {certificate}, {words}", fetches=[each.format(w="c") for each in NAMES], **about),
                  Case(f"client's certificate, {certificate}, {words}", fetches=[each.format(w="c") for each in CERTIFICATE] + PEER, **about)]
    for ours in ("a.pem", "odd.pem", "ec.pem"):
        CASES += [Case(f"our certificate {ours}, {words}", f"crt {{d}}/{ours}", [each.format(w="f") for each in NAMES + CERTIFICATE], high=high)]
    CASES += [Case(f"peer without verify, {words}", fetches=PEER, high=high, certificate="rsa.pem"),
              Case(f"hello, {words}", fetches=HELLO, high=high), Case(f"hello without name, {words}", fetches=HELLO, high=high, server_name=""),
              Case(f"hello with few ciphers, {words}", fetches=HELLO, high=high, ciphers="ECDHE-RSA-AES128-GCM-SHA256"),
              Case(f"hello asked for again, {words}", "crt {d}/a.pem curves P-384", HELLO, high=high),
              Case(f"keys, {words}", fetches=KEYS, high=high), Case(f"keys of resumed sessions, {words}", fetches=KEYS + PEER + HELLO, high=high, connections=3, logged=3),
              Case(f"keys of sessions in memory, {words}", "crt {d}/a.pem no-tls-tickets", KEYS + PEER, high=high, connections=3, logged=3),
              Case(f"client's certificate in resumed sessions, {words}", "crt {d}/a.pem ca-file {d}/ca.pem verify optional",
                   PEER + ["ssl_c_s_dn", "ssl_c_serial,hex", "ssl_c_i_dn(CN)"], high=high, certificate="chain.pem", connections=3, logged=3),
              Case(f"httpslog, {words}", high=high, lines="option httpslog"), Case(f"httpslog, resumed, {words}", high=high, lines="option httpslog", connections=2, logged=2),
              Case(f"httpslog with a client's certificate, {words}", "crt {d}/a.pem ca-file {d}/ca.pem verify required", high=high, certificate="odd.pem", lines="option httpslog"),
              Case(f"httplog clf, {words}", high=high, lines="option httplog clf"),
              Case(f"tests on certificates, {words}", "crt {d}/a.pem ca-file {d}/ca.pem verify optional", ["ssl_c_used"], high=high, certificate="odd.pem",
                   lines="http-request deny deny_status 401 if {{ ssl_c_s_dn(OU,2) -m beg Second }} {{ ssl_c_used }} {{ ssl_c_verify 0 }} "
                         "{{ ssl_c_serial -m bin ff0102030405060708090a0b0c0d0e0f1011 }}"),
              Case(f"tests on our certificate, {words}", fetches=["ssl_f_version"], high=high,
                   lines="http-request deny deny_status 405 if {{ ssl_f_s_dn(CN) -m str a.test }} {{ ssl_f_version 3 }} !{{ ssl_fc_is_resumed }}"),
              Case(f"wait-for-handshake, {words}", fetches=["ssl_fc_has_early"], high=high, lines="http-request wait-for-handshake")]
    for form in ("error-log-format", "plain"):
        lines = f'error-log-format "{ERRORS}"' if form != "plain" else "http-request set-header x y"
        verify = "crt {d}/a.pem ca-file {d}/ca.pem verify required"
        about = dict(lines=lines, high=high)
        CASES += [Case(f"no certificate shown, {form}, {words}", verify, **about), Case(f"a stranger's, {form}, {words}", verify, certificate="stranger.pem", **about),
                  Case(f"issued by one that is missing, {form}, {words}", verify, certificate="orphan.pem", **about),
                  Case(f"expired, {form}, {words}", verify, certificate="expired.pem", **about),
                  Case(f"an expired authority's, {form}, {words}", verify, certificate="dated.pem", **about),
                  Case(f"optional and wrong, {form}, {words}", "crt {d}/a.pem ca-file {d}/ca.pem verify optional", certificate="stranger.pem", **about),
                  Case(f"no cipher in common, {form}, {words}", "crt {d}/a.pem ciphers ECDHE-RSA-AES128-GCM-SHA256 no-tlsv13", ciphers="ECDHE-RSA-AES256-GCM-SHA384", **about),
                  Case(f"no version in common, {form}, {words}", "crt {d}/a.pem " + ("no-tlsv12" if high == V.TLSv1_2 else "no-tlsv13"), low=high, **about),
                  Case(f"client does not trust, {form}, {words}", trusting=False, **about),
                  Case(f"name without certificate, {form}, {words}", "crt {d}/a.pem strict-sni", server_name="b.test", **about)]
for form in ("error-log-format", "plain"):
    lines = f'error-log-format "{ERRORS}"\n  tcp-request connection set-var(sess.x) str(hallo)' if form != "plain" else "http-request set-header x y"
    CASES += [Case(f"http instead, {form}", lines=lines, raw=(b"GET / HTTP/1.1\r\n\r\n",)), Case(f"closed at once, {form}", lines=lines, raw=(b"",)),
              Case(f"closed within, {form}", lines=lines, raw=(b"\x16\x03\x01\x02\x00",)),
              Case(f"silent, {form}", lines=lines + "\n  timeout client 300ms", raw=(b"\x16\x03",), linger=0.6),
              Case(f"garbage, {form}", lines=lines, raw=(b"\x16\x03\x01\x00\x05abcde",)), Case(f"other words, {form}", lines=lines, raw=(b"hello\n",))]
for words, bytes_ in (("greased", hello((0x0a0a, 0x1302, 0x1301, 0x00ff, 0x9999, 0xfafa), GREASED)), ("bare", hello((0x0a0a, 0x0b0b, 0x0a1a), ())),
                      ("without extensions", hello((0x0a0a, 0xfafa), None)), ("empty", hello((), ())), ("old", hello((0x2f,), (sni("x.test"),), 0x0301))):
    CASES += [Case(f"hello {words}", "crt {d}/a.pem ciphers ECDHE-RSA-AES128-GCM-SHA256 no-tlsv13", raw=(bytes_,), lines=f'error-log-format "{HELLO_LOG}"')]

INSPECT = """tcp-request inspect-delay 300ms
  acl hello {type} 1
  tcp-request content set-var(sess.sni) {sni}
  tcp-request content set-var(sess.all) req.ssl_ver,add(0)
  tcp-request content set-var(sess.alpn) req.ssl_alpn
  tcp-request content set-var(sess.st) req.ssl_st_ext
  tcp-request content set-var(sess.ec) req.ssl_ec_ext
  tcp-request content accept if hello
  use_backend a if {{{{ {sni} -i a.test }}}}
  use_backend b if {{{{ {sni} -m end .b.test }}}}
  default_backend other
  log-format "%b %ts %[var(sess.sni)] %[var(sess.all)] %[var(sess.alpn)] %[var(sess.st)] %[var(sess.ec)]\""""
MODERN = INSPECT.format(type="req.ssl_hello_type", sni="req.ssl_sni")
CLASSIC = INSPECT.format(type="req_ssl_hello_type", sni="req_ssl_sni")
WHOLE = hello(extensions=(sni("A.test"), alpn(b"h2", b"http/1.1"), (10, sixteen(29)), (35, b"")))
for words, pieces in (
        ("whole", (WHOLE,)), ("in two", (WHOLE[:40], WHOLE[40:])), ("in small pieces", tuple(WHOLE[i:i + 9] for i in range(0, len(WHOLE), 9))), ("head alone first", (WHOLE[:5], WHOLE[5:])),
        ("cut", (WHOLE[:-30],)), ("cut before the name", (WHOLE[:60],)), ("six bytes", (WHOLE[:6],)), ("another name", (hello(extensions=(sni("x.b.test"), (35, b"ticket"))),)), ("nobody's name", (hello(extensions=(sni("c.test"),)),)),
        ("no name", (hello(),)), ("no extensions", (hello(extensions=None),)), ("name of another kind", (hello(extensions=(sni("a.test", 1),)),)),
        ("empty name", (hello(extensions=(sni(""),)),)), ("old version", (hello(version=0x0301, extensions=(sni("a.test"),)),)), ("SSL 3", (hello(version=0x0300, outer=0x0300, extensions=None),)),
        ("odd outer version", (hello(outer=0x0399, extensions=(sni("a.test"),)),)), ("future version", (hello(version=0x0305, extensions=(sni("a.test"),)),)),
        ("a server's", (server_hello(),)), ("http", (b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",)), ("nothing", (b"",)), ("an alert", (b"\x15\x03\x01\x00\x02\x02\x28",)),
        ("SSL 2", (b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + 37 * b"x",)), ("length too long", (record(message(1, hello_body((0x1301,), (sni("a.test"),))[:-3])),)),
        ("two records", (record(message(1, hello_body((0x1301,), (sni("a.test"),)))[:30]) + record(message(1, hello_body((0x1301,), (sni("a.test"),)))[30:]),)),
        ("something behind it", (WHOLE + b"\x14\x03\x03\x00\x01\x01",)), ("extension too long", (hello(extensions=((10, b"\xff\xff"), sni("a.test"))),)),
        ("session", (hello(session=b"s" * 32, extensions=(sni("a.test"), alpn(b"foo"))),))):
    CASES += [Case(f"inspection, {words}, {which}", lines=rules, mode="tcp", raw=pieces, linger=0.5) for which, rules in (("modern", MODERN), ("classic", CLASSIC))]


def make_files(folder):
    with open(f"{folder}/odd.cnf", "w", encoding="utf-8") as file:
        file.write('[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=utf8only\nutf8=yes\n[dn]\nC=DE\nST=Bayern\nL=München\nO=Comma, Inc. \\"quoted\\" <x>\n'
                   '0.OU=First\n1.OU=Second; x\n2.OU=Third + plus\n3.OU=\\#sharp\nCN=odd/name=x\nemailAddress=a@b.test\nserialNumber=42\n')
    make_certificate(folder, "ca.pem", "authority")
    make_certificate(folder, "a.pem", "a.test", "DNS:a.test,IP:10.0.0.1")
    make_certificate(folder, "rsa.pem", "client", ca="ca.pem")
    make_certificate(folder, "ec.pem", "client", key="ec", ca="ca.pem")
    make_certificate(folder, "stranger.pem", "stranger")
    make_certificate(folder, "unknown.pem", "unknown authority")
    make_certificate(folder, "orphan.pem", "orphan", ca="unknown.pem")

    def made(file, *words, days="30", authority="ca.pem", behind=()):
        openssl("req", "-x509", "-nodes", "-days", days, "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", f"{folder}/k", "-out", f"{folder}/c",
                "-CA", f"{folder}/{authority}", "-CAkey", f"{folder}/{authority}", *words)
        with open(f"{folder}/{file}", "w", encoding="ascii") as out:
            for part in (f"{folder}/c", *behind, f"{folder}/k"):
                with open(part, encoding="ascii") as piece:
                    out.write(piece.read())

    made("odd.pem", "-config", f"{folder}/odd.cnf", "-set_serial", "0xff0102030405060708090a0b0c0d0e0f1011")
    made("sets.pem", "-subj", "/C=DE/OU=a+CN=multi+OU=b/CN=z", "-set_serial", "5", days="10000")
    with open(f"{folder}/bmp.cnf", "w", encoding="ascii") as file:
        file.write("[req]\ndistinguished_name=dn\nprompt=no\nstring_mask=MASK:0x2\n[dn]\nCN=printable\n")
    made("bmp.pem", "-config", f"{folder}/bmp.cnf", "-set_serial", "128", days="36500")
    made("late.pem", "-subj", "/CN=late", "-set_serial", "0x7fffffffffffffffffffffffffffffffffffffff", days="8000")
    openssl("req", "-x509", "-nodes", "-days", "30", "-newkey", "rsa:2048", "-keyout", f"{folder}/mk", "-out", f"{folder}/mc", "-subj", "/O=between/CN=middle",
            "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.pem", "-addext", "basicConstraints=critical,CA:TRUE")
    with open(f"{folder}/middle.pem", "w", encoding="ascii") as out:
        for part in ("mc", "mk"):
            with open(f"{folder}/{part}", encoding="ascii") as piece:
                out.write(piece.read())
    made("chain.pem", "-subj", "/CN=deep", authority="middle.pem", behind=(f"{folder}/mc",))
    openssl("req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", f"{folder}/k", "-out", f"{folder}/r", "-subj", "/CN=first version")
    openssl("x509", "-req", "-in", f"{folder}/r", "-days", "30", "-CA", f"{folder}/ca.pem", "-CAkey", f"{folder}/ca.pem", "-set_serial", "1", "-out", f"{folder}/c")
    os.system(f"cat {folder}/c {folder}/k > {folder}/v1.pem")
    for file, subject, extension, authority in (("expired.pem", "/CN=expired", "CA:FALSE", "ca.pem"), ("passed.pem", "/CN=passed authority", "CA:TRUE", "ca.pem")):
        openssl("req", "-new", "-nodes", "-newkey", "rsa:2048", "-keyout", f"{folder}/k", "-out", f"{folder}/r", "-subj", subject)
        with open(f"{folder}/ext", "w", encoding="ascii") as out:
            out.write(f"basicConstraints={extension}\n")
        openssl("x509", "-req", "-in", f"{folder}/r", "-days", "-1", "-CA", f"{folder}/{authority}", "-CAkey", f"{folder}/{authority}", "-set_serial", "9", "-extfile",
                f"{folder}/ext", "-out", f"{folder}/{file}.crt")
        os.system(f"cat {folder}/{file}.crt {folder}/k > {folder}/{file}")
    made("dated.pem", "-subj", "/CN=dated", authority="passed.pem", behind=(f"{folder}/passed.pem.crt",))


def configuration(folder, cases, ports, logs):
    text = f"""global
  log 127.0.0.1:{logs} len 65535 local0
  tune.ssl.capture-buffer-size 200
  tune.ssl.keylog on
defaults
  timeout connect 2s
  timeout client 2s
  timeout server 2s
  log global
backend a
  mode tcp
backend b
  mode tcp
backend other
  mode tcp
"""
    for number, (case, port) in enumerate(zip(cases, ports)):
        tls = "" if case.mode == "tcp" else f" ssl {case.options.format(d=folder)}"
        text += f"frontend f{number}\n  mode {case.mode}\n  bind 127.0.0.1:{port}{tls}\n"
        if "log-format" not in case.lines.replace("error-log-format", "") and "httpslog" not in case.lines and "httplog" not in case.lines:
            text += '  log-format "%ft %sslv %sslc %ST %tsc"\n'
        text += f"  {case.lines.format()}\n"
        if case.mode == "http":
            shown = "\\n".join(f"{each}: %[{each}]" for each in case.fetches)
            text += f'  http-request return status 200 content-type text/plain lf-string "{shown}\\n"\n'
    return text


def context_of(case, folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE if case.trusting else ssl.CERT_REQUIRED
    context.minimum_version, context.maximum_version = case.low, case.high
    context.keylog_filename = f"{folder}/keys"
    if case.ciphers:
        context.set_ciphers(case.ciphers)
    if case.certificate:
        context.load_cert_chain(f"{folder}/{case.certificate}")
    return context


def known_to_client(folder, talk):
    """What the fetches of keys must say."""
    known = {}
    with open(f"{folder}/keys", encoding="ascii") as file:
        for line in file:
            label, chance, secret = line.split() if line[0] != "#" else ("", "", "")
            known.update({name: secret for name, each in SECRETS.items() if each == label})
            known["ssl_fc_client_random,hex"] = chance
    unique = talk.get_channel_binding("tls-unique")
    known["ssl_fc_unique_id,base64"] = ssl.base64.b64encode(unique).decode() if unique else ""
    return known


def judged(text, known):
    """Values made by chance become verdicts."""
    out = []
    for line in text.split("\n"):
        name, _, value = line.partition(": ")
        if name in KEYS and "length" not in name and value:
            expected = known.get(name)
            if name == "ssl_fc_session_key,hex" and expected is None:
                value = f"a key of {len(value)}"  # of TLS 1.3: nobody else knows it
            else:
                value = "right" if value.lower() == (expected or "").lower() or value == expected else "wrong"
        out.append(f"{name}: {value}")
    return "\n".join(out)


def send_raw(case, port):
    with socket.create_connection(("127.0.0.1", port), 3) as talk:
        try:
            for piece in case.raw:
                talk.sendall(piece)
                time.sleep(0.002 if len(case.raw) > 1 else 0)
            talk.settimeout(case.linger or 0.3)
            if case.raw != (b"",) or case.linger:
                return [talk.recv(100).hex()]
        except (ConnectionError, socket.timeout) as fault:
            return [type(fault).__name__]
    return []


def outcome_of(case, port, folder):
    if case.raw:
        return send_raw(case, port)
    seen, session, context = [], None, context_of(case, folder)
    for _ in range(case.connections):
        with open(f"{folder}/keys", "w", encoding="ascii"):
            pass
        try:
            with socket.create_connection(("127.0.0.1", port), 3) as plain, context.wrap_socket(
                    plain, server_hostname=case.server_name or None, session=session) as talk:
                talk.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                text = b""
                while piece := talk.recv(65536):
                    text += piece
                if not text:
                    raise ConnectionError
                session = talk.session
                head, _, body = text.partition(b"\r\n\r\n")
                seen.append((head.split(b"\r\n")[0], talk.session_reused, judged(body.decode("utf-8", "replace"), known_to_client(folder, talk))))
        except (ssl.SSLError, ConnectionError, ValueError) as fault:
            seen.append(("refused", getattr(fault, "reason", "") if isinstance(fault, ssl.SSLError) else ""))
    return seen


def plain_line(line):
    line = re.sub(r"^.*?\]: ", "", line, count=1).strip()
    line = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", line)
    line = re.sub(r"\[\d\d/\w+/\d{4}[^\]]*\]", "[DATE]", line)
    line = re.sub(r"(?<=DATE\] )(.*?) \d+/\d+/\d+/\d+/\d+ ", r"\1 TIMES ", line)
    return re.sub(r'"" "" \d+ \d+ ', '"" "" PORT MS ', line)


def run(program, cases, folder):
    ports = free_ports(len(cases))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind(("127.0.0.1", 0))
        path = f"{folder}/t.cfg"
        with open(path, "w", encoding="utf-8") as file:
            file.write(configuration(folder, cases, ports, sink.getsockname()[1]))
        daemon = subprocess.Popen([program, "-db", "-f", path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            wait_until_open(ports[-1], daemon)
            sink.settimeout(0.4)
            try:
                while True:
                    sink.recv(65536)
            except socket.timeout:
                pass
            results = []
            for case, port in zip(cases, ports):
                seen, lines = outcome_of(case, port, folder), []
                try:
                    for _ in range(case.logged):
                        sink.settimeout(1.5)
                        lines.append(plain_line(sink.recv(65536).decode("utf-8", "replace")))
                except socket.timeout:
                    pass
                results.append((seen, lines))
            return results
        finally:
            daemon.terminate()
            daemon.wait(10)
            daemon.stderr.close()


def difference(one, other):
    """Only the lines that differ."""
    out = []
    for seen, theirs in zip(one[0], other[0]):
        if seen == theirs:
            continue
        if len(seen) == 3 and len(theirs) == 3 and isinstance(seen[2], str):
            if seen[:2] != theirs[:2]:
                out.append(f"  haproxy {seen[:2]}\n  proxyd  {theirs[:2]}")
            out += [f"  haproxy {a[:300]}\n  proxyd  {b[:300]}" for a, b in zip(seen[2].split("\n"), theirs[2].split("\n")) if a != b]
        else:
            out.append(f"  haproxy {seen}\n  proxyd  {theirs}")
    if len(one[0]) != len(other[0]):
        out.append(f"  haproxy {one[0]}\n  proxyd  {other[0]}")
    if one[1] != other[1]:
        out.append(f"  haproxy {one[1]}\n  proxyd  {other[1]}")
    return "\n".join(out)


NO_REASON, ALERT = "ssl 0000000000000000 [-]", re.compile(r"ssl \w{16} \[error:\w+:SSL routines::[^]]* alert [^]]*\]")


def forgive_lost_alerts(theirs, ours):
    """A client that refuses sends an alert and closes with our bytes unread: haproxy may see the reset first and log no reason; we always read the alert."""
    for (_, their_lines), (_, our_lines) in zip(theirs, ours):
        for at, (one, other) in enumerate(zip(their_lines, our_lines)):
            said = ALERT.search(other)
            if said and one.replace(NO_REASON, said[0]) == other:
                their_lines[at] = other


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--prog", default=os.environ.get("PROXYD", "proxyd/proxyd"))
    options.add_argument("--reference", default="/usr/sbin/haproxy")
    options.add_argument("--only", default="")
    options = options.parse_args()
    cases = [case for case in CASES if options.only in case.name]
    with tempfile.TemporaryDirectory(prefix="tls-samples-") as folder:
        make_files(folder)
        theirs, ours = run(options.reference, cases, folder), run(options.prog, cases, folder)
        forgive_lost_alerts(theirs, ours)
        second_look(unequal(theirs, ours), (theirs, ours), [case.name for case in cases],
                    lambda some: [run(program, [cases[at] for at in some], folder) for program in (options.reference, options.prog)])
        forgive_lost_alerts(theirs, ours)
    differ = 0
    for case, one, other in zip(cases, theirs, ours):
        if one == other:
            continue
        differ += 1
        print(f"DIFFERS {case.name}\n{difference(one, other)}")
    print(f"{len(cases)} cases, {differ} differ")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
