"""Actions that change heads: header fields, request lines, status lines, variables taken back; with odd values."""
from case import case, get, head, reply, serves

SENT = head("GET //a/../b/./c%41%2f%7e/x.html?b=2&a=1;c#frag HTTP/1.1", "Host: Site.Example:80", "X-A: one, two ,three", "X-A: Two", "X-AB: ",
            "Cookie: k=v", "Accept-Language: de")
ANSWER = reply(b"ok", "X-S: a,b , c", "X-S: d", "Server: me/1", "Set-Cookie: k=v; path=/")

REQUEST = [
    "del-header x-a", "del-header X-A", "del-header x-no", "del-header x- -m beg", "del-header b -m end", "del-header -a -m sub",
    "del-header ^x-.$ -m reg", "del-header X-A -m str", "del-header host",
    "replace-header X-A ([a-z]+)(.*) <\\1>\\2", "replace-header X-A ^two$ x", "replace-header x-a T.* \\0%[path]", "replace-header X-AB ^$ filled",
    "replace-header X-No (.*) x", "replace-header Host (.*):.* \\1", "replace-header x-a . \\9",
    "replace-value X-A ([a-z]+) <\\1>", "replace-value X-A ^two$ x", "replace-value X-A t.* \\0\\0", "replace-value x-no (.*) x", "replace-value X-AB ^$ filled",
    "replace-path (.*) /new\\1", "replace-path /b/(.*) /\\1/%[method]", "replace-path nomatch x", "replace-path .* x", "replace-path (.*)\\?.* \\1",
    "replace-pathq (.*)\\?(.*) /q?\\2&\\1", "replace-pathq (.*) \\1", "replace-uri (.*) /u\\1", "replace-uri ^/ http://h/", "replace-uri nomatch x",
    "set-path /p", "set-path p", "set-path %[path,regsub(/,-,g)]", "set-path /a?b", "set-path %[path,url_dec]",
    "set-pathq /p?q=1", "set-pathq /p", "set-pathq ?x", "set-query x=1", 'set-query "%[query,upper]"', "set-query ?x", 'set-query "%[req.hdr(x-no)]"', "set-query a#b",
    "set-uri /u", "set-uri http://other/u?x", "set-uri *", "set-uri %[url]%[url]", "set-method POST", "set-method gET", "set-method %[path]",
    "strict-mode off", "strict-mode on", "set-header Host other", "add-header Host other", "set-header x-a %[req.hdr(x-a)]", "add-header x-a last",
    'set-header x-l "%[str(a%0d%0ab%00c),url_dec]"', "set-header content-length 5", "set-header X-Mixed-Case v",
    "set-var(txn.v) path", "unset-var(txn.v)",
]
for rule in REQUEST:
    case(f"changes: {rule}", SENT, conf=f"http-request {rule}\n  http-request set-header x-seen \"%[method] %[url] %[path] %[query] %[base] %[req.hdr(host)]\"")

RESPONSE = ["del-header x-s", "del-header x -m beg", "del-header ^s -m reg", "replace-header X-S (.*),(.*) \\2,\\1", "replace-header server /.* /2",
            "replace-value X-S ([a-z]) <\\1>", "replace-value Set-Cookie k=v x=y", "set-status 404", 'set-status 503 reason "Not Now"', "set-status 200",
            "set-status 999 reason x", "strict-mode off", "set-header server %[res.hdr(server),upper]", "add-header x-s last", "set-header content-length 1",
            'set-header x-l "%[str(a%0d%0ab),url_dec]"', "set-var(txn.v) status", "unset-var(txn.v)"]
for kind in ("http-response", "http-after-response"):
    for rule in RESPONSE:
        case(f"changes: {kind} {rule}", get("/"), serves(ANSWER), conf=f"{kind} {rule}\n  http-after-response set-header x-seen \"%[status] %[res.hdr(x-s)]\"")

for kind, rules in [("request", "http-request set-var(txn.v) path\n  http-request unset-var(txn.v)\n  http-request set-header x <%[var(txn.v)]>"),
                    ("response", "http-request set-var(txn.v) path\n  http-response unset-var(txn.v)\n  http-response set-header x <%[var(txn.v)]>"),
                    ("after the response", "http-request set-var(txn.v) path\n  http-after-response unset-var(txn.v)\n  http-after-response set-header x <%[var(txn.v)]>"),
                    ("converter", "http-request set-var(txn.v) path\n  http-request set-header y %[str(a),unset-var(txn.v)]\n  http-request set-header x <%[var(txn.v)]>"),
                    ("connection", "tcp-request connection set-var(sess.v) src\n  tcp-request connection unset-var(sess.v)\n  http-request set-header x <%[var(sess.v)]>"),
                    ("session", "tcp-request session set-var(sess.v) src\n  tcp-request session unset-var(sess.v)\n  http-request set-header x <%[var(sess.v)]>"),
                    ("content", "tcp-request content set-var(txn.v) src\n  tcp-request content unset-var(txn.v)\n  http-request set-header x <%[var(txn.v)]>"),
                    ("tcp response", "http-request set-var(txn.v) path\n  tcp-response content unset-var(txn.v)\n  http-response set-header x <%[var(txn.v)]>")]:
    case(f"changes: a variable taken back, {kind}", get("/DIR"), conf=rules)

for rule in ("path-merge-slashes", "path-strip-dot", "path-strip-dotdot", "path-strip-dotdot full", "percent-decode-unreserved",
             "percent-decode-unreserved strict", "percent-to-uppercase", "percent-to-uppercase strict", "query-sort-by-name", "fragment-strip", "fragment-encode"):
    for target in ("//a/../b/./c%41%2f%7e/x.html?b=2&a=1&aa=3&b=1", "/../../x/..", "/%4", "/a%zz?q", "/a/.", "/?b&a", "/a#b#c"):
        case(f"changes: normalize-uri {rule} of {target}", get(target), conf=f"http-request normalize-uri {rule}", options="expose-experimental-directives")
