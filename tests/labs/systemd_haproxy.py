#!/usr/bin/env python3
"""The units of Debian 12 and of EL for HAProxy, unchanged, under a real systemd: Debian's haproxy and ours through the same steps,
and what can be seen of them compared after each."""
from lab import check
from systemd_lab import IS_LONG, Guest, Run, compare

# As EL 8 and 9 have them, in our words: the same program, a file and a folder of files, checked before every start and reload.
EL_UNIT = """[Unit]
Description=HAProxy as EL starts it
After=network-online.target
[Service]
Environment="CONFIG=/etc/haproxy/haproxy.cfg" "PIDFILE=/run/haproxy.pid" "CFGDIR=/etc/haproxy/conf.d"
EnvironmentFile=-/etc/sysconfig/haproxy
ExecStartPre=/usr/sbin/haproxy -f $CONFIG -f $CFGDIR -c -q $OPTIONS
ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -f $CFGDIR -p $PIDFILE $OPTIONS
ExecReload=/usr/sbin/haproxy -f $CONFIG -f $CFGDIR -c -q $OPTIONS
ExecReload=/bin/kill -USR2 $MAINPID
KillMode=mixed
SuccessExitStatus=143
Type=notify
"""
EL_FRONTEND = "frontend more\n  bind 127.0.0.1:8081\n  http-request return status 200 content-type text/plain string \"more\\n\"\n"
EXPLAINED = {"StatusText": "2.6 says nothing there; newer releases and we do"}
LOOK = r"""
echo "pid file=$(cat /run/haproxy.pid 2>&1)"
echo "processes=$(processes haproxy | tr '\n' ';')"
echo "files=$(left /var/lib/haproxy)"
echo "answer=$(answer)"
"""
with open("/etc/haproxy/haproxy.cfg", encoding="utf-8") as _text:
    DEBIAN_FILE = _text.read()


def config(text, more=""):
    return f'{DEBIAN_FILE}\nfrontend web\n  bind 127.0.0.1:8080\n  http-request return status 200 content-type text/plain string "{text}\\n"\n{more}'


class Haproxy(Run):
    look_script = LOOK

    def facts(self, facts, main):
        facts["pid file"] = "the main process" if facts["pid file"] == main else "one that is gone" if facts["pid file"].isdigit() else "none"
        parents = [line.split()[1] for line in facts.pop("processes").split(";") if line]
        facts["workers"], facts["others"] = parents.count(main), len(parents) - parents.count(main) - (main != "0")

    def file(self, text, more=""):
        self.guest.write("/etc/haproxy/haproxy.cfg", config(text, more))

    def answers(self, text, why):
        self.guest.wait(f'[ "$(answer)" = {text} ]', f"{self.side}, {self.unit}: {why}")

    def restarted(self, kill, step):
        """After a kill: the unit's policy, and service again (by hand, where the policy is that none restarts it)."""
        before = self.guest.text(f"systemctl reset-failed {self.unit}; main_pid {self.unit}")  # five starts in ten seconds would be too many
        self.guest.run(kill)
        if self.has_restart:
            self.guest.wait(f'[ "$(main_pid {self.unit})" != {before} ] && [ "$(systemctl is-active {self.unit})" = active ]', f"{self.side}, {self.unit}: {step}: started again")
            self.answers("four", step + ": answers again")
        else:
            self.guest.wait(f'case "$(systemctl is-active {self.unit})" in failed|inactive) ;; *) false; esac', f"{self.side}, {self.unit}: {step}: it has ended")
        self.look(step)
        if not self.has_restart:
            self.systemctl("reset-failed")
            self.systemctl("start")
            self.answers("four", step + ": answers again, started by hand")
            self.main = self.guest.text(f"main_pid {self.unit}")

    def steps(self):
        self.guest.use(self.side)
        self.guest.run("rm -rf /run/haproxy.pid /run/haproxy-master.sock; systemd-tmpfiles --create haproxy.conf")
        self.has_restart = self.guest.text(f"systemctl show -P Restart {self.unit}") == "always"
        self.file("one")
        done = self.systemctl("start")
        self.answers("one", "started, it answers")
        self.look("start", **done)
        self.file("two")
        done = self.systemctl("reload")
        self.answers("two", "reloaded, it answers by the new file")
        self.guest.wait(f"[ $(processes haproxy | wc -l) = 2 ]", f"{self.side}, {self.unit}: the worker of before is gone")
        self.look("reload", **done)

        self.file("three", "  bogus\n")
        cursor = self.cursor()
        done = self.systemctl("reload")
        self.look("reload with a broken file", journal=self.journal(cursor), **done)
        cursor = self.cursor()
        self.guest.run(f"systemctl kill -s USR2 --kill-who=main {self.unit}")
        self.guest.wait(f"journalctl -q -u {self.unit} -o cat --after-cursor={cursor!r} | grep bogus", f"{self.side}, {self.unit}: SIGUSR2 with a broken file: why is in the journal")
        self.guest.wait(f'[ "$(systemctl is-active {self.unit})" = active ] && [ $(processes haproxy | wc -l) = 2 ]', f"{self.side}, {self.unit}: and it goes on")
        self.look("USR2 with a broken file")
        self.file("two")
        done = self.systemctl("reload")
        self.guest.wait(f"[ $(processes haproxy | wc -l) = 2 ]", f"{self.side}, {self.unit}: the worker of before is gone")
        self.look("reload with a file that is right again", **done)

        self.file("four")
        done = self.systemctl("restart")
        self.answers("four", "restarted, it answers")
        self.look("restart", **done)
        self.restarted(f"systemctl kill -s KILL --kill-who=main {self.unit}", "kill -9 of the main process")
        self.restarted(f"kill -9 $(children {self.unit})", "kill -9 of the worker")
        self.restarted(f"systemctl kill {self.unit}", "systemctl kill")
        self.restarted(f"systemctl kill -s USR1 --kill-who=main {self.unit}", "USR1")
        cursor = self.cursor()
        done = self.systemctl("stop")
        self.look("stop", journal=self.journal(cursor), **done)

        self.file("five", "  bogus\n")
        cursor = self.cursor()
        done = self.systemctl("start")
        journal = [line for line in self.journal(cursor) if "status=" in line]
        self.systemctl("stop")
        self.systemctl("reset-failed")
        self.look("start with a broken file", journal=journal[:1], **done)
        self.guest.run(f"rm -f /run/haproxy.pid; systemctl reset-failed {self.unit}")
        return self


def facts_of_ours(run):
    seen = run.seen
    for step, text in (("start", "one"), ("reload", "two"), ("reload with a broken file", "two"), ("USR2 with a broken file", "two"), ("restart", "four")):
        facts = seen[step]
        check(facts["answer"] == text and facts["ActiveState"] == "active" and facts["workers"] == 1 and facts["pid file"] == "the main process", f"{run.unit}, {step}: it serves '{text}'", facts)
    for step in ("start", "reload", "restart"):
        check(seen[step]["code"] == 0 and seen[step]["StatusText"] == "Ready.", f"{run.unit}, {step}: Ready.", seen[step])
    check(all(seen[step]["main process"] == "the same" for step in ("reload", "reload with a broken file", "USR2 with a broken file")), f"{run.unit}: a reload keeps the main process")
    broken = seen["reload with a broken file"]
    check(broken["code"] == 1 and "Job for UNIT" in broken["said"] and any("Reload failed" in line for line in broken["journal"]), f"{run.unit}: systemctl reload fails by a broken file", broken)
    check("Reload failed" in seen["USR2 with a broken file"]["StatusText"], f"{run.unit}: the status says that a reload failed", seen["USR2 with a broken file"])
    check(seen["stop"]["code"] == 0 and seen["stop"]["ActiveState"] == "inactive" and seen["stop"]["others"] == 0 and seen["stop"]["answer"] == "", f"{run.unit}: nothing runs after the stop", seen["stop"])
    check(seen["start with a broken file"]["code"] == 1, f"{run.unit}: a start by a broken file fails", seen["start with a broken file"])


def main():
    files = {"etc/systemd/system/haproxy-el.service": EL_UNIT, "etc/haproxy/conf.d/more.cfg": EL_FRONTEND,
             "etc/sysconfig/haproxy": 'OPTIONS="-S /run/haproxy-master.sock"\n'}
    with Guest(files) as guest:
        guest.run("systemd-sysusers; systemd-tmpfiles --create")
        for unit in ("haproxy", "haproxy-el"):
            # The short form has the original beside ours under its own unit only.
            original = Haproxy(guest, "original", unit).steps() if unit == "haproxy" or IS_LONG else None
            ours = Haproxy(guest, "ours", unit).steps()
            facts_of_ours(ours)
            if original is not None:
                compare(original, ours, EXPLAINED)


if __name__ == "__main__":
    main()
