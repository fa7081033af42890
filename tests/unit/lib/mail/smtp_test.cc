#include <catch2/catch.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <thread>

#include "lib/mail/smtp.h"
#include "lib/net/socket.h"

using namespace std::chrono_literals;
using lib::event::Loop;
using lib::event::Task;
using lib::event::TaskGroup;
using lib::mail::Message;
using lib::mail::Relay;

namespace {

/// A relay that answers each line with the next of its answers and records what it heard.
struct FakeRelay {
  explicit FakeRelay(std::vector<std::string> with) : answers{std::move(with)} {
    lib::net::Endpoint where;
    where.ip = *lib::net::Address::parse("127.0.0.1");
    listener = std::move(*lib::net::listen_stream(where, {}));
    address = lib::net::local_address(listener.get());
    thread = std::thread{[this] { serve(); }};
  }
  ~FakeRelay() { thread.join(); }

  void serve() {
    int client = -1;
    for (int i = 0; i < 500 && client < 0; ++i) {
      client = ::accept(listener.get(), nullptr, nullptr);
      if (client < 0) std::this_thread::sleep_for(10ms);
    }
    const timeval patience{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::string input;
    bool in_data = false;
    for (const std::string& answer : answers) {
      if (!answer.empty()) ::send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
      in_data = in_data || answer.starts_with("354");
      const std::string end = in_data ? "\r\n.\r\n" : "\r\n";
      while (input.find(end) == std::string::npos) {
        char buffer[512];
        const ssize_t got = ::recv(client, buffer, sizeof buffer, 0);
        if (got <= 0) break;
        input.append(buffer, static_cast<std::size_t>(got));
      }
      if (input.empty()) break;
      heard += input;
      input.clear();
      if (end.size() > 2) in_data = false;
    }
    ::close(client);
  }

  std::vector<std::string> answers;
  std::string heard;
  lib::base::UniqueFd listener;
  lib::net::Address address;
  std::thread thread;
};

lib::base::Status send_to(const lib::net::Address& address, lib::base::Duration timeout = 5s) {
  Loop loop;
  TaskGroup group;
  std::optional<lib::base::Status> result;
  auto run = [](Loop& where, lib::net::Address server, lib::base::Duration patience,
                std::optional<lib::base::Status>& out) -> Task<void> {
    Relay relay;
    relay.server = server;
    relay.helo_name = "lb1";
    relay.timeout = patience;
    Message message;
    message.from = "lb@example.com";
    message.to = {"a@example.com", "b@example.com"};
    message.subject = "[LB] VRRP Instance VI_1 - Entering MASTER state\nBcc: evil";
    message.body = "first\n.dot";
    out = co_await lib::mail::send(where, relay, message);
  };
  group.spawn(run(loop, address, timeout, result));
  const auto deadline = lib::base::monotonic_now() + 20s;
  while (!result && lib::base::monotonic_now() < deadline) loop.run_once(20ms);
  REQUIRE(result);
  return *result;
}

}  // namespace

TEST_CASE("a mail goes out in the original's order of commands", "[mail]") {
  FakeRelay relay{{"220 hello\r\n", "250-lb\r\n250 ok\r\n", "250 ok\r\n", "250 ok\r\n", "251 ok\r\n", "354 go\r\n", "250 queued\r\n", "221 bye\r\n"}};
  const auto status = send_to(relay.address);
  INFO((status ? std::string{} : status.error().message));
  CHECK(status.has_value());
  relay.thread.join();
  relay.thread = std::thread{[] {}};
  CHECK(relay.heard.find("HELO lb1\r\nMAIL FROM:<lb@example.com>\r\nRCPT TO:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n") == 0);
  CHECK(relay.heard.find("\r\nFrom: lb@example.com\r\nSubject: [LB] VRRP Instance VI_1 - Entering MASTER stateBcc: evil\r\n"
                         "X-Mailer: Keepalived\r\nTo: a@example.com, b@example.com\r\n\r\nfirst\r\n..dot\r\n.\r\nQUIT\r\n") !=
        std::string::npos);
}

TEST_CASE("a refusal names the command and the answer", "[mail]") {
  FakeRelay relay{{"220 hello\r\n", "250 ok\r\n", "550 no\r\n", "221 bye\r\n"}};
  const auto status = send_to(relay.address);
  REQUIRE_FALSE(status.has_value());
  CHECK(status.error().message ==
        "Error processing MAIL FROM cmd on SMTP server " + relay.address.text() + ". SMTP status code = 550");
}

TEST_CASE("a relay that says nothing or is not there ends in an error, in time", "[mail]") {
  {
    FakeRelay silent{{""}};
    const auto status = send_to(silent.address, 50ms);
    REQUIRE_FALSE(status.has_value());
    CHECK(status.error().message.starts_with("Timeout reading data from SMTP server"));
  }
  CHECK_FALSE(send_to(lib::net::Address::ipv4(0x7f000001, 1)).has_value());
}

TEST_CASE("dates as RFC 5322 writes them", "[mail]") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const lib::base::WallTime moment{std::chrono::seconds{1795215267}};
  CHECK(lib::mail::mail_date(moment) == "Fri, 20 Nov 2026 22:54:27 +0000");
}
