"""Fetches and converters that no other case uses: response headers and cookies, inspection, users, servers, TCP's own numbers."""
import base64
import hashlib
import hmac

from case import case, get, post, reply, serves
from stage import pause

RESPONSE = ["res.fhdr(x-a)", "res.fhdr(x-a,1)", "res.fhdr(x-a,-1)", "res.fhdr_cnt(x-a)", "res.fhdr_cnt", "res.hdr_cnt(x-a)", "res.hdr_cnt", "res.hdr_cnt(x-no)",
            "res.hdr_ip(x-ip)", "res.hdr_ip(x-ip,2)", "res.hdr_ip(x-a)", "res.hdr_names", "res.hdr_names(;)", "res.hdr_val(x-n)", "res.hdr_val(x-a)",
            "res.hdrs,length", "res.hdrs_bin,hex", "res.ver", "resp_ver", "res.cook(k)", "res.cook(no)", "res.cook(k2)", "res.cook", "res.cook_cnt(k)", "res.cook_cnt",
            "res.cook_val(n)", "res.cook_val(k)", "scook(k)", "scook_cnt(k)", "scook_val(n)", "shdr(x-a)", "shdr(x-a,2)", "shdr_cnt(x-a)", "shdr_ip(x-ip)", "shdr_val(x-n)",
            "res.hdr(x-a,-2)", "res.hdr(X-A,9)", "res.hdr(x-date)", "res.fhdr(x-date)", "status,add(1)", "be_tunnel_timeout", "fe_client_timeout"]
HEADERS = reply(b"ok", "X-A: one, two ,three", "X-A: Four", "X-Ip: 10.0.0.1, ::1", "X-N: 12abc", "Set-Cookie: k=v; path=/", "Set-Cookie: n=42", "Set-Cookie: k2=\"q r\"",
                "X-Date: Mon, 01 Jan 2024 00:00:00 GMT")
for at in range(0, len(RESPONSE), 4):
    four = RESPONSE[at:at + 4]
    case(f"fetches: {' '.join(four)}", get("/"), serves(HEADERS),
         conf="\n  ".join(f"http-response set-header y{number} <%[{each}]>" for number, each in enumerate(four)))

BODY = ["req.body_param(a)", "req.body_param(b)", "req.body_param(no)", "req.body_param", "req.body_len", "req.body_size", "req_ver", "req.ver", "req_proto_http",
        "cook_val(n)", "req.cook_val(n)", "req.cook_val(k)"]
for at in range(0, len(BODY), 4):
    four = BODY[at:at + 4]
    case(f"fetches: {' '.join(four)}", post(b"a=1&b=%41+b&a=2&c", "Cookie: n=7x; k=v"), options="",
         conf="option http-buffer-request\n  " + "\n  ".join(f"http-request set-header y{number} <%[{each}]>" for number, each in enumerate(four)))
case("fetches: res.body and its size", get("/"), serves(reply(b"hello body")),
     conf="http-response wait-for-body time 1s\n  http-response set-header y1 <%[res.body,hex]>\n  http-response set-header y2 <%[res.body_size]>")

USERS = "userlist {name}u\n  group g1 users u1\n  group g2 users u1,u2\n  user u1 insecure-password p1\n  user u2 insecure-password p2\n" \
        "listen {name}\n  bind {bind}\n  http-request set-header y1 <%[http_auth({name}u)]>\n  http-request set-header y2 <%[http_auth_group({name}u)]>\n" \
        "  http-request set-header y3 yes if { http_auth_group({name}u) g1 }\n  http-request set-header y4 yes if { http_auth({name}u) }\n" \
        "  http-request set-header y5 <%[http_auth_bearer]>\n  http-request set-header y6 <%[http_auth_bearer(x-token)]>\n  server s1 {s1}\n"
for name, lines in [("the first", ["u1:p1"]), ("the second", ["u2:p2"]), ("a wrong password", ["u1:p2"]), ("nobody", []), ("no colon", ["u1"]), ("empty", [":"])]:
    case(f"fetches: users, {name}", get("/", *(f"Authorization: Basic {base64.b64encode(each.encode()).decode()}" for each in lines)), text=USERS)
for value in ("Bearer abc.def", "bearer abc", "Bearer", "Bearer  two  blanks", "Basic dTE6cDE=,x", "BearerX a"):
    case(f"fetches: users, {value}", get("/", f"Authorization: {value}", f"X-Token: {value}"), text=USERS)


def segment(string):
    return base64.urlsafe_b64encode(string.encode()).rstrip(b"=").decode()


TOKEN = segment('{"alg":"HS256","typ":"JWT"}') + "." + segment('{"sub":"me","n":7,"a":[1,2],"o":{"x":"y"}}') + "."
SIGNED = TOKEN + base64.urlsafe_b64encode(hmac.new(b"secret", TOKEN[:-1].encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
JWT = ["http_auth_bearer,jwt_header_query('$.alg')", "http_auth_bearer,jwt_header_query('$.no')", "http_auth_bearer,jwt_payload_query('$.sub')",
       "http_auth_bearer,jwt_payload_query('$.n','int')", "http_auth_bearer,jwt_payload_query('$.a')", "http_auth_bearer,jwt_payload_query('$.o.x')",
       'http_auth_bearer,jwt_verify("HS256","secret")', 'http_auth_bearer,jwt_verify("HS256","wrong")', 'http_auth_bearer,jwt_verify("HS512","secret")',
       "http_auth_bearer,jwt_header_query", "http_auth_bearer,jwt_payload_query"]
for name, token in [("signed", SIGNED), ("cut", SIGNED[:-3]), ("unsigned", TOKEN), ("nonsense", "a.b.c"), ("two parts", "a.b")]:
    for at in range(0, len(JWT), 4):
        case(f"fetches: a token that is {name}, {at}", get("/", f"Authorization: Bearer {token}"),
             conf="\n  ".join(f"http-request set-header y{number} <%[{each}]>" for number, each in enumerate(JWT[at:at + 4])))

PIECES = ["payload(0,4)", "payload(2,0),hex", "payload_lv(0,1)", "payload_lv(0,2,4),hex", "req.payload_lv(0,1),hex", "req.payload_lv(1,1,-1),hex", "rdp_cookie(mstshash)",
          "rdp_cookie_cnt(mstshash)", "req.rdp_cookie(msts)", "req.rdp_cookie_cnt", "rdp_cookie", "req.ssl_alpn", "req.ssl_ec_ext", "req.ssl_st_ext", "req.ssl_ver", "req_ssl_ver",
          "req_ssl_sni", "req_ssl_hello_type", "req_len", "req.ssl_sni"]


def client_hello(name):
    sni = name.encode()
    names = b"\0" + len(sni).to_bytes(2, "big") + sni
    extensions = b"\0\0" + (len(names) + 2).to_bytes(2, "big") + len(names).to_bytes(2, "big") + names + \
        b"\0\x10\0\x0e\0\x0c\x02h2\x08http/1.1" + b"\0\x0a\0\x04\0\x02\0\x1d" + b"\0\x23\0\0"
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\x04\x13\x01\xc0\x2f" + b"\1\0" + len(extensions).to_bytes(2, "big") + extensions
    shaken = b"\1" + len(body).to_bytes(3, "big") + body
    return b"\x16\3\1" + len(shaken).to_bytes(2, "big") + shaken


RDP = b"\3\0\0\x2a\x25\xe0\0\0\0\0\0Cookie: mstshash=user1\r\nmsts=3640205228.15629.0000\r\n"
for name, sent in [("hello", client_hello("www.example.com")), ("rdp", RDP), ("counted", b"\5hello\0\3abc"), ("short", b"ab"), ("half a hello", client_hello("x.y")[:40])]:
    for at in range(0, len(PIECES), 5):
        five = PIECES[at:at + 5]
        rules = "\n".join(f"  tcp-request content set-var(sess.v{number}) {each} if WAIT_END" for number, each in enumerate(five))
        shown = " ".join(f"<%[var(sess.v{number})]>" for number in range(5))
        case(f"fetches: inspected, {name}: {' '.join(five)}", [sent], linger=0.5,
             conf=f'mode tcp\n  tcp-request inspect-delay 200ms\n  log-format "{shown}"\n{rules}\n  tcp-request content reject')
for each in ("res.payload_lv(0,1)", "res.payload(1,3)", "res.ssl_hello_type", "rep_ssl_hello_type", "res.len"):
    case(f"fetches: inspected answers, {each}", [b"hi", pause(0.4)], [("until", b"hi"), b"\5hello", pause(0.3)], ignore=("origin fate",),
         conf=f'mode tcp\n  tcp-response inspect-delay 100ms\n  log-format "<%[var(txn.v)]>"\n  tcp-response content set-var(txn.v) {each} if WAIT_END')

NUMBERS = ["srv_conn(s1)", "srv_conn_free(s1)", "srv_iweight(s1)", "srv_uweight(s1)", "srv_weight(s1)", "srv_queue(s1)", "be_sess_rate,bool", "fe_sess_rate,bool",
           "fe_req_rate,bool", "srv_sess_rate(s1)", "bc_src", "bc_src_port,bool", "fc_src_port,bool", "fc_dst_port", "date_us,bool", "fc_retrans", "fc_lost", "fc_fackets", "fc_sacked",
           "fc_unacked,bool", "fc_reordering", "fc_rtt,bool", "fc_rttvar(us),bool", "last_rule_file,length,bool", "wait_end"]
for each in NUMBERS:
    case(f"fetches: {each}", get("/"), conf=f"http-response set-header y <%[{each}]>", server_options="weight 7 maxconn 9")

CONVERTED = ['str("a%0d%0a%0ab"),url_dec,cut_crlf', 'str("a%0d%0a"),url_dec,cut_crlf,length', "str(abc),secure_memcmp(txn.same)", "str(abd),secure_memcmp(txn.same)",
             "str({name}/s1),srv_queue", "str(keep),capture-req(0)", "str({name}/no),srv_queue", "str(a),capture-req(7)"]
for each in CONVERTED:
    case(f"fetches: {each}", get("/"), conf="declare capture request len 3\n  declare capture response len 3\n  http-request set-var(txn.same) str(abc)\n"
         f"  http-request set-header y <%[{each}]>\n  http-response set-header z <%[str(keep),capture-res(0)]>")
