#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/event/loop.h"
#include "lib/http2/client.h"
#include "lib/http2/server.h"

namespace lib::http2 {
namespace {

/// Both ends of a connection, and what their conversations hold.
struct Pair {
  event::Loop loop;
  std::unique_ptr<ServerConnection> server = ServerConnection::make({});
  std::unique_ptr<ClientConnection> client = ClientConnection::make({}, "http");

  void move() {
    for (bool moved = true; moved;) {
      moved = pass(*client, *server);
      moved = pass(*server, *client) || moved;
    }
  }
  static bool pass(Connection& from, Connection& to) {
    const std::string bytes{from.output()};
    from.mark_sent(bytes.size());
    if (!bytes.empty()) to.receive(bytes);
    return !bytes.empty();
  }
};

struct End {
  event::Channel channel;
  End(event::Loop& loop, Stream* stream) {
    REQUIRE(stream != nullptr);
    channel.open_virtual(loop);
    channel.put_layer(std::make_unique<StreamLayer>(*stream, channel));
  }
  ssize_t say(std::string_view text) { return channel.send(text); }
  std::string hear() {
    std::string all;
    std::array<char, 65536> room;
    while (true) {
      const ssize_t got = channel.receive(room.data(), room.size());
      if (got <= 0) return all;
      all.append(room.data(), static_cast<std::size_t>(got));
    }
  }
  bool is_reset() {
    char byte = 0;
    return channel.receive(&byte, 1) == -1 && errno == ECONNRESET;
  }
};

/// What a server hears of a request, and its client of the answer.
struct Talk {
  std::string heard, answered;
};
Talk talk(const std::string& request, const std::string& answer) {
  Pair pair;
  End client{pair.loop, pair.client->open()};
  REQUIRE(client.say(request) == static_cast<ssize_t>(request.size()));
  pair.move();
  Talk seen;
  End server{pair.loop, pair.server->take_request()};
  seen.heard = server.hear();
  REQUIRE(server.say(answer) == static_cast<ssize_t>(answer.size()));
  pair.move();
  seen.answered = client.hear();
  return seen;
}

TEST_CASE("a request and its answer cross as text") {
  const Talk seen = talk("GET http://h.test/p?q HTTP/1.1\r\nHost: h.test\r\nX-A: 1\r\nCookie: a=1\r\nConnection: keep-alive\r\n\r\n",
                         "HTTP/1.1 200 OK\r\nServer: s\r\nContent-Length: 5\r\nKeep-Alive: 5\r\n\r\nhello");
  CHECK(seen.heard == "GET http://h.test/p?q HTTP/2.0\r\nhost: h.test\r\nx-a: 1\r\ncookie: a=1\r\n\r\n");
  CHECK(seen.answered == "HTTP/2.0 200 OK\r\nserver: s\r\ncontent-length: 5\r\n\r\nhello");
}

TEST_CASE("a body of unknown length crosses in chunks, with its trailers") {
  const Talk seen = talk("POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\nX-T: 1\r\n\r\n",
                         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 7\r\n\r\n");
  CHECK(seen.heard == "POST http://h/p HTTP/2.0\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n8\r\nhelloyou\r\n0\r\nx-t: 1\r\n\r\n");
  CHECK(seen.answered == "HTTP/2.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n");
}

TEST_CASE("answers without a body end with their head") {
  CHECK(talk("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n").answered ==
        "HTTP/2.0 200 OK\r\ncontent-length: 50\r\n\r\n");
  CHECK(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n").answered == "HTTP/2.0 204 No Content\r\n\r\n");
  CHECK(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").answered ==
        "HTTP/2.0 200 OK\r\ncontent-length: 0\r\n\r\n");
}

TEST_CASE("interim answers come before the final one") {
  CHECK(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\n",
             "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").answered ==
        "HTTP/2.0 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok");
}

TEST_CASE("an answer that only its end ends is whole when the conversation ends") {
  Pair pair;
  End client{pair.loop, pair.client->open()};
  client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  pair.move();
  {
    End server{pair.loop, pair.server->take_request()};
    server.say("HTTP/1.1 200 OK\r\n\r\nall of it");
  }
  pair.move();
  CHECK(client.hear() == "HTTP/2.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nall of it\r\n0\r\n\r\n");
}

TEST_CASE("an answer that breaks off resets its stream only") {
  Pair pair;
  End first{pair.loop, pair.client->open()}, second{pair.loop, pair.client->open()};
  first.say("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  second.say("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  pair.move();
  {
    End server{pair.loop, pair.server->take_request()};
    server.say("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\npart");
  }
  End server{pair.loop, pair.server->take_request()};
  server.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  pair.move();
  (void)first.hear();
  CHECK(first.is_reset());
  CHECK(second.hear() == "HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok");
}

TEST_CASE("a client that goes away resets its stream") {
  Pair pair;
  std::optional<End> client{std::in_place, pair.loop, pair.client->open()};
  client->say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  pair.move();
  End server{pair.loop, pair.server->take_request()};
  (void)server.hear();
  CHECK_FALSE(server.is_reset());
  client.reset();
  pair.move();
  CHECK(server.is_reset());
  CHECK(server.say("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == -1);
}

TEST_CASE("a client that goes away is noticed behind what of it is unread") {
  Pair pair;
  std::optional<End> client{std::in_place, pair.loop, pair.client->open()};
  client->say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  pair.move();
  End server{pair.loop, pair.server->take_request()};
  CHECK_FALSE(server.channel.has_hung_up());
  client.reset();
  pair.move();
  CHECK(server.channel.has_hung_up());
}

TEST_CASE("a client that says no more is answered where it had said all") {
  Pair pair;
  End whole{pair.loop, pair.client->open()}, half{pair.loop, pair.client->open()};
  whole.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  half.say("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
  pair.move();
  End first{pair.loop, pair.server->take_request()}, second{pair.loop, pair.server->take_request()};
  (void)first.hear();
  CHECK(pair.server->end_input());
  char byte = 0;
  CHECK(first.channel.receive(&byte, 1) == 0);
  CHECK_FALSE(first.channel.has_hung_up());
  CHECK(second.channel.has_hung_up());
  first.say("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  pair.move();
  CHECK(whole.hear().ends_with("ok"));
  CHECK_FALSE(pair.server->end_input());
}

TEST_CASE("what a server said before it broke off is still heard") {
  Pair pair;
  End client{pair.loop, pair.client->open()};
  client.say("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  pair.move();
  std::optional<End> server{std::in_place, pair.loop, pair.server->take_request()};
  (void)server->hear();
  server->say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  server.reset();
  pair.move();
  CHECK_FALSE(client.channel.has_hung_up());
  CHECK(client.hear().ends_with("half"));
  CHECK(client.is_reset());
}

constexpr std::string_view kWebSocket =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

TEST_CASE("a WebSocket waits for the server's settings, which say whether it is known") {
  Pair pair;
  End client{pair.loop, pair.client->open()};
  CHECK(client.say(kWebSocket) == static_cast<ssize_t>(kWebSocket.size()));
  (void)Pair::pass(*pair.client, *pair.server);
  CHECK(pair.server->take_request() == nullptr);
  pair.move();
  End server{pair.loop, pair.server->take_request()};
  CHECK(server.hear().starts_with("GET http://h/ws HTTP/2.0\r\n"));
}

TEST_CASE("a WebSocket that its server does not know ends as if the server had reset it") {
  Pair pair;
  Settings without;
  without.knows_websockets = false;
  pair.server = ServerConnection::make(without);
  End early{pair.loop, pair.client->open()};
  (void)early.say(kWebSocket);
  pair.move();
  CHECK(early.is_reset());
  End late{pair.loop, pair.client->open()};
  CHECK(late.say(kWebSocket) == static_cast<ssize_t>(kWebSocket.size()));
  CHECK(late.is_reset());
  CHECK(pair.server->take_request() == nullptr);
}

TEST_CASE("a WebSocket that is given up before the settings come is not asked for") {
  Pair pair;
  std::optional<End> client{std::in_place, pair.loop, pair.client->open()};
  (void)client->say(kWebSocket);
  client.reset();
  pair.move();
  CHECK(pair.server->take_request() == nullptr);
}

TEST_CASE("a limit of no streams is no limit") {
  Settings settings;
  settings.max_concurrent_streams = 0;
  Pair pair;
  pair.server = ServerConnection::make(settings);
  pair.client = ClientConnection::make(settings, "http");
  pair.move();
  CHECK(pair.client->room() > 1'000'000);
  settings.max_concurrent_streams = 3;
  pair.server = ServerConnection::make(settings);
  pair.client = ClientConnection::make({}, "http");
  pair.move();
  CHECK(pair.client->room() == 3);
}

TEST_CASE("a WebSocket is an extended CONNECT between its upgrades") {
  Pair pair;
  pair.move();  // the server's settings say that it knows them
  End client{pair.loop, pair.client->open()};
  client.say("GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  pair.move();
  End server{pair.loop, pair.server->take_request()};
  const std::string heard = server.hear();
  CHECK(heard.starts_with("GET http://h/ws HTTP/2.0\r\nhost: h\r\nsec-websocket-version: 13\r\nupgrade: websocket\r\nconnection: upgrade\r\n"));
  server.say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nfrom server");
  pair.move();
  CHECK(client.hear() == "HTTP/2.0 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                         "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nfrom server");
  client.say("from client");
  pair.move();
  CHECK(server.hear() == "from client");
  client.channel.end_sending();
  pair.move();
  char byte = 0;
  CHECK(server.channel.receive(&byte, 1) == 0);
}

TEST_CASE("what nobody reads stops the sender, and only on its stream") {
  Pair pair;
  End slow{pair.loop, pair.client->open()}, quick{pair.loop, pair.client->open()};
  slow.say("POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  quick.say("POST /q HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n");
  pair.move();
  End slow_server{pair.loop, pair.server->take_request()}, quick_server{pair.loop, pair.server->take_request()};
  (void)slow_server.hear();
  const std::string piece(10000, 'x');
  std::size_t said = 0;
  for (ssize_t sent = 0; sent >= 0; pair.move()) {
    sent = slow.say(piece);
    if (sent > 0) said += static_cast<std::size_t>(sent);
    REQUIRE(said < 200000);
  }
  CHECK(said >= 65535);
  quick.say("hello");
  pair.move();
  CHECK(quick_server.hear().ends_with("\r\n\r\nhello"));
  CHECK(slow_server.hear().size() == 65535);
  pair.move();
  CHECK(slow.say(piece) > 0);
}

TEST_CASE("a malformed request resets its stream") {
  const std::vector<std::pair<std::string, std::string>> wrong[] = {
      {{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", ""}, {":authority", "h"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/a b"}, {":authority", "h"}},
      {{":method", "GE T"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"Upper", "1"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"connection", "close"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"a", "b\r\nc: d"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"host", "other"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"te", "gzip"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "u@h"}},
      {{":method", "CONNECT"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}},
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}, {"content-length", "1"}, {"content-length", "2"}},
  };
  for (const auto& fields : wrong) {
    http::H2RequestText request;
    http::H2Fault fault = http::H2Fault::None;
    for (const auto& [name, value] : fields)
      if (fault == http::H2Fault::None) fault = request.add(name, value);
    std::string text;
    if (fault == http::H2Fault::None) fault = request.finish(false, text);
    INFO(fields.back().first << " " << fields.back().second);
    CHECK(fault != http::H2Fault::None);
    CHECK_FALSE(http::text(fault).empty());
  }
}

TEST_CASE("what a peer never reads to the end is not kept for ever") {
  Pair pair;
  pair.move();
  std::string pings;
  for (int i = 0; i < 100; ++i) pings.append("\x00\x00\x08\x06\x00\x00\x00\x00\x00" "12345678", 17);
  std::size_t said = 0, most = 0;
  for (int round = 0; round < 1000; ++round) {
    REQUIRE(pair.server->receive(pings));
    const std::size_t ready = pair.server->output().size();
    REQUIRE(ready > 1);
    pair.server->mark_sent(ready - 1);
    said += ready - 1;
    most = std::max(most, pair.server->held());
  }
  CHECK(said >= 1'690'000);
  CHECK(most < 65536);
}

TEST_CASE("garbage ends the connection with an error for the peer") {
  Pair pair;
  pair.move();
  (void)pair.server->receive(std::string{"\x00\x00\x04\x00\x00\x00\x00\x00\x00" "data", 13});  // DATA of no stream
  const std::string said{pair.server->output()};
  CHECK(said.size() >= 17);
  pair.server->mark_sent(said.size());
  CHECK(pair.server->is_over());
}

}  // namespace
}  // namespace lib::http2
