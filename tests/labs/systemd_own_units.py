#!/usr/bin/env python3
"""Our own units under a real systemd: what they confine, and that the daemons do all their work in there. Debian's init scripts, and the
snippets for rsyslog and logrotate, Debian's and ours, of which no line is lost. The watchdog: who hangs is started again."""
import re

from lab import check
from systemd_lab import IS_LONG, Guest

PROXY = """global
  log /dev/log local0
  chroot /var/lib/haproxy
  stats socket /run/haproxy/admin.sock mode 660 level admin
  stats socket /var/lib/haproxy/stats mode 600 level user
  server-state-file /var/lib/haproxy/state
  user haproxy
  group haproxy
defaults
  mode http
  log global
  timeout client 30s
  timeout server 30s
  timeout connect 5s
frontend web
  option httplog
  bind 127.0.0.1:8080
  bind 127.0.0.1:80
  default_backend local
backend local
  server s1 127.0.0.1:8081
frontend server
  bind 127.0.0.1:8081
  no log
  http-request return status 200 content-type text/plain string "{text}\\n" if TRUE
"""
VRRP = """global_defs {{
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
  notify /lab/notify
  virtual_ipaddress {{
    10.9.0.{last}/24
  }}
}}
virtual_server 10.9.0.{last} 80 {{
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  real_server 10.9.0.2 8081 {{
    MISC_CHECK {{
      misc_path /lab/misc
    }}
  }}
}}
"""
# What a user's script may do: other users, files anywhere, addresses, a service, namespaces, mounts that all see, programs that change user.
NOTIFY = """#!/bin/sh
[ "$3" = MASTER ] || exit 0
ip addr replace 10.9.9.9/32 dev lo
systemctl start told.service
mountpoint -q /srv/data || mount -t tmpfs data /srv/data
echo kept >/srv/data/kept
ip netns add aside; ip netns exec aside ip link set lo up && echo netns >>/etc/notified
busybox su -s /bin/sh nobody -c '/lab/setuid /etc/secret' >>/etc/notified
ping -c 1 -W 5 127.0.0.1 >/dev/null && echo ping >>/etc/notified
modprobe ipip && echo module >>/etc/notified
nice -n -5 true && echo nice >>/etc/notified
mknod /srv/data/device c 1 5 && head -c 1 /srv/data/device >/dev/null && echo device >>/etc/notified
busybox date -s 2030-01-01 2>&1 | grep -q 'not permitted' && echo clock is closed >>/etc/notified
echo "$3 $(id -u)" >>/etc/notified
"""
NOTIFIED = "netns,secret,ping,module,nice,device,clock is closed,MASTER 0"
UNITS = ("proxyd", "vrrpd", "checkerd", "keepalived")
FACTS = "for name in CapEff NoNewPrivs Seccomp Uid; do grep ^$name: /proc/{pid}/status | tr '\\t' ' '; done"


def verify(guest):
    """The units as systemd reads them, and what it thinks of each one's exposure: from 0, safe, to 10."""
    for unit in UNITS:
        path = guest.text(f"systemctl show -P FragmentPath {unit}")
        code, out = guest.run(f"systemd-analyze verify --man=no {path}")
        check(code == 0 and not out.strip(), f"systemd-analyze verify {unit}.service", out)
        out = guest.text(f"systemd-analyze security --no-pager {unit}")
        score = re.search(r"Overall exposure level for \S+: ([\d.]+)", out)
        check(score, f"systemd-analyze security {unit}.service", out)
        print(f"        exposure level of {unit}: {score.group(1)}", flush=True)
        most = 4.5 if unit == "proxyd" else 8.5
        check(float(score.group(1)) <= most, f"{unit}'s is {most} or less", out)


def proxyd(guest):
    unit, ask = "proxyd", 'echo "show info" | socat -t 5 - /run/haproxy/admin.sock | grep ^Name'
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="one"))
    code, out = guest.run(f"systemctl start {unit}")
    check(code == 0, "proxyd.service starts", out + guest.text(f"journalctl -u {unit} -o cat | tail -n 20"))
    guest.wait('[ "$(answer)" = "one" ] && [ "$(answer 80)" = "one" ]', "confined, it has low ports")
    check("Name: " in guest.text(ask), "its runtime socket answers")
    main, worker = guest.text(f"main_pid {unit}"), guest.text(f"children {unit}")
    facts = dict(line.split(":", 1) for line in guest.text(FACTS.format(pid=worker)).splitlines())
    check(facts["NoNewPrivs"].strip() == "1" and facts["Seccomp"].strip() == "2" and facts["Uid"].split()[0] != "0", "the worker is the user haproxy, under the filter of system calls", facts)
    seen = f"/proc/{main}/root"  # its own mounts
    check(guest.run(f"touch {seen}/run/here && rm {seen}/run/here")[0] == 0 and guest.run(f"touch {seen}/usr/here")[0] != 0 and guest.run(f"touch {seen}/etc/here")[0] != 0, "/run can be written, /usr and /etc cannot")
    guest.wait("grep -q 'proxyd.*: 127.0.0.1:.* web local/s1 ' /var/log/syslog", "what it logs arrives out of the chroot", 30)
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="two"))
    code, out = guest.run(f"systemctl reload {unit}")
    guest.wait('[ "$(answer)" = "two" ] && [ $(processes proxyd | wc -l) = 2 ]', "reloaded, it answers by the new file")
    check(code == 0 and guest.text(f"main_pid {unit}") == main and "Name: " in guest.text(ask), "the same main process, and its socket answers", out)
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="three") + "  bogus\n")
    code, out = guest.run(f"systemctl reload {unit}")
    check(code == 1 and f"Job for {unit}.service failed" in out and guest.text("answer") == "two", "a broken file: the reload fails, it goes on as before", out)
    check("unknown keyword 'bogus'" in guest.text(f"journalctl -q -u {unit} -o cat -n 20"), "the journal says why")
    check(guest.show(unit, "ActiveState", "NRestarts") == {"ActiveState": "active", "NRestarts": "0"}, "and the service is active")
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="four"))
    guest.run(f"systemctl kill -s KILL --kill-who=main {unit}")
    guest.wait('[ "$(answer)" = "four" ]', "killed, it is started again")
    code, out = guest.run(f"systemctl stop {unit}")
    check(code == 0 and guest.show(unit, "ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"} and not guest.text("processes proxyd"), "stopped: nothing runs", out)


def vrrpd_and_checkerd(guest):
    conf = "/etc/keepalived/keepalived.conf"
    has_address = "ip -o -4 addr show dev v0 | grep -q 'inet 10.9.0.{0}/24'"
    has_server = "ipvsadm --save -n | grep -q -e '-a -t 10.9.0.{0}:80 '"
    for unit, both in (("vrrpd", has_address), ("checkerd", has_server), ("keepalived", has_address + " && " + has_server)):
        guest.run("rm -f /etc/notified; systemctl stop told; ip addr del 10.9.9.9/32 dev lo; umount /srv/data; ip netns del aside; mkdir -p /srv/data")
        guest.write(conf, VRRP.format(last=100))
        code, out = guest.run(f"systemctl start {unit}")
        check(code == 0, f"{unit}.service starts", out)
        guest.wait(both.format(100), f"{unit}: it does its work")
        if unit != "checkerd":
            guest.wait("grep -q '^MASTER 0' /etc/notified && systemctl -q is-active told && ip -o addr show dev lo | grep -q 10.9.9.9", f"{unit}: a script of the configuration has run")
            done = guest.text("cat /etc/notified").replace("\n", ",")
            check(done == NOTIFIED and guest.text("cat /srv/data/kept") == "kept", f"{unit}: it did what scripts do, and what it mounted is there for all", guest.text("cat /etc/notified; mount"))
        main = guest.text(f"main_pid {unit}")
        guest.write(conf, VRRP.format(last=101))
        code, out = guest.run(f"systemctl reload {unit}")
        guest.wait(both.format(101), f"{unit}: reloaded")
        check(code == 0 and guest.text(f"main_pid {unit}") == main, f"{unit}: in the same process", out)
        guest.run(f"systemctl kill -s KILL --kill-who=main {unit}")
        guest.wait(f'[ "$(main_pid {unit})" != {main} ] && [ "$(systemctl is-active {unit})" = active ] && {both.format(101)}', f"{unit}: killed, it is started again")
        code, out = guest.run(f"systemctl stop {unit}")
        guest.wait('[ -z "$(processes keepalived vrrpd checkerd)$(ipvsadm --save -n)" ] && ! ip addr show dev v0 | grep 10.9.0.10', f"{unit}: stopped, nothing is left")
        check(code == 0 and guest.show(unit, "ActiveState", "Result") == {"ActiveState": "inactive", "Result": "success"}, f"{unit}: and systemd says so", out)
    guest.run("systemctl start keepalived")
    guest.run("systemctl start vrrpd")
    guest.wait('[ "$(systemctl is-active keepalived vrrpd | tr "\\n" " ")" = "inactive active " ]', "vrrpd.service takes keepalived.service's place")
    guest.run("systemctl stop vrrpd")


def watchdog(guest):
    """With WatchdogSec=5: a process that is stopped stands for one that hangs."""
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="one"))
    guest.write("/etc/keepalived/keepalived.conf", VRRP.format(last=100))
    has_both = "ip -o -4 addr show dev v0 | grep -q 10.9.0.100/ && ipvsadm --save -n | grep -q 10.9.0.100:80"
    for unit, works in (("proxyd", '[ "$(answer)" = one ]'), ("keepalived", has_both), ("vrrpd", has_both.split(" && ")[0]), ("checkerd", has_both.split(" && ")[1]))[:4 if IS_LONG else 2]:
        check(guest.text(f"systemctl start {unit}; systemctl show -P WatchdogUSec {unit}; systemctl stop {unit}") == "30s", f"{unit}.service: the watchdog is at 30 s")
        guest.run(f"mkdir -p /run/systemd/system/{unit}.service.d; printf '[Service]\\nWatchdogSec=5\\n' >/run/systemd/system/{unit}.service.d/5.conf")
        guest.run(f"systemctl daemon-reload; systemctl reset-failed; systemctl start {unit}")
        guest.wait(works, f"{unit}: watched, it does its work")
        main = guest.text(f"main_pid {unit}; sleep 8")
        check(guest.text(f"main_pid {unit}") == main and guest.show(unit, "NRestarts") == {"NRestarts": "0"}, f"{unit}: it is left alone for longer than the watchdog's time")
        if unit == "keepalived":
            child = guest.text("children keepalived | head -n 1")
            guest.run(f"kill -STOP {child}")
            guest.wait(f"[ $(children keepalived | grep -vx {child} | wc -l) = 2 ] && [ ! -e /proc/{child} ]", "keepalived: a child that hangs is replaced")
            guest.wait(works, "keepalived: and all works")
            check(guest.text("main_pid keepalived") == main and guest.show(unit, "NRestarts") == {"NRestarts": "0"}, "keepalived: by its parent, which goes on")
        cursor = guest.text("journalctl -q -n 1 --show-cursor -o cat | tail -n 1").removeprefix("-- cursor: ")
        guest.run(f"kill -STOP $({'children' if unit == 'proxyd' else 'main_pid'} {unit})")
        guest.wait(f'[ "$(main_pid {unit})" != {main} ] && [ "$(systemctl is-active {unit})" = active ] && {works}', f"{unit}: {'its worker' if unit == 'proxyd' else 'it'} hangs: systemd starts it again")
        guest.wait(f"journalctl -q -u {unit} -o cat --after-cursor={cursor!r} | grep 'Watchdog timeout (limit 5s)'", f"{unit}: by its watchdog")
        restarts = guest.show(unit, "NRestarts")["NRestarts"]
        check(restarts == "1", f"{unit}: once", f"{restarts} times")
        code, out = guest.run(f"systemctl stop {unit}; systemctl is-failed {unit}; rm -r /run/systemd/system/{unit}.service.d; rm -f /core*")
        guest.wait('[ -z "$(processes proxyd keepalived vrrpd checkerd)" ]', f"{unit}: stopped, nothing runs")
        check(out.strip() == "inactive", f"{unit}: and systemd says so", out)
    guest.run("systemctl daemon-reload")


def init_script(guest, side):
    """Every action of /etc/init.d/haproxy, not passed on to systemd: [(exit code, what it said, processes, the answer)]."""
    guest.use(side)
    guest.run("rm -f /run/haproxy.pid")
    seen = []
    for action, text in (("status", ""), ("start", "one"), ("status", "one"), ("reload", "two"), ("reload, broken", "two"), ("restart", "three"), ("stop", ""), ("status", "")):
        if text:
            broken = "  bogus\n" if "broken" in action else ""
            guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text=text) + broken)
        code, out = guest.run(f"SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/haproxy {action.split(',')[0]}")
        guest.wait(f'[ "$(answer)" = "{text}" ] && [ $(processes haproxy | wc -l) = {1 if text else 0} ]', f"{side}, /etc/init.d/haproxy {action}: answers '{text}'")
        out = re.sub(r"version is \S+", "version is VERSION", re.sub(r"\(\d+\)", "(PID)", out)).strip()
        seen.append((action, code, "\n".join(line for line in out.splitlines() if not line.startswith(("  ", "[NOTICE]")))))
    check(guest.run("systemctl is-active haproxy")[0] != 0, f"{side}: systemd had no part in that")
    return seen


def keepalived_script(guest):
    guest.write("/etc/keepalived/keepalived.conf", VRRP.format(last=100))
    for action, last in (("start", 100), ("reload", 101), ("restart", 101), ("stop", 0)):
        if last:
            guest.write("/etc/keepalived/keepalived.conf", VRRP.format(last=last))
        code, out = guest.run(f"SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/keepalived {action}")
        check(code == 0, f"/etc/init.d/keepalived {action}", out)
        if last:
            guest.wait(f"ip -o addr show dev v0 | grep -q 10.9.0.{last}/ && ipvsadm --save -n | grep -q -e '-a -t 10.9.0.{last}:80 '", f"{action}: its address and its server")
        else:
            guest.wait('[ -z "$(processes keepalived)$(ipvsadm --save -n)" ] && ! ip addr show dev v0 | grep 10.9.0.10', "stop: nothing is left")


def redirected(guest):
    """As people call them: passed on to systemd."""
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="one"))
    check(guest.run("/etc/init.d/haproxy start")[0] == 0 and guest.text("systemctl is-active haproxy") == "active", "/etc/init.d/haproxy start, by systemd")
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="two"))
    code, out = guest.run("/etc/init.d/haproxy reload")
    check(code == 0, "/etc/init.d/haproxy reload, by systemd", out)
    guest.wait('[ "$(answer)" = "two" ]', "it answers by the new file")
    check(guest.run("/etc/init.d/haproxy stop")[0] == 0, "/etc/init.d/haproxy stop, by systemd")


def logs(guest, rsyslog, logrotate, start, stop, name):
    """Requests before, while and after the log is rotated, twice: each is in one of the files once."""
    guest.run(f"rm -f /var/log/haproxy.log* /etc/rsyslog.d/*; cp {rsyslog} /etc/rsyslog.d/; rm -f /var/lib/haproxy/dev/log; systemctl restart rsyslog")
    guest.wait("[ -S /var/lib/haproxy/dev/log ]", f"{name}: rsyslog listens in the chroot")
    guest.write("/etc/haproxy/haproxy.cfg", PROXY.format(text="one"))
    guest.run(start)
    guest.wait('[ "$(answer)" = "one" ]', f"{name}: it serves")
    guest.run("""ask() { for n in $(seq $1 $2); do printf 'GET /n%%d HTTP/1.0\\r\\n\\r\\n' $n | socat -t 3 - TCP:127.0.0.1:8080 >/dev/null; done; }
ask 100 109; ask 110 129 &
logrotate -f %s; sleep 0.5
wait; ask 130 134; logrotate -f %s; ask 135 139""" % (logrotate, logrotate))
    lines = "{ cat /var/log/haproxy.log /var/log/haproxy.log.1; zcat -f /var/log/haproxy.log.2*; } | grep -o 'GET /n1[0-3][0-9] '"
    guest.wait(f"[ $({lines} | wc -l) = 40 ]", f"{name}: 40 requests, 40 lines over three files")
    check(guest.text(lines + " | sort -u | wc -l") == "40", f"{name}: each once", guest.text(lines + " | sort | uniq -c"))
    check(guest.run("grep -q 'GET /n1' /var/log/syslog")[0] != 0, f"{name}: and not in the syslog")
    guest.run(stop)


def main():
    files = {"etc/systemd/system/told.service": "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n"}
    with Guest(files, extra=("zcat", "uniq", "nice", "mknod")) as guest:
        for name, text in (("notify", NOTIFY), ("misc", "#!/bin/sh\nexit 0\n")):
            guest.write("/lab/" + name, text, mode="755")
        guest.run("cp /usr/bin/cat /lab/setuid; chmod 4755 /lab/setuid; echo secret >/etc/secret; chmod 600 /etc/secret")
        guest.run("systemd-sysusers; systemd-tmpfiles --create; ip link add v0 type veth peer name v1; ip addr add 10.9.0.1/24 dev v0; ip link set v0 up; ip link set v1 up")
        check(guest.text("id -un $(id -u haproxy); stat -c '%U %a' /run/haproxy /run/triad /var/lib/haproxy/dev") == "haproxy\nhaproxy 2775\nroot 755\nroot 755", "sysusers.d and tmpfiles.d made the user and the folders", guest.text("id haproxy; ls -ld /run/haproxy /run/triad"))
        verify(guest)
        proxyd(guest)
        vrrpd_and_checkerd(guest)
        watchdog(guest)
        original, ours = init_script(guest, "original"), init_script(guest, "ours")
        check(original == ours, f"/etc/init.d/haproxy: {len(ours)} actions say and end as with the original", f"{original}\n{ours}")
        keepalived_script(guest)
        guest.run("rm -f /usr/local/lib/systemd/system/keepalived.service; systemctl daemon-reload")
        redirected(guest)
        logs(guest, "/lab/49-haproxy.conf", "/etc/logrotate.d/haproxy", "systemctl start haproxy", "systemctl stop haproxy", "Debian's snippets")
        script = "SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/haproxy "
        logs(guest, "/lab/49-triad.conf", "/lab/triad", script + "start", script + "stop", "our snippets")
        logs(guest, "/lab/49-triad.conf", "/lab/triad", "systemctl start proxyd", "systemctl stop proxyd", "our snippets and proxyd.service")


if __name__ == "__main__":
    main()
