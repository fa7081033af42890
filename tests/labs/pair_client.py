"""A client that keeps asking: one page after the other, each on a connection of its own; runs as a program in a node of a lab.

  pair_client.py ADDRESS PORT       one line an answer: when it was there (monotonic), how long it took, what it said; `-` and why when there was none
"""
import socket
import sys
import time

PAUSE, PATIENCE = 0.01, 0.5


def ask(address, port):
    """The body's first word."""
    with socket.create_connection((address, port), PATIENCE) as wire:
        wire.sendall(b"GET / HTTP/1.0\r\n\r\n")
        received = b""
        while data := wire.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    status = head.split(b" ", 2)[1].decode() if head.count(b" ") >= 2 else "nothing"
    return body.decode().split()[0] if status == "200" and body else "-" + status


def main():
    address, port = sys.argv[1], int(sys.argv[2])
    while True:
        began = time.monotonic()
        try:
            answer = ask(address, port)
        except OSError as reason:
            answer = "-" + type(reason).__name__
        now = time.monotonic()
        print(f"{now:.4f} {now - began:.4f} {answer}", flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
