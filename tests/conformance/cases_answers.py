"""Rules that answer by themselves: deny, tarpit, return, redirect, auth, and the pages of http-errors and http-error."""
from case import case, get, head, post
from stage import pause, read

H = "Host: site.example"

# The answers themselves: name, rule (of http-request where nothing else is said).
ANSWERS = {
    "deny": "deny",
    "deny with a page's status": "deny deny_status 429",
    "deny with a status alone": "deny status 404",
    "deny with a status that has no page": "deny status 418",
    "deny with fields": "deny status 404 hdr X-A %[path] hdr x-b c hdr x-empty %[req.hdr(nope)]",
    "deny with text": "deny status 599 content-type text/plain string \"hello 100%\"",
    "deny with a format": "deny content-type text/plain lf-string \"hi %[path] %%\"",
    "deny by default-errorfiles": "deny status 503 default-errorfiles",
    "tarpit": "tarpit",
    "tarpit with a status": "tarpit deny_status 429",
    "tarpit with text": "tarpit status 403 content-type a/b string tar hdr a b",
    "return": "return",
    "return 204": "return status 204",
    "return 304": "return status 304",
    "return 404": "return status 404",
    "return a page": "return status 404 default-errorfiles",
    "return 201 with Location": "return status 201 hdr Location /x",
    "return a file": "return content-type text/html file {dir}/503.http",
    "return an errorfile": "return errorfile {dir}/503.http",
    "return an errorfile under another status": "return status 404 errorfile {dir}/503.http",
    "return an empty errorfile": "return errorfile /dev/null",
    "return text": "return content-type text/plain string x",
    "return a format of two lines": "return content-type text/plain lf-string \"%[path]\\nand more\\r\\n%[str(a%0Ab),url_dec]\"",
    "return an empty format": "return content-type text/plain lf-string %[req.hdr(nope)]",
    "return with fields that are not for it": "return content-type a string x hdr Content-Type y hdr Content-Length 5 hdr cache-control z",
    "redirect location": "redirect location /a",
    "redirect location with a format": "redirect location /a%[path]?%[query] code 301",
    "redirect location with what is for prefixes": "redirect location http://x/a code 303 drop-query append-slash",
    "redirect set-cookie": "redirect location /b code 307 set-cookie A=b",
    "redirect clear-cookie": "redirect location /b code 308 clear-cookie A",
    "redirect clear-cookie with a value": "redirect location /b clear-cookie A=",
    "redirect prefix": "redirect prefix http://h:1",
    "redirect prefix drop-query": "redirect prefix /p drop-query",
    "redirect prefix drop-query append-slash": "redirect prefix /p drop-query append-slash",
    "redirect prefix append-slash": "redirect prefix /p append-slash",
    "redirect prefix /": "redirect prefix /",
    "redirect prefix with a format": "redirect prefix /p%[src]/",
    "redirect scheme": "redirect scheme https",
    "redirect scheme drop-query append-slash": "redirect scheme https code 301 drop-query append-slash",
    "redirect ignore-empty": "redirect location %[req.hdr(nope)] ignore-empty",
    "redirect to nothing": "redirect location %[req.hdr(nope)]",
    "redirect scheme to nothing": "redirect scheme %[req.hdr(nope)] ignore-empty",
    "auth": "auth",
    "auth realm": "auth realm My\\ Realm",
    "auth unless known": "auth realm X unless { req.hdr(authorization) -m found }",
}
for name, rule in ANSWERS.items():
    case(name, get("/x/y?q=1"), conf=f"timeout tarpit 150ms\n  http-request {rule}")

# Who asks, and how the connection goes on.
KINDS = {"deny": "deny", "return": "return content-type a/b string x", "redirect": "redirect location /a", "auth": "auth",
         "tarpit": "tarpit"}
for name, rule in KINDS.items():
    conf = f"timeout tarpit 150ms\n  http-request {rule} if {{ path /x }}"
    case(f"{name}, HEAD", [head("HEAD /x HTTP/1.1", H), read(1, [b"HEAD"])], conf=conf)
    case(f"{name}, HTTP/1.0", head("GET /x HTTP/1.0", H), conf=conf)
    case(f"{name}, HTTP/1.0 keep-alive", head("GET /x HTTP/1.0", H, "Connection: keep-alive"), conf=conf)
    case(f"{name}, asked to close", get("/x", "Connection: close"), conf=conf)
    case(f"{name} and on", [get("/x"), read(1), get("/y"), read(2)], conf=conf)
    case(f"{name}, pipelined", [get("/x") + get("/y"), read(2)], conf=conf)
    case(f"{name} to a body that is here", [post(b"hello", path="/x"), read(1)], conf=conf)
    case(f"{name} to a body that is not here", [head("POST /x HTTP/1.1", H, "Content-Length: 5"), read(1)], conf=conf)
    case(f"{name} to chunks that are here",
         [head("POST /x HTTP/1.1", H, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n\r\n", read(1)], conf=conf)
    case(f"{name} to a client that would go on",
         [head("POST /x HTTP/1.1", H, "Content-Length: 5", "Expect: 100-continue"), read(1)], conf=conf)

# In place of the server's response.
for rule in ("deny", "deny deny_status 401", "return status 203 content-type a/b string zzz hdr a b", "return",
             "redirect location /%[status]", "return errorfile {dir}/503.http"):
    case(f"http-response {rule}", get(), conf=f"http-response {rule}")
case("http-response deny and on", [get("/1"), read(1), get("/2"), read(2)], conf="http-response deny")

# Lines of their own.
case("redirect line", get("/x?y"), conf="redirect prefix /%[p]")
case("redirect line behind http-request", get("/x?y"), conf="redirect location /a\n  http-request deny")
case("redirect line unless", get("/x"), conf="redirect location /x unless { path /x }")
case("http-after-response on a redirect", get(), conf="http-request redirect location /a\n  http-after-response set-header x-after %[status]")
case("http-after-response on a page", get(), conf="http-request deny\n  http-after-response add-header x-after 1")

# Pages.
PAGES = {
    "errorloc": "errorloc 403 http://x/403",
    "errorloc303": "errorloc303 403 http://x/403",
    "http-error text": "http-error status 403 content-type x/y string text hdr a b",
    "http-error format": "http-error status 403 content-type x/y lf-string \"%[path] no\" hdr a %[src]",
    "http-error status": "http-error status 403",
    "http-error errorfile": "http-error status 403 errorfile {dir}/503.http",
    "http-error then errorfile": "http-error status 403\n  errorfile 403 {dir}/503.http",
    "errorfile then default-errorfiles": "errorfile 403 {dir}/503.http\n  http-error status 403 default-errorfiles",
}
for name, line in PAGES.items():
    case(f"deny with {name}", get("/x"), conf=f"{line}\n  http-request deny")
case("auth with errorloc", get("/x"), conf="errorloc 401 http://x/401\n  http-request auth")
SECTION = "http-errors {name}-e\n  errorfile 403 {dir}/503.http\nlisten {name}\n  bind {bind}\n  "
for name, lines in {
        "errorfiles": "errorfiles {name}-e\n  http-request deny",
        "errorfiles of one status": "errorfiles {name}-e 403\n  http-request deny",
        "errorfiles then errorloc": "errorfiles {name}-e\n  errorloc 403 /x\n  http-request deny",
        "deny errorfiles": "http-request deny errorfiles {name}-e",
        "return errorfiles without that status": "http-request return status 503 errorfiles {name}-e",
        "http-error errorfiles": "http-error status 403 errorfiles {name}-e\n  http-request deny"}.items():
    case(name, get("/x"), text=SECTION + lines + "\n  server s {s1}\n")

# Waiting for bodies.
WAIT = "http-request wait-for-body time 200ms{least}\n  http-request return content-type a/b lf-string \"%[req.body_len]\""
START = head("POST /x HTTP/1.1", H, "Content-Length: 9")
for name, least in (("wait-for-body", ""), ("wait-for-body at-least", " at-least 5")):
    conf = WAIT.replace("{least}", least)
    case(f"{name}, whole", [START + b"123456789", read(1)], conf=conf)
    case(f"{name}, half", [START + b"12345", read(1)], conf=conf)
    case(f"{name}, too little", [START + b"123", read(1)], conf=conf)
    case(f"{name}, in pieces", [START, pause(0.05), b"123456789", read(1)], conf=conf)
    case(f"{name}, none", get("/x"), conf=conf)
    case(f"{name}, chunked",
         [head("POST /x HTTP/1.1", H, "Transfer-Encoding: chunked") + b"5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n", read(1)], conf=conf)
case("http-response wait-for-body", get(), conf="http-response wait-for-body time 200ms\n  http-response set-header x-len %[res.body_len]")

# The statistics page. haproxy logs such an answer as 400 with times of a server that was none, and closes.
for name, rules in {"deny": "deny", "auth": "auth", "auth realm": "auth realm Q", "allow": "allow if {{ req.hdr(x) 1 }}\n  stats http-request deny",
                    "deny with a status": "deny deny_status 404"}.items():
    case(f"stats http-request {name}", get("/st"), ignore=("log", "fate", "timers"),
         conf=f"stats uri /st\n  stats http-request {rules}".replace("{{", "{").replace("}}", "}"))
