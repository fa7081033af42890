"""A small virtual machine whose kernel has IPVS: Debian's cloud kernel in QEMU by software emulation, without disk or network.

Inside are a client, a director and three real servers as network namespaces on a bridge (map at the top of machine/lib.sh). A
scenario (machine/scenarios/NAME.sh) writes a configuration, starts the daemon under test in the director, breaks and repairs
real servers, and compares `ipvsadm -Ln` with what it should be. The first file system is made here: the daemon and the tools
with their shared libraries, busybox, and the kernel's modules.
"""
import contextlib
import fcntl
import glob
import os
import re
import shlex
import shutil
import stat
import subprocess
import tempfile
import time

import lab
from lab import skip

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "machine")
KEEPALIVED = "keepalived -n -l -C -f {conf} -p {pid} -c {dir}/checkers.pid -r {dir}/vrrp.pid -b {dir}/bfd.pid"
TOOLS = ("ip", "ipvsadm", "socat", "dash", "nft")
# What the guest needs at once; what these need in turn, and what the kernel asks for by an alias, is added to the file system.
PRELOAD = ("veth", "bridge", "ipip")
WANTED = ("veth", "bridge", "dummy", "macvlan", "ipip", "ip6_tunnel", "ip_gre", "ip_vs*", "nf_tables", "nft_*", "nf_conntrack*", "nf_nat*")
PACKAGE = "linux-image-cloud-amd64"
KERNEL = os.environ.get("LAB_KERNEL", "tests/labs/kernel")  # where the kernel's package is unpacked, in the build folder


class Archive:
    """A cpio archive (newc) in memory; folders are made as needed."""

    def __init__(self):
        self.parts, self.names = [], set()
        for folder in ("usr/bin", "usr/sbin", "usr/lib64", "etc", "dev", "proc", "sys", "tmp", "run", "root", "srv", "var", "lab"):
            self.folder(folder)
        for name in ("bin", "sbin", "lib", "lib64"):
            self.link(name, "usr/" + name)
        self.add("dev/console", stat.S_IFCHR | 0o600, b"", (5, 1))

    def add(self, name, mode, data, device=(0, 0)):
        if name in self.names:
            return
        self.names.add(name)
        path = name.encode() + b"\0"
        numbers = (len(self.names), mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(path), 0)
        head = b"070701" + b"".join(b"%08x" % number for number in numbers) + path
        self.parts += [head, b"\0" * (-len(head) % 4), data, b"\0" * (-len(data) % 4)]

    def folder(self, name):
        if name and name not in self.names:
            self.folder(os.path.dirname(name))
            self.add(name, stat.S_IFDIR | 0o755, b"")

    def link(self, name, target):
        self.folder(os.path.dirname(name))
        self.add(name, stat.S_IFLNK | 0o777, target.encode())

    def file(self, name, data, mode=0o644):
        name = re.sub(r"^(bin|sbin|lib|lib64)/", r"usr/\1/", name.lstrip("/"))
        self.folder(os.path.dirname(name))
        self.add(name, stat.S_IFREG | mode, data)

    def copy(self, path, name=None):
        with open(path, "rb") as data:
            self.file(name or path, data.read(), 0o755 if os.access(path, os.X_OK) else 0o644)

    def program(self, path, name):
        """With every shared library that it loads; without its debugging information, which fills the guest's memory."""
        with tempfile.NamedTemporaryFile() as bare:
            stripped = shutil.which("strip") and subprocess.run(["strip", "-g", "-o", bare.name, path], check=False, capture_output=True).returncode == 0
            with open(bare.name if stripped else path, "rb") as data:
                self.file(name, data.read(), 0o755)
        needs = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        for library in re.findall(r"(?:=> |^\s*)(/\S+) \(0x", needs, re.M):
            self.copy(library, os.path.join(os.path.realpath(os.path.dirname(library)), os.path.basename(library)))

    def bytes(self):
        self.add("TRAILER!!!", 0, b"")
        return b"".join(self.parts)


def fetch_kernel():
    """Unpacks the package into KERNEL. Says whether it could be had."""
    def apt(*words):
        return subprocess.run(words, cwd=KERNEL, capture_output=True, text=True, timeout=300, check=False)

    for _ in range(2):
        name = re.search(r"Depends: (linux-image-\S+)", apt("apt-cache", "depends", PACKAGE).stdout)
        if name and apt("apt-get", "download", "-q", name.group(1)).returncode == 0:
            for package in glob.glob(KERNEL + "/*.deb"):
                subprocess.run(["dpkg", "-x", package, KERNEL], check=True, timeout=120)
                os.unlink(package)
            return True
        apt("apt-get", "update", "-q")  # no lists, or old ones
    return False


def kernel():
    """The kernel and the folder of its modules, from the package as unpacked; fetched once. The host's own is not touched."""
    os.makedirs(KERNEL, exist_ok=True)
    with open(KERNEL + "/lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # labs run side by side
        if not glob.glob(KERNEL + "/boot/vmlinuz-*") and not fetch_kernel():
            skip(f"the package {PACKAGE} cannot be downloaded")
    image = sorted(glob.glob(KERNEL + "/boot/vmlinuz-*"))[-1]
    return image, KERNEL + "/lib/modules/" + os.path.basename(image).split("-", 1)[1]


def module_facts(path):
    """What modinfo(8) says: names of the modules that it needs, and its aliases."""
    with open(path, "rb") as data:
        text = data.read()
    needs = re.search(rb"\0depends=([^\0]*)\0", text)
    return ([name.decode() for name in needs.group(1).split(b",") if name] if needs else [],
            [alias.decode() for alias in re.findall(rb"(?<=\0)alias=([^\0]+)(?=\0)", text)])


def add_modules(archive, folder, wanted=WANTED, preload=PRELOAD):
    """The wanted modules and what they need, with the tables by which modprobe(8) finds them."""
    release = os.path.basename(folder)
    paths = {os.path.basename(path)[:-3].replace("-", "_"): path for path in glob.glob(folder + "/kernel/**/*.ko", recursive=True)}
    patterns = [re.compile(pattern.replace("*", ".*") + "$") for pattern in wanted]
    todo, facts = [name for name in paths if any(pattern.match(name) for pattern in patterns)], {}
    while todo:
        name = todo.pop()
        if name in paths and name not in facts:
            facts[name] = module_facts(paths[name])
            todo += facts[name][0]
    place = {name: os.path.relpath(paths[name], folder) for name in facts}

    def closure(name, seen):
        for other in facts[name][0]:
            if other in facts and other not in seen:
                closure(other, seen)
                seen.append(other)
        return seen

    # modprobe loads them from the last to the first.
    dependencies = "".join(f"{place[name]}: {' '.join(place[other] for other in reversed(closure(name, [])))}\n" for name in facts)
    aliases = "".join(f"alias {alias} {name}\n" for name in facts for alias in facts[name][1])
    for name in facts:
        archive.copy(paths[name], f"usr/lib/modules/{release}/{place[name]}")
    archive.file(f"usr/lib/modules/{release}/modules.dep", dependencies.encode())
    archive.file(f"usr/lib/modules/{release}/modules.alias", aliases.encode())
    for other in ("modules.builtin", "modules.order", "modules.builtin.modinfo"):
        archive.copy(os.path.join(folder, other), f"usr/lib/modules/{release}/{other}")
    archive.file("lab/modules", "\n".join(preload).encode())


def need(name):
    path = os.path.abspath(name) if "/" in name else shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not path or not os.path.exists(path):
        skip(f"not installed: {name}")
    return path


def first_file_system(daemon, programs, scenarios, files):
    archive = Archive()
    for tool in TOOLS:
        archive.program(need(tool), f"usr/{'bin' if tool in ('socat', 'dash') else 'sbin'}/{tool}")
    archive.link("usr/bin/sh", "dash")
    words = shlex.split(daemon)
    for program in [words[0], *programs]:
        archive.program(need(program), "usr/sbin/" + os.path.basename(program))
    busybox = need("busybox")
    archive.copy(busybox, "usr/bin/busybox")
    for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if "usr/sbin/" + applet not in archive.names:
            archive.link("usr/bin/" + applet, "busybox")
    archive.link("usr/sbin/modprobe", "../bin/busybox")
    words[0] = "/usr/sbin/" + os.path.basename(words[0])
    line = " ".join(words).replace("{conf}", "/run/lab/conf").replace("{pid}", "/run/lab/daemon.pid").replace("{dir}", "/run/lab").replace("{node}", "d")
    archive.file("lab/daemon", line.encode())
    add_modules(archive, kernel()[1])
    archive.file("lab/run", "\n".join(os.path.basename(path)[:-3] for path in scenarios).encode())
    archive.copy(HERE + "/lib.sh", "lab/lib.sh")
    archive.copy(HERE + "/init.sh", "init")
    for path in scenarios:
        archive.copy(path, "lab/scenarios/" + os.path.basename(path))
    for name, data in files.items():
        archive.file(name, data)
    archive.file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
    archive.file("etc/group", b"root:x:0:\nnogroup:x:65534:\n")
    archive.file("etc/hosts", b"127.0.0.1 localhost\n")
    return archive.bytes()


class Finding:
    """One assertion of a scenario: verdict "pass", "FAIL" or "info"; `seconds`: how long the guest waited for it."""

    def __init__(self, fields):
        self.scenario, self.name, self.verdict = fields[:3]
        self.seconds, self.detail = int(fields[3]) / 100, fields[4]


class Run:
    def __init__(self):
        self.findings, self.tables, self.notes, self.log, self.console = [], {}, [], "", ""
        self.finished, self.seconds = False, 0.0

    def failed(self):
        return [each for each in self.findings if each.verdict == "FAIL"]


def scenario_paths(names):
    return [name if name.endswith(".sh") else f"{HERE}/scenarios/{name}.sh" for name in names]


def all_scenarios():
    return sorted(os.path.basename(path)[:-3] for path in glob.glob(HERE + "/scenarios/*.sh"))


@contextlib.contextmanager
def place():
    """One of as many places for machines as there are processors, two at least: more at once would starve each other."""
    places = [open(os.path.join(tempfile.gettempdir(), f"triad-machine-{number}.lock"), "w", encoding="ascii") for number in range(max(2, os.cpu_count() or 2))]
    try:
        while True:
            for each in places:
                try:
                    fcntl.flock(each, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield
                return
            time.sleep(0.5)
    finally:
        for each in places:
            each.close()


def boot(daemon, scenarios, programs=(), files=None, timeout=300, memory=512, processors=2, on_line=None):
    """Runs the scenarios with this daemon command ({conf}, {pid} and {dir} are replaced) in a fresh machine."""
    qemu = need("qemu-system-x86_64")
    out = Run()
    with tempfile.TemporaryDirectory(prefix="triad-machine.") as work:
        initrd = os.path.join(work, "initrd")
        with open(initrd, "wb") as target:
            target.write(first_file_system(daemon, programs, scenario_paths(scenarios), files or {}))
        ports = [os.path.join(work, name) for name in ("console", "results", "log")]
        command = [qemu, "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", str(processors), "-m", str(memory), "-nodefaults", "-no-user-config",
                   "-display", "none", "-no-reboot", "-nic", "none", "-kernel", kernel()[0], "-initrd", initrd, "-append",
                   "console=ttyS0 panic=-1 quiet rdinit=/init mitigations=off random.trust_cpu=on nokaslr"]
        for port in ports:
            open(port, "w", encoding="ascii").close()
            command += ["-serial", "file:" + port]
        with place(), subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       preexec_fn=lab.die_with_parent) as machine:
            began = time.monotonic()
            try:
                watch(machine, ports[1], out, began + timeout, on_line)
            finally:
                machine.kill()
        out.seconds = time.monotonic() - began
        out.console, out.log = (open(port, encoding="utf-8", errors="replace").read() for port in (ports[0], ports[2]))
    return out


def watch(machine, path, out, deadline, on_line):
    with open(path, encoding="utf-8", errors="replace", newline="\n") as results:
        held = ""
        while time.monotonic() < deadline:
            ended = machine.poll() is not None
            *lines, held = (held + results.read()).split("\n")
            for line in lines:
                read_line(line.rstrip("\r"), out)
                if on_line:
                    on_line(line)
            if ended or out.finished and not held:
                return
            time.sleep(0.1)


def read_line(line, out):
    """A: a finding, R: a line of a table's text, B: a note, DONE."""
    kind, *fields = line.split("\t")
    if kind == "A" and len(fields) >= 5:
        out.findings.append(Finding(fields))
    elif kind == "R" and len(fields) >= 3:
        out.tables.setdefault((fields[0], fields[1]), []).append("\t".join(fields[2:]))
    elif kind == "B":
        out.notes.append(" ".join(fields))
    elif kind == "DONE":
        out.finished = True
