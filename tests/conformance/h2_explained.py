"""Where proxyd differs over HTTP/2 from Debian's haproxy 2.6 on purpose: case name -> (aspects, reason)."""

ALL = ("client", "server", "log", "fate")
NO_AUTHORITY = "2.6 passes it on without a usable Host; RFC 9112 3.2 has a server of HTTP/1.1 refuse that, so we do"
OTHER_HOST = "2.6 forgets the other host; RFC 9113 8.3.1 wants such a request refused, as who routed it may have gone by the other one"
NOT_FIRST = "2.6 takes no request of HTTP/2 for the first one of its connection, and leaves it to the client to ask again; we say 502, as with HTTP/1"
LYING_END = "2.6 ends the stream as if the body were whole; RFC 9113 8.1 wants it reset"
TRAILERS = "2.6 counts trailer fields, we count the payload"
UNREAD = "2.6 counts payload that lay in its buffer though nobody asked for it"
SAID_WHY = "2.6 closes without a word; we send the GOAWAY that RFC 9113 5.4.1 recommends"
LAST_STREAM = "2.6 says that it processed nothing, we say the last stream that was opened"
TOO_LARGE = "2.6 resets the stream of a head that does not fit; we say what is too large (431)"
NO_LENGTH = "a 204 has no Content-Length (RFC 9110 8.6); 2.6 adds or keeps it"
OTHER_FORM = "a bad request from its first line on; 2.6 finds that out later, words it in its other form and logs it as a request"
NO_KEY = "Sec-WebSocket-Accept has no meaning in HTTP/2 (RFC 8441 5): 2.6 passes it on"

KEY_NAME = "the key's name is in lower case like all others; 2.6 writes it as Sec-Websocket-Key"
ADDED_PLACE = "what frames the body for the server stands where it was added; 2.6 writes it last"

EXPLAINED = {
    "authority that is missing": (ALL, NO_AUTHORITY),
    "authority that is empty": (ALL, NO_AUTHORITY),
    "authority and another host": (ALL, OTHER_HOST),
    "OPTIONS *": (("log",), "2.6 shows the URI without its asterisk, we show the asterisk that the server gets"),
    "scheme ftp": (("client", "server", "log"), "2.6 sends the absolute URI of a foreign scheme to the server, we the path of each"),
    "path b'/\\xc3\\xa9'": (("client", "server", "log"), "no URI has such bytes (RFC 3986): refused as over HTTP/1"),
    "a hundred and twenty fields": (("client", "server", "log"), "tune.http.maxhdr holds for HTTP/2 as it does for HTTP/1; 2.6 counts them nowhere"),
    "a field of 20 kB": (("client", "log"), TOO_LARGE),
    "a response 204 with a length": (("client", "log"), NO_LENGTH),
    "rule return without body": (("client",), NO_LENGTH),
    "a response chunked with trailers": (("log",), TRAILERS),
    **{name: (("log",), TRAILERS) for name in ("trailers of a request", "trailers of a request with a length", "trailers without a body")},
    **{name: (("log",), "2.6 counts the end of the body as a byte") for name in ("POST, content-length 0, an empty DATA", "POST, an empty DATA")},
    "rule silent-drop": (("log",), UNREAD),
    "rule response redirect": (("log",), "our answer of HTTP/1 to a request with a body says that the connection ends, and counts it"),
    "facts http_first_req req.body_size req.body_len hdr_ip(x-forwarded-for)": (("server",),
        "the first request of a connection is the first one; 2.6 never says so over HTTP/2"),
    "facts url_port url_ip base32,hex capture.req.method": (("server",),
                                                            "a URL without a port has port 80, as the manual says; 2.6 wants an address in it"),
    **{f"a server that {how}": (("client", "log"), NOT_FIRST) for how in ("closes at once", "resets at once", "closes within its head")},
    "retries": (("client", "log"), NOT_FIRST),
    **{f"a server that {how}": (("client",), LYING_END)
       for how in ("closes within its body", "closes within a chunk", "closes behind a chunk", "stops within its body")},
    "a server that sends a bad chunk": (("client", "log"),
                                        "what came before the bad chunk was sent, so the stream is reset; 2.6 had it all in one buffer and says 502"),
    "a server that switches protocols unasked": (("log",), "2.6 counts the head that it refused; we count what was sent"),
    "malformed: a body that is too short": (("log",), "the same fault is found within the data (CD), not within the request (CR)"),
    "malformed: a body that is too long": (("log", "server"), "the head may have gone to the server before the fault was seen"),
    "a body that does not come": (("client", "log"),
                                  "client and server timeout are equal or the client's is shorter: we blame the side that owes bytes (408)"),
    "half a preface": (("fate",), "we say that it is none when the client leaves"),
    "half a header block": (("fate",), LAST_STREAM),
    "a preface of HTTP/2 in upper and lower case": (("client", "log"), OTHER_FORM),
    "a preface behind a request of HTTP/1": (("client", "log"), OTHER_FORM),
    **{name: (("client", "server"), NO_KEY + "; " + KEY_NAME) for name in (
        "WebSocket", "WebSocket, large", "WebSocket, timeout tunnel", "WebSocket, closed by the client's reset", "WebSocket, refused by the server",
        "WebSocket, the server answers 200", "an extended CONNECT of another protocol", "WebSocket under forwardfor", "WebSocket under set-path",
        "WebSocket under del-header", "WebSocket, rules see it", "WebSocket under set-header", "WebSocket, the server ends it")},
    **{f"a body {kind} under {rule}": (("server",), ADDED_PLACE) for kind in ("without a length", "and trailers")
       for rule in ("set-header", "forwardfor", "set-header host")},
    "WebSocket, the key is wrong": (("server",), KEY_NAME),
    "a bad first frame": (("fate",), SAID_WHY),
    "no preface": (("fate",), SAID_WHY),
    "a bad header block": (("fate",), LAST_STREAM),
    **{f"rule {rule}": (("log",), UNREAD) for rule in ("reject", "tcp-request content reject")},
    "authority and the same host with a port": (ALL, OTHER_HOST),
    "the client ends its half of the connection": (("fate",), SAID_WHY),
}
