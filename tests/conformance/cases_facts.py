"""Fetches about a stream's own way: its last rule, its place in queues, its server's connection; distcc; the debug converter."""
from case import case, get, reply, serves

RULE = 'log-format "%ST %[last_rule_line] %[bc_err]/%[bc_err_str] %[fc_err]/%[fc_err_str] %[prio_class]/%[prio_offset]"'
# Lines differ from case to case but not between the programs.
for name, rules in [
        ("none", "http-request set-header a b"),
        ("one that allows", "http-request allow"),
        ("one that does not hold", "http-request allow if FALSE"),
        ("the last of two", "http-request allow\n  http-response allow"),
        ("a refusal", "http-request deny"),
        ("an answer", "http-request return status 200"),
        ("a redirection", "http-request redirect location /"),
        ("a line of its own", "redirect location /"),
        ("behind an answer", "http-request deny\n  http-after-response set-header x %[last_rule_line]\n  http-after-response allow"),
        ("seen by the next list", "tcp-request content accept\n  http-request set-header x %[last_rule_line]\n  http-response set-header y %[last_rule_line]"),
        ("of tcp rules", "tcp-request content accept if TRUE"),
        ("of a response", "http-response deny"),
        ("of a tcp response", "tcp-response content accept"),
        ("a reset", "http-request silent-drop"),
        ("what has no room", "http-request set-header a %[str(x),concat(,,),hex] unless FALSE\n  http-request set-method %[path]"),
        ("a body that does not come", "http-request wait-for-body time 100ms"),
        ("queues", "http-request set-priority-class int(-5)\n  http-request set-priority-offset int(7)"),
        ("queues, too far", "http-request set-priority-class int(99999)\n  http-request set-priority-offset int(-99999)"),
        ("no server", "server d {dead}\n  retries 0"),
        ("here", "http-request set-header x %[fc_src_is_local]%[fc_dst_is_local]%[src_is_local]%[dst_is_local]"),
        ("elsewhere", "http-request set-src str(192.0.2.9)\n  http-request set-dst str(192.0.2.8)\n"
                      "  http-request set-header x %[fc_src_is_local]%[fc_dst_is_local]%[src_is_local]%[dst_is_local]"),
        ("debug passes values on", "http-request set-header x %[path,debug,upper,debug(here)]%[int(5),debug(a,buf0),add(1)]%[src,debug(,buf0)]"),
]:
    case(f"facts: {name}", get("/DIR"), serves(reply(b"ok", "Server: x")), conf=f"{RULE}\n  {rules}")

TOKENS = ("DIST", "ARGC", "ARGV", "DOTI", "DONE", "XXXX")
SEEN = " ".join(f"%[var(sess.{token}{at})]/%{{+Q}}[var(sess.{token}{at}b)]" for token in TOKENS for at in (1, 2))
RULES = "\n".join(f"  tcp-request content set-var(sess.{token}{at}) distcc_param({token},{at}) if WAIT_END\n"
                  f"  tcp-request content set-var(sess.{token}{at}b) distcc_body({token},{at}) if WAIT_END" for token in TOKENS for at in (1, 2))
for name, sent in [
        ("a job", b"DIST00000002ARGC00000002ARGV00000003gccARGV00000002-cDOTI00000005abcdeDONE00000000"),
        ("unknown tokens", b"XXXX00000002abDIST00000001XXXX00000000DONE00000003"),
        ("without bodies", b"DIST00000001DIST00000002ARGC00000003DONEffffffff"),
        ("cut in a body", b"ARGV00000003gccARGV00000009ab"),
        ("cut in a token", b"DIST00000001ARG"),
        ("letters in numbers", b"ARGV0000000Agcc1234567ARGV0000000agcc1234567"),
        ("no number", b"DIST00000001ARGV0000000ggcc1234567"),
        ("a blank in a number", b"DIST00000001ARGV 0000003gcc"),
        ("nothing of it", b"GET / HTTP/1.1\r\n\r\n"),
]:
    case(f"distcc: {name}", [sent], conf=f'mode tcp\n  tcp-request inspect-delay 200ms\n  log-format "{SEEN}"\n{RULES}\n  tcp-request content reject',
         linger=0.5)
