// Requests that were sent through haproxy 2.6 (Debian's 2.6.12), and what it made of them.
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

const std::vector<TwinRequest>& requests() {
  // clang-format off: one row a line
  static const std::vector<TwinRequest> all{
      {"GET / HTTP/1.1\r\nHost: a:80\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a:80\r\n\r\n"s},
      {"GET http://b:80/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://b/x HTTP/1.1\r\nHost: b:80\r\n\r\n"s, 200,
       "GET http://b/x HTTP/1.1\r\nhost: b:80\r\n\r\n"s},
      {"GET http://b:443/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
      {"GET https://b:443/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET https://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://B/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://B/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://u@b/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://u@b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://b/x HTTP/1.1\r\n\r\n"s, 200, "GET http://b/x HTTP/1.1\r\n\r\n"s},
      {"GET http://b HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://b HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http:///x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http:///x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://b?x HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
      {"GET foo:bar HTTP/1.1\r\nHost: b\r\n\r\n"s, 400, ""s},
      {"GET foo://b/bar HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET foo://b/bar HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"GET http://b/x HTTP/1.1\r\nHost:\r\n\r\n"s, 400, ""s},
      {"GET http://b:/x HTTP/1.1\r\nHost: b\r\n\r\n"s, 200,
       "GET http://b/x HTTP/1.1\r\nhost: b\r\n\r\n"s},
      {"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "CONNECT a:80 HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"CONNECT a:8080 HTTP/1.1\r\nHost: a:8080\r\n\r\n"s, 200,
       "CONNECT a:8080 HTTP/1.1\r\nhost: a:8080\r\n\r\n"s},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"CONNECT a:8080 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"CONNECT a:8080 HTTP/1.1\r\n\r\n"s, 200, "CONNECT a:8080 HTTP/1.1\r\n\r\n"s},
      {"CONNECT a:443 HTTP/1.1\r\n\r\n"s, 200, "CONNECT a:443 HTTP/1.1\r\n\r\n"s},
      {"CONNECT a: HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"CONNECT http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n"s, 200,
       "OPTIONS http://a HTTP/1.1\r\nhost: a\r\n\r\n"s},
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
      {"GET / HTTP/0.9\r\nHost: a\r\n\r\n"s, 200,
       "GET / HTTP/0.9\r\nhost: a\r\nconnection: keep-alive\r\n\r\n"s},
      {"GET / HTTP/1.\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"GET / XTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"GET / RTSP/1.0\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/0.1\r\n\r\n"s, 200, "GET / HTTP/0.1\r\nconnection: keep-alive\r\n\r\n"s},
      {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"s, 200,
       "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"s},
      {"GET / \r\nHost: a\r\n\r\n"s, 400, ""s},
      {"GET /\r\n\r\n"s, 400, ""s},
      {"GET\r\n\r\n"s, 400, ""s},
      {"GE\x00T / HTTP/1.1\r\n\r\n"s, 400, ""s},
      {"GET /a\x00"
       "b HTTP/1.1\r\n\r\n"s,
       400, ""s},
      {"GET /a\x7f"
       "b HTTP/1.1\r\n\r\n"s,
       200,
       "GET /a\x7f"
       "b HTTP/1.1\r\n\r\n"s},
      {"GET /a\"<>\\^`{|}b HTTP/1.1\r\n\r\n"s, 200, "GET /a\"<>\\^`{|}b HTTP/1.1\r\n\r\n"s},
      {"GET /a\x01"
       "b HTTP/1.1\r\n\r\n"s,
       400, ""s},
      {"GET /%zz HTTP/1.1\r\n\r\n"s, 200, "GET /%zz HTTP/1.1\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x7f"
       "b\r\n\r\n"s,
       200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a\x7f"
       "b\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:a\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:  a \x09\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:\x09"
       "a\r\n\r\n"s,
       200, "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: \r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: \r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\x09"
       "c\r\n\r\n"s,
       200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a   b  \x09"
       "c\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX:\r\n b\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: b\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a  \r\n   b  \r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a       b\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n \r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n \r\n b\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a      b\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\n b\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a  b\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n\rY: b\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX\x00: a\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX\xe9: a\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX\x09: a\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX Y: a\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X\r\nX: 1\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: X\r\nx: 1\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, Bar ,  baz\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: foo, Bar ,  baz\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection:\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: ,,close,\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x,close\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: x\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nKeep-Alive: timeout=5\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nkeep-alive: timeout=5\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nProxy-Connection: close\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nproxy-connection: close\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTE: gzip, trailers;q=1\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nTE: gzip\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: TE\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nte: trailers\r\nconnection: TE\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nupgrade: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAA\r\n\r\n"s,
       200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAA\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c, foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: h2c, foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n"s,
       400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"s,
       200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nupgrade: websocket\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: WebSocket/13\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: WebSocket/13\r\n\r\n"s},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo, h2c\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\ncontent-length: 3\r\n\r\n"s},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n"s, 200,
       "POST / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, foo\r\n\r\n"s, 400,
       ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nHTTP2-Settings: AAA\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nhttp2-settings: AAA\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a:80\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: A\r\n\r\n"s, 200, "GET / HTTP/1.1\r\nhost: a\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX-Long-Header-Name_Abc: z\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx-long-header-name_abc: z\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 00\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 00\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0 3\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3,\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: ,3\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3,4\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\x09\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 9223372036854775807\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 00\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;x\r\n\r\n0\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n0\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: CHUNKED\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
       422, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s,
       400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: , chunked\r\n\r\n0\r\n\r\n"s, 422, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"s,
       400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
       "chunked\r\n\r\n0\r\n\r\n"s,
       400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"s, 422,
       ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ncookie: a=b\r\ncookie: c=d\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\n\r\n"s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\r\nx: b\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\nx: a\r\nx: b\r\n\r\n"s},
      {"HEAD / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 413, ""s},
      {"DELETE / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 413, ""s},
      {"OPTIONS / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "OPTIONS / HTTP/1.0\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
      {"GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"s, 200,
       "GET / HTTP/1.0\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n"s},
      {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"s, 413, ""s},
      {"TRACE / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "TRACE / HTTP/1.1\r\ncontent-length: 3\r\n\r\n"s},
      {"GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"s, 200,
       "GET / HTTP/1.0\r\nconnection: Upgrade\r\nupgrade: foo\r\n\r\n"s},
      {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc"s, 200,
       "POST / HTTP/1.0\r\nexpect: 100-continue\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\n"s},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n"s,
       200, "POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n"s},
  };
  // clang-format on
  return all;
}

// Where we are stricter: 2.6 lets these pass, or forwards what another parser may read differently.
const std::vector<TwinRequest>& stricter_requests() {
  // clang-format off: one row a line
  static const std::vector<TwinRequest> all{
      {"OPTIONS *x HTTP/1.1\r\nHost: a\r\n\r\n"s, 400, ""s},
      {"OPTIONS *x HTTP/1.1\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01"
       "b\r\n\r\n"s,
       400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"s, 400, ""s},
      {"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n0\r\n\r\n"s, 200,
       "GET / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"s},
  };
  // clang-format on
  return all;
}

void compare(const TwinRequest& twin) {
  INFO(twin.bytes);
  const Outcome ours = parse(twin.bytes);
  CHECK((ours.status == HeadStatus::Complete ? 200 : status_for(ours.fault)) == twin.status);
  CHECK(ours.forwarded == twin.forwarded);
}

}  // namespace

TEST_CASE("requests are forwarded as haproxy 2.6 does", "[http][h1][twin]") {
  for (const TwinRequest& twin : requests()) compare(twin);
}

TEST_CASE("requests that haproxy 2.6 lets pass are refused or cleaned", "[http][h1][smuggling]") {
  for (const TwinRequest& twin : stricter_requests()) compare(twin);
}
