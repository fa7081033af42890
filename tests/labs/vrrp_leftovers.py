#!/usr/bin/env python3
"""After kill -9 the next start, with another file, takes away what the new file does not have; and nothing that is not ours."""
import signal

from vrrp_lab import VIP, Director, check, finish, open_lab, wait

opened = open_lab("nft")
a = Director(opened, "ka-master", "192.168.67.100")


def instance(name, vrid, more=""):
    return f"vrrp_instance {name} {{\n interface eth0\n virtual_router_id {vrid}\n priority 150\n advert_int 0.2\n version 3\n{more}}}\n"


def held():
    """What is there, in the tools' words."""
    # Without the links' states, which settle after they are made.
    bare = {kind: "\n".join(" ".join(line.split()[::2] if kind == "link" else [line.split()[0], *line.split()[2:]]) for line in a.ip("-br", kind).splitlines()) for kind in ("addr", "link")}
    shown = {"addresses": bare["addr"], "links": bare["link"], "rules": a.ip("rule") + a.ip("-6", "rule"),
             "routes": a.ip("route", "show", "table", "all", "proto", "18") + a.ip("-6", "route", "show", "table", "all", "proto", "18"),
             "tables": a.run("nft", "list", "tables").stdout}
    return shown


BEFORE = f"""global_defs {{
 nftables former
}}
static_ipaddress {{
 10.77.0.1/24 dev eth0
}}
static_routes {{
 10.78.0.0/16 via 192.168.67.1 dev eth0
}}
static_rules {{
 from 10.77.0.0/24 table 77 priority 700
}}
""" + instance("VI_1", 51, f" virtual_ipaddress {{\n  {VIP}/24\n }}\n virtual_routes {{\n  10.79.0.0/16 via 192.168.67.1 dev eth0 table 79\n }}\n virtual_rules {{\n  to 10.79.0.0/16 table 79 priority 790\n }}\n") \
    + instance("VI_2", 52, " use_vmac\n virtual_ipaddress {\n  192.168.67.152/24\n }\n") \
    + instance("VI_3", 53, " use_vmac\n virtual_ipaddress {\n  fe80::53\n  2001:db8::53/64\n }\n")
AFTER = instance("VI_9", 59, " virtual_ipaddress {\n  192.168.67.159/24\n }\n")
OTHERS = ("link add foreign link eth0 address 00:00:5e:00:01:63 type macvlan mode private", "addr add 10.90.0.1/24 dev eth0",
          "route add 10.91.0.0/16 via 192.168.67.1 proto 18", "rule add from 10.92.0.0/16 table 92 priority 920 protocol 18")
for words in OTHERS:
    a.ip(*words.split())
a.run("nft", "add", "table", "ip", "others")
untouched = held()

a.start_vrrpd(BEFORE)
wait(lambda: a.has(VIP) and "192.168.67.152" in a.ip("addr") and "2001:db8::53" in a.ip("addr"), 8, "three instances are masters, two on VMACs")
full = held()
check(all(part in str(full) for part in ("10.77.0.1/24", "vrrp.52", "vrrp.53", "10.78.0.0/16", "10.79.0.0/16", "700:", "790:", "table ip former", "table ip6 former")),
      "all that the file names is in the kernel", str(full))
a.stop_vrrpd(signal.SIGKILL)
check(held()["links"] == full["links"], "killed, it leaves all of it")
a.start_vrrpd(AFTER)
wait(lambda: a.has("192.168.67.159"), 8, "the next start, with another file, is master of what that has")
now = held()
for name in ("links", "rules", "routes", "tables"):
    check(now[name] == untouched[name], f"{name}: the former ones are gone, those of others are not", f"{untouched[name]}\n{now[name]}")
check(now["addresses"].replace(" 192.168.67.159/24", "") == untouched["addresses"], "so are the addresses", now["addresses"])
check("vmac vrrp.52" in a.text() and "of a former run: removed" in a.text(), "and the log says what went", a.text()[-1500:])
a.stop_vrrpd()
check(held() == untouched, "at the end there is what was there before", str(held()))

a.start_vrrpd(BEFORE)
wait(lambda: "192.168.67.152" in a.ip("addr"), 8, "again with VMACs")
index = a.ip("-o", "link", "show", "vrrp.52").split(":")[0]
a.stop_vrrpd(signal.SIGKILL)
a.start_vrrpd(BEFORE)
wait(lambda: "192.168.67.152" in a.ip("addr"), 8, "killed, and started with the same file")
check(a.ip("-o", "link", "show", "vrrp.52").split(":")[0] == index, "it takes over the VMAC that it finds")
a.stop_vrrpd()
check(held() == untouched, "and leaves nothing at its end", str(held()))
finish(a)
