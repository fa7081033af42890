"""What rules, logs and the program's own answers make of requests over HTTP/2."""
from h2_side_case import answer, ask, case, says

LINE = b"/echo?a=b&c=d"
FACTS = ("url", "url,length", "path", "pathq", "query", "base", "url_param(a)", "urlp(c)", "method", "req.ver", "req_ver", "fc_http_major",
         "hdr(host)", "hdr_cnt", "req.hdr_names",
         "req.fhdr(x-a)", "req.hdr(x-a,-1)", "req.cook(b)", "req.cook_cnt", "req.hdrs,length", "url_port", "url_ip", "base32,hex",
         "capture.req.method", "capture.req.uri", "capture.req.ver",
         "ssl_fc", "ssl_fc_alpn", "http_first_req", "req.body_size", "req.body_len", "hdr_ip(x-forwarded-for)", "req.hdr_val(content-length)",
         "unique-id", "fe_name", "src")
for at in range(0, len(FACTS), 4):
    some = FACTS[at:at + 4]
    ask(f"facts {' '.join(some)}", (b"x-a", b"1, 2"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"x-forwarded-for", b"192.0.2.1"), (b"x-a", b"3"),
        path=LINE,
        conf="\n".join(f"http-request add-header x-fact{number} %[{fact}]" for number, fact in enumerate(some)))

for name, conf in (
        ("set-header", "http-request set-header x-new %[src]\nhttp-request set-header x-a changed"),
        ("add-header", "http-request add-header x-a 2\nhttp-request add-header X-Case Value"),
        ("del-header", "http-request del-header x-a\nhttp-request del-header user-agent"),
        ("del-header cookie", "http-request del-header cookie"),
        ("replace-header", "http-request replace-header x-a (.*) <\\1>"),
        ("set-header host", "http-request set-header host other.example"),
        ("del-header host", "http-request del-header host"),
        ("set-path", "http-request set-path /other%[path]"),
        ("set-pathq", "http-request set-pathq /other?x=y"),
        ("set-uri relative", "http-request set-uri /other?x=y"),
        ("set-uri absolute", "http-request set-uri https://else.example:81/other"),
        ("set-query", "http-request set-query z=1"),
        ("replace-path", "http-request replace-path (.*) /p\\1"),
        ("replace-pathq", "http-request replace-pathq /(.*) /q/\\1"),
        ("replace-uri", "http-request replace-uri (.*) /u?\\1"),
        ("replace-uri of an absolute one", "http-request replace-uri ^https?://([^/]*)/(.*) /\\1/\\2"),
        ("set-method", "http-request set-method PUT"),
        ("set-src", "http-request set-src str(192.0.2.7)\noption forwardfor"),
        ("forwardfor", "option forwardfor"),
        ("normalize-uri", "http-request normalize-uri query-sort-by-name"),
        ("deny", "http-request deny"),
        ("deny with a status and fields", "http-request deny deny_status 429 hdr Retry-After 5 content-type text/plain string slow"),
        ("deny by url", "http-request deny if { url_beg http://example.com https://example.com }"),
        ("deny by path", "http-request deny if { path_beg /x/ }"),
        ("deny by host", "http-request deny if { hdr(host) -i example.com }"),
        ("deny by version", "http-request deny if HTTP_2.0"),
        ("deny by url_dom", "http-request deny if { url_dom -i example.com }"),
        ("deny by url_reg", "http-request deny if { url_reg ^/x }"),
        ("return", "http-request return status 200 content-type text/plain lf-string \"%[url] %HV %HU %HPO %[req.ver]\\n\" hdr X-Own a hdr X-UP %[path]"),
        ("return without body", "http-request return status 204"),
        ("return 404", "http-request return status 404 default-errorfiles"),
        ("redirect location", "http-request redirect location /there code 301"),
        ("redirect scheme", "http-request redirect scheme https"),
        ("redirect scheme http", "http-request redirect scheme http code 307"),
        ("redirect prefix", "http-request redirect prefix https://other.example"),
        ("redirect prefix drop-query", "http-request redirect prefix /p drop-query append-slash set-cookie A=1"),
        ("auth", "http-request auth realm here"),
        ("reject", "http-request reject"),
        ("silent-drop", "http-request silent-drop"),
        ("tarpit", "timeout tarpit 100ms\nhttp-request tarpit deny_status 500"),
        ("tcp-request content reject", "tcp-request content reject"),
        ("early-hint", "http-request early-hint Link </a>\nhttp-request early-hint X-B 1"),
        ("set-log-level silent", "http-request set-log-level silent"),
        ("captures", "capture request header x-a len 10\ncapture request header host len 5\ncapture response header x-s len 9"),
        ("capture of a cookie", "capture cookie b= len 10"),
        ("capture by rule", "declare capture request len 30\nhttp-request capture url id 0\nhttp-request capture req.hdr(cookie) len 30"),
        ("monitor-uri", "monitor-uri /x/echo"),
        ("response set-header", "http-response set-header X-New %[status]\nhttp-response add-header x-s 2\nhttp-response del-header server"),
        ("response set-status", "http-response set-status 404"),
        ("response deny", "http-response deny"),
        ("response return", "http-response return status 200 content-type text/plain string own"),
        ("response redirect", "http-response redirect location /elsewhere"),
        ("after-response", "http-after-response set-header X-After %[res.hdrs,length]"),
        ("response facts", "http-response set-header x-facts \"%[res.ver] %[status] %[res.hdr_names] %[res.fhdr(x-s)] %[res.cook(s)] %[res.hdrs,hex]\""),
        ("unique-id", "unique-id-format %[path]\nunique-id-header X-Id"),
        ("wait-for-body", "http-request wait-for-body time 500ms\nhttp-request set-header x-body %[req.body,hex]"),
        ("http-buffer-request", "option http-buffer-request\nhttp-request set-header x-body %[req.body_len]"),
        ("disable-l7-retry", "http-request disable-l7-retry"),
        ("per connection variables", "http-request set-var(sess.n) int(1),add(sess.n)\nhttp-request set-header x-n %[var(sess.n)]"),
        ("http-errors by return", "http-request return status 503 default-errorfiles hdr A B")):
    ask(f"rule {name}", (b"user-agent", b"u"), (b"x-a", b"1"), (b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"content-length", b"4"), method=b"POST",
        path=LINE, body=b"body", conf=conf,
        serve=says(answer(b"Server: web", b"X-S: 1", b"Set-Cookie: s=5")),
        routes={b"echo": says(answer(b"Server: web", b"X-S: 1", b"Set-Cookie: s=5"))},
        ignore=("fate",) if name == "tcp-request content reject" else ())

for name, conf in (("set-header", "http-request set-header x-new 1"), ("forwardfor", "option forwardfor"), ("set-path", "http-request set-path /y%[path]"),
                   ("del-header", "http-request del-header x-a"), ("set-method", "http-request set-method PUT"), ("set-header host", "http-request set-header host other")):
    ask(f"a body without a length under {name}", (b"x-a", b"1"), method=b"POST", path=LINE, body=b"body", conf=conf)
    ask(f"a body and trailers under {name}", (b"x-a", b"1"), method=b"POST", path=LINE, body=b"body", trailers=[(b"x-t", b"1")], conf=conf, ignore=("log",))

for name, back in (
        ("cookie insert", "cookie SRV insert indirect nocache"), ("forwardfor in the backend", "option forwardfor header X-Client"),
                   ("httpclose", "option httpclose"),
        ("http-server-close", "option http-server-close"), ("http-keep-alive", "option http-keep-alive"), ("http-reuse never", "http-reuse never"),
                   ("http-reuse always", "http-reuse always"),
        ("a rule of the backend", "http-request set-header x-back %[url]\nhttp-response set-header x-back %[srv_name]"),
        ("http-send-name-header", "http-send-name-header X-Server"), ("balance uri", "balance uri whole"),
                   ("balance hdr(host)", "balance hdr(host)")):
    case(f"backend {name}", lambda c: [c.answer(c.request(b"POST", b"/x/echo", (b"cookie", b"SRV=s1; z=1"), (b"content-length", b"3"), body=b"abc"))
                                       for _ in range(3)] and None, back=back,
         server="server s 127.0.0.1:{origin} cookie s1")

case("statistics", lambda c: c.headers(1, [(name, b"/stats;csv" if name == b":path" else value) for name, value in c.fields()]),
     conf="stats enable\nstats uri /stats", ignore=("client", "log"))
case("statistics behind a password", lambda c: c.headers(1, [(name, b"/stats" if name == b":path" else value) for name, value in c.fields()]),
     conf="stats enable\nstats uri /stats\nstats auth a:b", ignore=("log",))
