// Requests and responses that were sent through haproxy 2.6 (Debian's 2.6.12), and what it made of them.
#include <catch2/catch.hpp>

#include "tests/unit/lib/http/h1_support.h"

using namespace http_test;
using namespace std::string_literals;

namespace {

struct TwinRequest {
  std::string bytes;
  int status;             // 200: let pass
  std::string forwarded;  // the head
};

struct TwinResponse {
  std::string bytes;
  Asked request;
  Persistence wish;       // of the client's side
  std::string forwarded;  // the first head; empty: 502
};

const std::vector<TwinRequest>& requests() {
  static const std::vector<TwinRequest> all{
    {"GET / HTTP/1.1\r\nHost: a:80\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a:80\r\n\r\n"s},
    {"GET http://b:80/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://b/x HTTP/1.1\r\nHost: b:80\r\n\r\n"s, 200, "GET http://b/x HTTP/1.1\r\nhost: b:80\r\n\r\n"s},
    {"GET http://b:443/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
    {"GET https://b:443/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET https://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://B/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http://B/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://u@b/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http://u@b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://b/x HTTP/1.1\r\n\r\n"s, 200, "GET http://b/x HTTP/1.1\r\n\r\n"s},
    {"GET http://b HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http://b HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http:///x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http:///x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://b?x HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
    {"GET foo:bar HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
    {"GET foo://b/bar HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET foo://b/bar HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"GET http://b/x HTTP/1.1\r\nHost:\r\n\r\n"s, 400, ""s},
    {"GET http://b:/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200, "GET http://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
    {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"CONNECT a:8080 HTTP/1.1\r\nHost: a:8080\r\n\r\n"s, 200, "CONNECT a:8080 HTTP/1.1\r\nhost: a:8080\r\n\r\n"s},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"CONNECT a:8080 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"CONNECT a:8080 HTTP/1.1\r\n\r\n"s, 200, "CONNECT a:8080 HTTP/1.1\r\n\r\n"s},
    {"CONNECT a:443 HTTP/1.1\r\n\r\n"s, 200, "CONNECT a:443 HTTP/1.1\r\n\r\n"s},
    {"CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 3\r\n\r\nabc"s, 200, "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "OPTIONS http://a HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET  / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET /  HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1 \r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET\x09/ HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {" GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"\r\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\rHost: a\r\n\r\n"s, 400, ""s},
    {"GET / http/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/11.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.10\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/0.9\r\nHost: a\r\n\r\n"s, 200, "GET / HTTP/0.9\r\nhost: a\r\nconnection: keep-alive\r\n\r\n"s},
    {"GET / HTTP/1.\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / XTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET / RTSP/1.0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/0.1\r\n\r\n"s, 200, "GET / HTTP/0.1\r\nconnection: keep-alive\r\n\r\n"s},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"s, 200, "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"s},
    {"GET / \r\nHost: a\r\n\r\n"s, 400, ""s},
    {"GET /\r\n\r\n"s, 400, ""s},
    {"GET\r\n\r\n"s, 400, ""s},
    {"GE\x00T / HTTP/1.1\r\n\r\n"s, 400, ""s},
    {"GET /a\x00""b HTTP/1.1\r\n\r\n"s, 400, ""s},
    {"GET /a\x7f""b HTTP/1.1\r\n\r\n"s, 200, "GET /a\x7f""b HTTP/1.1\r\n\r\n"s},
    {"GET /a\"<>\\^`{|}b HTTP/1.1\r\n\r\n"s, 200, "GET /a\"<>\\^`{|}b HTTP/1.1\r\n\r\n"s},
    {"GET /a\x01""b HTTP/1.1\r\n\r\n"s, 400, ""s},
    {"GET /%zz HTTP/1.1\r\n\r\n"s, 200, "GET /%zz HTTP/1.1\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f""b\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\x7f""b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:  a \x09\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:\x09""a\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: \r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: \r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\x09""c\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a   b  \x09""c\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n b\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a  \r\n   b  \r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a       b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n \r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n \r\n b\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a      b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\n b\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a  b\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\rY: b\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\x00: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\xe9: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX\x09: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX Y: a\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X\r\nX: 1\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: X\r\nx: 1\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Bar ,  baz\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo, Bar ,  baz\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: ,,close,\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x,close\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: x\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: timeout=5\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nkeep-alive: timeout=5\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nproxy-connection: close\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers;q=1\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTE: gzip\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: TE\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nupgrade: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: h2c, foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket/13\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: WebSocket/13\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, foo\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nHTTP2-Settings: AAA\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nhttp2-settings: AAA\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: a:80\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nHost: A\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX-Long-Header-Name_Abc: z\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx-long-header-name_abc: z\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 00\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0 3\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3,\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ,3\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3,4\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\x09\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 9223372036854775807\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 00\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;x\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: CHUNKED\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, 422, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"s, 422, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b""chunked\r\n\r\n0\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"s, 422, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ncookie: a=b\r\ncookie: c=d\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\n\r\n"s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nx: b\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\nx: b\r\n\r\n"s},
    {"HEAD / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 413, ""s},
    {"DELETE / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 413, ""s},
    {"OPTIONS / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 200, "OPTIONS / HTTP/1.0\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"s, 200, "GET / HTTP/1.0\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n"s},
    {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, 413, ""s},
    {"TRACE / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"s, 200, "TRACE / HTTP/1.1\r\ncontent-length: 3\r\n\r\n"s},
    {"GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200, "GET / HTTP/1.0\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
    {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"s, 200, "POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n"s, 200, "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n"s},
  };
  return all;
}

const std::vector<TwinResponse>& responses() {
  static const std::vector<TwinResponse> all{
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"HTTP/1.2 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/2.0 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 \r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 \r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1  200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1\x09""200\x09OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200   O K  \r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 O K  \r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 999 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 999 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 600 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 600 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 2x0 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"http/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"ICY 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 a\rb\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"<html>hello\r\n\r\n"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/0.9 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/0.9 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 204 X\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 204 X\r\n\r\n"s},
    {"HTTP/1.1 304 X\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 304 X\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, {}, Persistence::KeepAlive, "HTTP/1.1 204 X\r\n\r\n"s},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 100 Continue\r\n\r\n"s},
    {"HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 103 Early\r\nlink: x\r\n\r\n"s},
    {"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\nhi"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 101 X\r\n\r\nhi"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 100 X\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 100 X\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"s},
    {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s, {}, Persistence::KeepAlive, "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX : a\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX(: a\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nx: a   b\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nfoo\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nh0: 1\r\nh1: 1\r\nh2: 1\r\nh3: 1\r\nh4: 1\r\nh5: 1\r\nh6: 1\r\nh7: 1\r\nh8: 1\r\nh9: 1\r\nh10: 1\r\nh11: 1\r\nh12: 1\r\nh13: 1\r\nh14: 1\r\nh15: 1\r\nh16: 1\r\nh17: 1\r\nh18: 1\r\nh19: 1\r\nh20: 1\r\nh21: 1\r\nh22: 1\r\nh23: 1\r\nh24: 1\r\nh25: 1\r\nh26: 1\r\nh27: 1\r\nh28: 1\r\nh29: 1\r\nh30: 1\r\nh31: 1\r\nh32: 1\r\nh33: 1\r\nh34: 1\r\nh35: 1\r\nh36: 1\r\nh37: 1\r\nh38: 1\r\nh39: 1\r\nh40: 1\r\nh41: 1\r\nh42: 1\r\nh43: 1\r\nh44: 1\r\nh45: 1\r\nh46: 1\r\nh47: 1\r\nh48: 1\r\nh49: 1\r\nh50: 1\r\nh51: 1\r\nh52: 1\r\nh53: 1\r\nh54: 1\r\nh55: 1\r\nh56: 1\r\nh57: 1\r\nh58: 1\r\nh59: 1\r\nh60: 1\r\nh61: 1\r\nh62: 1\r\nh63: 1\r\nh64: 1\r\nh65: 1\r\nh66: 1\r\nh67: 1\r\nh68: 1\r\nh69: 1\r\nh70: 1\r\nh71: 1\r\nh72: 1\r\nh73: 1\r\nh74: 1\r\nh75: 1\r\nh76: 1\r\nh77: 1\r\nh78: 1\r\nh79: 1\r\nh80: 1\r\nh81: 1\r\nh82: 1\r\nh83: 1\r\nh84: 1\r\nh85: 1\r\nh86: 1\r\nh87: 1\r\nh88: 1\r\nh89: 1\r\nh90: 1\r\nh91: 1\r\nh92: 1\r\nh93: 1\r\nh94: 1\r\nh95: 1\r\nh96: 1\r\nh97: 1\r\nh98: 1\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nh0: 1\r\nh1: 1\r\nh2: 1\r\nh3: 1\r\nh4: 1\r\nh5: 1\r\nh6: 1\r\nh7: 1\r\nh8: 1\r\nh9: 1\r\nh10: 1\r\nh11: 1\r\nh12: 1\r\nh13: 1\r\nh14: 1\r\nh15: 1\r\nh16: 1\r\nh17: 1\r\nh18: 1\r\nh19: 1\r\nh20: 1\r\nh21: 1\r\nh22: 1\r\nh23: 1\r\nh24: 1\r\nh25: 1\r\nh26: 1\r\nh27: 1\r\nh28: 1\r\nh29: 1\r\nh30: 1\r\nh31: 1\r\nh32: 1\r\nh33: 1\r\nh34: 1\r\nh35: 1\r\nh36: 1\r\nh37: 1\r\nh38: 1\r\nh39: 1\r\nh40: 1\r\nh41: 1\r\nh42: 1\r\nh43: 1\r\nh44: 1\r\nh45: 1\r\nh46: 1\r\nh47: 1\r\nh48: 1\r\nh49: 1\r\nh50: 1\r\nh51: 1\r\nh52: 1\r\nh53: 1\r\nh54: 1\r\nh55: 1\r\nh56: 1\r\nh57: 1\r\nh58: 1\r\nh59: 1\r\nh60: 1\r\nh61: 1\r\nh62: 1\r\nh63: 1\r\nh64: 1\r\nh65: 1\r\nh66: 1\r\nh67: 1\r\nh68: 1\r\nh69: 1\r\nh70: 1\r\nh71: 1\r\nh72: 1\r\nh73: 1\r\nh74: 1\r\nh75: 1\r\nh76: 1\r\nh77: 1\r\nh78: 1\r\nh79: 1\r\nh80: 1\r\nh81: 1\r\nh82: 1\r\nh83: 1\r\nh84: 1\r\nh85: 1\r\nh86: 1\r\nh87: 1\r\nh88: 1\r\nh89: 1\r\nh90: 1\r\nh91: 1\r\nh92: 1\r\nh93: 1\r\nh94: 1\r\nh95: 1\r\nh96: 1\r\nh97: 1\r\nh98: 1\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nh0: 1\r\nh1: 1\r\nh2: 1\r\nh3: 1\r\nh4: 1\r\nh5: 1\r\nh6: 1\r\nh7: 1\r\nh8: 1\r\nh9: 1\r\nh10: 1\r\nh11: 1\r\nh12: 1\r\nh13: 1\r\nh14: 1\r\nh15: 1\r\nh16: 1\r\nh17: 1\r\nh18: 1\r\nh19: 1\r\nh20: 1\r\nh21: 1\r\nh22: 1\r\nh23: 1\r\nh24: 1\r\nh25: 1\r\nh26: 1\r\nh27: 1\r\nh28: 1\r\nh29: 1\r\nh30: 1\r\nh31: 1\r\nh32: 1\r\nh33: 1\r\nh34: 1\r\nh35: 1\r\nh36: 1\r\nh37: 1\r\nh38: 1\r\nh39: 1\r\nh40: 1\r\nh41: 1\r\nh42: 1\r\nh43: 1\r\nh44: 1\r\nh45: 1\r\nh46: 1\r\nh47: 1\r\nh48: 1\r\nh49: 1\r\nh50: 1\r\nh51: 1\r\nh52: 1\r\nh53: 1\r\nh54: 1\r\nh55: 1\r\nh56: 1\r\nh57: 1\r\nh58: 1\r\nh59: 1\r\nh60: 1\r\nh61: 1\r\nh62: 1\r\nh63: 1\r\nh64: 1\r\nh65: 1\r\nh66: 1\r\nh67: 1\r\nh68: 1\r\nh69: 1\r\nh70: 1\r\nh71: 1\r\nh72: 1\r\nh73: 1\r\nh74: 1\r\nh75: 1\r\nh76: 1\r\nh77: 1\r\nh78: 1\r\nh79: 1\r\nh80: 1\r\nh81: 1\r\nh82: 1\r\nh83: 1\r\nh84: 1\r\nh85: 1\r\nh86: 1\r\nh87: 1\r\nh88: 1\r\nh89: 1\r\nh90: 1\r\nh91: 1\r\nh92: 1\r\nh93: 1\r\nh94: 1\r\nh95: 1\r\nh96: 1\r\nh97: 1\r\nh98: 1\r\nh99: 1\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nh0: 1\r\nh1: 1\r\nh2: 1\r\nh3: 1\r\nh4: 1\r\nh5: 1\r\nh6: 1\r\nh7: 1\r\nh8: 1\r\nh9: 1\r\nh10: 1\r\nh11: 1\r\nh12: 1\r\nh13: 1\r\nh14: 1\r\nh15: 1\r\nh16: 1\r\nh17: 1\r\nh18: 1\r\nh19: 1\r\nh20: 1\r\nh21: 1\r\nh22: 1\r\nh23: 1\r\nh24: 1\r\nh25: 1\r\nh26: 1\r\nh27: 1\r\nh28: 1\r\nh29: 1\r\nh30: 1\r\nh31: 1\r\nh32: 1\r\nh33: 1\r\nh34: 1\r\nh35: 1\r\nh36: 1\r\nh37: 1\r\nh38: 1\r\nh39: 1\r\nh40: 1\r\nh41: 1\r\nh42: 1\r\nh43: 1\r\nh44: 1\r\nh45: 1\r\nh46: 1\r\nh47: 1\r\nh48: 1\r\nh49: 1\r\nh50: 1\r\nh51: 1\r\nh52: 1\r\nh53: 1\r\nh54: 1\r\nh55: 1\r\nh56: 1\r\nh57: 1\r\nh58: 1\r\nh59: 1\r\nh60: 1\r\nh61: 1\r\nh62: 1\r\nh63: 1\r\nh64: 1\r\nh65: 1\r\nh66: 1\r\nh67: 1\r\nh68: 1\r\nh69: 1\r\nh70: 1\r\nh71: 1\r\nh72: 1\r\nh73: 1\r\nh74: 1\r\nh75: 1\r\nh76: 1\r\nh77: 1\r\nh78: 1\r\nh79: 1\r\nh80: 1\r\nh81: 1\r\nh82: 1\r\nh83: 1\r\nh84: 1\r\nh85: 1\r\nh86: 1\r\nh87: 1\r\nh88: 1\r\nh89: 1\r\nh90: 1\r\nh91: 1\r\nh92: 1\r\nh93: 1\r\nh94: 1\r\nh95: 1\r\nh96: 1\r\nh97: 1\r\nh98: 1\r\nh99: 1\r\nh100: 1\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nConnection: close, foo\r\nKeep-Alive: 3\r\nProxy-Connection: x\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nconnection: foo\r\nkeep-alive: 3\r\nproxy-connection: x\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.0 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: h2,h2c\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nconnection: upgrade\r\nupgrade: h2,h2c\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nUpgrade: h2\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nupgrade: h2\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3;x\r\nabc\r\n0\r\nX: 1\r\n\r\n"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: X\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\nabc\n0\n\n"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTe: x\r\nHost: z\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nhost: z\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"s, {.method = Method::Head}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"s, {.method = Method::Head}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\n\r\n"s, {.method = Method::Head}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {.http11 = false}, Persistence::Close, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {.http11 = false}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\n\r\nabc"s, {.http11 = false}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n"s, {.http11 = false}, Persistence::Close, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: 1\r\n\r\n"s, {.http11 = false}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::Close, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\n\r\nabc"s, {}, Persistence::Close, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nConnection: foo\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::Close, "HTTP/1.1 200 OK\r\nconnection: foo\r\ncontent-length: 3\r\nconnection: close\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\n\r\nhi"s, {.method = Method::Connect}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\n\r\n"s},
    {"HTTP/1.1 404 X\r\nContent-Length: 3\r\n\r\nabc"s, {.method = Method::Connect}, Persistence::KeepAlive, "HTTP/1.1 404 X\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhi"s, {.upgrade = true, .websocket = true}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nhi"s, {.upgrade = true, .websocket = true}, Persistence::KeepAlive, "HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"s},
    {"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: bad\r\n\r\nhi"s, {.upgrade = true, .websocket = true}, Persistence::KeepAlive, "HTTP/1.1 101 X\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: bad\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {.upgrade = true, .websocket = true}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n"s},
    {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"s, {.http11 = false}, Persistence::Close, "HTTP/1.1 100 Continue\r\n\r\n"s},
  };
  return all;
}

// Where we are stricter: 2.6 lets these pass, or forwards what another parser may read differently.
const std::vector<TwinRequest>& stricter_requests() {
  static const std::vector<TwinRequest> all{
    {"OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
    {"OPTIONS *x HTTP/1.1\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01""b\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"s, 400, ""s},
    {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
  };
  return all;
}

const std::vector<TwinResponse>& stricter_responses() {
  static const std::vector<TwinResponse> all{
    {"HTTP/1.1 20 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 2000 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 099 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 000 OK\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 \xe9\x01K\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 a\x00""b\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX: a\x00""b\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nX: a\x01""b\r\nContent-Length: 3\r\n\r\nabc"s, {}, Persistence::KeepAlive, ""s},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabchi"s, {.method = Method::Connect}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\n\r\n"s},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nhi"s, {.method = Method::Connect}, Persistence::KeepAlive, "HTTP/1.1 200 OK\r\n\r\n"s},
  };
  return all;
}

void compare(const TwinRequest& twin) {
  INFO(twin.bytes);
  const Outcome ours = parse(twin.bytes);
  CHECK((ours.status == HeadStatus::Complete ? 200 : status_for(ours.fault)) == twin.status);
  CHECK(ours.forwarded == twin.forwarded);
}

void compare(const TwinResponse& twin) {
  INFO(twin.bytes);
  const Outcome probe = parse<ResponseHead>(twin.bytes, {}, {}, twin.request);
  const Persistence wish = probe.body == BodyKind::UntilClose ? Persistence::Close : twin.wish;
  const Outcome ours = parse<ResponseHead>(twin.bytes, {}, {}, twin.request, wish);
  CHECK((ours.status == HeadStatus::Complete) == !twin.forwarded.empty());
  CHECK(ours.forwarded == twin.forwarded);
}

}  // namespace

TEST_CASE("requests are forwarded as haproxy 2.6 does", "[http][h1][twin]") {
  for (const TwinRequest& twin : requests()) compare(twin);
}

TEST_CASE("requests that haproxy 2.6 lets pass are refused or cleaned", "[http][h1][smuggling]") {
  for (const TwinRequest& twin : stricter_requests()) compare(twin);
}

TEST_CASE("responses are forwarded as haproxy 2.6 does", "[http][h1][twin]") {
  for (const TwinResponse& twin : responses()) compare(twin);
}

TEST_CASE("responses that haproxy 2.6 lets pass are refused or cleaned", "[http][h1][smuggling]") {
  for (const TwinResponse& twin : stricter_responses()) compare(twin);
}
