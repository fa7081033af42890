#!/usr/bin/env python3
"""What vrrpd sends beside what Debian's keepalived sends with the same file: adverts, gratuitous ARPs and unsolicited
neighbour adverts, byte for byte and at the same times.

Every run has a network namespace with one end of a cable, always with the same MAC and addresses; the other end is
captured. A difference fails, or it stands in EXPLAINED with a reason.
"""
import hmac
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

VRRPD = os.path.abspath(shutil.which(os.environ.get("VRRPD", "vrrpd/vrrpd")) or "vrrpd/vrrpd")
ORIGINAL = "/usr/sbin/keepalived"
WRAP = ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
TOLERANCE = 0.03   # seconds, from frame to frame; a busy machine is asked again, up to three times
PER_ADDRESS = 0.01  # keepalived sets one after the other before it goes on, vrrpd all in one request
SO_TIMESTAMPNS = 35


class Case:
    """`conf`: lines of the instance; `seconds`: from the first advert to SIGTERM; `heard`: [(seconds, frame)] from the
    other end."""

    def __init__(self, conf, *vips, excluded=(), top="", seconds=0.7, heard=(), head=""):
        block = "virtual_ipaddress {\n" + "".join(f"    {vip}\n" for vip in vips) + "  }\n"
        if excluded:
            block += "  virtual_ipaddress_excluded {\n" + "".join(f"    {vip}\n" for vip in excluded) + "  }\n"
        self.text = (f"global_defs {{\n  router_id twin\n  {top}\n}}\n{head}vrrp_instance V1 {{\n  interface eth0\n  virtual_router_id 51\n  {conf}\n  {block}}}\n")
        self.seconds, self.heard, self.addresses = seconds, list(heard), len(vips) + len(excluded)


def summed(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def advert_ah(priority, sequence, key=b"secret", source="192.168.10.9"):
    """A version 2 advert with AH."""
    from_, to = socket.inet_aton(source), socket.inet_aton("224.0.0.18")
    message = lambda check: struct.pack("!BBBBBBH", 0x21, 51, priority, 1, 2, 1, check) + socket.inet_aton("192.168.10.100") + bytes(8)
    header = lambda tos, check: struct.pack("!BBHHHBBH", 0x45, tos, 64, 7, 0, 255, 51, check) + from_ + to
    ah, body = struct.pack("!BBH4sL", 112, 4, 0, from_, sequence), message(summed(message(0)))
    value = hmac.new(key, header(0, 0) + ah + bytes(12) + body, "md5").digest()[:12]
    return bytes.fromhex("01005e000012" "020000000002" "0800") + header(0xc0, summed(header(0xc0, 0))) + ah + value + body


def advert4(priority, vrid=51, source="192.168.10.9", interval_cs=20, vips=("192.168.10.100",)):
    """A version 3 advert as another router would send it."""
    from_, to = socket.inet_aton(source), socket.inet_aton("224.0.0.18")
    body = b"".join(socket.inet_aton(vip) for vip in vips)
    message = lambda check: struct.pack("!BBBBHH", 0x31, vrid, priority, len(vips), interval_cs, check) + body
    check = summed(from_ + to + struct.pack("!HH", 112, len(message(0))) + message(0))
    header = lambda c: struct.pack("!BBHHHBBH", 0x45, 0xc0, 20 + len(message(0)), 7, 0, 255, 112, c) + from_ + to
    return bytes.fromhex("01005e000012" "020000000002" "0800") + header(summed(header(0))) + message(check)


FAST = "version 3\n  advert_int 0.2\n  priority 150\n  garp_master_delay 0"
AH = "advert_int 1\n  priority 254\n  authentication {\n    auth_type AH\n    auth_pass secret\n  }"
LOW = "garp_lower_prio_delay 1\n  garp_lower_prio_repeat 2"
MANY4 = [f"192.168.10.{i}/24" for i in range(100, 125)]
MANY6 = ["fe80::51"] + [f"2001:db8::{i:x}/64" for i in range(0x100, 0x118)]
CASES = {
    "v2": Case("advert_int 1\n  priority 254\n  garp_master_delay 1", "192.168.10.100", seconds=2.5),
    "v2 PASS": Case("advert_int 1\n  priority 255\n  garp_master_delay 0\n  authentication {\n    auth_type PASS\n    auth_pass 1111\n  }", "192.168.10.100", "192.168.10.101/24"),
    "v2 long PASS": Case("advert_int 3\n  priority 255\n  authentication {\n    auth_type PASS\n    auth_pass 123456789abc\n  }", "192.168.10.100"),
    "v2 AH": Case(AH, "192.168.10.100", seconds=2.5),
    "v2 AH unicast": Case(AH + "\n  unicast_src_ip 192.168.10.1\n  unicast_peer {\n    192.168.10.2\n    192.168.10.3\n  }", "192.168.10.100", seconds=1.5),
    "v2 AH, others speak": Case(AH.replace("254", "150\n  garp_master_delay 0"), "192.168.10.100", heard=[(0.2, advert_ah(200, 7, b"wrong")), (0.3, advert_ah(200, 100)), (0.5, advert_ah(200, 50)),
                                                                                   (0.6, advert_ah(200, 100)), (0.8, advert_ah(200, 101))], seconds=5.5),
    "v2 25 addresses": Case("advert_int 1\n  priority 255\n  garp_master_delay 0", *MANY4),
    "v2 unicast PASS": Case("advert_int 1\n  priority 255\n  unicast_src_ip 192.168.10.1\n  unicast_peer {\n    192.168.10.2\n    192.168.10.3\n  }\n"
                            "  authentication {\n    auth_type PASS\n    auth_pass 1111\n  }", "192.168.10.100", seconds=1.5),
    "v3": Case(FAST, "192.168.10.100"),
    "v3 owner": Case("version 3\n  advert_int 0.2\n  priority 255", "192.168.10.100"),
    "v3 25 addresses": Case("version 3\n  advert_int 0.5\n  priority 150\n  garp_master_delay 0", *MANY4, seconds=1.3),
    "v3 unicast": Case(FAST + "\n  unicast_src_ip 192.168.10.1\n  unicast_peer {\n    192.168.10.2\n    192.168.10.3\n  }", "192.168.10.100"),
    "v3 unicast TTL": Case(FAST + "\n  unicast_ttl 7\n  unicast_peer {\n    192.168.10.2\n  }", "192.168.10.100"),
    "v3 unicast old checksum": Case(FAST + "\n  old_unicast_checksum\n  unicast_peer {\n    192.168.10.2\n  }", "192.168.10.100"),
    "v3 another source": Case(FAST + "\n  mcast_src_ip 192.168.10.66", "192.168.10.100"),
    "v3 another group": Case(FAST, "192.168.10.100", top="vrrp_mcast_group4 224.0.0.44"),
    "v3 GARP rounds": Case("version 3\n  advert_int 0.5\n  priority 150\n  garp_master_delay 1\n  garp_master_repeat 3\n  garp_master_refresh 2\n"
                           "  garp_master_refresh_repeat 2", "192.168.10.100", "192.168.10.101", excluded=["192.168.10.102", "2001:db8::7"], seconds=4.7),
    "v3 GARP interval": Case(FAST + "\n  garp_master_repeat 3", "192.168.10.100", "192.168.10.101", top="vrrp_garp_interval 0.05", seconds=0.9),
    "v3 one GARP": Case(FAST, "192.168.10.100", "192.168.10.101", top="vrrp_min_garp true"),
    "v3 a lower one speaks": Case(FAST + "\n  " + LOW, "192.168.10.100", heard=[(0.5, advert4(90))], seconds=2.0),
    "v3 another resigns": Case(FAST, "192.168.10.100", heard=[(0.5, advert4(0))], seconds=0.9),
    "v3 a higher one speaks": Case(FAST, "192.168.10.100", heard=[(0.5, advert4(200)), (0.7, advert4(200))], seconds=2.3),
    "v3 VMAC": Case(FAST + "\n  use_vmac", "192.168.10.100", "192.168.10.101/24"),
    "v3 VMAC, adverts by the base": Case(FAST + "\n  use_vmac vr51\n  vmac_xmit_base", "192.168.10.100"),
    "v2 VMAC": Case("advert_int 1\n  priority 255\n  use_vmac", "192.168.10.100", seconds=1.5),
    "IPv6": Case("advert_int 0.2\n  priority 150\n  garp_master_delay 0", "fe80::51", "2001:db8::100/64"),
    "IPv6 25 addresses": Case("advert_int 0.5\n  priority 150\n  garp_master_delay 1\n  garp_master_repeat 2", *MANY6, seconds=1.8),
    "IPv6 unicast": Case("advert_int 0.2\n  priority 150\n  garp_master_delay 0\n  unicast_src_ip 2001:db8::1\n  unicast_peer {\n    2001:db8::2\n    2001:db8::3\n  }", "fe80::51"),
    "IPv6 unicast hop limit": Case("advert_int 0.2\n  priority 150\n  garp_master_delay 0\n  unicast_src_ip 2001:db8::1\n  unicast_ttl 9\n  unicast_peer {\n    2001:db8::2\n  }", "fe80::51"),
    "IPv6 GNA interval": Case("advert_int 0.2\n  priority 150\n  garp_master_delay 0\n  garp_master_repeat 3", "fe80::51", "2001:db8::100", top="vrrp_gna_interval 0.05", seconds=0.9),
    "IPv6 VMAC": Case("advert_int 0.2\n  priority 150\n  garp_master_delay 0\n  use_vmac", "fe80::51", "2001:db8::100"),
    "IPv6 version 2": Case("version 2\n  advert_int 1\n  priority 255", "fe80::51", seconds=1.5),
}
PACED = "2.2.7 forgets the further rounds of an address that waits for its turn; ours sends what garp_master_repeat asks for"
EXPLAINED = {"v3 GARP interval": PACED, "IPv6 GNA interval": PACED}


# ---- one run, inside its own namespaces

SETUP = """
mount --make-rprivate / && mount -t tmpfs x /run && mkdir -p /run/triad && ip link set lo up
ip link add peer0 address 02:00:00:00:00:02 type veth peer name eth0 address 02:00:00:00:00:01 netns {pid}
sysctl -qw net.ipv6.conf.peer0.disable_ipv6=1; ip link set peer0 up
in_it() {{ nsenter -n -t {pid} "$@"; }}
in_it sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0 net.ipv6.conf.default.accept_dad=0
in_it ip link set lo up && in_it ip link set eth0 up
in_it ip addr add 192.168.10.1/24 dev eth0 && in_it ip addr add 2001:db8::1/64 dev eth0 nodad
for i in 2 3; do
  in_it ip neigh add 192.168.10.$i lladdr 02:00:00:00:00:02 dev eth0; in_it ip neigh add 2001:db8::$i lladdr 02:00:00:00:00:02 dev eth0
done
"""


def kind_of(frame):
    """"advert", "arp", "na" or nothing that is compared."""
    ether = frame[12:14]
    if ether == b"\x08\x06":
        return "arp"
    if ether == b"\x08\x00" and frame[23] in (112, 51):
        return "advert"
    if ether == b"\x86\xdd" and frame[20] == 112:
        return "advert"
    if ether == b"\x86\xdd" and frame[20] == 58 and frame[54] == 136:
        return "na"
    return None


def listen(wire, until, frames, only_one=False):
    while (left := until - time.monotonic()) > 0:
        wire.settimeout(left)
        try:
            data, ancillary, _, address = wire.recvmsg(2048, 128)
        except TimeoutError:
            return
        except OSError:  # the daemon has ended, and its namespace with the cable
            time.sleep(max(0, until - time.monotonic()))
            return
        if address[2] == socket.PACKET_OUTGOING or not (kind := kind_of(data)):
            continue
        seconds, nanos = struct.unpack("qq", ancillary[0][2])
        frames.append((seconds + nanos / 1e9, kind, data.hex()))
        if only_one:
            return


def play(daemon, text, seconds, heard):
    """One daemon's frames: [(seconds since the first, kind, hex)]."""
    space = subprocess.Popen(["unshare", "-n", "sh", "-c", 'read go; exec "$@"', "sh", *daemon], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=2)
    deadline = time.monotonic() + 5
    while os.readlink(f"/proc/{space.pid}/ns/net") == os.readlink("/proc/self/ns/net") and time.monotonic() < deadline:
        time.sleep(0.005)
    subprocess.run(["sh", "-ec", SETUP.format(pid=space.pid)], check=True)
    with open("/run/twin.conf", "w", encoding="utf-8") as out:
        out.write(text)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    wire.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    wire.bind(("peer0", 0))
    space.stdin.write(b"\n")
    space.stdin.close()
    frames = []
    listen(wire, time.monotonic() + 12, frames, only_one=True)
    began = time.monotonic()
    for at, frame in heard:
        listen(wire, began + at, frames)
        wire.send(bytes.fromhex(frame))
    listen(wire, began + seconds, frames)
    space.send_signal(signal.SIGTERM)
    listen(wire, time.monotonic() + 0.6, frames)
    space.wait(10)
    first = frames[0][0] if frames else 0
    json.dump([(at - first, kind, data) for at, kind, data in frames], sys.stdout)


# ---- the comparison

def run_case(name, daemon):
    case = CASES[name]
    words = [ORIGINAL, "-n", "-l", "-D", "-P", "-f", "/run/twin.conf", "-p", "/run/k.pid", "-r", "/run/v.pid"] if daemon == "keepalived" else \
            [VRRPD, "-n", "-l", "-D", "-f", "/run/twin.conf"]
    order = json.dumps([words, case.text, case.seconds, [(at, frame.hex()) for at, frame in case.heard]])
    done = subprocess.run(WRAP + [sys.executable, os.path.abspath(__file__), "--play"], input=order, capture_output=True, text=True, timeout=60,
                          env=dict(os.environ, LC_ALL="C"))
    try:
        return json.loads(done.stdout), done.stderr
    except ValueError:
        return [], done.stderr


def differences(theirs, ours, addresses):
    """Lines that say what differs, bytes first."""
    out, tolerance = [], TOLERANCE + PER_ADDRESS * addresses
    for kind in ("advert", "arp", "na"):
        a, b = [f for f in theirs if f[1] == kind], [f for f in ours if f[1] == kind]
        if len(a) != len(b):
            out.append(f"{len(b)} {kind}, keepalived {len(a)}")
        for i, (their, our) in enumerate(zip(a, b)):
            if their[2] != our[2]:
                out.append(f"{kind} {i}:\n            keepalived {their[2]}\n            vrrpd      {our[2]}")
                break
        for i in range(1, min(len(a), len(b))):
            theirs_waits, ours_waits = (frames[i][0] - frames[i - 1][0] for frames in (a, b))
            if abs(theirs_waits - ours_waits) > tolerance:
                out.append(f"{kind} {i} comes {ours_waits:.3f} s after the one before, keepalived's {theirs_waits:.3f} s")
                break
        if a and b and b[0][0] - a[0][0] > tolerance:
            out.append(f"{kind} begins at {b[0][0]:.3f} s, keepalived's at {a[0][0]:.3f} s")
    return out


def judge(name):
    said = []
    for _ in range(4):
        (theirs, their_log), (ours, our_log) = run_case(name, "keepalived"), run_case(name, "vrrpd")
        if not theirs:
            return name, ["keepalived sent nothing"], their_log
        said = differences(theirs, ours, CASES[name].addresses)
        if not said:
            return name, [], f"{len(ours)} frames"
    return name, said, our_log


def namespaces_impossible():
    if os.geteuid() != 0:
        return "namespaces need root"
    if not os.path.exists(ORIGINAL):
        return "keepalived is not installed"
    done = subprocess.run(WRAP + ["sh", "-c", "mount --make-rprivate / && mount -t tmpfs x /run && ip link add veth7 type veth"], capture_output=True)
    return None if done.returncode == 0 else "namespaces are not allowed here"


def main():
    if sys.argv[1:2] == ["--play"]:
        play(*json.load(sys.stdin))
        return 0
    if reason := namespaces_impossible():
        print(f"skipped: {reason}")
        return 77
    chosen = sys.argv[1:] or list(CASES)
    failed = explained = 0
    with ThreadPoolExecutor(8) as pool:
        for name, said, detail in pool.map(judge, chosen):
            if not said and name not in EXPLAINED:
                print(f"  ok    {name}: {detail}", flush=True)
            elif said and name in EXPLAINED:
                explained += 1
                print(f"  ok    {name}: differs, {EXPLAINED[name]}", flush=True)
            else:
                failed += 1
                print(f"  FAIL  {name}" + (": agrees now, its reason can go" if not said else ""))
                print("".join(f"          {line}\n" for line in said) + "".join(f"          | {line}\n" for line in detail.splitlines()[-12:] if said), flush=True)
    print(f"{len(chosen)} cases, {explained} explained differences, {failed} unexplained")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
