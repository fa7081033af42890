"""Where proxyd differs from Debian's haproxy 2.6 on purpose: case name -> (aspects, reason)."""

STRICTER = "2.6 passes it on; refused here as a smuggling risk (RFC 9112), as later releases of haproxy do"
KEPT_IDLE = "2.6 closes idle server connections that it expects not to need; we keep them until pool-purge-delay"
TOO_LARGE = "2.6 answers 400 to a head that does not fit; we say what is too large (414, 431), as 3.4 does"
COUNTED = "bytes that never left us are not counted; 2.6 counts what it had formatted"
STATS_401 = ("2.6 logs 400 and closes without saying so; we log the 401 that was sent and announce the close")
CSV_COLUMNS = "our CSV goes on with columns of 3.4 behind all those of 2.6"

PIECES = "2.6 wants the whole header at once; we wait for the rest, as the protocol allows"
LOOSE_LINE = "2.6 takes the address or port that is none for some other one; we refuse the header"
CHECKED_PAGE = "502 as the manual has it; 2.6 answers with the page of the status that the refused response had"
WHOLE_STORY = ("client", "fate", "origin", "origin fate", "log", "timers")

NO_REQUEST_TIME = "2.6 shows no time for a request that it cannot normalize"
ARRAYS = "2.6 knows no arrays of JSON"
WHOLE_PART = "2.6 yields nothing where the manual says: the whole part; and it verifies by an algorithm that the token does not name"
OTHER_LENGTH = "2.6 breaks the answer off; ours is a 500 that says that the length cannot be that"

EXPLAINED = {
    **{f"changes: normalize-uri {how} strict of {target}": (("log", "timers"), NO_REQUEST_TIME)
       for how in ("percent-decode-unreserved", "percent-to-uppercase") for target in ("/%4", "/a%zz?q")},
    **{f"fetches: a token that is {how}, 4": (("origin",), ARRAYS) for how in ("signed", "cut", "unsigned")},
    **{f"fetches: a token that is {how}, 8": (("origin",), WHOLE_PART) for how in ("signed", "cut", "unsigned")},
    **{f"changes: {kind} set-header content-length 1": (("client", "fate", "origin fate", "log"), OTHER_LENGTH)
       for kind in ("http-response", "http-after-response")},
    "fetches: users, Basic dTE6cDE=,x": (("origin",), "2.6 takes what stands before a comma for the credentials"),
    "fetches: res.cook_cnt res.cook_val(n) res.cook_val(k) scook(k)": (("client",), "2.6 counts a cookie's attribute as a cookie"),
    "early-hint: then closed": (("log",), "no answer has the status -1; 2.6 shows 0 once an interim one went out"),
    "accept-proxy: in two pieces": (WHOLE_STORY, PIECES),
    "accept-proxy: version 1, an address that is none": (WHOLE_STORY, LOOSE_LINE),
    "accept-proxy: version 1, a port that is none": (WHOLE_STORY, LOOSE_LINE),
    "accept-proxy: version 1, unknown with more": (WHOLE_STORY, "the protocol has us ignore what follows UNKNOWN; 2.6 refuses it"),
    "accept-proxy: version 2, unspecified": (WHOLE_STORY, "the protocol has us take the connection's own addresses; 2.6 refuses it"),
    "return a format of two lines": (("client", "log"), "a body made of a format has the samples' line ends as they are; 2.6 writes them as %0A"),
    "engine: line ends in return status 200 content-type text/plain lf-string {}": (("client", "log"), "the same"),
    "engine: line ends in deny deny_status 403 content-type text/plain lf-string {}": (("client", "log"), "the same"),
    "messages 3: fix_is_valid | fix_is_valid | fix_is_valid": (("origin",), "a tag without a value is not valid, as the manual has it; 2.6 lets it pass"),
    "disable-h2-upgrade": (("client", "log"), "a bad request from its first line on; 2.6 finds that out later and words it in its other form"),

    "engine: a body longer than a buffer": (("log",), "the time in which the request came is shown, 2.6 shows -1"),
    "engine: a header longer than maxrewrite": (WHOLE_STORY, "2.6 has no room for it and answers 500; we have"),
    "engine: checkcache refuses, ETag": (("client", "log"), CHECKED_PAGE),
    "engine: checkcache refuses, max-age": (("client", "log"), CHECKED_PAGE),
    "engine: checkcache refuses, other fields spared": (("client", "log"), CHECKED_PAGE),
    "engine: checkcache refuses, 302 public": (("client", "log"), CHECKED_PAGE),

    "chunk LF after size": (("client", "fate", "origin", "origin fate", "log", "timers"), STRICTER),
    "answer has a bad version": (("client", "fate", "origin fate", "log", "timers"), STRICTER),
    "answer has a NUL": (("client", "origin fate", "log", "timers"), STRICTER),
    "star with GET": (("client", "fate", "origin", "origin fate", "log", "timers"), STRICTER),
    "host with bad characters": (("client", "fate", "origin", "origin fate", "log", "timers"), STRICTER),
    "NUL in value": (("client", "fate", "origin", "origin fate", "log", "timers"), STRICTER),
    "control character in value": (("client", "fate", "origin", "origin fate", "log", "timers"), STRICTER),
    "transfer coding 'chunked,'": (("origin", "origin fate"), "the list is forwarded without its empty member"),

    "answer chunked with trailers": (("log",), "2.6 counts trailer fields in %B, we count the payload"),
    "answer 204 with a length": (("log",), "2.6 counts the Content-Length that it drops from a 204"),
    "client leaves while the server thinks": (("log",), COUNTED),
    "queued, client resets []": (("log", "timers"), COUNTED),
    "client leaves within the answer": (("log",), COUNTED),
    "101 without upgrade": (("log", "origin fate"), "2.6 counts the head that it refused; we count what was sent"),

    "http-buffer-request timeout": (("log", "timers"), "the head was complete: its time is shown, 2.6 shows -1"),
    "frontend without backend": (("log", "timers"), "the head was complete: its time is shown, 2.6 shows -1"),
    "server ends the reused connection on the request": (
        ("client", "fate", "origin", "origin fate", "log", "timers"),
        "nothing is lost: an idempotent request without body is asked again on a fresh connection"),
    "server ends its kept connection, another one serves": (
        ("client", "fate", "origin", "origin fate", "log", "timers"),
        "the same; with \"option redispatch\" it is asked of another server, as the first may be about to end"),
    "server ends its kept connection, then a new one": (
        ("client", "fate", "origin", "origin fate", "log", "timers"), "asked again once, not twice: then it is 502"),
    "server ends the reused connection on a POST": (("log", "timers"), "2.6 leaves no log line; we log SH"),
    "client half-closes within its body": (("origin fate",), "the server is told by a FIN, so that it sees what came"),
    "client leaves within its body": (("origin fate",), "the server is told by a FIN, so that it sees what came"),
    "timeout of the client within its body": (
        ("client", "origin fate", "log"), "client and server timeout are equal: we blame the side that owes bytes (408)"),
    "tcp server timeout shorter": (("origin fate",), "2.6 keeps its half of a timed-out relay open; we close both"),

    "queue timeout": (("log",), "the waiting request is counted until it is answered"),

    "target longer than a buffer": (("client", "log"), TOO_LARGE),
    "field longer than a buffer": (("client", "log"), TOO_LARGE),
    "many fields fill the buffer": (("client", "log"), TOO_LARGE),
    "small buffers: target": (("client", "log"), TOO_LARGE),
    "small buffers: fields": (("client", "log"), TOO_LARGE),

    "statistics without password": (("client", "log", "timers"), STATS_401),
    "statistics with a wrong password": (("client", "log", "timers"), STATS_401),
    "statistics with a broken password": (("client", "log", "timers"), STATS_401),
    "statistics with another scheme": (("client", "log", "timers"), STATS_401),
    "statistics realm": (("client", "log", "timers"), STATS_401),
    "statistics page, HTTP/1.0": (("client",), "2.6 sends chunks to a HTTP/1.0 client; we send a length"),
    "statistics as CSV": (("client",), CSV_COLUMNS),
    "statistics as CSV, no refresh": (("client",), CSV_COLUMNS),

    "cookie: blanks around the equals sign": (("origin",), "2.6 takes the blanks out; what is no edit of ours passes as it came"),
    "cookie: blanks around the equals sign of the answer": (("client",), "the same"),

    "chunked in HTTP/1.0": (("origin fate",), KEPT_IDLE),

}
