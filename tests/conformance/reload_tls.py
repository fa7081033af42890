#!/usr/bin/env python3
"""Reloads in place keep what was set at run time of TLS, where the files did not change it: certificates, a list's lines, an authority.
A file that changed counts.

  reload_tls.py [--case NAME]...
"""
import os
import socket
import ssl
import sys

import reload_in_place
from master import PATIENCE
from reload_in_place import expect, text
from tls_side_by_side import make_certificate


def certificate(site, name, host, **more):
    make_certificate(site.folder, name, host, **more)
    with open(site.path(name), encoding="ascii") as file:
        return file.read()


def presented(site, host="other.test"):
    """Whose certificate a client of that name gets."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as wire, context.wrap_socket(wire, server_hostname=host) as client:
        der = client.getpeercert(True)
    pem = ssl.DER_cert_to_PEM_cert(der)
    for name in os.listdir(site.folder):
        if name.endswith(".pem"):
            with open(site.path(name), encoding="ascii") as file:
                if pem.split("\n")[1] in file.read():
                    return name
    return None


def command(site, line, payload=None):
    answer = site.ask(line if payload is None else f"{line} <<\n{payload}\n", "stats.sock")
    assert any(word in answer for word in ("Success", "created", "updated", "New", "Inserting")), f"{line}: {answer}"


def begin(site, options):
    """Under a master, with a frontend of that "bind" line's options."""
    def files(round_number=0):
        site.files(text("server one 127.0.0.1:1", front=f"http-request return status 200 hdr x-round {round_number}")
                   .replace("bind 127.0.0.1:{port}", "bind 127.0.0.1:{port} ssl " + options))
    files()
    site.unit()
    return files


def certificates(site):
    certificate(site, "file.pem", "file.test")
    new = certificate(site, "set.pem", "set.test")
    files = begin(site, "crt {folder}/file.pem")
    worker = site.worker()
    expect("from the file", presented(site), "file.pem")
    name = site.path("file.pem")
    command(site, f"set ssl cert {name}", new)
    command(site, f"commit ssl cert {name}")
    expect("set", presented(site), "set.pem")
    for number in (1, 2):
        files(number)
        expect("worker", site.reload_now(), worker)
        expect(f"behind reload {number}", presented(site), "set.pem")
    os.rename(name, site.path("kept"))
    certificate(site, "file.pem", "newer.test")
    files(3)
    expect("worker", site.reload_now(), worker)
    expect("the file changed", presented(site), "file.pem")


def lists(site):
    certificate(site, "one.pem", "one.test")
    new = certificate(site, "two.pem", "two.test")
    with open(site.path("list"), "w", encoding="ascii") as file:
        file.write(f"{site.path('one.pem')}\n")
    files = begin(site, "crt-list {folder}/list")
    worker = site.worker()
    two = site.path("runtime.pem")
    command(site, f"new ssl cert {two}")
    command(site, f"set ssl cert {two}", new)
    command(site, f"commit ssl cert {two}")
    command(site, f"add ssl crt-list {site.path('list')} {two}")
    expect("by its name", presented(site, "two.test"), "two.pem")
    files(1)
    expect("worker", site.reload_now(), worker)
    expect("by its name, behind a reload", presented(site, "two.test"), "two.pem")
    expect("and the other", presented(site, "one.test"), "one.pem")
    with open(site.path("list"), "a", encoding="ascii") as file:
        file.write("# changed\n")
    files(2)
    expect("worker", site.reload_now(), worker)
    expect("the list changed", presented(site, "two.test"), "one.pem")


def authorities(site):
    certificate(site, "server.pem", "server.test")
    ca = {name: certificate(site, f"{name}.pem", name) for name in ("first", "second")}
    for name in ca:
        make_certificate(site.folder, f"client-{name}.pem", f"client of {name}", ca=f"{name}.pem")
        with open(site.path(f"{name}.ca"), "w", encoding="ascii") as file:
            file.write(ca[name][ca[name].index("-----BEGIN CERTIFICATE"):])
    files = begin(site, "crt {folder}/server.pem ca-file {folder}/first.ca verify required")
    worker = site.worker()

    def is_let_in(name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.load_cert_chain(site.path(f"client-{name}.pem"))
        try:
            with socket.create_connection(("127.0.0.1", site.port), PATIENCE) as wire, context.wrap_socket(wire) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                return client.recv(100).startswith(b"HTTP/1.1 200")
        except (ssl.SSLError, ConnectionError):
            return False

    expect("first", (is_let_in("first"), is_let_in("second")), (True, False))
    command(site, f"set ssl ca-file {site.path('first.ca')}", ca["second"][ca["second"].index("-----BEGIN CERTIFICATE"):].strip())
    command(site, f"commit ssl ca-file {site.path('first.ca')}")
    expect("set", (is_let_in("first"), is_let_in("second")), (False, True))
    files(1)
    expect("worker", site.reload_now(), worker)
    expect("behind a reload", (is_let_in("first"), is_let_in("second")), (False, True))
    with open(site.path("first.ca"), "a", encoding="ascii") as file:
        file.write("\n")
    files(2)
    expect("worker", site.reload_now(), worker)
    expect("the file changed", (is_let_in("first"), is_let_in("second")), (True, False))


reload_in_place.CASES[:] = [certificates, lists, authorities]

if __name__ == "__main__":
    sys.exit(reload_in_place.main())
