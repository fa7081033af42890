#!/usr/bin/env python3
"""Pieces of configuration checked by Debian's haproxy and by ours: the same verdict and the same first message.

The verdict is the exit code of `-c`; the first message is the first WARNING or ALERT, up to a did-you-mean (ours has its
own list of words to choose from). Differences that are wanted are in EXPECTED, each with its reason; one that is expected
and does not occur fails as well. Pieces that use what is not built do not belong here.
"""
import concurrent.futures
import os
import sys
import tempfile

from config_fragments import BACKEND, BIND, BIND_OPTION, GLOBAL, LISTEN, SERVER, SERVER_OPTION, WHOLE
from verdict import checked

OURS = os.path.abspath(os.environ.get("CONFIG_PROGRAM", "tests/golden/golden_config"))
THEIRS = os.environ.get("HAPROXY", "/usr/sbin/haproxy")
BASE = "defaults\n  mode http\n  timeout connect 5s\n  timeout client 5s\n  timeout server 5s\n"

NEWER = "3.4 knows it"
GARBLED = "the original prints a NUL byte or a stray newline there; ours says what is expected"
MILLISECONDS = "ours warns that a bare small number means milliseconds"
THREADS = "3.4's limit of 1024 threads"
DEFAULT_FORM = "2.6 does not understand its own `default` prefix; ours does, as 3.4"
NAMED = "ours names what is wrong where the original is confused"
HEALTH = "ours has the mode again: it answers 200 or 503 by its servers, and forwards nothing"
REDIRECT = "ours names the options of 3.4, too"
CRASHES = "2.6 says the same and then crashes"
NO_NUMBER = "ours warns about text that counts as a number"
NOTHING = "the original takes nothing for 0"
EXPECTED = {
    "listen: http-request capture res.hdr(x) len 12": "the original repeats the fetch's argument",
    "listen: declare capture response len 10\n  http-response capture req.hdr(x) id 0": "the original repeats the fetch's argument",
    "listen: http-request set-map(x) a": CRASHES,
    "listen: http-request set-map(x) %[nosuch] b": CRASHES,
    "listen: http-request del-map(x)": CRASHES,
    "listen: http-request add-acl(x)": CRASHES,
    "listen: http-request del-acl(x)": CRASHES,
    "listen: http-request del-acl(x) %[res.hdr(x)]": CRASHES,
    "listen: http-response set-map(x) %[path] b": CRASHES,
    "listen: http-response set-map(x) a": CRASHES,
    "listen: http-response del-map(x)": CRASHES,
    "listen: http-response add-acl(x)": CRASHES,
    "listen: http-response del-acl(x)": CRASHES,
    "listen: max-session-srv-conns": "the original misspells 'parsing'",
    "global: maxconn abc": NO_NUMBER,
    "global: maxsessrate x": NO_NUMBER,
    "global: ulimit-n abc": NO_NUMBER,
    "listen: retries abc": NO_NUMBER,
    "listen: fullconn abc": NO_NUMBER,
    "backend: retries abc": NO_NUMBER,
    "frontend f\n  bind 127.0.0.1:1\n  backlog abc": NO_NUMBER,
    "frontend f\n  bind 127.0.0.1:1\n  maxconn abc": NO_NUMBER,
    "global: stats timeout": GARBLED,
    "global: ssl-default-server-curves x": NEWER,
    "global: ssl-default-bind-sigalgs": NEWER,
    "global: ssl-default-bind-sigalgs x": NEWER,
    "global: ssl-default-bind-sigalgs x y": NEWER,
    "global: ssl-default-bind-client-sigalgs": NEWER,
    "global: ssl-default-bind-client-sigalgs x": NEWER,
    "global: ssl-security-level": NEWER,
    "global: ssl-security-level x": NEWER,
    "global: ssl-security-level 6": NEWER,
    "bind option: ssl sigalgs": NEWER,
    "bind option: ssl sigalgs x strict-sni": NEWER,
    "bind option: ssl client-sigalgs": NEWER,
    "bind option: ssl client-sigalgs x strict-sni": NEWER,
    "bind option: ssl tls-tickets strict-sni": NEWER,
    "bind option: ssl tls-tickets no-tls-tickets strict-sni": NEWER,
    "global: tune.ssl.cachesize x": NO_NUMBER,
    "global: tune.ssl.ssl-ctx-cache-size x": NO_NUMBER,
    "global: tune.ssl.maxrecord x": NO_NUMBER,
    "global: nbthread 0": THREADS,
    "global: nbthread 5000": THREADS,
    "global\n  nbthread 0": THREADS,
    "global\n  nbthread 5000": THREADS,
    "server option: source foo.invalid": GARBLED,
    "listen: default-server sni foo": "ours reads an expression where it is written, used or not",
    "global: tune.h2.initial-window-size": NOTHING, "global: tune.h2.max-concurrent-streams": NOTHING,
    "global: tune.h2.initial-window-size abc": NO_NUMBER, "global: tune.h2.initial-window-size 12k": NO_NUMBER,
    "global: tune.h2.max-concurrent-streams abc": NO_NUMBER, "global: tune.h2.max-concurrent-streams 12k": NO_NUMBER,
    "global: tune.h2.fe.max-concurrent-streams 10": NEWER, "global: tune.h2.be.max-concurrent-streams 10": NEWER,
    "global: tune.h2.fe.initial-window-size 100000": NEWER, "global: tune.h2.be.initial-window-size 100000": NEWER,
    "server option: ssl verify none curves X25519": NEWER,
    "server option: ssl verify none sigalgs RSA+SHA256": NEWER,
    "server option: ssl verify none client-sigalgs RSA+SHA256": NEWER,
    "server option: slowstart": GARBLED,
    "server option: inter 1": MILLISECONDS,
    "listen a\n  bind :1\n  server s 1.1.1.1:1\n  server s2 2.2.2.2:1 backup weight 0 check inter 3": MILLISECONDS,
    "listen: option httpchk GET / HTTP/1.1 a": NEWER,
    "listen: option httpchk GET / HTTP/1.1 a b": NEWER + " with one argument less",
    "listen: option forwarded": NEWER,
    "listen: option forwarded proto": NEWER,
    "listen: option forwarded proto for for_port": NEWER,
    "listen: option forwarded by": NEWER,
    "listen: option forwarded foo": "3.4 knows the option and refuses the argument",
    "listen: option tcplog clf": NEWER,
    "listen: stats show-version": NEWER,
    "listen: http-request redirect foo": REDIRECT,
    "listen: http-request redirect location /a foo": REDIRECT,
    "listen: redirect foo": REDIRECT,
    "listen: redirect location /a foo": REDIRECT,
    "listen: default option nolinger": DEFAULT_FORM,
    "frontend f\n  bind 127.0.0.1:1\n  default option http-keep-alive": DEFAULT_FORM,
    "listen: stats refresh": GARBLED,
    "frontend f\n  bind 127.0.0.1:1\n  acl": GARBLED,
    "listen: mode health": HEALTH,
    "frontend f\n  bind :1\n  mode health": HEALTH,
    "defaults a from": NAMED,
    "backend: http-request set-src res.hdr(x)": "the original repeats the fetch's argument",
    "backend: bind 127.0.0.1:1": "nothing would listen: the line is ignored, as the warning says",
}


def files():
    """Each piece with the name it goes by in EXPECTED and the file it makes."""
    for line in GLOBAL:
        yield f"global: {line}", f"global\n  {line}\n"
    for line in SERVER:
        yield f"server: {line}", f"{BASE}backend b\n  server s {line}\n"
    for line in SERVER_OPTION:
        yield f"server option: {line}", f"{BASE}backend b\n  server s 127.0.0.1:2 {line}\n"
    for line in BIND:
        yield f"bind: {line}", f"{BASE}frontend f\n  bind {line}\n"
    for line in BIND_OPTION:
        yield f"bind option: {line}", f"{BASE}frontend f\n  bind 127.0.0.1:1 {line}\n"
    for line in LISTEN:
        yield f"listen: {line}", f"{BASE}listen b\n  bind :1\n  {line}\n"
    for line in BACKEND:
        yield f"backend: {line}", f"{BASE}backend b\n  {line}\n"
    for text in WHOLE:
        yield text, (text[1:] if text.startswith("!") else BASE + text) + "\n"


def check(program, folder):
    code, messages = checked(program, "t.cfg", folder)
    return code, messages[0] if messages else ""


def compare(piece):
    name, text = piece
    with tempfile.TemporaryDirectory(prefix="verdict.") as folder:
        with open(os.path.join(folder, "t.cfg"), "w", encoding="utf-8") as file:
            file.write(text)
        return name, check(THEIRS, folder), check(OURS, folder)


def main():
    if not os.access(THEIRS, os.X_OK):
        print(f"{THEIRS} is not installed")
        return 77
    pieces = list(files())
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        for name, theirs, ours in pool.map(compare, pieces):
            reason = EXPECTED.get(name)
            if theirs == ours and reason is None:
                continue
            if theirs != ours and reason is not None:
                continue
            failures += 1
            print(f"FAIL {name!r}{' (expected to differ: ' + reason + ')' if reason else ''}\n  theirs {theirs}\n  ours   {ours}")
    print(f"{len(pieces)} pieces, {len(EXPECTED)} differences with a reason, {failures} without")
    return 1 if failures else 0


sys.exit(main())
