#include "lib/log/sender.h"

#include <fcntl.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <filesystem>
#include <string>
#include <vector>

using lib::log::Level;
using lib::log::Sender;
using lib::log::Style;
using lib::log::Target;
using lib::log::TargetId;
using lib::log::TargetTable;

namespace {

/// A UDP or UNIX datagram socket that collects what is logged.
class Sink {
 public:
  Sink() : fd_{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
    lib::net::Address any = lib::net::Address::ipv4(INADDR_LOOPBACK, 0);
    REQUIRE(::bind(fd_.get(), any.raw(), any.raw_size()) == 0);
    sockaddr_in bound{};
    socklen_t size = sizeof bound;
    REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
    where.ip = lib::net::Address::ipv4(INADDR_LOOPBACK, ntohs(bound.sin_port));
  }
  explicit Sink(const std::string& path) : fd_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)} {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    path.copy(name.sun_path, sizeof name.sun_path - 1);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) == 0);
    where.kind = lib::net::Endpoint::Kind::UnixPath;
    where.path = path;
  }
  std::vector<std::string> received() {
    std::vector<std::string> lines;
    std::string line(70000, '\0');
    while (true) {
      const ssize_t size = ::recv(fd_.get(), line.data(), line.size(), 0);
      if (size < 0) return lines;
      lines.push_back(line.substr(0, static_cast<std::size_t>(size)));
    }
  }
  void close() { fd_.reset(); }
  lib::net::Endpoint where;

 private:
  lib::base::UniqueFd fd_;
};

Target target_to(const Sink& sink) {
  Target target;
  target.where = sink.where;
  target.tag = "proxyd";
  return target;
}

std::string own_pid() { return std::to_string(::getpid()); }

/// Digits become 9: dates and numbers differ from run to run.
std::string masked(std::string text) {
  for (char& c : text)
    if (c >= '0' && c <= '9') c = '9';
  return text;
}

/// The one line that "msg" at level info becomes with `target`.
std::string one_line(Sink& sink, const Target& target) {
  TargetTable table;
  const std::vector<TargetId> to{table.add(target)};
  Sender sender{table};
  sender.send(to, Level::Info, "msg");
  sender.flush();
  const std::vector<std::string> lines = sink.received();
  REQUIRE(lines.size() == 1);
  return lines[0];
}

}  // namespace

TEST_CASE("a line leaves at the flush, with haproxy's head and a line feed", "[log]") {
  Sink sink;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target_to(sink))};
  Sender sender{table};
  sender.send(to, Level::Info, "hello");
  CHECK(sink.received().empty());
  CHECK(sender.has_pending());
  sender.flush();
  const std::vector<std::string> lines = sink.received();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].substr(0, 5) == "<134>");
  CHECK(lines[0].substr(20) == " proxyd[" + own_pid() + "]: hello\n");
  CHECK(sender.dropped() == 0);
}

TEST_CASE("each format writes its own head", "[log]") {
  Sink sink;
  Target target = target_to(sink);
  target.facility = 19;
  const std::string pid = "[" + masked(own_pid()) + "]";
  const std::string date = masked(one_line(sink, target)).substr(5, 3 + 1 + 2 + 1 + 8);
  const auto line = [&](Style style, const char* host) {
    target.style = style;
    target.host = host;
    std::string text = one_line(sink, target);
    return text;
  };
  const auto skip_month = [](std::string text) { return masked(text).replace(5, 6, "Nov 99"); };
  CHECK(line(Style::Default, "").substr(0, 5) == "<158>");
  CHECK(skip_month(line(Style::Default, "")) == "<999>Nov 99 99:99:99 proxyd" + pid + ": msg\n");
  CHECK(skip_month(line(Style::Default, "box")) == "<999>Nov 99 99:99:99 box proxyd" + pid + ": msg\n");
  CHECK(skip_month(line(Style::Local, "box")) == "<999>Nov 99 99:99:99 proxyd" + pid + ": msg\n");
  CHECK(skip_month(line(Style::Rfc3164, "")) == "<999>Nov 99 99:99:99 localhost proxyd" + pid + ": msg\n");
  CHECK(skip_month(line(Style::Rfc3164, "box")) == "<999>Nov 99 99:99:99 box proxyd" + pid + ": msg\n");
  const std::string iso = "9999-99-99T99:99:99.999999";
  const auto unsigned_zone = [](std::string text) {
    for (char& c : text)
      if (c == '-' || c == '+') c = '-';
    return masked(text);
  };
  const auto same = [&](std::string text) { return unsigned_zone(std::move(text)); };
  CHECK(same(line(Style::Rfc5424, "")) ==
        same("<999>9 " + iso + "+99:99 - proxyd " + masked(own_pid()) + " - - msg\n"));
  CHECK(same(line(Style::Rfc5424, "box")) ==
        same("<999>9 " + iso + "+99:99 box proxyd " + masked(own_pid()) + " - - msg\n"));
  CHECK(same(line(Style::Iso, "")) == same(iso + "+99:99 msg\n"));
  CHECK(same(line(Style::Timed, "")) == same("<9>" + iso + "+99:99 msg\n"));
  CHECK(line(Style::Short, "") == "<6>msg\n");
  CHECK(line(Style::Priority, "") == "<158>msg\n");
  CHECK(line(Style::Raw, "") == "msg\n");
}

TEST_CASE("levels that a target does not want are left out, too important ones are lowered", "[log]") {
  Sink sink;
  Target errors = target_to(sink), capped = target_to(sink);
  errors.style = capped.style = Style::Priority;
  errors.max_level = Level::Err;
  capped.min_level = Level::Notice;
  TargetTable table;
  const std::vector<TargetId> to{table.add(errors), table.add(capped)};
  Sender sender{table};
  sender.send(to, Level::Info, "normal");
  sender.send(to, Level::Err, "wrong");
  sender.flush();
  CHECK(sink.received() == std::vector<std::string>{"<134>normal\n", "<131>wrong\n", "<133>wrong\n"});
  CHECK(sender.wants(to, Level::Debug));
  const std::vector<TargetId> only_errors{to[0]};
  CHECK_FALSE(sender.wants(only_errors, Level::Info));
  CHECK(sender.dropped() == 0);
}

TEST_CASE("a long line is cut at the target's length, head included, line feed not", "[log]") {
  Sink sink;
  Target shorter = target_to(sink), longer = target_to(sink);
  shorter.style = longer.style = Style::Priority;
  shorter.length = 80;
  TargetTable table;
  const std::vector<TargetId> to{table.add(shorter), table.add(longer)};
  Sender sender{table};
  sender.send(to, Level::Info, std::string(300, 'x'));
  sender.flush();
  const std::vector<std::string> lines = sink.received();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "<134>" + std::string(75, 'x') + "\n");
  CHECK(lines[1] == "<134>" + std::string(300, 'x') + "\n");
}

TEST_CASE("the same target twice is one, and targets with one address share a socket", "[log]") {
  Sink sink;
  Target target = target_to(sink), other = target_to(sink);
  other.facility = 1;
  TargetTable table;
  CHECK(table.add(target) == 0);
  CHECK(table.add(other) == 1);
  CHECK(table.add(target) == 0);
  CHECK(table.size() == 2);
}

TEST_CASE("more lines than fit one batch all arrive, in order", "[log]") {
  Sink sink;
  Target target = target_to(sink), second = target_to(sink);
  target.style = second.style = Style::Raw;
  second.facility = 3;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target), table.add(second)};
  Sender sender{table};
  std::vector<std::string> lines;
  const auto collect = [&] {
    for (std::string& line : sink.received()) lines.push_back(std::move(line));
  };
  for (int i = 0; i < 200; ++i) {
    sender.send(to, Level::Info, std::to_string(i));
    collect();
  }
  sender.flush();
  collect();
  REQUIRE(lines.size() == 400);
  for (int i = 0; i < 200; ++i) {
    CHECK(lines[static_cast<std::size_t>(2 * i)] == std::to_string(i) + "\n");
    CHECK(lines[static_cast<std::size_t>(2 * i + 1)] == std::to_string(i) + "\n");
  }
}

TEST_CASE("lines of the greatest length go to several targets whole", "[log]") {
  const std::string path = "/tmp/triad_log_test_big." + own_pid();
  Sink sink{path};
  Target target = target_to(sink);
  target.style = Style::Raw;
  target.length = 65535;
  Target other = target;
  other.facility = 1;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target), table.add(other)};
  Sender sender{table};
  for (int i = 0; i < 6; ++i) {
    const std::string text(65000, static_cast<char>('a' + i));
    sender.send(to, Level::Info, text);
    sender.flush();
    CHECK(sink.received() == std::vector<std::string>{text + "\n", text + "\n"});
  }
  std::filesystem::remove(path);
}

TEST_CASE("a closed UDP port loses lines, never time, and is tried again", "[log]") {
  Sink sink;
  Target target = target_to(sink);
  target.style = Style::Raw;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target)};
  Sender sender{table};
  sink.close();
  for (int i = 0; i < 10; ++i) {
    sender.send(to, Level::Info, "lost");
    sender.flush();
  }
  CHECK(sender.dropped() >= 5);
  CHECK_FALSE(sender.wants(to, Level::Info));
  const auto deadline = lib::base::monotonic_now() + std::chrono::seconds{2};
  bool wanted = false;
  while (!wanted && lib::base::monotonic_now() < deadline) wanted = sender.wants(to, Level::Info);
  CHECK(wanted);
}

TEST_CASE("a syslog daemon that comes back on its UNIX socket gets the next lines", "[log]") {
  const std::string path = "/tmp/triad_log_test." + own_pid();
  Target target;
  TargetTable table;
  std::vector<TargetId> to;
  {
    Sink first{path};
    target = target_to(first);
    target.style = Style::Raw;
    to.push_back(table.add(target));
    Sender sender{table};
    sender.send(to, Level::Info, "one");
    sender.flush();
    CHECK(first.received() == std::vector<std::string>{"one\n"});
    first.close();
    std::filesystem::remove(path);
    Sink again{path};
    sender.send(to, Level::Info, "two");
    sender.flush();
    CHECK(again.received() == std::vector<std::string>{"two\n"});
    CHECK(sender.dropped() == 0);
  }
  std::filesystem::remove(path);
}

TEST_CASE("without a reader a UNIX socket never blocks: what does not fit is counted", "[log]") {
  const std::string path = "/tmp/triad_log_test_full." + own_pid();
  Sink sink{path};
  Target target = target_to(sink);
  target.style = Style::Raw;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target)};
  Sender sender{table};
  for (int i = 0; i < 2000; ++i) sender.send(to, Level::Info, "line");
  sender.flush();
  CHECK(sender.dropped() + sink.received().size() == 2000);
  CHECK(sender.dropped() > 0);
  std::filesystem::remove(path);
}

TEST_CASE("a descriptor takes lines until it is full", "[log]") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  lib::base::UniqueFd out{ends[0]}, in{ends[1]};
  Target target;
  target.kind = Target::Kind::Descriptor;
  target.fd = in.get();
  target.style = Style::Short;
  TargetTable table;
  const std::vector<TargetId> to{table.add(target)};
  Sender sender{table};
  sender.send(to, Level::Warning, "first");
  sender.send(to, Level::Info, "second");
  sender.flush();
  std::string text(200, '\0');
  text.resize(static_cast<std::size_t>(::read(out.get(), text.data(), text.size())));
  CHECK(text == "<4>first\n<6>second\n");
  for (int i = 0; i < 3000; ++i) sender.send(to, Level::Info, std::string(100, 'x'));
  sender.flush();
  CHECK(sender.dropped() > 0);
}
