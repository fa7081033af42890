// Connections of HTTP/2 in both roles: whatever a peer sends, what a conversation hears is one message of HTTP/1, whole or a
// beginning of one, with nothing behind its end. The first byte chooses the role, the size of the pieces, how much is answered, and
// whether the greeting is ours.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "lib/event/channel.h"
#include "lib/event/loop.h"
#include "lib/http/h1_body.h"
#include "lib/http/h1_head.h"
#include "lib/http2/client.h"
#include "lib/http2/server.h"

namespace {

using namespace lib;
using namespace std::literals;

constexpr std::string_view kGreeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0"sv;
constexpr std::size_t kMostConversations = 20;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Conversation {
  Conversation(event::Loop& loop, http2::Stream& stream) {
    channel.open_virtual(loop);
    channel.put_layer(std::make_unique<http2::StreamLayer>(stream, channel));
  }
  /// What came since; at most `most` bytes.
  void hear(std::size_t most) {
    std::array<char, 4096> room;
    const ssize_t got = channel.receive(room.data(), std::min(most, room.size()));
    if (got > 0) heard.append(room.data(), static_cast<std::size_t>(got));
  }
  void say(std::string_view text) { (void)channel.send(text); }

  event::Channel channel;
  std::string heard;
  http::Asked asked;
};

void check_body(std::string_view text, http::BodyKind kind, std::uint64_t length) {
  if (kind == http::BodyKind::None) require(text.empty());
  if (kind == http::BodyKind::Length) require(text.size() <= length);
  if (kind != http::BodyKind::Chunked) return;
  http::ChunkScanner scanner{http::ChunkMode::Keep};
  std::string bytes{text};
  for (std::size_t done = 0; done < bytes.size();) {
    const http::ChunkScan found = scanner.scan(bytes.data() + done, bytes.size() - done);
    require(found.fault == http::BodyFault::None || found.fault == http::BodyFault::TrailersTooLarge);
    if (found.fault != http::BodyFault::None) return;
    done += found.consumed;
    if (found.finished) require(done == bytes.size());
    if (found.consumed == 0) return;
  }
}

void check_request(const std::string& heard) {
  std::string bytes = heard;
  http::HeadState state;
  http::RequestHead head;
  const http::HeadStatus status = http::parse_request_head(bytes, {.from_http2 = true}, state, head);
  if (status != http::HeadStatus::Complete) return;
  const bool is_tunnel = head.method == http::Method::Connect || head.upgrade;
  if (!is_tunnel) check_body(std::string_view{heard}.substr(head.size), head.body, head.body_length);
}

void check_answer(const std::string& heard, const http::Asked& asked) {
  std::string bytes = heard;
  for (bool is_interim = true; is_interim;) {
    http::HeadState state;
    http::ResponseHead head;
    if (http::parse_response_head(bytes, {}, asked, state, head) != http::HeadStatus::Complete) return;
    is_interim = head.is_interim();
    bytes.erase(0, head.size);
    if (!is_interim) check_body(bytes, head.body, head.body_length);
  }
}

void drain(http2::Connection& connection) {
  for (std::string_view bytes = connection.output(); !bytes.empty(); bytes = connection.output()) connection.mark_sent(bytes.size());
}

struct Choice {
  bool is_client, is_greeted, answers, ends_early;
  std::size_t piece;
};

void serve(std::string_view bytes, const Choice& choice, event::Loop& loop) {
  const auto connection = http2::ServerConnection::make({});
  std::list<Conversation> conversations;
  if (choice.is_greeted) (void)connection->receive(kGreeting);
  bool is_good = true;
  for (std::size_t at = 0; is_good && at < bytes.size(); at += choice.piece) {
    is_good = connection->receive(bytes.substr(at, choice.piece));
    while (http2::Stream* const stream = connection->take_request()) {
      Conversation& born = conversations.emplace_back(loop, *stream);
      if (!choice.answers) continue;
      born.hear(4096);
      born.say("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhel");
    }
    if (conversations.size() > kMostConversations) {
      check_request(conversations.front().heard);
      conversations.pop_front();
    }
    for (Conversation& each : conversations) each.hear(choice.piece);
    drain(*connection);
  }
  if (choice.ends_early) (void)connection->end_input();
  for (Conversation& each : conversations) {
    each.say("lo");
    for (int i = 0; i < 4; ++i) each.hear(4096);
    check_request(each.heard);
  }
  drain(*connection);
}

void ask(std::string_view bytes, const Choice& choice, event::Loop& loop) {
  const auto connection = http2::ClientConnection::make({}, "http");
  std::list<Conversation> conversations;
  const auto begin = [&](std::string_view text, const http::Asked& asked) {
    http2::Stream* const stream = connection->open();
    require(stream != nullptr);
    Conversation& born = conversations.emplace_back(loop, *stream);
    born.asked = asked;
    born.say(text);
  };
  begin("GET /a HTTP/1.1\r\nHost: h\r\n\r\n", {});
  begin("HEAD /b HTTP/1.1\r\nHost: h\r\n\r\n", {.method = http::Method::Head});
  begin("POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", {.method = http::Method::Post});
  drain(*connection);
  if (choice.is_greeted) (void)connection->receive(kGreeting.substr(24));
  bool is_good = true;
  for (std::size_t at = 0; is_good && at < bytes.size(); at += choice.piece) {
    is_good = connection->receive(bytes.substr(at, choice.piece));
    for (Conversation& each : conversations) each.hear(choice.piece);
    if (choice.answers) conversations.back().say("1\r\nx\r\n");
    drain(*connection);
  }
  if (choice.ends_early) connection->abort();
  for (Conversation& each : conversations) {
    for (int i = 0; i < 4; ++i) each.hear(4096);
    check_answer(each.heard, each.asked);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};  // bytes are text here
  const std::size_t piece = std::size_t{1} << (data[0] >> 4);
  const Choice choice{.is_client = (data[0] & 1) != 0,
                      .is_greeted = (data[0] & 2) != 0,
                      .answers = (data[0] & 4) != 0,
                      .ends_early = (data[0] & 8) != 0,
                      .piece = std::max(piece, size / 256)};
  static event::Loop loop;
  if (choice.is_client) ask(bytes, choice, loop);
  else serve(bytes, choice, loop);
  loop.run_once(event::Duration{0});
  return 0;
}
