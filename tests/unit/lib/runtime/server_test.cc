#include "lib/runtime/server.h"
#include "lib/runtime/feed.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <catch2/catch.hpp>

#include <random>

using namespace lib::runtime;
using lib::event::Task;
using namespace std::chrono_literals;

namespace {

Task<void> run_long(Call& call) {
  for (int i = 0; i < 2000; ++i) {
    call.out.append(1000, 'x');
    call.out += '\n';
    if (call.out.size() > 16384) {
      const bool sent = co_await call.flush();
      if (!sent) co_return;
    }
  }
}

Task<void> run_slow(Call& call) {
  co_await call.waiter.until(call.waiter.now() + 20ms);
  call.out += "awake\n";
}

CommandTable commands() {
  CommandTable table;
  table.add({"show version", Level::User, "show version", "tell the version",
             [](Call& call) { call.message(Severity::Info, "1.2.3"); }, {}});
  table.add({"show env", Level::Operator, "show env [var]", "show variables",
             [](Call& call) { call.out += "A=b\n"; }, {}});
  table.add({"disable server", Level::Admin, "disable server <b>/<s>", "stop using a server",
             [](Call& call) { call.arg(0).empty() ? call.error("Require 'backend/server'.") : void(); }, {}});
  table.add({"put", Level::User, "put", "count a payload",
             [](Call& call) { call.out += "[" + std::string{call.arg(0)} + "|" + call.payload + "]\n"; }, {}});
  table.add({"long", Level::User, "long", "a long answer", {}, run_long});
  table.add({"slow", Level::User, "slow", "an answer after a while", {}, run_slow});
  table.add({"add map", Level::Admin, "add map", "not here", {}, {}});
  return table;
}

/// A client and a server task on one loop, over a socket pair.
class Bench {
 public:
  explicit Bench(ServerOptions options = {.level = Level::Admin}) {
    int pair[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    client_.reset(pair[0]);
    tasks_.spawn(serve_client(loop_, lib::base::UniqueFd{pair[1]}, table_, options));
  }
  void send(std::string_view bytes) {
    REQUIRE(::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(bytes.size()));
  }
  void half_close() { (void)::shutdown(client_.get(), SHUT_WR); }
  /// What arrives until the server closes ("<EOF>" then), or until it has been silent for a moment.
  std::string receive(int silent_rounds = 3) {
    std::string got;
    for (int silent = 0; silent < silent_rounds;) {
      loop_.run_once(5ms);
      char chunk[65536];
      const ssize_t count = ::recv(client_.get(), chunk, sizeof chunk, 0);
      if (count > 0) {
        got.append(chunk, static_cast<std::size_t>(count));
        silent = 0;
      } else if (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
        return got + "<EOF>";
      } else {
        ++silent;
      }
    }
    return got;
  }
  std::string ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  bool is_served() const { return !tasks_.empty(); }
  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) loop_.run_once(1ms);
  }
  int client() const { return client_.get(); }

 private:
  lib::event::Loop loop_;
  CommandTable table_ = commands();
  lib::base::UniqueFd client_;
  lib::event::TaskGroup tasks_;
};

}  // namespace

TEST_CASE("one line is answered, an empty line follows, and the connection ends", "[runtime]") {
  CHECK(Bench{}.ask("show version\n") == "1.2.3\n\n<EOF>");
  CHECK(Bench{}.ask("show version\r\n") == "1.2.3\n\n<EOF>");
}

TEST_CASE("a line may arrive in pieces", "[runtime]") {
  Bench bench;
  CHECK(bench.ask("show ver").empty());
  CHECK(bench.ask("sion\n") == "1.2.3\n\n<EOF>");
}

TEST_CASE("several commands on a line are answered in turn", "[runtime]") {
  CHECK(Bench{}.ask("show version;show env; show version\n") == "1.2.3\n\nA=b\n\n1.2.3\n\n<EOF>");
}

TEST_CASE("lines that came together are all answered", "[runtime]") {
  CHECK(Bench{}.ask("show version\nshow env\n") == "1.2.3\n\nA=b\n\n<EOF>");
}

TEST_CASE("a client that has closed its sending side still gets its answer", "[runtime]") {
  Bench bench;
  bench.send("slow\n");
  bench.half_close();
  CHECK(bench.receive(10) == "awake\n\n<EOF>");
}

TEST_CASE("an unfinished last line is not carried out", "[runtime]") {
  Bench bench;
  bench.send("show version");
  bench.half_close();
  CHECK(bench.receive() == "<EOF>");
}

TEST_CASE("prompt keeps the connection open and shows where to type", "[runtime]") {
  Bench bench;
  CHECK(bench.ask("prompt\n") == "\n> ");
  CHECK(bench.ask("show version\n") == "1.2.3\n\n> ");
  CHECK(bench.ask("show version;show env\n") == "1.2.3\n\n> A=b\n\n> ");
  CHECK(bench.ask("show version;quit;show env\n") == "1.2.3\n\n> <EOF>");
}

TEST_CASE("prompt a second time ends the connection as after any single command", "[runtime]") {
  Bench bench;
  CHECK(bench.ask("prompt\n") == "\n> ");
  CHECK(bench.ask("prompt\n") == "\n<EOF>");
}

TEST_CASE("interactive mode without a prompt", "[runtime]") {
  Bench bench;
  CHECK(bench.ask("prompt i\n") == "\n");
  CHECK(bench.ask("show version\n") == "1.2.3\n\n");
  CHECK(bench.ask("prompt n\n") == "\n<EOF>");
}

TEST_CASE("a payload runs up to an empty line or to its mark", "[runtime]") {
  CHECK(Bench{}.ask("put x <<\na b\nc\n\n") == "[x|a b\nc\n]\n\n<EOF>");
  CHECK(Bench{}.ask("put x <<END\na\n\nEN\nEND\n") == "[x|a\n\nEN\n]\n\n<EOF>");
  Bench bench;
  CHECK(bench.ask("prompt\n") == "\n> ");
  CHECK(bench.ask("put y <<\n") == "+ ");
  CHECK(bench.ask("one\n") == "+ ");
  CHECK(bench.ask("\n") == "[y|one\n]\n\n> ");
}

TEST_CASE("a payload or a line without end is cut off", "[runtime]") {
  Bench line;
  line.send(std::string(kMaxLine + 10, 'a'));
  CHECK(line.receive() == "Command line too long.\n\n<EOF>");
  Bench payload;
  payload.send("put x <<\n");
  const std::string kilobyte = std::string(1023, 'p') + "\n";
  std::string answer;
  for (int i = 0; i < 200 && answer.empty(); ++i) {
    (void)::send(payload.client(), kilobyte.data(), kilobyte.size(), MSG_NOSIGNAL);
    payload.run(2);
    if (i >= 130) answer = payload.receive(1);
  }
  CHECK(answer.starts_with("Payload too large."));
}

TEST_CASE("each level may do what the ones before may, and can only be lowered", "[runtime]") {
  const ServerOptions as_user{.level = Level::User};
  const ServerOptions as_operator{.level = Level::Operator};
  CHECK(Bench{as_user}.ask("show version\n") == "1.2.3\n\n<EOF>");
  CHECK(Bench{as_user}.ask("show env\n") == "Permission denied\n\n<EOF>");
  CHECK(Bench{as_user}.ask("operator\n") == "Permission denied\n\n<EOF>");
  CHECK(Bench{as_operator}.ask("show env;disable server a/b\n") == "A=b\n\nPermission denied\n\n<EOF>");
  CHECK(Bench{}.ask("show cli level;operator;show cli level;user;show cli level;operator\n") ==
        "admin\n\n\noperator\n\n\nuser\n\nPermission denied\n\n<EOF>");
}

TEST_CASE("what is known and not built yet says so", "[runtime]") {
  CHECK(Bench{}.ask("add map #1 a b\n") == "'add map' is known but not built yet.\n\n<EOF>");
}

TEST_CASE("an unknown command is answered with the nearest ones", "[runtime]") {
  const std::string answer = Bench{}.ask("shw version\n");
  CHECK(answer.starts_with("Unknown command, but maybe one of the following ones is a better match:\n"));
  CHECK(answer.find("  show version                            : tell the version\n") != std::string::npos);
  CHECK(answer.ends_with("  quit                                    : close the connection\n\n<EOF>"));
  const std::string nothing = Bench{}.ask("\n");
  CHECK(nothing.starts_with("Unknown command. Please enter one of the following commands only:\n"));
  CHECK(nothing.find("  slow ") != std::string::npos);
}

TEST_CASE("help lists what the level may use and can be narrowed", "[runtime]") {
  const std::string all = Bench{}.ask("help\n");
  CHECK(all.starts_with("The following commands are valid at this level:\n"));
  CHECK(all.find("  disable server") != std::string::npos);
  const std::string user = Bench{ServerOptions{.level = Level::User}}.ask("help\n");
  CHECK(user.find("  disable server") == std::string::npos);
  const std::string show = Bench{}.ask("help show\n");
  CHECK(show.find("  show env") != std::string::npos);
  CHECK(show.find("  slow") == std::string::npos);
}

TEST_CASE("severities stand before messages when asked for", "[runtime]") {
  CHECK(Bench{}.ask("set severity-output number;disable server;show version;show env\n") ==
        "\n[3]: Require 'backend/server'.\n\n[6]: 1.2.3\n\nA=b\n\n<EOF>");
  CHECK(Bench{}.ask("set severity-output string;disable server\n") ==
        "\n[err]: Require 'backend/server'.\n\n<EOF>");
  CHECK(Bench{}.ask("set severity-output x\n") ==
        "one of 'none', 'number', 'string' is a required argument\n\n<EOF>");
}

TEST_CASE("an idle client is let go after the timeout, which it may change", "[runtime]") {
  Bench bench{{.level = Level::User, .timeout = 30ms}};
  CHECK(bench.receive(30) == "<EOF>");
  Bench changed{{.level = Level::User}};
  CHECK(changed.ask("prompt;set timeout cli 20ms\n") == "\n> \n> ");
  CHECK(changed.receive(30) == "<EOF>");
  CHECK(Bench{}.ask("set timeout cli\n") == "Expects an integer value.\n\n<EOF>");
  CHECK(Bench{}.ask("set timeout cli 0\n") == "Invalid timeout value.\n\n<EOF>");
  CHECK(Bench{}.ask("set timeout x 1\n") == "'set timeout' only supports 'cli'.\n\n<EOF>");
}

TEST_CASE("a long answer arrives whole however slowly it is read", "[runtime]") {
  Bench bench;
  bench.send("long\n");
  bench.run(20);  // the socket's buffer is full by now; the server waits
  CHECK(bench.is_served());
  const std::string answer = bench.receive();
  CHECK(answer.size() == 2000 * 1001 + 1 + 5);
  CHECK(answer.ends_with("x\n\n<EOF>"));
}

TEST_CASE("a client that never reads is let go", "[runtime]") {
  Bench bench{{.level = Level::User, .timeout = 30ms}};
  bench.send("long\n");
  bench.run(200);
  CHECK(!bench.is_served());
}

TEST_CASE("no bytes make the server fall over", "[runtime]") {
  std::mt19937 random{20261121};
  const std::vector<std::string> seeds{"show version;show env\n", "put a <<X\n\nb\nX\n", "prompt\nhelp show\n",
                                       "set severity-output number\n", "disable server a/b;user;operator\n"};
  for (int round = 0; round < 1000; ++round) {
    std::string bytes = seeds[random() % seeds.size()] + seeds[random() % seeds.size()];
    for (unsigned edits = random() % 8; edits > 0; --edits) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 3) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.insert(at, 1, static_cast<char>(random())); break;
        default: bytes.erase(at, 1 + random() % 4); break;
      }
      if (bytes.empty()) bytes = "\n";
    }
    Bench bench;
    bench.send(bytes);
    bench.half_close();
    CHECK(bench.receive(6).ends_with("<EOF>"));
  }
}

namespace {

lib::base::UniqueFd listen_abstract(const std::string& name, sockaddr_un& address, socklen_t& size) {
  lib::base::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, name.size());
  size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  REQUIRE(::listen(socket.get(), 16) == 0);
  return socket;
}

lib::base::UniqueFd connect_to(const sockaddr_un& address, socklen_t size) {
  lib::base::UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  REQUIRE(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
  return socket;
}

std::string read_now(lib::event::Loop& loop, int fd) {
  for (int i = 0; i < 5; ++i) loop.run_once(2ms);
  char chunk[4096];
  const ssize_t count = ::recv(fd, chunk, sizeof chunk, 0);
  return count > 0 ? std::string(chunk, static_cast<std::size_t>(count)) : std::string{};
}

}  // namespace

TEST_CASE("clients beyond the limit wait until one leaves, and silent ones hold up nobody", "[runtime]") {
  sockaddr_un address;
  socklen_t size = 0;
  lib::base::UniqueFd listener = listen_abstract("triad-runtime-test-" + std::to_string(::getpid()), address, size);
  lib::event::Loop loop;
  const CommandTable table = commands();
  lib::event::TaskGroup tasks;
  const ServerOptions options{.level = Level::Admin, .max_connections = 2};
  tasks.spawn(serve(loop, std::move(listener), table, options));

  lib::base::UniqueFd silent = connect_to(address, size);
  lib::base::UniqueFd second = connect_to(address, size);
  lib::base::UniqueFd third = connect_to(address, size);
  REQUIRE(::send(third.get(), "show version\n", 13, 0) == 13);
  CHECK(read_now(loop, third.get()).empty());
  REQUIRE(::send(second.get(), "show version\n", 13, 0) == 13);
  CHECK(read_now(loop, second.get()) == "1.2.3\n\n");
  CHECK(read_now(loop, third.get()) == "1.2.3\n\n");

  tasks.cancel_all();  // ends the clients too
  char byte;
  CHECK(::recv(silent.get(), &byte, 1, 0) == 0);
}

TEST_CASE("a subscriber hears what stands, then each line, also many at once") {
  Feed feed{3};
  feed.publish("before");
  CommandTable table;
  table.add({"subscribe", Level::User, "subscribe", "follow", {}, [&feed](Call& call) { return follow(call, feed, [] { return std::string{"now\n"}; }); }});
  lib::event::Loop loop;
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
  const lib::base::UniqueFd client{pair[0]};
  lib::event::TaskGroup tasks;
  tasks.spawn(serve_client(loop, lib::base::UniqueFd{pair[1]}, table, {}));
  REQUIRE(::send(client.get(), "subscribe\n", 10, MSG_NOSIGNAL) == 10);
  const auto receive = [&] {
    for (int i = 0; i < 3; ++i) loop.run_once(2ms);
    char bytes[4096];
    const ssize_t count = ::recv(client.get(), bytes, sizeof bytes, 0);
    return std::string{bytes, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  };
  CHECK(receive() == "now\n");
  feed.publish("one");
  feed.publish("two");
  CHECK(receive() == "one\ntwo\n");
  for (const char* line : {"a", "b", "c", "d", "e"}) feed.publish(line);
  CHECK(receive() == "{\"type\":\"lost\",\"lines\":2}\nc\nd\ne\n");
  CHECK(feed.lines().size() == 3);
  REQUIRE(::shutdown(client.get(), SHUT_RDWR) == 0);
  feed.publish("to nobody");
  for (int i = 0; i < 5 && !tasks.empty(); ++i) {
    feed.publish("more");
    loop.run_once(2ms);
  }
  CHECK(tasks.empty());  // a client that left is not followed any more
}
