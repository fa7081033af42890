#include "proxyd/logs/render.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

using namespace proxyd::logs;
using lib::net::Address;

// The expected lines are what haproxy 2.6.12 sent to a UDP socket for the same requests.

namespace {

lib::base::WallTime at(std::int64_t second, int ms) {
  return lib::base::WallTime{std::chrono::seconds{second} + std::chrono::milliseconds{ms}};
}

std::string line_of(const Format& format, const LogRecord& record, const LineContext& context) {
  std::string room(70000, '?');
  lib::log::Dates dates;
  LineWriter out{room.data(), 64000};
  render(format, record, context, dates, out);
  return room.substr(0, out.size());
}

std::string line_of(std::string_view text, const LogRecord& record, const LineContext& context) {
  const auto format = proxyd::formats::compile_format(text, proxyd::formats::NeedsMode::Http);
  REQUIRE(format);
  return line_of(*format, record, context);
}

using Direct = void (*)(const LogRecord&, const LineContext&, lib::log::Dates&, LineWriter&);

/// The direct function's line, which must be the compiled format's as well.
std::string both_ways(Direct direct, std::string_view text, const LogRecord& record, const LineContext& context) {
  std::string room(70000, '?');
  lib::log::Dates dates;
  LineWriter out{room.data(), 64000};
  direct(record, context, dates, out);
  const std::string line = room.substr(0, out.size());
  CHECK(line == line_of(text, record, context));
  return line;
}

std::string http_line(const LogRecord& record, const LineContext& context) {
  return both_ways(render_http, proxyd::formats::kHttpLogFormat, record, context);
}

std::string tcp_line(const LogRecord& record, const LineContext& context) {
  return both_ways(render_tcp, proxyd::formats::kTcpLogFormat, record, context);
}

LineContext context_of(std::string_view frontend) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  LineContext context;
  context.frontend = frontend;
  context.host_name = "vm";
  return context;
}

/// A request that went well.
LogRecord good() {
  LogRecord record;
  record.backend = "s1";
  record.server = "s1";
  record.client = Address::ipv4(0x7f000001, 57582);
  record.destination = Address::ipv4(0x7f000001, 20610);
  record.back_source = Address::ipv4(0x7f000001, 47904);
  record.back_destination = Address::ipv4(0x7f000001, 20690);
  record.accepted = record.requested = at(1795220365, 782);  // 21/Nov/2026:00:19:25
  record.request = record.whole_request = record.queue = record.connect = record.response = record.data = 0;
  record.status = 200;
  record.bytes_to_client = 76;
  record.bytes_from_client = 90;
  record.method = "GET";
  record.uri = "/x?a=b";
  record.version = "HTTP/1.1";
  record.process_connections = record.frontend_connections = 1;
  return record;
}

LogRecord bad(std::string_view flags) {
  LogRecord record;
  record.client = Address::ipv4(0x7f000001, 45466);
  record.accepted = record.requested = at(1795220375, 698);
  record.status = 400;
  record.bad_request = true;
  record.process_connections = record.frontend_connections = 1;
  flags.copy(record.termination, 4);
  return record;
}

}  // namespace

TEST_CASE("httplog: a request that went well", "[logs]") {
  CHECK(http_line(good(), context_of("ok")) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] ok s1/s1 0/0/0/0/0 200 76 - - ---- 1/1/0/0/0 0/0 \"GET /x?a=b "
        "HTTP/1.1\"");
}

TEST_CASE("httplog: no server could be reached", "[logs]") {
  LogRecord record = good();
  record.backend = record.server = "s2";
  record.uri = "/x";
  record.connect = record.response = -1;
  record.active = 1002;
  record.status = 503;
  record.bytes_to_client = 217;
  record.retries = 1;
  record.termination[0] = 'S';
  record.termination[1] = 'C';
  CHECK(http_line(record, context_of("down")) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] down s2/s2 0/0/-1/-1/1002 503 217 - - SC-- 1/1/0/0/1 0/0 \"GET /x "
        "HTTP/1.1\"");
}

TEST_CASE("httplog: a redispatched request has a plus before its retries", "[logs]") {
  LogRecord record = good();
  record.retries = 1;
  record.redispatched = true;
  CHECK(http_line(record, context_of("f")).find(" 1/1/0/0/+1 0/0 ") != std::string::npos);
}

TEST_CASE("httplog: what never became a request", "[logs]") {
  CHECK(http_line(bad("PR--"), context_of("ok")) ==
        "127.0.0.1:45466 [21/Nov/2026:00:19:35.698] ok ok/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 1/1/0/0/0 0/0 "
        "\"<BADREQ>\"");
}

TEST_CASE("httplog: captures stand before the request, declared ones even when empty", "[logs]") {
  LogRecord record = good();
  const std::vector<std::string_view> asked{"127.0.0.1:20620", "a{|}\""}, answered{{}};
  record.request_captures = asked;
  record.response_captures = answered;
  record.uri = "/";
  CHECK(http_line(record, context_of("cap")).substr(63) ==
        "200 76 - - ---- 1/1/0/0/0 0/0 {127.0.0.1:20620|a#7B#7C#7D#22} {} \"GET / HTTP/1.1\"");
}

TEST_CASE("httplog: TLS, cookies, the statistics page, logasap", "[logs]") {
  LogRecord record = good();
  record.front_is_tls = true;
  record.request_cookie = "A=1";
  record.response_cookie = "B=2";
  record.backend = {};
  record.server = "<STATS>";
  CHECK(http_line(record, context_of("f")) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] f~ f/<STATS> 0/0/0/0/0 200 76 A=1 B=2 ---- 1/1/0/0/0 0/0 \"GET "
        "/x?a=b HTTP/1.1\"");
  LineContext context = context_of("asap");
  context.as_soon = true;
  CHECK(http_line(good(), context).substr(44) ==
        "sap s1/s1 0/0/0/0/+0 200 +76 - - ---- 1/1/0/0/0 0/0 \"GET /x?a=b HTTP/1.1\"");
}

TEST_CASE("httplog: the request's own date where a connection serves several", "[logs]") {
  LogRecord record = good();
  record.requested = at(1795220999, 5);
  CHECK(http_line(record, context_of("f")).substr(16, 26) == "[21/Nov/2026:00:29:59.005]");
}

TEST_CASE("tcplog", "[logs]") {
  LogRecord record = good();
  record.backend = record.server = "t1";
  record.queue = 1;
  record.bytes_to_client = 69;
  CHECK(tcp_line(record, context_of("tcp")) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] tcp t1/t1 1/0/0 69 -- 1/1/0/0/0 0/0");
  record.total = 501;
  record.bytes_to_client = 0;
  record.termination[0] = 'c';
  record.termination[1] = 'D';
  CHECK(tcp_line(record, context_of("tcp")) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] tcp t1/t1 1/0/501 0 cD 1/1/0/0/0 0/0");
  LineContext context = context_of("asapt");
  context.as_soon = true;
  CHECK(tcp_line(record, context) ==
        "127.0.0.1:57582 [21/Nov/2026:00:19:25.782] asapt t1/t1 1/0/+501 +0 cD 1/1/0/0/0 0/0");
}

TEST_CASE("the common log formats", "[logs]") {
  LogRecord record = good();
  record.uri = "/x?q";
  CHECK(line_of(proxyd::formats::kHttpLogClfFormat, record, context_of("clf")) ==
        "127.0.0.1 - - [21/Nov/2026:00:19:25 +0000] \"GET /x?q HTTP/1.1\" 200 76 \"\" \"\" 57582 782 \"clf\" \"s1\" "
        "\"s1\" 0 0 0 0 0 ---- 1 1 0 0 0 0 0 \"\" \"\" ");
  CHECK(line_of(proxyd::formats::kHttpLogClfFormat, bad("PR--"), context_of("clf")) ==
        "127.0.0.1 - - [21/Nov/2026:00:19:35 +0000] \"<BADREQ>\" 400 0 \"\" \"\" 45466 698 \"clf\" \"clf\" "
        "\"<NOSRV>\" -1 -1 -1 -1 0 PR-- 1 1 0 0 0 0 0 \"\" \"\" ");
  record.backend = record.server = "t1";
  record.queue = 1;
  record.total = 2;
  record.bytes_to_client = 69;
  record.bytes_from_client = 80;
  CHECK(line_of(proxyd::formats::kTcpLogClfFormat, record, context_of("tcpclf")) ==
        "127.0.0.1 - - [21/Nov/2026:00:19:25 +0000] \"TCP \" 000 69 \"\" \"\" 57582 782 \"tcpclf\" \"t1\" \"t1\" 0 1 0 "
        "2 80 ---- 1 1 0 0 0 0 0 \"\" \"\" ");
}

TEST_CASE("every alias prints what haproxy prints", "[logs]") {
  LogRecord record = good();
  record.uri = "/x/y?a=b\"";
  record.request_counter = 10;
  record.client.set_port(45354);
  record.destination.set_port(20618);
  const std::string format =
      "%ci|%cp|%fi %fp %f %ft %b %s %HM %HP %HPO %HQ %HU %HV|%ID|%lc %rt|%ST %B %U|%Th %Ti %TR %Tq %Tw %Tc %Tr %Td %Ta "
      "%Tt %Tu|%H %pid|%si %sp %bi %bp|%sslc %sslv|%hr|%hs|%hrl|%hsl|%ts|%tsc|%CC|%CS|%rc|%T %Tl %Ts %ms %t %tr %trg "
      "%trl|%%";
  const std::string pid = std::to_string(::getpid());
  CHECK(line_of(format, record, context_of("cust")) ==
        "127.0.0.1|45354|127.0.0.1 20618 cust cust s1 s1 GET /x/y /x/y ?a=b#22 /x/y?a=b#22 HTTP/1.1|-|0 10|200 76 90|0 "
        "0 0 0 0 0 0 0 0 0 0|vm " +
            pid +
            "|127.0.0.1 20690 127.0.0.1 47904|- -|||||--|----|-|-|0|21/Nov/2026:00:19:25 +0000 21/Nov/2026:00:19:25 "
            "+0000 1795220365 782 21/Nov/2026:00:19:25.782 21/Nov/2026:00:19:25.782 21/Nov/2026:00:19:25 +0000 "
            "21/Nov/2026:00:19:25 +0000|%");
  LogRecord nothing = bad("CR--");
  nothing.destination = Address::ipv4(0x7f000001, 20618);
  nothing.request_counter = 11;
  LineContext second = context_of("cust");
  second.line_number = 1;
  CHECK(line_of(format, nothing, second) ==
        "127.0.0.1|45466|127.0.0.1 20618 cust cust cust <NOSRV> <BADREQ> <BADREQ> <BADREQ> <BADREQ> <BADREQ> "
        "<BADREQ>|-|1 11|400 0 0|0 0 -1 -1 -1 -1 -1 -1 0 0 0|vm " +
            pid +
            "|- - - -|- -|||||CR|CR--|-|-|0|21/Nov/2026:00:19:35 +0000 21/Nov/2026:00:19:35 +0000 1795220375 698 "
            "21/Nov/2026:00:19:35.698 21/Nov/2026:00:19:35.698 21/Nov/2026:00:19:35 +0000 21/Nov/2026:00:19:35 "
            "+0000|%");
}

TEST_CASE("flags quote, escape and turn to hexadecimal, and blanks are merged", "[logs]") {
  LogRecord record = good();
  record.uri = "/x/y?a=b\"c";
  record.client.set_port(0xEC3C);
  record.destination.set_port(0x508B);
  record.accepted = at(0x6B00E394, 5);
  record.request_counter = 12;
  CHECK(line_of("%{+Q}o %ci %{+X}cp %{-Q,+E}HU   %{+Q,+E}r %{+X}ci %{+X}Ts %{+X}rt %{+X}fi%{+X}fp %ID %{+Q}ST %{+Q}CC "
                "%hr  | x",
                record, context_of("custq")) ==
        "\"127.0.0.1\" EC3C /x/y?a=b#22c \"GET /x/y?a=b#22c HTTP/1.1\" 7F000001 6B00E394 000C 7F000001508B \"\" 200 "
        "\"\" | x");
  record.uri = "/";
  CHECK(line_of("%f%b %%%s  %%  %B%U {%ts}%{+Q}f \"%f\" x", record, context_of("e")) ==
        "es1 %s1 % 7690 {--}\"e\" \"e\" x");
  CHECK(line_of("%{+Q}ci %{+Q}Ta %{+Q}rc %{+Q}tsc %{+Q}B %{+Q}H %{+Q}ms|%{+Q}bi %{+Q}bp %{+X}bp", record,
                context_of("q")) == "\"127.0.0.1\" 0 0 ---- 76 \"vm\" 005|\"127.0.0.1\" 47904 BB20");
}

TEST_CASE("captures with flags", "[logs]") {
  LogRecord record = good();
  const std::vector<std::string_view> asked{"a\"]\\b #", "\xc3\xa9"}, none{{}, {}};
  record.request_captures = asked;
  const std::string format = "%hr %hrl %{+Q}hr %{+Q}hrl %{+E}hr";
  CHECK(line_of(format, record, context_of("q")) ==
        "{a#22]\\b #23|#C3#A9} a#22]\\b #23 #C3#A9 \"{a#22]\\b #23|#C3#A9}\" \"a#22]\\b #23\" \"#C3#A9\" "
        "{a#22\\]\\\\b #23|#C3#A9}");
  record.request_captures = none;
  CHECK(line_of(format, record, context_of("q")) == "{|} - - \"{|}\" \"\" \"\" {|}");
}

TEST_CASE("IPv6 and local clients", "[logs]") {
  LogRecord record = good();
  record.client = *Address::parse("::1");
  record.client.set_port(39310);
  record.destination = *Address::parse("::1");
  record.destination.set_port(20619);
  CHECK(line_of("%ci:%cp %fi:%fp %{+X}ci %{+X}cp %{+X}fi %{+Q}ci", record, context_of("v6")) ==
        "::1:39310 ::1:20619 00000000000000000000000000000001 998E 00000000000000000000000000000001 \"::1\"");
  const sockaddr local{AF_UNIX, {}};
  record.client = Address::from_sockaddr(local, sizeof local);
  record.listener_id = 2;
  CHECK(http_line(record, context_of("uxl")).substr(0, 34) == "unix:2 [21/Nov/2026:00:19:25.782] ");
}

TEST_CASE("control characters cannot forge a line", "[logs]") {
  LogRecord record = good();
  record.method = "G\"T";
  record.uri = "/abcdefgh\nijklmnop\x7f\x80\xff\x1fqrstuvwx#y\"z";
  CHECK(line_of("%r", record, context_of("f")) ==
        "G#22T /abcdefgh#0Aijklmnop#7F#80#FF#1Fqrstuvwx#23y#22z HTTP/1.1");
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const std::string uri = "/12345678901" + std::string(1, c) + "2345678";
    record.uri = uri;
    const std::string line = line_of("%HU", record, context_of("f"));
    const bool clean = byte >= 0x20 && byte < 0x7f && c != '"' && c != '#';
    CAPTURE(byte);
    CHECK((line == uri) == clean);
  }
}

TEST_CASE("a line never passes the end of its room", "[logs]") {
  const std::string name(3000, 'n'), uri(60000, '"');
  LogRecord record = good();
  record.backend = record.server = name;
  record.uri = uri;
  const std::vector<std::string_view> captures(50, uri);
  record.request_captures = captures;
  LineContext context = context_of(name);
  context.uri_length = 65535;
  const auto compiled = proxyd::formats::compile_format(proxyd::formats::kHttpLogFormat, proxyd::formats::NeedsMode::Http);
  REQUIRE(compiled);
  for (const std::size_t size : {std::size_t{80}, std::size_t{1024}, std::size_t{5000}}) {
    std::vector<char> room(size + LineWriter::kSlack);
    lib::log::Dates dates;
    LineWriter direct{room.data(), size};
    render_http(record, context, dates, direct);
    CHECK(direct.size() >= size);
    CHECK(direct.size() <= size + LineWriter::kSlack);
    LineWriter by_format{room.data(), size};
    render(*compiled, record, context, dates, by_format);
    CHECK(by_format.size() >= size);
    CHECK(by_format.size() <= size + LineWriter::kSlack);
  }
}
