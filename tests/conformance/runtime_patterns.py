#!/usr/bin/env python3
"""The runtime API's commands for ACLs and maps beside Debian's haproxy: the same commands, the same answers.

What we do otherwise on purpose: changes need level admin (as in 3.4; 2.6 lets anyone); `add acl` takes a payload (as in 3.4);
entry_cnt counts entries (2.6 counts each once for each way of looking it up, and forgets to count back); adding to a version
that a commit has overtaken is refused, not lost; `set map` with a value that a user of the map cannot read is refused (2.6
corrupts its memory and dies). PROXYD names the program under test. Skipped (77) without /usr/sbin/haproxy.
"""
import os
import re
import sys
import tempfile

import runtime_api

FILES = {
    "paths.lst": "/x\n/y\n# no pattern\n  /z w\n/x\n",
    "nets.lst": "10.0.0.0/8\n127.0.0.1\n::1\n",
    "numbers.lst": "3\n5:8\n",
    "names.map": "/x foo\n/y  bar baz \n/z\n/x again\n",
    "counts.map": "/x 5\n/y 6\n",
    "regs.map": "^/(a) r1\n/b$ r2\n",
    "addresses.map": "/x 1.2.3.4\n/y ::1\n",
    "nets.map": "10.0.0.0/8 5\n1.2.3.0/255.255.255.0 7\n",
}
CONFIGURATION = """
global
  stats socket {folder}/api.sock level admin
defaults
  mode http
  timeout client 10s
  timeout server 10s
  timeout connect 1s
frontend fe
  bind 127.0.0.1:{port}
  acl a path_beg -u 100 /x /y
  acl b path -u 2 -f {folder}/paths.lst
  acl b2 path -i -f {folder}/paths.lst /own
  acl mixed src -f {folder}/nets.lst 10.0.2.0/255.0.255.0
  acl number hdr_val(n) gt 5 lt 8 3:4
  acl lengths path_len -f {folder}/numbers.lst
  acl found hdr(x) -m found
  acl always always_true
  acl dir path_dir foo
  acl end path_end .c
  acl dom hdr_dom(host) x.com
  acl reg path_reg -i ^/x$
  acl bin req.body -m bin 0a0b
  acl asmap path -M -f {folder}/names.map
  acl twice path /q /q
  use_backend be if {{ path -f {folder}/paths.lst /r }} METH_GET
  use_backend %[path,map({folder}/names.map)]
  use_backend %[path,map_str({folder}/counts.map)]
  use_backend %[path,map_str_int({folder}/counts.map)]
  use_backend %[path,map_reg({folder}/regs.map)]
  use_backend %[path,map_str_ip({folder}/addresses.map)]
  use_backend %[src,map_ip_int({folder}/nets.map)]
  default_backend be
backend be
  acl own hdr(host) -i www
  server s1 127.0.0.1:{closed}
  server s2 127.0.0.1:{origin} check inter 10s
"""
COMMANDS = """
show acl
show map
show acl #100
show acl F/paths.lst
show acl F/names.map
show map F/names.map
show map F/paths.lst
show map #99
show acl nope
show acl #x
show acl @1
show map @7 F/names.map
get acl
get acl #100
get acl #100 /xyz
get acl #100 nope
get acl F/paths.lst /X
get acl F/paths.lst nope
get acl F/nets.lst 10.1.2.3
get acl F/nets.lst ::1
get acl F/nets.lst name
get acl F/numbers.lst abc
get acl F/numbers.lst abcd
get acl #4 10.9.2.1
get acl #5 7
get acl #5 3
get acl nope x
get map
get map F/names.map /x
get map F/names.map nope
get map F/regs.map /abc
get map F/addresses.map /x
get map F/addresses.map /y
get map F/nets.map 10.2.3.4
get map F/nets.map 1.2.3.4
get map F/nope x
add acl
add acl #100
add acl #999 x
add acl #100 /new more words
get acl #100 /newer
show acl #100
add acl #4 nothost!x
add acl #4 192.0.2.1/33
add acl #4 192.0.2.0/24
get acl #4 192.0.2.7
add acl F/names.map q
add map
add map nope
add map nope a b
add map F/names.map k
add map F/names.map k v w
get map F/names.map k
add map F/counts.map k notint
add map F/counts.map k 9
add map F/names.map <<~a 1~b 2 3~
add map F/names.map <<~c~
show map F/names.map
set map
set map F/names.map
set map F/names.map k
set map F/names.map nokey 1
set map nope k 11
set map F/names.map /x one
set map F/names.map #0x123 5
set map F/names.map #zz 5
show map F/names.map
get map F/names.map /x
del acl
del acl #100
del acl #100 nokey
del acl #100 /new
del acl #100 #0x1234
del acl #100 #zz
del acl nope x
del acl F/regs.map x
del map
del map nope b
del map F/names.map /x
show map F/names.map
get map F/names.map /x
show acl #100
clear acl
clear acl nope
clear acl #4
show acl #4
clear map
clear map nope
clear map F/addresses.map
show map F/addresses.map
get map F/addresses.map /x
prepare acl
prepare acl nope
prepare map F/paths.lst
prepare acl #4
add acl @1 #4 9.9.9.9
add acl @2 #4 9.9.9.8
show acl @1 #4
show acl @2 #4
show acl #4
get acl #4 9.9.9.9
prepare acl #4
commit acl
commit acl #4
commit acl @1
commit acl @1 nope
commit acl @x #4
commit acl @5 #4
commit acl @1 #4
commit acl @1 #4
get acl #4 9.9.9.9
show acl @2 #4
prepare map F/names.map
prepare map F/names.map
prepare map F/names.map
add map @1 F/names.map one 1
add map @2 F/names.map two 2
add map @3 F/names.map three 3
add map @3 F/names.map <<~four 4~
add map @0 F/names.map zero 0
show map @0 F/names.map
show map @2 F/names.map
show map @3 F/names.map
set map F/names.map two 22
del map F/names.map four
show map @3 F/names.map
clear map @1 F/names.map
show map @1 F/names.map
clear map @9 F/names.map
commit map @2 F/names.map
show map F/names.map
show map @3 F/names.map
get map F/names.map two
get map F/names.map zero
commit map @2 F/names.map
commit map @3 F/names.map
show map F/names.map
commit map
commit map @3
commit map @3 nope
show acl
"""


def plain(answer, folder):
    answer = answer.replace(folder, "F")
    answer = re.sub(r"0x[0-9a-f]{6,}", "0xPTR", answer)
    answer = re.sub(r"entry_cnt=\d+", "entry_cnt=N", answer)
    lines = [line for line in answer.splitlines() if "httpclient" not in line]
    # haproxy's own lists for its HTTP client take two numbers before the names of backends are read
    lines = [re.sub(r"^\d+ (\(F/\w+\.map\))", r"N \1", line) for line in lines]
    return "\n".join(lines)


class Side(runtime_api.Side):
    """One of the two programs, with its own files."""

    def __init__(self, binary, home, values):
        self.home = home
        super().__init__(binary, home, values, CONFIGURATION, FILES)

    def ask(self, command):
        text = command.replace("F/", self.home + "/").replace("~", "\n")
        return plain(runtime_api.ask(self.api, text), self.home)


def main():
    program = os.environ.get("PROXYD") or os.path.join("proxyd", "proxyd")
    if not os.path.exists(runtime_api.ORIGINAL):
        print("Debian's haproxy is not installed")
        return 77
    failures = 0
    origin = runtime_api.runtime_sessions.Origin()
    values = {"origin": origin.port, "closed": runtime_api.free_port()}
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        try:
            for name, binary in (("original", runtime_api.ORIGINAL), ("ours", program)):
                home = os.path.join(folder, name)
                sides.append(Side(binary, home, values))
            for command in COMMANDS.strip().splitlines():
                theirs, ours = [side.ask(command) for side in sides]
                failures += runtime_api.compare(command, theirs, ours)
        finally:
            for side in sides:
                side.process.terminate()
            for side in sides:
                side.process.wait(10)
    print(f"{failures} differences")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
