// Status words, built-in pages, targets, field names.
#include <catch2/catch.hpp>

#include <string>

#include "lib/http/field.h"
#include "lib/http/message.h"
#include "lib/http/pages.h"
#include "lib/http/status.h"
#include "lib/http/uri.h"

using namespace lib::http;

TEST_CASE("built-in pages are haproxy's to the byte", "[http]") {
  CHECK(pages().size() == 21);
  const Page* unavailable = find_page(503);
  REQUIRE(unavailable != nullptr);
  CHECK(unavailable->full ==
        "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 107\r\ncache-control: "
        "no-cache\r\ncontent-type: text/html\r\n\r\n"
        "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this "
        "request.\n</body></html>\n");
  CHECK(find_page(408)->raw ==
        "HTTP/1.1 408 Request Time-out\r\nContent-length: 110\r\nCache-Control: "
        "no-cache\r\nConnection: close\r\n"
        "Content-Type: text/html\r\n\r\n<html><body><h1>408 Request Time-out</h1>\n"
        "Your browser didn't send a complete request in time.\n</body></html>\n");
  CHECK(find_page(408)->full.find("content-type: text/html\r\nconnection: close\r\n\r\n") !=
        std::string_view::npos);
  CHECK(find_page(413)->raw.find("onnection") == std::string_view::npos);
  CHECK(find_page(418) == nullptr);
}

TEST_CASE("pages announce the length that they have", "[http]") {
  for (const Page& page : pages()) {
    INFO(page.status);
    const std::string length = "ontent-length: " + std::to_string(page.body.size()) + "\r\n";
    CHECK(page.raw.find("C" + length) != std::string_view::npos);
    CHECK(page.full.find("c" + length) != std::string_view::npos);
    CHECK(page.raw.ends_with(page.body));
    CHECK(page.full.ends_with(page.body));
    CHECK(page.body.starts_with("<html><body><h1>" + std::to_string(page.status) + " "));
    CHECK(page.body.ends_with("\n</body></html>\n"));
  }
}

TEST_CASE("status codes have haproxy's words", "[http]") {
  CHECK(reason_phrase(200) == "OK");
  CHECK(reason_phrase(408) == "Request Time-out");
  CHECK(reason_phrase(418) == "I'm a teapot");
  CHECK(reason_phrase(299) == "Success");
  CHECK(reason_phrase(499) == "client has closed connection");
  CHECK(reason_phrase(600) == "Other");
}

TEST_CASE("targets are taken apart", "[http]") {
  const UriParts origin = split_target("/a/b?c=d?e");
  CHECK(origin.path == "/a/b");
  CHECK(origin.query == "c=d?e");
  CHECK(origin.path_and_query == "/a/b?c=d?e");
  CHECK(split_target("/a?").has_query);
  CHECK_FALSE(split_target("/a").has_query);
  const UriParts absolute = split_target("http://u@h:8/p?q");
  CHECK(absolute.scheme == "http");
  CHECK(absolute.authority == "u@h:8");
  CHECK(absolute.path == "/p");
  CHECK(absolute.query == "q");
  CHECK(split_target("https://h").path.empty());
  CHECK(split_target("h:443").authority == "h:443");
  CHECK(split_target("*").path == "*");
  CHECK(split_target("1x://h/").scheme.empty());
}

TEST_CASE("hosts agree with or without the default port", "[http]") {
  CHECK(same_authority("http", "a", "A"));
  CHECK(same_authority("http", "a:80", "a"));
  CHECK(same_authority("http", "a", "a:80"));
  CHECK(same_authority("https", "a:443", "a"));
  CHECK(same_authority("http", "u@a:", "a"));
  CHECK(same_authority("http", "[::1]:80", "[::1]"));
  CHECK(same_authority("", "a:443", "a"));
  CHECK_FALSE(same_authority("http", "a:443", "a"));
  CHECK_FALSE(same_authority("http", "a", "b"));
  CHECK_FALSE(same_authority("http", "a", ""));
  CHECK(split_authority("[::1]:8080").host == "[::1]");
  CHECK(split_authority("[::1]").port.empty());
  CHECK(split_authority("a:x").host == "a:x");
  CHECK(split_authority("a::").host == "a::");
  CHECK(split_authority("::1").port.empty());
}

TEST_CASE("field names are known in either case, and no others", "[http]") {
  const std::pair<std::string_view, FieldId> known[] = {
      {"authorization", FieldId::Authorization},
      {"connection", FieldId::Connection},
      {"content-length", FieldId::ContentLength},
      {"cookie", FieldId::Cookie},
      {"expect", FieldId::Expect},
      {"forwarded", FieldId::Forwarded},
      {"host", FieldId::Host},
      {"http2-settings", FieldId::Http2Settings},
      {"keep-alive", FieldId::KeepAlive},
      {"proxy-connection", FieldId::ProxyConnection},
      {"sec-websocket-accept", FieldId::SecWebSocketAccept},
      {"sec-websocket-key", FieldId::SecWebSocketKey},
      {"set-cookie", FieldId::SetCookie},
      {"te", FieldId::Te},
      {"transfer-encoding", FieldId::TransferEncoding},
      {"upgrade", FieldId::Upgrade},
      {"x-forwarded-for", FieldId::XForwardedFor},
      {"x-original-to", FieldId::XOriginalTo}};
  for (const auto& [name, id] : known) {
    CHECK(identify(name) == id);
    std::string upper{name};
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    CHECK(identify(upper) == id);
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::string other{name};
      other[i] = other[i] == 'q' ? 'w' : 'q';
      CHECK(identify(other) == FieldId::Other);
    }
    CHECK(identify(std::string{name} + "x") == FieldId::Other);
  }
}

TEST_CASE("methods are case-sensitive", "[http][rfc9110]") {
  CHECK(method_of("GET") == Method::Get);
  CHECK(method_of("get") == Method::Other);
  CHECK(method_of("CONNECT") == Method::Connect);
  CHECK(method_of("OPTIONS") == Method::Options);
  CHECK(method_of("PROPFIND") == Method::Other);
}
