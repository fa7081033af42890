#!/usr/bin/env python3
"""The units of Debian 12, EL 8 and EL 9 for keepalived, unchanged, under a real systemd: Debian's keepalived and ours through the same
steps, with a VRRP instance and a virtual server in the kernel's IPVS, and what can be seen of them compared after each."""
from lab import check
from systemd_lab import IS_LONG, Guest, Run, compare

# As EL 8 has it, in our words: into the background by itself, found by its pid file; only the main process is signalled.
EL_UNIT = """[Unit]
Description=keepalived as EL 8 starts it
After=network-online.target
[Service]
Type=forking
PIDFile=/var/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/sysconfig/keepalived
ExecStart=/usr/sbin/keepalived $KEEPALIVED_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID
"""
# As EL 9 has it, in our words: in the foreground, and it says itself when it is ready.
EL9_UNIT = """[Unit]
Description=keepalived as EL 9 starts it
After=network-online.target syslog.target
Wants=network-online.target
[Service]
Type=notify
PIDFile=/run/keepalived.pid
KillMode=process
EnvironmentFile=-/etc/sysconfig/keepalived
ExecStart=/usr/sbin/keepalived --dont-fork $KEEPALIVED_OPTIONS
ExecReload=/bin/kill -HUP $MAINPID
[Install]
WantedBy=multi-user.target
"""
LOOK = r"""
for each in keepalived vrrp checkers; do echo "$each.pid=$(cat /run/$each.pid 2>/dev/null)"; done
echo "processes=$(processes keepalived vrrpd checkerd | tr '\n' ';')"
echo "addresses=$(ip -o -4 addr show dev v0 | awk '{ print $4 }' | sort | tr '\n' ' ')"
echo "servers=$(ipvsadm --save -n | sort | awk '{ sub(/ +$/, ""); o = o (NR > 1 ? "; " : "") $0 } END { print o }')"
echo "files=$(left)"
"""
# What ours has beside it while it runs: runtime sockets, and what the next process needs to know after a crash.
OWN_FILES = ("/run/checkers.pid.table", "/run/vrrp.pid.held", "/run/triad/checkerd.sock", "/run/triad/vrrpd.sock")
EXPLAINED = {"StatusText": "2.2.7 says nothing there"}


def config(last, more=""):
    return f"""global_defs {{
  router_id director
  script_user root
  enable_script_security
  vrrp_version 3
}}
vrrp_instance VI_1 {{
  interface v0
  virtual_router_id 51
  priority 200
  advert_int 0.3
{more}  virtual_ipaddress {{
    10.9.0.{last}/24
  }}
}}
virtual_server 10.9.0.{last} 80 {{
  delay_loop 2
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.9.0.2 8081 {{
    weight 3
  }}
}}
"""


class Keepalived(Run):
    look_script = LOOK

    def facts(self, facts, main):
        processes = dict(line.split()[:2] for line in facts.pop("processes").split(";") if line)
        facts["children"] = sum(parent == main for parent in processes.values())
        facts["others"] = len(processes) - facts["children"] - (main != "0")
        if main != "0":
            facts["files"] = " ".join(path for path in facts["files"].split() if path not in OWN_FILES)
        for name in ("keepalived", "vrrp", "checkers"):
            pid = facts[name + ".pid"]
            facts[name + ".pid"] = "none" if not pid else "the main process" if pid == main else "a child of it" if processes.get(pid) == main else "one that runs" if pid in processes else "one that is gone"

    def file(self, last, more=""):
        self.guest.write("/etc/keepalived/keepalived.conf", config(last, more))

    def serves(self, last, why):
        self.guest.wait(f"ip -o -4 addr show dev v0 | grep -q 'inet 10.9.0.{last}/24' && ipvsadm --save -n | grep -q -e '-a -t 10.9.0.{last}:80 '", self.title(why))

    def ended(self, why):
        self.guest.wait(f'case "$(systemctl is-active {self.unit})" in failed|inactive) ;; *) false; esac', self.title(why + ": it has ended"))

    def all_gone(self, why):
        self.guest.wait("[ -z \"$(processes keepalived vrrpd checkerd)\" ]", self.title(why + ": no process is left"))

    def steps(self):
        guest, unit = self.guest, self.unit
        guest.use(self.side)
        self.file(100)
        done = self.systemctl("start")
        self.serves(100, "started, it has its address and its server")
        self.look("start", **done)
        self.file(101)
        done = self.systemctl("reload")
        self.serves(101, "reloaded, it has those of the new file")
        guest.wait("! ip -o -4 addr show dev v0 | grep -q 10.9.0.100/ && ! ipvsadm --save -n | grep -q 10.9.0.100", self.title("and none of the old one"))
        self.look("reload", **done)
        done = self.systemctl("restart")
        self.serves(101, "restarted, it has them again")
        self.look("restart", **done)

        before = guest.text("cat /run/vrrp.pid")
        guest.run(f"kill -9 {before}")
        guest.wait(f'[ "$(cat /run/vrrp.pid)" != {before} ]', self.title("a child that was killed is started again"))
        self.serves(101, "and has its address")
        self.look("kill -9 of a child")
        guest.run(f"systemctl kill -s KILL --kill-who=main {unit}")
        self.ended("kill -9 of the main process")
        self.all_gone("kill -9 of the main process")
        self.look("kill -9 of the main process")
        self.systemctl("reset-failed")
        done = self.systemctl("start")
        self.serves(101, "started over what was left, it has them")
        self.look("start over what was left", **done)

        guest.run(f"systemctl kill {unit}")
        self.ended("systemctl kill")
        self.all_gone("systemctl kill")
        self.look("systemctl kill")
        self.systemctl("reset-failed")
        self.systemctl("start")
        self.serves(101, "started again")
        self.main = guest.text(f"main_pid {unit}")
        cursor = self.cursor()
        done = self.systemctl("stop")
        self.all_gone("stop")
        self.look("stop", journal=self.journal(cursor), **done)
        return self


def facts_of_ours(run):
    for step, last in (("start", 100), ("reload", 101), ("restart", 101), ("kill -9 of a child", 101), ("start over what was left", 101)):
        facts = run.seen[step]
        check(facts["ActiveState"] == "active" and facts["keepalived.pid"] == "the main process" and facts["children"] == 2 and facts["others"] == 0, f"{run.unit}, {step}: one parent, two children", facts)
        check(facts["addresses"] == f"10.9.0.1/24 10.9.0.{last}/24 " and facts["servers"].startswith(f"-A -t 10.9.0.{last}:80 -s rr; -a -t 10.9.0.{last}:80 -r 10.9.0.2:8081"), f"{run.unit}, {step}: address and server", facts)
    check(run.seen["reload"]["main process"] == "the same", f"{run.unit}: a reload keeps the main process")
    stop = run.seen["stop"]
    check(stop["code"] == 0 and stop["ActiveState"] == "inactive" and stop["Result"] == "success" and stop["addresses"] == "10.9.0.1/24 " and not stop["servers"] and not stop["files"], f"{run.unit}: nothing is left after the stop", stop)


def main():
    files = {"etc/systemd/system/keepalived-el8.service": EL_UNIT, "etc/systemd/system/keepalived-el9.service": EL9_UNIT,
             "etc/sysconfig/keepalived": 'KEEPALIVED_OPTIONS="-D -S 6"\n'}
    with Guest(files) as guest:
        guest.run("rm -f /usr/local/lib/systemd/system/keepalived.service; systemctl daemon-reload; ip link add v0 type veth peer name v1; ip addr add 10.9.0.1/24 dev v0; ip link set v0 up; ip link set v1 up")
        for unit in ("keepalived", "keepalived-el8", "keepalived-el9"):
            # The short form has the original beside ours under its own unit only.
            original = Keepalived(guest, "original", unit).steps() if unit == "keepalived" or IS_LONG else None
            ours = Keepalived(guest, "ours", unit).steps()
            facts_of_ours(ours)
            if original is not None:
                compare(original, ours, EXPLAINED)


if __name__ == "__main__":
    main()
