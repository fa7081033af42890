#!/usr/bin/env python3
"""The notes' haproxy files, unchanged at /etc/haproxy/haproxy.cfg, under Debian's unit for haproxy: `haproxy -Ws -f ... -p ... -S ...`, reload by
`-c -q` and USR2. What the rows want to be seen, and a client that asks without a pause while web servers stop and the unit is reloaded."""
import re

from lab import WebServer, check_status_page
from pair_lab import PATIENCE, Client, Machine, check, haproxy_unit, lab, no_report, open_lab, os, read, signal, time, wait


def alternates(answers):
    return set(answers) == {"Web1", "Web2"} and all(one != two for one, two in zip(answers, answers[1:]))


def row(opened, file, machine, webs, outside, proxy, page, refresh, rows):
    print(f"{file}:", flush=True)
    machine.put_note(file)
    unit = haproxy_unit(machine)
    unit.start()
    url = f"http://{machine.address}/"
    answers = [outside.curl(url).strip() for _ in range(6)]
    check(alternates(answers), "six curls are answered in turn", str(answers))
    check_status_page(outside, f"http://{machine.address}{page}", refresh, rows)
    pid = unit.main()
    check(machine.pid_in("haproxy") == pid and read(f"/proc/{pid}/comm") == "haproxy\n", "the pid file names the master, whose name is haproxy")
    check(machine.run("socat", "stdio", "/run/haproxy-master.sock", input="show proc\n").stdout.count("worker") >= 1, "the master's socket answers `show proc`")
    check("CurrConns:" in machine.socket("show info"), "and the worker's `show info`, through socat")

    client = Client(outside, machine.address)
    client.begin()
    wait(lambda: machine.rows()[(proxy, "web2")].startswith("UP") and "/" not in machine.rows()[(proxy, "web2")], PATIENCE, "web2 has passed its first checks")
    began = time.monotonic()
    webs[1].stop()
    wait(lambda: machine.rows()[(proxy, "web2")] == "DOWN", PATIENCE, "a stopped web server leaves")
    print(f"  took  {time.monotonic() - began:.2f} s", flush=True)
    client.tell(f"{file}: a web server stopped")
    client.begin()
    webs[1].start()
    began = time.monotonic()
    wait(lambda: machine.rows()[(proxy, "web2")] == "UP", PATIENCE, "and returns")
    print(f"  took  {time.monotonic() - began:.2f} s", flush=True)
    failed, _ = client.tell(f"{file}: and runs again")
    check(failed == 0, "which costs no request")
    client.begin()
    for _ in range(3):
        unit.reload(signal.SIGUSR2)
        time.sleep(0.3)
    failed, _ = client.tell(f"{file}: three reloads")
    check(failed == 0, "none of three reloads costs a request")
    wait(lambda: unit.main() == pid and any("RELOADING=1" in each for each in unit.told), PATIENCE, "the same master, which told the service manager")
    line = re.search(r"<150>.* " + f"{proxy} {proxy}" + r"/web[12] \d+/0/\d+/\d+/\d+ 200 .*", read(machine.log))
    check(line, "lines in HTTP log format, facility local2, at 127.0.0.1:514", read(machine.log)[-1500:])
    client.stop()
    check(unit.stop() in (0, 143, -15), "systemctl stop haproxy: what SuccessExitStatus=143 allows", str(unit.ended))
    check(not machine.processes(), "no process is left", str([each.words for each in machine.processes()]))
    check(not os.path.exists(machine.home + "/run/haproxy.pid") or read(machine.home + "/run/haproxy.pid") != "", "nor a pid file that is empty")
    return client.switches


def main():
    opened = open_lab()
    machine = Machine(opened, "proxy", "192.168.88.77")
    webs = [WebServer(opened.node(f"web{n}", f"192.168.88.{77 + n}"), f"Web{n}") for n in (1, 2)]
    outside = opened.node("client", "192.168.88.80")
    switches = row(opened, "webservers-status.cfg", machine, webs, outside, "webservers", ":8080/status", 60, [("webservers", "Frontend"), ("webservers", "web1"), ("webservers", "web2"), ("webservers", "Backend"), ("status", "Frontend")])
    for web in webs:
        web.stop()
    other = Machine(opened, "proxy2", "192.168.88.5")
    webs = [WebServer(opened.node(f"my{n}", f"192.168.88.{n}00"), f"Web{n}") for n in (1, 2)]
    switches += row(opened, "myweb-stats.cfg", other, webs, outside, "myweb", ":1080/stats", 30, [("myweb", "Frontend"), ("myweb", "web1"), ("myweb", "web2"), ("myweb", "Backend"), ("stats", "Frontend")])
    print("el-base.cfg:")
    other.put_note("el-base.cfg")
    unit = haproxy_unit(other)
    unit.start()
    check("Maxconn: 4000" in other.socket("show info"), "the base file runs, with its maxconn")
    unit.reload(signal.SIGUSR2)
    check("Maxconn: 4000" in other.socket("show info"), "and is reloaded")
    unit.stop()
    no_report(machine, other)
    print("\nswitch                                              requests   lost  seconds without an answer")
    for what, count, lost, outage in switches:
        print(f"{what:50} {count:9} {lost:6}  {outage:.2f}")
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
