#!/usr/bin/env python3
"""`keepalived` in its original's place: the unit, the init script and the command lines of Debian and EL, unchanged, on ours and on Debian's."""
import os
import re
import shlex
import sys

import lab
from keepalived_lab import INIT, ORIGINAL, PATIENCE, UNIT, Machine, check, has_ended, open_lab, plain, signal, wait

EL_UNIT = {"exec": "/usr/sbin/keepalived $KEEPALIVED_OPTIONS", "pid": "/var/run/keepalived.pid", "options": "-D"}  # Type=forking, KillMode=process
GLOBALS = "global_defs {\n  router_id RA\n  script_user root\n  enable_script_security\n  lvs_driver nftables\n}\n"
ORIGINALS_GLOBALS = GLOBALS.replace("  lvs_driver nftables\n", "")
SERVERS = """virtual_server 10.77.0.100 80 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 127.0.0.1 8081 {
    TCP_CHECK {
      connect_timeout 1
      warmup 0
    }
  }
}
"""


def instance(machine, *more, interface="eth0"):
    vrid = 52 if machine.is_original else 51
    inside = "".join(f"  {line}\n" for line in more)
    return f"vrrp_instance VI_1 {{\n  interface {interface}\n  virtual_router_id {vrid}\n  priority 100\n  advert_int 1\n{inside}  virtual_ipaddress {{\n    {address(machine)}/24\n  }}\n}}\n"


def address(machine):
    return "10.77.0.152" if machine.is_original else "10.77.0.151"


def vrrp(machine, *more, **others):
    return (ORIGINALS_GLOBALS if machine.is_original else GLOBALS) + instance(machine, *more, **others)


def nothing():
    return ORIGINALS_GLOBALS


def is_alone(machine):
    """Nothing is left: processes, address, pid files."""
    wait(lambda: not machine.processes(), PATIENCE, f"{machine.name}: no process is left")
    check(not machine.has(address(machine)), f"{machine.name}: nor its address")


def is_master(machine):
    wait(lambda: machine.has(address(machine)), PATIENCE, f"{machine.name}: it takes the address")


def exec_start():
    with open(UNIT, encoding="utf-8") as text:
        return re.search(r"^ExecStart=(.*)$", text.read(), re.M).group(1)


def unit(machine):
    """Debian's unit: Type=notify, in the foreground. What the parent said, part by part."""
    machine.write(vrrp(machine))
    machine.start_unit(exec_start(), {"DAEMON_ARGS": ""})
    machine.hears("Startup complete")
    if not machine.is_original:  # that one notifies a real systemd alone
        wait(lambda: any("READY=1" in each for each in machine.told), PATIENCE, f"{machine.name}: READY=1 to systemd")
        check(machine.told == [f"READY=1\nMAINPID={machine.process.pid}"], f"{machine.name}: with MAINPID=", machine.told)
    check(machine.pid() == machine.process.pid and machine.has_pid_files() == ["keepalived.pid", "vrrp.pid"], f"{machine.name}: keepalived.pid and vrrp.pid", machine.has_pid_files())
    child = machine.pid("vrrp")
    check(machine.processes() == {machine.pid(): ("keepalived", os.getpid()), child: ("keepalived", machine.pid())}, f"{machine.name}: two processes of one name, one the other's child", machine.processes())
    is_master(machine)
    check(machine.idents() == {"Keepalived", "Keepalived_vrrp"}, f"{machine.name}: idents in the log", machine.idents())

    before = len(machine.told)
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete")
    if not machine.is_original:
        wait(lambda: [each.split("\n")[0] for each in machine.told[before:]] == ["RELOADING=1", "READY=1"], PATIENCE, f"{machine.name}: RELOADING=1, READY=1")
    check(machine.has(address(machine)) and machine.pid("vrrp") == child, f"{machine.name}: it goes on with its address")

    for number, file in ((signal.SIGUSR1, "keepalived.data"), (signal.SIGUSR2, "keepalived.stats"), (signal.SIGRTMIN + 2, "keepalived.json")):
        machine.send(number)
        wait(lambda file=file: os.path.exists(f"{machine.home}/tmp/{file}") and os.path.getsize(f"{machine.home}/tmp/{file}"), PATIENCE, f"{machine.name}: {file}")
    with open(machine.home + "/tmp/keepalived_parent.data", encoding="utf-8") as text:
        check(text.read().startswith("------< Global definitions >------\n Network namespace = (default)\n"), f"{machine.name}: keepalived_parent.data")

    machine.send(signal.SIGKILL, "vrrp")
    machine.hears("Starting VRRP child process", times=2)
    wait(lambda: machine.pid("vrrp") not in (0, child), PATIENCE, f"{machine.name}: the child that was killed is started again")
    second = machine.pid("vrrp")
    machine.hears("Entering BACKUP STATE (init)", ident="Keepalived_vrrp", times=2)
    machine.send(signal.SIGTERM, "vrrp")
    machine.hears("Restart of VRRP process delayed 1 seconds to limit respawn rate")
    machine.hears("Starting VRRP child process", times=3)
    wait(lambda: machine.pid("vrrp") not in (0, child, second), PATIENCE, f"{machine.name}: one that was ended, too")
    is_master(machine)

    machine.send(signal.SIGTERM)
    check(machine.ends() == 0, f"{machine.name}: SIGTERM: exit code 0")
    check(machine.told[-1:] == ["STOPPING=1"] or machine.is_original, f"{machine.name}: STOPPING=1", machine.told)
    is_alone(machine)
    check(machine.has_pid_files() == [], f"{machine.name}: no pid file either", machine.has_pid_files())
    return plain(machine.lines())


def forking(machine):
    """EL's unit: Type=forking, with a PIDFile."""
    since = len(machine.said)
    machine.write(vrrp(machine))
    words = [word for each in EL_UNIT["exec"].split() for word in (shlex.split(EL_UNIT["options"]) if each.startswith("$") else [each])]
    code, text = machine.once(*words)
    check(code == 0 and not text, f"{machine.name}: the command returns with 0 and says nothing", text)
    wait(lambda: machine.pid() and machine.pid("vrrp"), PATIENCE, f"{machine.name}: the pid file is there")
    machine.hears("Startup complete", since)
    pid, child = machine.pid(), machine.pid("vrrp")
    check(machine.run("cat", EL_UNIT["pid"]).stdout == f"{pid}\n", f"{machine.name}: at {EL_UNIT['pid']}")
    check({each for each, _ in machine.processes().values()} == {"keepalived"} and os.getsid(pid) == os.getsid(child) != os.getsid(0), f"{machine.name}: in a session of its own")
    check(os.readlink(f"/proc/{pid}/cwd") == "/" and all(os.stat(f"/proc/{each}/fd/{n}").st_rdev == os.makedev(1, 3) for n in (0, 1, 2) for each in (pid, child)), f"{machine.name}: at /, with its streams at /dev/null")
    code, text = machine.once(*words)
    check(code == 0, f"{machine.name}: a second one ends with 0")
    machine.hears("daemon is already running", since)
    check(machine.pid() == pid and machine.processes().keys() == {pid, child}, f"{machine.name}: and changes nothing")
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete", since)
    is_master(machine)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)  # we are the first process in here: for the original one that is not collected is one that runs
    is_alone(machine)
    code, text = machine.once(*words)
    check(code == 0, f"{machine.name}: and it starts again over what that left", text)
    machine.hears("Startup complete", since, times=2)
    is_master(machine)
    machine.stop()
    is_alone(machine)
    return plain(machine.lines(since=since))


def init_script(machine):
    """Debian's /etc/init.d/keepalived."""
    machine.write(vrrp(machine))
    # Its restart starts the next one a second after the stop. The original may be there still: then nothing runs.
    for action, expected in (("start", "Starting keepalived"), ("reload", "Reloading keepalived"), ("restart", "Restarting keepalived"), ("stop", "Stopping keepalived")):
        if action == "restart" and machine.is_original:
            continue
        since, before = len(machine.said), machine.pid()
        code, text = machine.once("env", "_SYSTEMCTL_SKIP_REDIRECT=1", INIT, action)
        check(code == 0 and expected in text, f"{machine.name}: {os.path.basename(INIT)} {action}", text)
        if action == "reload":
            machine.hears("Reload complete", since)
            check(machine.pid() == before, f"{machine.name}: the same process")
        elif action != "stop":
            machine.hears("Startup complete", since)
            is_master(machine)
    is_alone(machine)


def verdicts(machine):
    """{what: exit code and the text that both say} of runs that end by themselves."""
    keep = ("-n", "-l", "-f", "/etc/keepalived/keepalived.conf")
    runs = {
        "-t, a good file": (("-t",), vrrp(machine)),
        "-t, an unknown keyword": (("-t",), vrrp(machine, "colour red")),
        "-t, a missing brace": (("-t",), vrrp(machine).rstrip("}\n") + "\n"),
        "-t, an interface that is not there": (("-t",), vrrp(machine, interface="nope0")),
        "-t, no file": (("-t", "-f", "/etc/keepalived/none.conf"), None),
        "--config-test=FILE": (("--config-test=/tmp/verdict",), vrrp(machine, "colour red")),
        "--signum=STOP": (("--signum=STOP",), None),
        "--signum=RELOAD": (("--signum=RELOAD",), None),
        "--signum=JSON": (("--signum", "JSON"), None),
        "--signum=X": (("--signum=X",), None),
        "an unknown option": (("-z",), None),
        "an unknown long option": (("--colour",), None),
        "an option without its value": (("-f",), None),
        "no file": (("-n", "-l", "-f", "/etc/keepalived/none.conf"), None),
        "no file, in the background": (("-f", "/etc/keepalived/none.conf"), None),
        "an interface that is not there": (keep, vrrp(machine, interface="nope0")),
        "a keyword without its value": (keep, vrrp(machine, "nopreempt", "mcast_src_ip")),
    }
    found = {}
    for name, (words, text) in runs.items():
        code, said = machine.once(ORIGINAL, *words, text=text)
        found[name] = (code, said)
        is_alone(machine)
    return found


def compare(ours, theirs):
    for name, (code, said) in ours.items():
        if theirs is not None:
            check(code == theirs[name][0], f"{name}: {code}, as with the original", f"{theirs[name]}\n{(code, said)}")
    for name in ("--signum=STOP", "--signum=RELOAD", "--signum=JSON", "--signum=X", "an unknown option", "an option without its value"):
        if theirs is not None:
            check(ours[name][1] == theirs[name][1], f"{name}: the same text", f"{theirs[name]}\n{ours[name]}")
    expected = {"-t, a good file": 0, "-t, an unknown keyword": 5, "-t, an interface that is not there": 5, "no file": 6, "no file, in the background": 6, "an interface that is not there": 2, "an unknown option": 1}
    for name, code in expected.items():
        check(ours[name][0] == code, f"{name}: {code}", ours[name])
    check("Unknown keyword 'colour'" in ours["-t, an unknown keyword"][1], "-t names the keyword", ours["-t, an unknown keyword"])
    check("exited with permanent error CONFIG. Terminating" in ours["an interface that is not there"][1], "a refused file ends the parent", ours["an interface that is not there"])


def same_lines(what, ours, theirs):
    if theirs is not None:
        check(ours == theirs, f"{what}: the parent's log lines are the original's", "\n".join(["original:", *theirs, "ours:", *ours]))


def options(machine):
    """-P, -C, --all, -R, pid files, relative paths, what is only ours."""
    def run(*words, text, expect="Startup complete", **more):
        since = len(machine.said)
        machine.write(text)
        machine.start_unit(" ".join([ORIGINAL, "-n", *words]), **more)
        machine.hears(expect, since)
        return since

    def end(code=0):
        machine.process.send_signal(signal.SIGTERM)
        check(machine.ends() == code, f"it ends with {code}")
        is_alone(machine)

    run(text=vrrp(machine) + SERVERS)
    check(machine.has_pid_files() == ["checkers.pid", "keepalived.pid", "vrrp.pid"], "a file with both: both children", machine.has_pid_files())
    vrrp_child, checkers = machine.pid("vrrp"), machine.pid("checkers")
    wait(lambda: machine.run("socat", "-t10", "stdio", "/run/triad/vrrpd.sock", input="show info\n").stdout and machine.run("socat", "-t10", "stdio", "/run/triad/checkerd.sock", input="show info\n").stdout, PATIENCE,
         "both answer on their runtime sockets")
    machine.send(signal.SIGKILL, "checkers")
    machine.hears("Healthcheck child process(")
    wait(lambda: machine.pid("checkers") not in (0, checkers), PATIENCE, "checkerd is started again")
    check(machine.pid("vrrp") == vrrp_child and not has_ended(vrrp_child), "vrrpd is not touched")
    since = len(machine.said)
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete", since)
    check(machine.lines("Keepalived_vrrp", since)[:1] == ["Reloading"], "a reload reaches vrrpd")
    wait(lambda: "Reloading" in machine.lines("Keepalived_healthcheckers", since), PATIENCE, "and checkerd")
    machine.write(vrrp(machine, "colour red") + SERVERS)
    machine.send(signal.SIGHUP)
    machine.hears("Reload refused, the running configuration stays: ", since)
    check(machine.lines("Keepalived_vrrp", since).count("Reloading") == 1, "a file with a mistake reaches neither")
    machine.write(vrrp(machine))
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete", since, times=2)
    end()

    run("-P", text=vrrp(machine) + SERVERS)
    check(machine.has_pid_files() == ["keepalived.pid", "vrrp.pid"], "-P: vrrpd alone")
    end()
    run("-C", text=vrrp(machine) + SERVERS)
    check(machine.has_pid_files() == ["checkers.pid", "keepalived.pid"], "-C: checkerd alone")
    end()
    run("-P", "-C", text=vrrp(machine) + SERVERS, expect="Warning - keepalived has no configuration to run")
    end()
    bfd = "bfd_instance B {\n  source_ip 10.77.0.1\n  neighbor_ip 10.77.0.9\n}\n"
    run("-b", "/tmp/b.pid", text=GLOBALS + bfd)
    check(machine.has_pid_files() == ["keepalived.pid", "vrrp.pid"] and open(machine.home + "/tmp/b.pid", encoding="ascii").read() == f"{machine.pid('vrrp')}\n", "a file with BFD alone: -b names the child that it runs in")
    since = len(machine.said)
    machine.write(vrrp(machine))
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete", since)
    check(not os.path.exists(machine.home + "/tmp/b.pid"), "a reload without BFD: no such file")
    machine.write(vrrp(machine) + SERVERS + bfd)
    machine.send(signal.SIGHUP)
    machine.hears("Reload complete", since, times=2)
    check(os.path.exists(machine.home + "/tmp/b.pid") and machine.pid("checkers"), "and with it: there it is, and checkerd with the virtual servers that came")
    end()
    check(not os.path.exists(machine.home + "/tmp/b.pid"), "nor at the end")
    run("-B", text=GLOBALS + bfd, expect="Warning - keepalived has no configuration to run")
    end()
    run("--all", text=nothing().replace("enable_script", "lvs_driver nftables\n enable_script"))
    check(machine.has_pid_files() == ["checkers.pid", "keepalived.pid", "vrrp.pid"], "--all: both, without configuration")
    end()
    since = run("-R", text=vrrp(machine) + SERVERS)
    machine.send(signal.SIGKILL, "vrrp")
    check(machine.ends() == 0, "-R: a child that dies ends all, with 0")
    machine.hears(") died: Exiting", since)
    is_alone(machine)
    run("-p", "/tmp/p.pid", "-r", "/tmp/r.pid", "-c", "/tmp/c.pid", text=vrrp(machine) + SERVERS)
    pids = [int(open(f"{machine.home}/tmp/{name}.pid", encoding="ascii").read()) for name in "prc"]
    check(machine.has_pid_files() == [] and set(pids) == set(machine.processes()) and pids[0] == machine.process.pid, "-p, -r, -c: pid files elsewhere", pids)
    end()


def names(machine):
    """instance, namespaces, process_names, startup and shutdown scripts."""
    machine.write("instance one\n" + vrrp(machine).replace("router_id RA", 'router_id RA\n  process_names\n  startup_script "/usr/bin/touch /tmp/began"\n  shutdown_script "/usr/bin/touch /tmp/ended"'))
    machine.start_unit(ORIGINAL + " -n -S local3")
    machine.hears("Startup complete", ident="Keepalived_one")
    check("Keepalived_vrrp_one" in machine.idents(), "the instance's name in the idents")
    check(any(line.startswith("<158>") for line in machine.said), "-S local3: the facility")
    check(sorted(os.listdir(machine.home + "/run/keepalived")) == ["keepalived_one.pid", "vrrp_one.pid", "vrrp_one.pid.held"], "and in the pid files, in /run/keepalived", os.listdir(machine.home + "/run/keepalived"))
    check(sorted(name for name, _ in machine.processes().values()) == ["keepalived", "keepalived_vrrp"], "process_names", machine.processes())
    check(os.path.exists(machine.home + "/tmp/began") and not os.path.exists(machine.home + "/tmp/ended"), "startup_script ran, once")
    machine.process.send_signal(signal.SIGTERM)
    check(machine.ends() == 0 and os.path.exists(machine.home + "/tmp/ended"), "shutdown_script runs at the end")
    is_alone(machine)


def hard_times(machine):
    """A child that does not listen; a broken file at a respawn; programs that are not there; genhash."""
    machine.write("global_defs {\n  router_id RA\n  child_wait_time 1\n  script_user root\n  enable_script_security\n}\n" + instance(machine))
    machine.start_unit(ORIGINAL + " -n")
    since = len(machine.said)
    machine.hears("Startup complete")
    wait(lambda: machine.pid("vrrp"), PATIENCE, "the child is there")
    machine.send(signal.SIGSTOP, "vrrp")
    machine.send(signal.SIGTERM)
    check(machine.ends() == 0, "a child that does not end is killed")
    machine.hears("vrrp process failed to die - forcing termination", since)
    is_alone(machine)

    since = len(machine.said)
    machine.write(vrrp(machine))
    machine.start_unit(ORIGINAL + " -n")
    machine.hears("Startup complete", since)
    machine.write(vrrp(machine, interface="nope0"))
    machine.send(signal.SIGKILL, "vrrp")
    check(machine.ends() == 2, "a respawned child that finds a refused file ends all, with 2")
    machine.hears("exited with permanent error CONFIG. Terminating", since)

    code, text = machine.once(ORIGINAL, text=vrrp(machine, interface="nope0"))
    check(code == 2 and "Non-existent interface" in text, "in the background, too, a refused file is an exit code of the command", text)
    is_alone(machine)

    machine.write(vrrp(machine))
    os.rename(machine.home + "/sbin/vrrpd", machine.home + "/sbin/away")
    code, text = machine.once("env", "PATH=/tmp:/usr/bin", ORIGINAL, "-n", "-l")
    check(code == 1 and "Unable to start VRRP process: vrrpd is not installed" in text, "without vrrpd it ends with 1", text)
    os.rename(machine.home + "/sbin/away", machine.home + "/sbin/vrrpd")
    for words in ([ORIGINAL, "-T", "-h"], [ORIGINAL, "--genhash", "-h"]):
        code, text = machine.once(*words)
        check("--use-ssl" in text, " ".join(words[1:]) + ": is genhash", text)


def main():
    opened = open_lab()
    ours = Machine(opened, "ours", "10.77.0.1")
    original = Machine(opened, "original", "10.77.0.2", original=True) if os.path.exists(ORIGINAL) and os.path.exists(UNIT) else None
    if original is None:
        print("Debian's keepalived is not installed: nothing to compare with")
        lab.skip("keepalived is not installed")
    version = ours.once(ORIGINAL, "-v")
    check(version[0] == 0 and re.match(r"Keepalived v\d+\.\d+\.\d+ \(Triad ", version[1]), "-v: a release where scripts look for it", version)
    check("Triad" not in original.once(ORIGINAL, "-v")[1], "the original is at its place on the other machine")
    chapters = {"the unit": lambda: same_lines("the unit", *map(unit, (ours, original))), "forking": lambda: same_lines("forking", *map(forking, (ours, original))),
                "the init script": lambda: [init_script(each) for each in (ours, original)], "verdicts": lambda: compare(verdicts(ours), verdicts(original)),
                "options": lambda: options(ours), "names": lambda: names(ours), "hard times": lambda: hard_times(ours)}
    for name, chapter in chapters.items():
        if sys.argv[1:] and not any(word in name for word in sys.argv[1:]):
            continue
        print(f"{name}:", flush=True)
        chapter()
    print(f"{len(lab.PASSED)} checks passed")


if __name__ == "__main__":
    main()
