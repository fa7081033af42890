#!/usr/bin/env python3
"""checkerd as a program: options, verdicts, log lines and their order, pid files, signals and dumps, several at once, mails, script security."""
import json
import os
import re
import subprocess

from checkerd_lab import GLOBALS, HOME, Checkerd, Listener, MailServer, check, nft_rules, open_lab, real_server, virtual_server, wait

VS = "[10.9.0.100]:tcp:80"
RS = "[127.0.0.1]:tcp:8081"


def run(*words, text=None):
    if text is not None:
        with open(HOME + "/given.conf", "w", encoding="utf-8") as out:
            out.write(text)
        words = (*words, "-f", HOME + "/given.conf")
    return subprocess.run([os.environ["CHECKERD"], *words], capture_output=True, text=True, timeout=10, check=False, env={**os.environ, "TMPDIR": HOME})


def config(*more, globals="", servers=None):
    return GLOBALS.format(more=globals) + virtual_server("10.9.0.100", 80, servers or [real_server(8081, 1)], *more)


def verdicts():
    check(run("-t", text=config()).returncode == 0, "-t: a good file")
    bad = run("-t", text=config("colour red"))
    check(bad.returncode != 0 and "Unknown keyword 'colour'" in bad.stderr and "colour red" in bad.stderr, "-t: a bad one, with its line", bad.stderr)
    check("Config files missing" in run("-t", "-f", HOME + "/none.conf").stderr, "-t: no file; said, but no error, as with keepalived")
    check("checkerd" in run("-v").stderr and "Usage" in run("-h").stderr, "-v, -h")
    check(run("--signum=DATA").stdout == "10\n" and run("--signum=X").returncode == 1, "--signum")
    odd = run("-z")
    check(odd.returncode == 1 and "Unknown option -z" in odd.stderr, "an unknown option", odd.stderr)
    missing = run("-n", "-l", "-f", HOME + "/none.conf")
    check(missing.returncode == 6 and "none.conf" in missing.stderr, "without a file it does not start", missing.stderr)


def life():
    """Start, work, stop: lines in the original's words and order."""
    one = Listener(8081)
    daemon = Checkerd(config("sorry_server 127.0.0.1 9999"))
    with open(daemon.pid_file, encoding="ascii") as pid:
        check(pid.read() == f"{daemon.process.pid}\n", "checkers.pid")
    check(oct(os.stat(daemon.pid_file).st_mode & 0o777) == "0o644", "which all may read")
    wait(lambda: "passed" in daemon.ask("show checks"), 5, "the check passes")
    one.stop()
    daemon.hears("Adding sorry server [127.0.0.1]:tcp:9999 to VS " + VS)
    one = Listener(8081)
    daemon.hears("Adding alive servers to the pool for VS " + VS)
    daemon.stop()
    lines = [line for line in daemon.lines() if not line.startswith(("Command line", "Configuration file", "Starting checkerd"))]
    wanted = ["Gained quorum 1+0=1 <= 1 for VS " + VS, f"Activating healthchecker for service {RS} for VS {VS}", "Startup complete", f"TCP connection to {RS} success.", f"TCP_CHECK on service {RS} failed.",
              f"Removing service {RS} from VS {VS}", f"Lost quorum 1-0=1 > 0 for VS {VS}", f"Adding sorry server [127.0.0.1]:tcp:9999 to VS {VS}",
              f"Removing alive servers from the pool for VS {VS}", f"TCP connection to {RS} success.", f"Adding service {RS} to VS {VS}", f"Gained quorum 1+0=1 <= 1 for VS {VS}",
              f"Removing sorry server [127.0.0.1]:tcp:9999 from VS {VS}", f"Adding alive servers to the pool for VS {VS}", "Stopping", f"Shutting down service {RS} from VS {VS}", "Stopped"]
    found = [line for line in lines if line in wanted]
    check(found == wanted, "its lines, in keepalived's order", "\n".join(["wanted:", *wanted, "said:", *lines]))
    check(not os.path.exists(daemon.pid_file) and not os.path.exists("/run/triad/checkerd.sock") and not os.path.exists(daemon.pid_file + ".table"), "nothing is left: pid file, socket, table file")
    check("checkerd" not in nft_rules(), "and no rules")
    return one


def parts():
    """-P, -C, -X, -x, -I, files that have nothing for it."""
    empty = Checkerd(GLOBALS.format(more=""))
    check("has no configuration to run" in empty.text(), "a file without virtual servers: it says so and stays")
    check("Virtual_servers: 0" in empty.ask("show info"), "and answers")
    empty.stop()
    vrrp_only = Checkerd(GLOBALS.format(more="") + "vrrp_instance VI_1 {\n interface lo\n virtual_router_id 51\n virtual_ipaddress {\n 10.9.0.200\n }\n}\n")
    check("has no configuration to run" in vrrp_only.text(), "a file with VRRP only, as well")
    vrrp_only.stop()
    without = Checkerd(config(), "-P")
    check("has no configuration to run" in without.text() and "->" not in without.ask("show ipvs").split("InActConn")[1], "-P: VRRP only, nothing to do here")
    without.stop()
    for option in ("-C", "-X"):
        given = Checkerd(config(), option)
        check("127.0.0.1:8081" in given.ask("show ipvs"), f"{option}: works")
        given.stop()
    without = Checkerd(config(), "-x")
    check("SNMP" in without.text(), "-x: runs, and says that there is no SNMP")
    without.stop()
    told = Checkerd(config(), "-d", "-a")
    check("VS VIP = 10.9.0.100, VPORT = 80" in told.text(), "-d: what was read is in the log")
    subprocess.run("ip addr add 10.9.0.7/32 dev lo && ip addr del 10.9.0.7/32 dev lo", shell=True, check=True)
    told.hears("Assigned address 10.9.0.7 for interface lo")
    told.hears("Deassigned address 10.9.0.7 from interface lo")
    told.stop()
    kept = Checkerd(config(), "-I").stop()
    check("127.0.0.1 . 8081" in nft_rules(), "-I: the table stays at the stop", nft_rules())
    check(os.path.exists(kept.pid_file + ".table"), "with the file that says what is ours")
    Checkerd(config()).stop()
    check("8081" not in nft_rules(), "the next run takes it over, and away")
    parent = Checkerd(config(), "-p", HOME + "/keepalived.pid")
    with open(HOME + "/keepalived.pid", encoding="ascii") as pid:
        check(pid.read() == f"{parent.process.pid}\n", "-p: a second pid file, as scripts look for it")
    again = run("-n", "-l", "-c", parent.pid_file, text=config())
    check(again.returncode == 0 and "daemon is already running" in again.stderr, "a second one with the same pid file does not start", again.stderr)
    parent.stop()


def dumps():
    daemon = Checkerd(config(globals="  notification_email_from a@b\n"))
    for number, name, sign in ((10, "keepalived_check.data", "------< Health checkers >------"), (12, "keepalived_check.stats", "# virtual_server,server"), (36, "keepalived_check.json", '"virtual_server"')):
        daemon.process.send_signal(number)
        wait(lambda name=name: daemon.dump(name), 5, f"signal {number} writes {name}")
        check(sign in daemon.dump(name) and oct(os.stat(os.path.join(daemon.folder, name)).st_mode & 0o777) == "0o600", f"{name} for root alone", daemon.dump(name)[:300])
    check(f"Printing checker data for process({daemon.process.pid}) on signal" in daemon.text(), "the log says so")
    check(len(json.loads(daemon.dump("keepalived_check.json"))) == 2, "JSON")
    daemon.stop()


def reloads():
    daemon = Checkerd(config())
    said = daemon.reload(config("quorum 1", servers=[real_server(8081, 1), real_server(8082, 4)]))
    check(re.search(r"Reloading[^\n]*\n(.*\n)*.*Reload complete", said), "SIGHUP: a new file", said)
    check("127.0.0.1:8082" in daemon.ask("show ipvs"), "with another server")
    said = daemon.reload(config() + "virtual_server 10.9.0.9 80 {\n colour\n")
    check("Reload refused, the running configuration stays" in said and "127.0.0.1:8082" in daemon.ask("show ipvs"), "a broken file changes nothing", said)
    said = daemon.reload(GLOBALS.format(more="").replace("lvs_driver nftables", "lvs_driver auto") + virtual_server("10.9.0.100", 80, [real_server(8081, 1)]))
    check("Cannot change lvs_driver at a reload" in said, "another driver needs a restart", said)
    daemon.stop()


def suspended():
    """ha_suspend that a reload brings: checks run while the address is here."""
    daemon = Checkerd(config())
    daemon.reload(config("ha_suspend"))
    wait(lambda: " off " in daemon.ask("show checks"), 5, "the address is not here: no checks")
    subprocess.run("ip addr add 10.9.0.100/32 dev lo", shell=True, check=True)
    wait(lambda: " off " not in daemon.ask("show checks"), 5, "it comes: checks")
    subprocess.run("ip addr del 10.9.0.100/32 dev lo", shell=True, check=True)
    wait(lambda: " off " in daemon.ask("show checks"), 5, "it goes: none")
    check(True, "ha_suspend follows the address")
    daemon.stop()


def instances():
    """Two at once, one of them in another network namespace."""
    subprocess.run(["ip", "netns", "add", "other"], check=True)
    first = Checkerd(config(globals="  checker_runtime_socket /run/one.sock\n"), name="one")
    other = Checkerd("net_namespace other\n" + config(globals="  checker_runtime_socket /run/two.sock\n"), name="two")
    for daemon, path in ((first, "/run/one.sock"), (other, "/run/two.sock")):
        check("127.0.0.1:8081" in daemon.ask("show ipvs", path=path) and str(daemon.process.pid) in daemon.ask("show info", path=path), f"{path} answers")
    there = subprocess.run(["ip", "netns", "exec", "other", "nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    check("8081" in there and "8081" in nft_rules(), "each has its table in its namespace")
    first.stop()
    check("8081" not in nft_rules(), "the first one's is gone")
    other.stop()


def mails(one):
    """SMTP alerts: who, what, when; and none where they are not wanted."""
    server = MailServer(2525)
    daemon = Checkerd(config("smtp_alert", servers=[real_server(8081, 1)], globals="  notification_email {\n    admin@example.org\n    second@example.org\n  }\n  notification_email_from lb@example.org\n"
                             "  smtp_server 127.0.0.1 2525\n  smtp_connect_timeout 5\n"))
    wait(lambda: "passed" in daemon.ask("show checks"), 5, "the check passes")
    before = len(server.mails)
    one.stop()
    wait(lambda: len(server.mails) >= before + 2, 10, "two mails: the server, the quorum")
    one = Listener(8081)
    wait(lambda: len(server.mails) >= before + 4, 10, "and two when it is back")
    daemon.stop()
    subjects = server.subjects()
    for wanted in (f"[LB] Realserver {RS} of virtual server {VS} - DOWN", f"[LB] Virtualserver {VS} - DOWN", f"[LB] Realserver {RS} of virtual server {VS} - UP", f"[LB] Virtualserver {VS} - UP"):
        check(wanted in subjects, f"mail: {wanted}", subjects)
    down = next(mail for mail in server.mails if f"Realserver {RS}" in mail and "DOWN" in mail)
    check("From: lb@example.org" in down and "To: admin@example.org, second@example.org" in down and "=> " in down and " <=" in down, "sender, recipients, text", down)
    check("MAIL FROM:<lb@example.org>" in server.commands and "RCPT TO:<second@example.org>" in server.commands, "in the envelope, too", server.commands[:8])
    return one


def scripts(one):
    """Notify scripts and MISC_CHECK under the script security rules."""
    writable, good, seen = HOME + "/writable.sh", HOME + "/good.sh", HOME + "/seen"
    for path, mode in ((writable, 0o777), (good, 0o755)):
        with open(path, "w", encoding="ascii") as out:
            out.write(f"#!/bin/sh\necho \"$(id -un) $*\" >> {seen}\n")
        os.chmod(path, mode)
    open(seen, "w", encoding="ascii").close()
    os.chmod(seen, 0o666)
    servers = [real_server(8081, 1, f'notify_down "{good} down" nobody', f'notify_up "{writable} up"')]
    daemon = Checkerd(config(f'quorum_down "{good} lost"', f'quorum_up "{good} gained"', servers=servers))
    check(f"Unsafe permissions found for script '{writable}'" in daemon.text(), "a script that others may write is refused, in the original's words", daemon.text())
    wait(lambda: "passed" in daemon.ask("show checks"), 5, "the check passes")
    one.stop()
    wait(lambda: "root lost" in open(seen, encoding="ascii").read(), 10, "quorum_down runs as script_user")
    wait(lambda: "nobody down" in open(seen, encoding="ascii").read(), 5, "notify_down runs as the user it names")
    one = Listener(8081)
    wait(lambda: open(seen, encoding="ascii").read().count("root gained") == 2, 10, "quorum_up, at the start and again")
    check(" up" not in open(seen, encoding="ascii").read(), "the refused script has not run")
    daemon.stop()
    misc = f"MISC_CHECK {{ misc_path \"{good} check\"\n misc_timeout 2\n user nobody\n warmup 0 }}"
    daemon = Checkerd(config(servers=[real_server(8081, 1, checker=misc)]))
    wait(lambda: "nobody check" in open(seen, encoding="ascii").read(), 10, "MISC_CHECK runs as its user")
    daemon.stop()
    return one


def main():
    open_lab()
    verdicts()
    one = life()
    parts()
    dumps()
    reloads()
    suspended()
    instances()
    one = mails(one)
    one = scripts(one)
    one.stop()


if __name__ == "__main__":
    main()
