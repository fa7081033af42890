"""Who answers at a virtual address, asked once a millisecond; runs as a program in the nodes of a lab.

  vrrp_probe.py echo NAME PORT ADDRESS...     answers with its name while the node has the address
  vrrp_probe.py ask PORT ADDRESS SECONDS      one line an answer: when it was asked (monotonic), how long it took, who
"""
import socket
import sys
import time

FREEBIND = {socket.AF_INET: (socket.IPPROTO_IP, 15), socket.AF_INET6: (socket.IPPROTO_IPV6, 78)}


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def echo(name, port, *addresses):
    import selectors
    ready = selectors.DefaultSelector()
    for address in addresses:
        own = socket.socket(family(address), socket.SOCK_DGRAM)
        own.setsockopt(*FREEBIND[family(address)], 1)
        own.bind((address, int(port)))
        ready.register(own, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            data, sender = key.fileobj.recvfrom(64)
            key.fileobj.sendto(data + b" " + name.encode(), sender)


def ask(port, address, seconds):
    wire = socket.socket(family(address), socket.SOCK_DGRAM)
    wire.setblocking(False)
    end = time.monotonic() + float(seconds)
    due, number = time.monotonic(), 0
    while (now := time.monotonic()) < end:
        try:
            while True:
                at, name = wire.recv(64).decode().split(" ")
                print(at, f"{time.monotonic() - float(at):.6f}", name)
        except OSError:
            pass
        if now >= due:
            try:
                wire.sendto(f"{now:.6f}".encode(), (address, int(port)))
            except OSError:
                pass  # nobody has it just now
            number, due = number + 1, max(due + 0.001, now - 0.01)
        time.sleep(max(0, min(due - time.monotonic(), 0.001)))


if __name__ == "__main__":
    {"echo": echo, "ask": ask}[sys.argv[1]](*sys.argv[2:])
