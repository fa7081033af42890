"""Random keepalived.conf files as plain data: their text, and what a reload from one to another must say, found out without our code."""
import copy
import random

SCRIPTS = ("chk_a", "chk_b")


class File:
    """`interface`, and addresses that begin with `net` ("10.66.0."): made for each test's own place."""

    def __init__(self, dice, net="10.66.0.", interface="eth0", checker_ports=(8081, 8082, 8083), globals_more=""):
        self.net, self.interface, self.ports, self.more = net, interface, checker_ports, globals_more
        self.router_id = dice.choice("ABC")
        self.scripts = {name: {"interval": dice.choice((1, 2)), "weight": dice.choice((0, -20))} for name in SCRIPTS if dice.random() < 0.7}
        names = dice.sample(("VI_1", "VI_2", "VI_3", "VI_4"), dice.randint(1, 4))
        self.instances = {name: self.instance(dice, name) for name in names}
        self.servers = {}
        for _ in range(dice.randint(1, 3)):
            self.servers[(f"{net}{dice.randint(201, 203)}", dice.choice((80, 443)))] = self.virtual_server(dice)

    def instance(self, dice, name):
        number = int(name[-1])
        return {"virtual_router_id": 50 + number, "priority": dice.choice((100, 120, 150)), "advert_int": dice.choice((1, 2)), "nopreempt": dice.random() < 0.3,
                "addresses": [f"{self.net}{number * 10 + n}/24" for n in dice.sample(range(4), dice.randint(1, 3))],
                "track": [one for one in self.scripts if dice.random() < 0.5]}

    def virtual_server(self, dice):
        return {"scheduler": dice.choice(("rr", "wrr")), "quorum": dice.choice((1, 2)), "persistence": dice.choice((0, 50)),
                "servers": {port: self.real_server(dice) for port in dice.sample(self.ports, dice.randint(1, len(self.ports)))}}

    def real_server(self, dice):
        return {"weight": dice.choice((1, 2, 5)), "inhibit": dice.random() < 0.3, "check": dice.choice((None, "TCP_CHECK", "HTTP_GET")), "timeout": dice.choice((2, 3))}

    def changed(self, dice):
        """Some of it otherwise: what reloads bring in life."""
        out = copy.deepcopy(self)
        fresh = File(dice, self.net, self.interface, self.ports, self.more)
        if dice.random() < 0.3:
            out.router_id = fresh.router_id
        if dice.random() < 0.3:
            out.scripts = fresh.scripts
            for one in out.instances.values():
                one["track"] = [name for name in one["track"] if name in out.scripts]
        for mine, others in ((out.instances, fresh.instances), (out.servers, fresh.servers)):
            for key in list(mine):
                if dice.random() < 0.2 and len(mine) > 1:
                    del mine[key]
                elif key in others and dice.random() < 0.6:
                    mine[key] = others[key]
            for key, value in others.items():
                if key not in mine and dice.random() < 0.3:
                    mine[key] = value
        for one in out.instances.values():
            one["track"] = [name for name in one["track"] if name in out.scripts]
        return out

    def text(self, dice):
        """In any order: only what is there counts."""
        blocks = [f"vrrp_script {name} {{\n script /bin/true\n interval {it['interval']}\n weight {it['weight']}\n}}\n" for name, it in self.scripts.items()]
        instances = [self.instance_text(name, it) for name, it in self.instances.items()]
        servers = [self.server_text(key, it) for key, it in self.servers.items()]
        dice.shuffle(instances)
        dice.shuffle(servers)
        return (f"global_defs {{\n router_id {self.router_id}\n script_user root\n enable_script_security\n{self.more}}}\n" + "".join(blocks + instances + servers))

    def instance_text(self, name, it):
        lines = [f"vrrp_instance {name} {{", f" state BACKUP\n interface {self.interface}", *(f" {key} {it[key]}" for key in ("virtual_router_id", "priority", "advert_int"))]
        if it["nopreempt"]:
            lines.append(" nopreempt")
        lines += [" virtual_ipaddress {", *(f"  {one}" for one in it["addresses"]), " }"]
        if it["track"]:
            lines += [" track_script {", *(f"  {one}" for one in it["track"]), " }"]
        return "\n".join(lines) + "\n}\n"

    @staticmethod
    def server_text(key, it):
        lines = [f"virtual_server {key[0]} {key[1]} {{", f" delay_loop 1\n lb_algo {it['scheduler']}\n lb_kind NAT\n protocol TCP\n quorum {it['quorum']}"]
        if it["persistence"]:
            lines.append(f" persistence_timeout {it['persistence']}")
        for port, one in it["servers"].items():
            lines.append(f" real_server 127.0.0.1 {port} {{\n  weight {one['weight']}")
            if one["inhibit"]:
                lines.append("  inhibit_on_failure")
            if one["check"] == "TCP_CHECK":
                lines.append(f"  TCP_CHECK {{\n   connect_timeout {one['timeout']}\n  }}")
            elif one["check"]:
                lines.append(f"  HTTP_GET {{\n   url {{\n    path /\n    status_code 200\n   }}\n   connect_timeout {one['timeout']}\n  }}")
            lines.append(" }")
        return "\n".join(lines) + "\n}\n"


def values(thing, pairs):
    return [f"~ {thing}: {keyword} {a} -> {b}" for keyword, a, b in pairs if a != b]


def members(thing, keyword, a, b):
    lines = [f"~ {thing}: + {keyword} {one}" for one in b if one not in a] + [f"~ {thing}: - {keyword} {one}" for one in a if one not in b]
    return lines or ([f"~ {thing}: order of {keyword} changed"] if a != b and keyword == "virtual_ipaddress" else [])


def named(kind, a, b, compare):
    out = [f"+ {kind}{name(key)}" for key in b if key not in a] + [f"- {kind}{name(key)}" for key in a if key not in b]
    for key in b:
        if key in a:
            out += compare(f"{kind}{name(key)}", a[key], b[key])
    return out


def name(key):
    return f"{key[0]}:{key[1]}" if isinstance(key, tuple) else str(key)


def yes(value):
    return "yes" if value else "no"


def compare_checks(thing, a, b):
    if (a["check"], a["check"] and a["timeout"]) == (b["check"], b["check"] and b["timeout"]):
        return []
    if a["check"] == b["check"]:
        return [f"~ {thing}: {a['check']} changed"]
    return [f"~ {thing}: {sign} check {one['check']}" for sign, one in (("+", b), ("-", a)) if one["check"]]


def plan(before, after, part):
    """The lines of `part`, "vrrp" or "checkers", in no order."""
    out = values("global_defs", [("router_id", before.router_id, after.router_id)])
    if part == "vrrp":
        def instance(thing, a, b):
            tracked = [[f"{one} weight {file.scripts[one]['weight']}" for one in it["track"]] for file, it in ((before, a), (after, b))]
            return (values(thing, [("priority", a["priority"], b["priority"]), ("advert_int", f"{a['advert_int']}s", f"{b['advert_int']}s"), ("preempt", yes(not a["nopreempt"]), yes(not b["nopreempt"]))]) +
                    members(thing, "virtual_ipaddress", a["addresses"], b["addresses"]) + members(thing, "track_script", *tracked))
        out += named("vrrp_instance ", before.instances, after.instances, instance)
        out += named("vrrp_script ", before.scripts, after.scripts, lambda thing, a, b: values(
            thing, [("interval", f"{a['interval']}s", f"{b['interval']}s"), ("weight", a["weight"], b["weight"])]))
        return out

    def real_server(thing, a, b):
        return values(thing, [("weight", a["weight"], b["weight"]), ("inhibit_on_failure", yes(a["inhibit"]), yes(b["inhibit"]))]) + compare_checks(thing, a, b)

    def virtual_server(thing, a, b):
        servers = [line.replace("@", f" of {thing}") for line in named("real_server 127.0.0.1:", {f"{port}@": one for port, one in a["servers"].items()},
                                                                      {f"{port}@": one for port, one in b["servers"].items()}, real_server)]
        quorums = [min(one["quorum"], sum(each["weight"] for each in one["servers"].values())) for one in (a, b)]  # more is said and lowered
        return values(thing, [("scheduler", a["scheduler"], b["scheduler"]), ("quorum", *quorums),
                              ("persistence_timeout", a["persistence"], b["persistence"])]) + servers
    return out + named("virtual_server ", before.servers, after.servers, virtual_server)


def dice_of(arguments):
    """The seed of the command line or a new one, printed either way."""
    seed = int(arguments[1]) if len(arguments) > 1 and arguments[1].isdigit() else random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}", flush=True)
    return random.Random(seed)
