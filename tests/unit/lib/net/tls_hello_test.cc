#include "lib/net/tls_hello.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

using namespace lib::net;

namespace {

std::string number(std::size_t value, int size) {
  std::string out;
  for (int i = size - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}
std::string counted(const std::string& bytes, int size) { return number(bytes.size(), size) + bytes; }
std::string extension(std::size_t type, const std::string& data) { return number(type, 2) + counted(data, 2); }

std::string server_name(const std::string& name) {
  return extension(0, counted(std::string{"\0", 1} + counted(name, 2), 2));
}

std::string message(char type, const std::string& body) { return type + counted(body, 3); }

std::string client_body(const std::string& ciphers, const std::string& extensions) {
  return number(0x0303, 2) + std::string(32, 'r') + counted("session", 1) + counted(ciphers, 2) + counted(std::string{"\0", 1}, 1) +
         counted(extensions, 2);
}

std::string record(const std::string& content) { return "\x16\x03" + number(1, 1) + counted(content, 2); }

}  // namespace

TEST_CASE("a client's hello is read", "[net][tls]") {
  const std::string extensions = server_name("a.test") + extension(16, counted(counted("h2", 1) + counted("http/1.1", 1), 2)) +
                                 extension(10, counted(number(29, 2), 2)) + extension(35, "");
  const std::string bytes = record(message(1, client_body(number(0x1301, 2) + number(0xc02f, 2), extensions)));
  const Hello hello = read_hello(bytes);
  REQUIRE(hello.state == HelloState::Complete);
  CHECK(hello.type == 1);
  CHECK(hello.version == 0x0303);
  CHECK(hello.server_name == "a.test");
  CHECK(hello.alpn == "h2");
  CHECK(hello.groups == number(29, 2));
  CHECK(hello.ciphers == number(0x1301, 2) + number(0xc02f, 2));
  CHECK(hello.session_ticket.data() != nullptr);
  CHECK(hello.session_ticket.empty());
  CHECK(hello.extensions == extensions);
}

TEST_CASE("every part of a hello asks for more", "[net][tls]") {
  const std::string bytes = record(message(1, client_body(number(0x1301, 2), server_name("a.test"))));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO(size);
    CHECK(read_hello(std::string_view{bytes}.substr(0, size)).state == HelloState::NeedMore);
  }
}

TEST_CASE("what is no hello is known by its first bytes", "[net][tls]") {
  CHECK(read_hello("GET / HTTP/1.1").state == HelloState::NotTls);
  CHECK(read_hello("\x16\x02").state == HelloState::NotTls);
  CHECK(read_hello(record(message(11, "certificates"))).state == HelloState::NotTls);
}

TEST_CASE("lists that say more than there is are not read past their end", "[net][tls]") {
  const std::string bytes = record(message(1, client_body("\x13\x01", number(0, 2) + number(500, 2) + "short")));
  const Hello hello = read_hello(bytes);
  CHECK(hello.state == HelloState::Complete);
  CHECK(hello.server_name.empty());
}

TEST_CASE("a hello's message is read without its record", "[net][tls]") {
  const std::string bytes = message(1, client_body(number(0x1301, 2), server_name("a.test")));
  CHECK(read_hello_message(bytes).server_name == "a.test");
  CHECK(read_hello_message(std::string_view{bytes}.substr(0, 20)).state == HelloState::NeedMore);
  CHECK(read_hello_message(message(2, "")).type == 2);
  CHECK(read_hello_message(message(3, "")).state == HelloState::NotTls);
}

TEST_CASE("a hello in the form of SSL 2 says its version", "[net][tls]") {
  const std::string body = "\x01" + number(0x0301, 2) + number(3, 2) + number(0, 2) + number(16, 2) + "abc" + std::string(16, 'c');
  const std::string bytes = number(0x8000 + body.size(), 2) + body;
  std::uint16_t version = 0;
  CHECK(read_ssl2_version(bytes, version) == HelloState::Complete);
  CHECK(version == 0x0301);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(read_ssl2_version(std::string_view{bytes}.substr(0, size), version) == HelloState::NeedMore);
  CHECK(read_ssl2_version("\x16\x03\x01", version) == HelloState::NotTls);
  CHECK(read_ssl2_version(number(0x8000 + body.size() + 1, 2) + body, version) == HelloState::NotTls);
}

TEST_CASE("extensions are counted off one by one", "[net][tls]") {
  const std::string all = extension(0, "abc") + extension(0xfafa, "") + extension(35, "x");
  std::string_view rest = all;
  std::vector<std::uint16_t> types;
  for (std::uint16_t type = 0; next_extension(rest, type);) types.push_back(type);
  CHECK(types == std::vector<std::uint16_t>{0, 0xfafa, 35});
  CHECK(rest.empty());
  std::string_view cut = std::string_view{all}.substr(0, 5);
  std::uint16_t type = 0;
  CHECK_FALSE(next_extension(cut, type));
}

TEST_CASE("values that mean nothing are known", "[net][tls][rfc8701]") {
  for (const std::uint16_t each : {0x0a0a, 0x1a1a, 0xfafa}) CHECK(is_grease(each));
  for (const std::uint16_t each : {0x0a1a, 0x0b0b, 0x1301, 0x0000}) CHECK_FALSE(is_grease(each));
}
