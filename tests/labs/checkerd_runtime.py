#!/usr/bin/env python3
"""The runtime socket of checkerd: every command through socat, levels, refusals, JSON, events; what is set by hand is in the table."""
import json
import subprocess
import time

from checkerd_lab import GLOBALS, Checkerd, Listener, check, nft_rules, open_lab, real_server, virtual_server, wait

VS, ONE, TWO = "10.9.0.100:80", "127.0.0.1:8081", "127.0.0.1:8082"
HTTP = "HTTP_GET { url { path /\n status_code 200 }\n connect_timeout 1\n retry 0\n delay_before_retry 1\n warmup 0 }"


def config(*more):
    return (GLOBALS.format(more="") + virtual_server("10.9.0.100", 80, [real_server(8081, 1), real_server(8082, 2, checker=HTTP)], "sorry_server 127.0.0.1 9999", *more) +
            virtual_server("10.9.0.101", 80, [real_server(8081, 1), real_server(8083, 1)]))


def shows(daemon):
    info = dict(line.split(": ", 1) for line in daemon.ask("show info").strip().splitlines())
    check(info["Name"] == "checkerd" and info["Driver"] == "nftables" and info["Virtual_servers"] == "2" and info["Real_servers"] == "4", "show info", info)
    check(int(info["Pid"]) == daemon.process.pid, "its process id")
    check(info["Checks"] == "3", "two servers of one address share their check", info)
    table = daemon.ask("show ipvs").strip().splitlines()
    check(table[:6] == ["Virtual servers by nftables", "Prot LocalAddress:Port Scheduler Flags", "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
                        "TCP  10.9.0.100:80 wrr", "  -> 127.0.0.1:8081               Masq    1      0          0         ",
                        "  -> 127.0.0.1:8082               Masq    2      0          0         "] and len(table) == 8, "show ipvs", "\n".join(table))
    servers = daemon.ask("show servers")
    check(f"{VS}/tcp" in servers and "group" not in servers and servers.count("VIRTUAL") == 2, "show servers", servers)
    wait(lambda: "passed" in daemon.ask(f"show checks {VS} {TWO}"), 5, "show checks tells a run")
    checks = daemon.ask("show checks")
    check("TCP_CHECK" in checks and "HTTP_GET" in checks and "ms passed" in checks, "show checks", checks)
    wait(lambda: "failed: Connection refused" in daemon.ask("show checks 10.9.0.101:80 127.0.0.1:8083"), 5, "and why one failed")
    wait(lambda: daemon.ask(f"show checks {VS} {ONE}").count("ms passed") >= 3, 6, "and its history")
    rows = daemon.ask("show stat").strip().splitlines()
    check(rows[0].startswith("# virtual_server,server,status") and len(rows) == 7, "show stat", rows)
    check("checkerd_server_up{" in daemon.ask("show stat prometheus") and "# HELP" in daemon.ask("show metrics"), "show stat prometheus, show metrics")
    for words in ("show stat json", "show servers json", "show checks json", f"show checks {VS} json"):
        check(len(json.loads(daemon.ask(words))) >= 2, words)
    check("------< Health checkers >------" in daemon.ask("show config"), "show config")
    check("show ipvs" in daemon.ask("help"), "help")
    both = daemon.ask("show info", "show servers")
    check("Uptime_sec" in both and "VIRTUAL" in both, "two commands on a line")


def by_hand(daemon):
    def weight_of(server):
        line = next((each for each in daemon.ask("show ipvs").splitlines() if f"-> {server} " in each), "")
        return line.split()[3] if line else None

    check(daemon.ask(f"set server {VS} {ONE} weight 7").strip() == "" and weight_of(ONE) == "7", "set server ... weight 7", daemon.ask("show ipvs"))
    check("numgen inc mod 9" in nft_rules(), "is in the kernel's rules: 7 and 2")
    check("weight 7" in daemon.ask("show servers"), "and show servers says that it was by hand")
    daemon.ask(f"set server {VS} {ONE} weight auto")
    check(weight_of(ONE) == "1", "weight auto")
    daemon.ask(f"set server {VS} {ONE} drain")
    check(weight_of(ONE) == "0" and " drain " in daemon.ask("show servers"), "drain: weight 0")
    daemon.ask(f"set server {VS} {ONE} auto")
    check(weight_of(ONE) == "1", "auto")
    daemon.ask(f"set server {VS} {TWO} down")
    check(weight_of(TWO) is None, "down: not in the table")
    daemon.ask(f"set server {VS} {ONE} down")
    check(weight_of("127.0.0.1:9999") == "1" and " sorry " in daemon.ask("show servers"), "none left: the sorry server", daemon.ask("show ipvs"))
    daemon.ask(f"set server {VS} {ONE} auto; set server {VS} {TWO} auto")
    check(weight_of(TWO) == "2" and weight_of("127.0.0.1:9999") is None, "auto brings them back")
    daemon.ask("set server 10.9.0.101:80 127.0.0.1:8083 up")
    check(weight_of("127.0.0.1:8083") == "1", "up: although its check fails")
    daemon.ask("set server 10.9.0.101:80 127.0.0.1:8083 auto")


def refusals(daemon):
    for words, answer in (("set server", "'set server' expects a virtual server, a real server"), (f"set server {VS} {ONE} weight 70000", "A weight is a number from 0 to 65535, or 'auto'."),
                          (f"set server {VS} 1.2.3.4:5 up", f"No such real server of {VS}: 1.2.3.4:5."), ("set server x y up", "No such virtual server: x"), ("show stat xml", "expects nothing, 'csv', 'json' or"),
                          ("show servers xml", "expects nothing or 'json'"), ("reload please", "'reload' expects nothing or 'plan'."), ("enable checks", "expects a virtual server"), ("nonsense", "Unknown command")):
        said = daemon.ask(words)
        check(answer in said, f"'{words}' is refused with what was expected", said)
    for level in ("user", "operator"):
        for words in (f"set server {VS} {ONE} down", f"disable checks {VS}", "reload"):
            check("Permission denied" in daemon.ask(level, words), f"a {level} may not '{words}'")
    check("Permission denied" in daemon.ask("user", "show config") and "------<" in daemon.ask("operator", "show config"), "show config from operator on")
    check("VIRTUAL" in daemon.ask("user", "show servers"), "a user may look")


def checks_off(daemon, two):
    daemon.ask(f"disable checks {VS} {TWO}")
    daemon.hears(f"Deactivating healthchecker for service [127.0.0.1]:tcp:8082 for VS [10.9.0.100]:tcp:80")
    two.stop()
    time.sleep(2.2)
    check(TWO in daemon.ask("show ipvs") and " off " in daemon.ask("show checks"), "disabled checks leave the server as it is")
    daemon.ask(f"enable checks {VS} {TWO}")
    wait(lambda: TWO not in daemon.ask("show ipvs"), 5, "enabled, they find that it is gone")


def events(daemon):
    with subprocess.Popen(["socat", "-t60", "-", "UNIX:/run/triad/checkerd.sock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as follower:
        follower.stdin.write("subscribe\n")
        follower.stdin.flush()
        first = [json.loads(follower.stdout.readline()) for _ in range(6)]
        check([each["type"] for each in first].count("quorum") == 2 and [each["type"] for each in first].count("server") == 4, "subscribe: the present states", first)
        two = Listener(8082)
        seen = json.loads(follower.stdout.readline())
        check(seen["type"] == "server" and seen["server"] == "[127.0.0.1]:tcp:8082" and seen["state"] == "UP", "then what happens", seen)
        daemon.ask("reload")
        check(json.loads(follower.stdout.readline())["type"] == "reload", "and reloads")
        follower.kill()
    check('"state":"UP"' in daemon.ask("show events"), "show events")
    return two


def reloads(daemon):
    check(daemon.ask("reload plan").strip() == "= nothing changes", "reload plan of the same file", daemon.ask("reload plan"))
    daemon.write(config("quorum 2"))
    plan = daemon.ask("reload plan")
    check(plan.strip() == "~ virtual_server 10.9.0.100:80: quorum 1 -> 2", "reload plan names what changes", plan)
    check(daemon.ask("reload").strip() == "", "reload")
    daemon.write(config("quorum 2") + "virtual_server 10.9.0.1 80 {\n")
    check("Reload refused, the running configuration stays" in daemon.ask("reload"), "a broken file is refused")
    check("A reload refuses this file: " in daemon.ask("reload plan"), "and so does its plan", daemon.ask("reload plan"))
    check("10.9.0.100:80" in daemon.ask("show ipvs"), "and everything stays")
    daemon.write(config())


def main():
    open_lab()
    one, two = Listener(8081), Listener(8082)
    daemon = Checkerd(config())
    wait(lambda: "127.0.0.1:8083" not in daemon.ask("show ipvs"), 5, "a server that does not answer leaves the table")
    shows(daemon)
    by_hand(daemon)
    refusals(daemon)
    checks_off(daemon, two)
    two = events(daemon)
    reloads(daemon)
    daemon.stop()
    check("checkerd" not in nft_rules(), "the stop leaves no rules")
    one.stop()
    two.stop()


if __name__ == "__main__":
    main()
