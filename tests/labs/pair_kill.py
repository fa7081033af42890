#!/usr/bin/env python3
"""kill -9 of any one process of a pair at random moments, while a client asks: what comes back by itself, and that nothing stale is left.

First what the originals do in each case, on a machine of their own, and ours beside them. Then PAIR_KILLS moments (10; `make check-labs-long`: 100) on a pair
with haproxy-track-*.conf, webcluster.cfg and a virtual server on nftables. PAIR_SEED repeats a run.
"""
import random
import re
import subprocess

from lab import WebServer
from pair_lab import (NOTES, PATIENCE, VIP, Client, Machine, check, haproxy_unit, is_on, keepalived_unit, lab, no_report, open_lab, original_is_installed, os, pair, read, signal, time, wait)

KILLS, SEED = int(os.environ.get("PAIR_KILLS", "10")), int(os.environ.get("PAIR_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
PROXIES, BALANCERS = ("haproxy master", "haproxy worker"), ("keepalived", "vrrpd", "checkerd")
# Two may say that they are master for as long as the longest silence that VRRP takes for a life, and while what is on its way arrives.
BOTH_FOR = 3 + (256 - 80) / 256 + 1.5
SERVERS = """
virtual_server 192.168.67.150 8888 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
""" + "".join(f"  real_server 192.168.67.{n}0 80 {{\n    TCP_CHECK {{\n      connect_timeout 2\n      retry 1\n      delay_before_retry 1\n      warmup 0\n    }}\n  }}\n" for n in (1, 2)) + "}\n"


def is_alive(pid):
    return not lab.has_ended(pid)


class Node:
    """A machine with both units."""

    def __init__(self, machine, config):
        self.machine = machine
        machine.put_note("webcluster.cfg")
        if machine.is_original:  # with Debian's library that one refuses the name
            path = machine.home + "/haproxy/haproxy.cfg"
            text = read(path)
            with open(path, "w", encoding="utf-8") as out:
                out.write(re.sub(r".*PROFILE=SYSTEM\n", "", text))
        machine.put_scripts()
        machine.write_config(config)
        self.proxy, self.balancer = haproxy_unit(machine), keepalived_unit(machine, restart=True)

    def start(self):
        for unit, sign in ((self.proxy, self.proxy_is_up), (self.balancer, self.balancer_is_up)):
            unit.start(sign)

    def proxy_is_up(self):
        return self.pid("haproxy worker") and "Pid:" in self.machine.socket("show info")

    def balancer_is_up(self):
        return self.pid("vrrpd") and ("virtual_server" not in read(self.machine.etc + "/keepalived.conf") or self.pid("checkerd"))

    def pid(self, what):
        if what == "haproxy master":
            return self.proxy.main()
        if what == "haproxy worker":
            master = self.proxy.main()
            return next((each.pid for each in self.machine.named("haproxy") if master and each.parent == master), 0)
        return self.machine.pid_in({"keepalived": "keepalived", "vrrpd": "vrrp", "checkerd": "checkers"}[what])

    def kill(self, what):
        """The pids of its unit before."""
        group = PROXIES if what in PROXIES else BALANCERS
        before = {each: self.pid(each) for each in group}
        check(before[what], f"{self.machine.name}: the {what} is there")
        os.kill(before[what], signal.SIGKILL)
        return before


def single(opened, name):
    """{process killed: what was seen}, the same for both."""
    machine = Machine(opened, name, "192.168.67.100", original=name == "theirs")
    config = read(NOTES + "/keepalived/haproxy-track-master.conf")
    node = Node(machine, config)
    seen = {}
    for what in ("haproxy worker", "haproxy master", "vrrpd", "keepalived"):
        node.proxy.restart = node.balancer.restart = False
        for unit, sign in ((node.proxy, node.proxy_is_up), (node.balancer, node.balancer_is_up)):
            if not unit.main():
                unit.start(sign)
        wait(lambda: machine.has(VIP), PATIENCE, f"{machine.name}: it has the address")
        unit = node.proxy if what in PROXIES else node.balancer
        ends = len(unit.ended)
        before = node.kill(what)
        began = time.monotonic()
        if what == "vrrpd":
            wait(lambda: node.pid("vrrpd") not in (0, before["vrrpd"]), PATIENCE, f"{machine.name}: a child that was killed is started again")
            wait(lambda: machine.has(VIP), PATIENCE, f"{machine.name}: and has the address")
            seen[what] = ("the parent", "the same" if is_alive(before["keepalived"]) else "another")
        else:
            wait(lambda: len(unit.ended) > ends, PATIENCE, f"{machine.name}: {what} killed: its unit's main process is gone")
            program = "haproxy" if what in PROXIES else "keepalived"
            wait(lambda: not machine.named(program), PATIENCE, f"{machine.name}: and so are the others, by themselves")
            seen[what] = ("the unit's end", unit.ended[-1], "the address", machine.has(VIP))
        print(f"  {machine.name}: {what} killed: {seen[what]}, {time.monotonic() - began:.2f} s", flush=True)
    for unit in (node.proxy, node.balancer):
        if unit.main():
            unit.stop()
    wait(lambda: not machine.processes(), PATIENCE, f"{machine.name}: nothing runs")
    lab.sh(f"ip link del {name}")
    return seen


def rules(machine):
    text = machine.run("nft", "list", "ruleset").stdout
    return re.sub(r"counter packets \d+ bytes \d+|# handle \d+", "", text)


class Watch:
    """How long the address was on both at once: what each kernel says, every few milliseconds."""

    def __init__(self, machines):
        script = "import subprocess, time\nwhile True:\n  has = [' 192.168.67.150/' in subprocess.run(['ip', '-n', n, '-4', '-o', 'addr', 'show', 'dev', 'eth0'], capture_output=True, text=True).stdout for n in %r]\n" \
                 "  print(f'{time.monotonic():.3f}', *map(int, has), flush=True)\n  time.sleep(0.04)\n" % [machine.name for machine in machines]
        self.path = "/srv/owners"
        with open(self.path, "w", encoding="ascii") as out:
            self.process = subprocess.Popen([lab.sys.executable, "-c", script], stdout=out)

    def stop(self):
        self.process.terminate()
        rows = [(float(at), int(one) + int(two)) for at, one, two in (line.split() for line in read(self.path).split("\n")[:-1])]
        longest, since = 0.0, None
        for at, owners in rows:
            since = (since or at) if owners == 2 else None
            longest = max(longest, at - since if since else 0.0)
        return longest


def main():
    opened = open_lab("nft")
    webs = [WebServer(opened.node(f"web{n}", f"192.168.67.{n}0"), f"Web{n}") for n in (1, 2)]
    check(len(webs) == 2, "two web servers")
    ours = single(opened, "ours")
    if original_is_installed():
        found = single(opened, "theirs")
        for what, each in ours.items():
            check(each[:2] == found[what][:2], f"{what} killed: as with the original", f"{each} {found[what]}")

    print(f"{KILLS} moments, PAIR_SEED={SEED}", flush=True)
    chance = random.Random(SEED)
    outside = opened.node("client", "192.168.67.80")
    nodes = []
    for machine, half in zip(pair(opened), ("master", "slave")):
        text = read(f"{NOTES}/keepalived/haproxy-track-{half}.conf").replace("vrrp_mcast_group4", "lvs_driver nftables\nvrrp_mcast_group4")
        nodes.append(Node(machine, text + SERVERS))
        nodes[-1].start()
    a, b = (node.machine for node in nodes)
    is_on(a, [b])
    wait(lambda: all("192.168.67.10" in rules(each) and "192.168.67.20" in rules(each) for each in (a, b)), PATIENCE, "both have the virtual server's table")
    tables = {each.name: rules(each) for each in (a, b)}
    client, watch = Client(outside, VIP), Watch((a, b))
    client.begin()
    figures = {}
    for number in range(KILLS):
        node, what = nodes[chance.random() < 0.35], chance.choice(PROXIES + BALANCERS)
        name = f"{what} on {node.machine.name}"
        time.sleep(chance.uniform(0, 2.5))
        client.begin()
        before = node.kill(what)
        began = time.monotonic()
        unit = node.proxy if what in PROXIES else node.balancer
        group = PROXIES if what in PROXIES else BALANCERS
        others = [each for each in group if each != what]
        all_new = what not in ("vrrpd", "checkerd")  # these are started again by their parent, which stays with its other child
        wait(lambda: all(node.pid(each) for each in group) and node.pid(what) != before[what], PATIENCE, f"{number + 1}. {name}: all is there again")
        if all_new:
            wait(lambda: all(not is_alive(pid) for pid in before.values()), PATIENCE, "nothing of the old one is left")
        else:
            check(all(node.pid(each) == before[each] for each in others), "its parent and the other child were not touched")
        wait(lambda: len(node.machine.named("haproxy")) == 2 and len(node.machine.named("keepalived")) == 3, PATIENCE, "as many processes as before")
        wait(lambda: "Pid:" in node.machine.socket("show info"), PATIENCE, "the proxy's runtime socket answers")
        for name_of_socket in ("vrrpd", "checkerd"):
            wait(lambda: "Version" in (said := node.machine.run("socat", "-t", "10", "stdio", f"/run/triad/{name_of_socket}.sock", input="show info\n").stdout) or len(said) > 20, PATIENCE, f"{name_of_socket}'s runtime socket answers")
        wait(lambda: unit.main() == node.pid(group[0]) and node.pid(group[0]), PATIENCE, "the pid files name what runs")
        is_on(a, [b])
        wait(lambda: {each.name: rules(each) for each in (a, b)} == tables, PATIENCE, "the virtual servers' tables are as before")
        label = [each for each in a.addresses() if each.startswith(VIP)] + [each for each in b.addresses() if each.startswith(VIP)]
        check(label == [VIP + "/24"], "one address, once", str(label))
        took = time.monotonic() - began
        _, outage = client.tell(f"{number + 1}. {name} ({took:.1f} s until all is as before)")
        figures.setdefault(what + (" (master)" if node is nodes[0] else " (backup)"), []).append((outage, took))
    both = watch.stop()
    check(both < BOTH_FOR, f"the address was on two nodes for {both:.2f} s at most: less than a take-over takes", f"{both:.2f} s")
    client.stop()
    for node in nodes:
        for unit in (node.balancer, node.proxy):
            unit.stop()
        left = [each.words for each in node.machine.processes()]
        files = [name for name in os.listdir(node.machine.home + "/run") if name.endswith((".pid", ".held"))]
        check(not left and not node.machine.has(VIP) and "8888" not in rules(node.machine), f"{node.machine.name}: nothing is left at the end", str((left, files)))
    no_report(a, b)
    print(f"\n{'killed':32} times   worst outage   median   worst time until all is as before")
    for what, rows in sorted(figures.items()):
        outages = sorted(outage for outage, _ in rows)
        print(f"{what:32} {len(rows):5}  {outages[-1]:10.2f} s {outages[len(outages) // 2]:7.2f} s {max(took for _, took in rows):7.2f} s")
    print(f"the address on both nodes at once: at most {both:.2f} s. {len(lab.PASSED)} checks passed; PAIR_SEED={SEED}")


if __name__ == "__main__":
    main()
