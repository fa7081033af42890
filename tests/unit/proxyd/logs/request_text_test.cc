#include "proxyd/logs/request_text.h"

#include <catch2/catch.hpp>

#include <string>

using namespace proxyd::logs;

TEST_CASE("paths and queries are found in every form of target", "[logs]") {
  struct Row {
    const char *uri, *path, *only, *query;
  };
  // As haproxy 2.6 writes %HP, %HPO and %HQ.
  const Row rows[] = {
      {"/x/y?a=b", "/x/y", "/x/y", "?a=b"},
      {"/", "/", "/", ""},
      {"/a?", "/a", "/a", "?"},
      {"http://h/a?b", "http://h/a", "/a", "?b"},
      {"http://h", "http://h", "", ""},
      {"h:80", "h:80", "", ""},
      {"*", "*", "", ""},
      {"/a?u=http://h/x", "/a", "/a", "?u=http://h/x"},
      {"", "", "", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.uri);
    CHECK(without_query(row.uri) == row.path);
    CHECK(path_only(row.uri) == row.only);
    CHECK(query_of(row.uri) == row.query);
  }
}

TEST_CASE("a request line is cut one byte before tune.http.logurilen", "[logs]") {
  const std::string uri = "/" + std::string(1200, 'a');
  LogRecord record;
  record.method = "GET";
  record.version = "HTTP/1.1";
  record.uri = uri;
  RequestText text = cut_request(record, 1024);
  CHECK(text.method == "GET");
  CHECK(text.uri.size() == 1019);
  CHECK(text.version.empty());
  record.uri = std::string_view{uri}.substr(0, 1016);
  text = cut_request(record, 1024);
  CHECK(text.uri.size() == 1016);
  CHECK(text.version == "HT");
  record.uri = "/";
  CHECK(cut_request(record, 1024).version == "HTTP/1.1");
  const std::string method(1100, 'A');
  record.method = method;
  text = cut_request(record, 1024);
  CHECK(text.method.size() == 1023);
  CHECK(text.uri.empty());
  CHECK(cut_request(record, 0).method.empty());
}
