"""For tls_runtime.py: certificates, authorities and lists that "server" lines use, changed at run time. What the servers see of our
certificate, and whom we still believe, on new connections, on connections that were kept, and in checks."""
import socket
import ssl
import threading
import time

FORM = """global
  nbthread 1
  stats socket {folder}/{which}.sock level admin
  ssl-server-verify none
defaults
  mode http
  timeout connect 2s
  timeout client 2s
  timeout server 2s
  retries 0
  http-reuse never
frontend f
  bind 127.0.0.1:{port} ssl crt {folder}/a.pem
  bind 127.0.0.1:{other}
  use_backend %[path,field(2,/)]
  default_backend plain
backend plain
  server s 127.0.0.1:{server} ssl crt {folder}/b.pem
  server t 127.0.0.1:{server} ssl crt {folder}/a.pem backup
backend reusing
  http-reuse always
  server s 127.0.0.1:{server} ssl crt {folder}/b.pem
backend trusting
  option httpchk
  server s 127.0.0.1:{server} ssl verify required no-ssl-reuse ca-file {folder}/one.ca crt {folder}/b.pem check inter 50 fall 1 rise 1
backend revoking
  option httpchk
  server s 127.0.0.1:{server} ssl verify required ca-file {folder}/one.ca crl-file {folder}/one.crl no-ssl-reuse crt {folder}/c.pem check inter 50 fall 1 rise 1
backend inheriting
  default-server ssl crt {folder}/d.pem ca-file {folder}/two.ca
  server s 127.0.0.1:{server}
  server t1 127.0.0.1:{server} crt {folder}/c.pem
  server t2 127.0.0.1:{server} crt {folder}/c.pem
  server u 127.0.0.1:{server} verify required crl-file {folder}/one.crl
backend unused
  default-server ssl crt {folder}/e.pem
"""


class Server:
    """Tells each client the name in its certificate, how often it has asked on this connection, and whether its session was an old one."""

    def __init__(self, folder):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2  # resumption is seen at once
        self.context.load_cert_chain(f"{folder}/client-one.pem")
        self.context.verify_mode = ssl.CERT_OPTIONAL
        for name in "abcde":
            self.context.load_verify_locations(f"{folder}/{name}.pem")
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                plain = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(plain,), daemon=True).start()

    def serve(self, plain):
        try:
            plain.settimeout(20)
            with self.context.wrap_socket(plain, server_side=True) as talk:
                subject = dict(each[0] for each in (talk.getpeercert() or {}).get("subject", ()))
                turn = 0
                while True:
                    request = b""
                    while b"\r\n\r\n" not in request:
                        piece = talk.recv(65536)
                        if not piece:
                            return
                        request += piece
                    turn += 1
                    body = f"{subject.get('commonName', 'nobody')} {turn} {'resumed' if talk.session_reused else 'new'}\n".encode()
                    talk.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + (b"" if request.startswith(b"HEAD") else body))
        except OSError:
            pass

    def end(self):
        self.listener.close()


def asked(port, backend):
    """One request to that backend: what its server says, or the status."""
    with socket.create_connection(("127.0.0.1", port), 5) as talk:
        talk.sendall(f"GET /{backend} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while piece := talk.recv(65536):
            answer += piece
    head, _, body = answer.decode().partition("\r\n\r\n")
    return body if " 200 " in head.split("\r\n")[0] else head.split("\r\n")[0] + "\n"


def wait_for(ask, path, backend, state):
    """The state of that backend's server once it is the one that is waited for, or after a while."""
    for _ in range(200):
        rows = [line.split(",") for line in ask(path, f"show stat {backend} 4 -1").splitlines()]
        found = [row[17] for row in rows if len(row) > 17 and row[1] == "s"]
        if found == [state]:
            break
        time.sleep(0.05)
    return f"{found}\n"


def steps(folder, read):
    """"^b": a request to that backend; "~b UP": its server gets into that state."""
    def put(kind, what, file):
        return f"set ssl {kind} {folder}/{what} <<\n{read(f'{folder}/{file}')}"

    def exchange(kind, what, file):
        return [put(kind, what, file), f"commit ssl {kind} {folder}/{what}"]

    shown = [f"show ssl cert {folder}/{name}.pem" for name in "abcde"]
    all_lists = ["show ssl cert", "show ssl ca-file", "show ssl crl-file"]
    result = [*all_lists, *shown, f"show ssl ca-file {folder}/one.ca", f"show ssl crl-file {folder}/one.crl"]
    result += ["~trusting UP", "~revoking UP", "^plain", "^plain", "^reusing", "^reusing", "^trusting", "^revoking", "^inheriting"]
    result += [f"del ssl cert {folder}/{name}.pem" for name in "abcde"]
    result += [f"del ssl ca-file {folder}/one.ca", f"del ssl crl-file {folder}/one.crl"]
    # Another certificate of ours: those that are open go on with the one before.
    result += [put("cert", "b.pem", "e.pem"), "^plain", f"commit ssl cert {folder}/b.pem", "^reusing", "^plain", "^plain", f"show ssl cert {folder}/b.pem"]
    result += [*exchange("cert", "a.pem", "b.pem"), *exchange("cert", "c.pem", "a.pem"), *exchange("cert", "d.pem", "c.pem"), *exchange("cert", "e.pem", "c.pem")]
    result += ["^revoking", "^inheriting", put("cert", "b.pem", "mixed"), f"commit ssl cert {folder}/b.pem", "^plain", f"abort ssl cert {folder}/b.pem"]
    # Whom we believe: the server's authority goes and comes, its certificate is revoked and is not.
    result += [*exchange("ca-file", "one.ca", "two.ca"), "^trusting", "~trusting DOWN", "~revoking DOWN", f"show ssl ca-file {folder}/one.ca"]
    result += [*exchange("ca-file", "one.ca", "both.ca"), "~trusting UP", "~revoking UP", "^trusting", "^revoking"]
    result += [*exchange("crl-file", "one.crl", "one-revoked.crl"), "~revoking DOWN", "^revoking", "~trusting UP", "^trusting"]
    result += [*exchange("crl-file", "one.crl", "one.crl"), "~revoking UP", "^revoking"]
    result += [f"del ssl ca-file {folder}/two.ca", f"new ssl cert {folder}/n.pem", *exchange("cert", "n.pem", "d.pem"), *all_lists]
    return result
