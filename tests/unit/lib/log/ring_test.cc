#include "lib/log/ring.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

using lib::log::Ring;
using lib::log::RingHead;
using lib::log::RingMemory;

namespace {

RingMemory memory(std::size_t capacity) {
  auto made = RingMemory::of_process(capacity);
  REQUIRE(made);
  return std::move(*made);
}

std::vector<std::string> lines_of(Ring::Reader& reader) {
  std::vector<std::string> lines;
  std::string line;
  while (reader.next(line)) lines.push_back(line);
  return lines;
}

std::vector<std::string> lines_of(Ring& ring) {
  Ring::Reader reader{ring, Ring::From::Oldest, [] {}};
  return lines_of(reader);
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a ring gives its lines back in order", "[log][ring]") {
  Ring ring{memory(1000)};
  REQUIRE(lines_of(ring).empty());
  REQUIRE(ring.append("one"));
  REQUIRE(ring.append(""));
  REQUIRE(ring.append("three"));
  REQUIRE(lines_of(ring) == Lines{"one", "", "three"});
  REQUIRE(lines_of(ring).size() == 3);  // reading takes nothing away
}

TEST_CASE("the newest lines push the oldest out of a ring", "[log][ring]") {
  Ring ring{memory(64)};  // a line of 12 bytes takes 16
  for (char c = 'a'; c <= 'z'; ++c) REQUIRE(ring.append(std::string(12, c)));
  REQUIRE(lines_of(ring) == Lines{std::string(12, 'w'), std::string(12, 'x'), std::string(12, 'y'), std::string(12, 'z')});
  REQUIRE(ring.dropped() == 0);
}

TEST_CASE("lines of every length survive the ring's end", "[log][ring]") {
  for (std::size_t capacity : {37U, 64U, 101U, 255U}) {
    Ring ring{memory(capacity)};
    Ring::Reader reader{ring, Ring::From::Oldest, [] {}};
    for (std::size_t size = 0; size < 200; ++size) {
      const std::string text(size % 30, static_cast<char>('a' + size % 26));
      REQUIRE(ring.append(text));
      REQUIRE(lines_of(reader) == Lines{text});
    }
  }
}

TEST_CASE("a line longer than the ring is cut to what fits", "[log][ring]") {
  Ring ring{memory(50)};
  REQUIRE(ring.longest_line() == 46);
  REQUIRE(ring.append("first"));
  REQUIRE(ring.append(std::string(100, 'x')));
  REQUIRE(lines_of(ring) == Lines{std::string(46, 'x')});
}

TEST_CASE("a reader that begins with the newest sees only what comes", "[log][ring]") {
  Ring ring{memory(1000)};
  REQUIRE(ring.append("old"));
  Ring::Reader reader{ring, Ring::From::Newest, [] {}};
  REQUIRE(lines_of(reader).empty());
  REQUIRE(ring.append("new"));
  REQUIRE(lines_of(reader) == Lines{"new"});
}

TEST_CASE("a loose reader that was overtaken goes on with the oldest line", "[log][ring]") {
  Ring ring{memory(64)};
  Ring::Reader reader{ring, Ring::From::Oldest, [] {}};
  for (char c = 'a'; c <= 'h'; ++c) REQUIRE(ring.append(std::string(12, c)));
  REQUIRE(lines_of(reader).front() == std::string(12, 'e'));
}

TEST_CASE("a holding reader keeps its lines, and new ones are dropped and counted", "[log][ring]") {
  Ring ring{memory(64)};
  Ring::Reader reader{ring, Ring::From::Oldest, [] {}};
  reader.set_grip(Ring::Grip::Holding);
  for (char c = 'a'; c <= 'd'; ++c) REQUIRE(ring.append(std::string(12, c)));
  REQUIRE_FALSE(ring.append("fifth"));
  REQUIRE_FALSE(ring.append("sixth"));
  REQUIRE(ring.dropped() == 2);
  REQUIRE(ring.take_unannounced() == 0);  // still no room to tell of it
  REQUIRE(lines_of(reader).size() == 4);
  REQUIRE(ring.take_unannounced() == 2);
  REQUIRE(ring.take_unannounced() == 0);
  REQUIRE(ring.append("seventh"));
  REQUIRE(lines_of(reader) == Lines{"seventh"});

  SECTION("letting go makes room again") {
    for (char c = 'a'; c <= 'd'; ++c) (void)ring.append(std::string(12, c));
    reader.set_grip(Ring::Grip::Loose);
    REQUIRE(ring.append("eighth"));
    REQUIRE(ring.append("ninth"));
  }
}

TEST_CASE("a reader is woken once by the first line after it found none", "[log][ring]") {
  Ring ring{memory(1000)};
  int woken = 0, other = 0;
  Ring::Reader reader{ring, Ring::From::Oldest, [&] { ++woken; }};
  Ring::Reader second{ring, Ring::From::Oldest, [&] { ++other; }};
  REQUIRE(ring.append("before it looked"));
  REQUIRE(woken == 0);
  std::string line;
  REQUIRE(reader.next(line));
  REQUIRE_FALSE(reader.next(line));
  REQUIRE_FALSE(reader.next(line));
  REQUIRE(ring.append("a"));
  REQUIRE(ring.append("b"));
  REQUIRE(woken == 1);
  REQUIRE(other == 0);
  REQUIRE(lines_of(reader) == Lines{"a", "b"});
  REQUIRE(lines_of(second).size() == 3);
  REQUIRE(ring.append("c"));
  REQUIRE(woken == 2);
  REQUIRE(other == 1);
  {
    Ring::Reader gone{ring, Ring::From::Newest, [&] { FAIL("it is gone"); }};
    REQUIRE_FALSE(gone.next(line));
  }
  REQUIRE(ring.append("d"));
}

TEST_CASE("four threads write to a ring while two read", "[log][ring]") {
  constexpr int kThreads = 4, kLines = 20000;
  Ring ring{memory(4000)};
  std::atomic<bool> stop{false};
  const auto follow = [&](Ring::Grip grip, std::uint64_t& seen, bool& in_order) {
    std::atomic<int> wakes{0};
    Ring::Reader reader{ring, Ring::From::Oldest, [&] { wakes.fetch_add(1); }};
    reader.set_grip(grip);
    std::vector<int> last(kThreads, -1);
    std::string line;
    while (true) {
      const bool ended = stop.load();
      while (reader.next(line)) {
        const auto thread = static_cast<std::size_t>(line[0] - '0');
        const int number = std::stoi(line.substr(2));
        in_order = in_order && line.substr(2).find('x') != std::string::npos && number > last[thread];
        last[thread] = number;
        ++seen;
      }
      if (ended) return;
    }
  };
  std::uint64_t held = 0, loose = 0;
  bool held_order = true, loose_order = true;
  std::thread holder{[&] { follow(Ring::Grip::Holding, held, held_order); }};
  std::thread passer{[&] { follow(Ring::Grip::Loose, loose, loose_order); }};
  std::vector<std::thread> writers;
  std::atomic<std::uint64_t> taken{0};
  for (int thread = 0; thread < kThreads; ++thread)
    writers.emplace_back([&, thread] {
      for (int i = 0; i < kLines; ++i)
        if (ring.append(std::to_string(thread) + ' ' + std::to_string(i) + std::string(static_cast<std::size_t>(i % 50), 'x') + 'x'))
          taken.fetch_add(1);
    });
  for (std::thread& writer : writers) writer.join();
  stop.store(true);
  holder.join();
  passer.join();
  REQUIRE(held_order);
  REQUIRE(loose_order);
  REQUIRE(taken + ring.dropped() == std::uint64_t{kThreads} * kLines);
  // Lines written before the holder took hold may have been pushed out.
  REQUIRE(held <= taken);
  REQUIRE(held > 0);
  REQUIRE(loose <= taken);
}

TEST_CASE("a ring in a file can be read there, and the file before it is kept", "[log][ring]") {
  const std::string path = std::filesystem::temp_directory_path() / ("ring_test." + std::to_string(::getpid()));
  {
    auto made = RingMemory::of_file(path, 1072);
    REQUIRE(made);
    Ring ring{std::move(*made)};
    REQUIRE(ring.longest_line() == 996);
    REQUIRE(ring.append("hello"));
  }
  REQUIRE(std::filesystem::file_size(path) == 1072);
  REQUIRE((std::filesystem::status(path).permissions() & std::filesystem::perms::mask) ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  std::ifstream file{path, std::ios::binary};
  std::string bytes(1072, '\0');
  file.read(bytes.data(), 1072);
  REQUIRE(bytes.starts_with("triad log ring 1"));
  RingHead head{};
  std::memcpy(&head, bytes.data(), sizeof head);
  REQUIRE(head.capacity == 1000);
  REQUIRE(head.oldest == 0);
  REQUIRE(head.next == 9);
  REQUIRE(bytes.substr(sizeof head + 4, 5) == "hello");

  REQUIRE(RingMemory::of_file(path, 2000));
  REQUIRE(std::filesystem::file_size(path + ".bak") == 1072);
  REQUIRE(std::filesystem::file_size(path) == 2000);
  std::filesystem::remove(path);
  std::filesystem::remove(path + ".bak");
  const auto nowhere = RingMemory::of_file("/nonexistent/ring", 1000);
  REQUIRE_FALSE(nowhere);
  REQUIRE(nowhere.error().message == "No such file or directory");
}

TEST_CASE("whoever scribbles over a ring's file does not bring the ring down", "[log][ring]") {
  RingMemory made = memory(200);
  char* const bytes = made.bytes();
  Ring ring{std::move(made)};
  for (int i = 0; i < 1000; ++i) {
    (void)ring.append("line " + std::to_string(i));
    if (i % 7 == 0) std::fill_n(bytes + i % 190, 10, '\xff');
    if (i % 3 == 0) REQUIRE(lines_of(ring).size() <= 50);
  }
}
