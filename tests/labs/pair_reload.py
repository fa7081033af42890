#!/usr/bin/env python3
"""Reloads in a row of a keepalived with both daemons, under adverts and checks: no state changes, no advert is missed (each carries a number
of its own, auth_type AH), no address is touched, and neither are the virtual servers' rules and counters.

PAIR_RELOADS of them (20; `make check-labs-long`: 200). Every fourth file differs in what concerns no packet, and every tenth is broken.
"""
import random
import re
import subprocess

from lab import WebServer
from pair_lab import PATIENCE, Machine, check, keepalived_unit, lab, no_report, open_lab, os, read, signal, time, wait

RELOADS = int(os.environ.get("PAIR_RELOADS", "20"))
GLOBAL = "global_defs {\n router_id lab\n lvs_driver nftables\n script_user root\n enable_script_security\n}\n"
INSTANCES = """
vrrp_instance NUMBERED {
  state BACKUP
  interface eth0
  virtual_router_id 51
  priority %d
  advert_int 1
  authentication {
    auth_type AH
    auth_pass 1111
  }
  virtual_ipaddress {
    192.168.67.150/24
  }
}
vrrp_instance QUICK {
  state BACKUP
  interface eth0
  virtual_router_id 52
  version 3
  priority %d
  advert_int 0.5
  virtual_ipaddress {
    192.168.67.151/24
  }
}
"""
SERVERS = "virtual_server 192.168.67.150 8888 {\n  delay_loop 1\n  lvs_sched rr\n  lvs_method NAT\n  protocol TCP\n" + "".join(
    f"  real_server 192.168.67.{n}0 80 {{\n    TCP_CHECK {{\n      connect_timeout 2\n      retry 3\n      delay_before_retry 1\n    }}\n  }}\n" for n in (1, 2)) + "}\n"


class Listener:
    """What a program says, line by line, into a file."""

    def __init__(self, name, *words):
        self.path = "/srv/" + name
        with open(self.path, "w", encoding="ascii") as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL)

    def stop(self):
        time.sleep(0.5)  # what is on its way
        self.process.terminate()
        self.process.wait(PATIENCE)
        return read(self.path)


def main():
    opened = open_lab("nft", "tcpdump")
    a, b = Machine(opened, "first", "192.168.67.100"), Machine(opened, "second", "192.168.67.200")
    webs = [WebServer(opened.node(f"web{n}", f"192.168.67.{n}0"), f"Web{n}") for n in (1, 2)]
    text = GLOBAL + INSTANCES % (150, 150) + SERVERS
    other = text.replace("router_id lab", "router_id lab2") + "# nothing more\n"
    broken = text.replace("priority", "priorty", 1)
    units = [keepalived_unit(machine) for machine in (a, b)]
    a.write_config(text)
    units[0].start()
    b.write_config(GLOBAL + INSTANCES % (100, 100))
    wait(lambda: a.has("192.168.67.150") and a.has("192.168.67.151"), PATIENCE, "the first node is master of both")
    units[1].start()
    table = lambda: a.run("nft", "list", "ruleset").stdout
    wait(lambda: "192.168.67.10" in table() and "192.168.67.20" in table(), PATIENCE, "both servers are in the table")
    processes = sorted((each.pid, each.words[0]) for each in a.processes())
    time.sleep(1.5)
    checks = [web.node.checks_accepted() for web in webs]

    adverts = Listener("adverts", "tcpdump", "--immediate-mode", "-l", "-n", "-i", "lab0", "-tt", "-v", "ip proto 51 or ip proto 112")
    addresses = Listener("addresses", "ip", "-n", a.name, "-o", "monitor", "address")
    nft = Listener("nft", "ip", "netns", "exec", a.name, "nft", "monitor")
    time.sleep(1)
    before, said = table(), [len(read(each.log)) for each in (a, b)]
    began, refused, chance = time.monotonic(), 0, random.Random(1)
    for number in range(1, RELOADS + 1):
        is_broken = number % 10 == 0
        a.write_config(broken if is_broken else other if number % 4 == 0 else text)
        since = len(read(a.log))
        os.kill(units[0].main(), signal.SIGHUP)
        if is_broken:
            refused += 1
            wait(lambda: "Reload refused, the running configuration stays" in read(a.log)[since:], PATIENCE, f"reload {number}: the broken file is refused")
        else:
            # The parent's line comes when both daemons are through.
            wait(lambda: re.search(r"Keepalived\[\d+\]: Reload complete", read(a.log)[since:]), PATIENCE, f"reload {number}")
        time.sleep(chance.uniform(0, 0.5))  # at every moment between two adverts
    took = time.monotonic() - began
    time.sleep(1.5)
    after = table()
    heard, touched, rules = adverts.stop(), addresses.stop(), nft.stop()
    told = [read(each.log)[since:] for each, since in zip((a, b), said)]
    print(f"{RELOADS} reloads ({refused} refused) in {took:.1f} s")

    for ident in ("Keepalived", "Keepalived_vrrp", "Keepalived_healthcheckers"):
        count = len(re.findall(rf" {ident}\[\d+\]: Reload complete", told[0])) or len(re.findall(rf" {ident}\[\d+\]: Reloading", told[0]))
        check(count == RELOADS - refused, f"{ident}: reloaded {RELOADS - refused} times", str(count))
    for machine, text_of in zip((a, b), told):
        check(not re.search(r"STATE|timeout|MASTER|BACKUP", text_of), f"{machine.name}: no state changed", "\n".join(re.findall(r".*(?:STATE|timeout|MASTER|BACKUP).*", text_of)[:5]))
    check(sorted((each.pid, each.words[0]) for each in a.processes()) == processes, "the same processes")

    packets = re.findall(r"^(\d+\.\d+) .*?, id (\d+), .*?\n\s+(\S+) > \S+?: (?:AH\(.*?seq=(0x[0-9a-f]+))?.*?vrid (\d+), prio (\d+)", heard, re.M)
    check({source for _, _, source, *_ in packets} == {a.address}, "nobody else advertises", str({source for _, _, source, *_ in packets}))
    for vrid, interval in (("51", 1.0), ("52", 0.5)):
        mine = [each for each in packets if each[4] == vrid]
        times = [float(each[0]) for each in mine]
        gaps = sorted(later - earlier for earlier, later in zip(times, times[1:]))
        print(f"  vrid {vrid}: {len(mine)} adverts; gaps {gaps[0]:.3f} .. {gaps[-1]:.3f} s, median {gaps[len(gaps) // 2]:.3f} s")
        # A machine that stalls sends one late, not one less. Three intervals and the skew are what the other waits.
        check(gaps[-1] < interval * 2 + 0.7, f"vrid {vrid}: no gap that hides an advert", str(gaps[-3:]))
        check(len(mine) >= (times[-1] - times[0]) / interval - 1, f"vrid {vrid}: as many adverts as intervals", f"{len(mine)} in {times[-1] - times[0]:.2f} s")
        kinds = [("IP identification", [int(each[1]) for each in mine])]
        if vrid == "51":
            kinds.append(("AH's sequence number", [int(each[3], 16) for each in mine]))
        for what, numbers in kinds:
            check(numbers == list(range(numbers[0], numbers[0] + len(numbers))), f"vrid {vrid}: each advert has the next {what}", str(numbers))
    check(touched.strip() == "", "no address was touched", touched[:500])
    check(not re.search(r"^(add|delete|flush|replace|insert)", rules, re.M) and after == before, "nothing in nftables was touched", rules[:500] + after)
    asked = [web.node.checks_accepted() - earlier for web, earlier in zip(webs, checks)]
    print(f"  checks while it was reloaded: {asked}")
    check(all(each >= took / 3 for each in asked), "the servers were checked all the while", str(asked))
    check("Removing service" not in told[0] and "Adding service" not in told[0], "no server left or came", told[0][-1500:])
    for unit in units:
        unit.stop()
    no_report(a, b)
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
