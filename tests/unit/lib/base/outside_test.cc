#include "lib/base/outside.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <random>

#include "lib/base/file.h"

using namespace lib::base;

namespace {

struct Folder {
  Folder() {
    char name[] = "/tmp/outside-XXXXXX";
    path = ::mkdtemp(name);
    std::ofstream{path + "/b"} << "second";
    std::ofstream{path + "/a"} << std::string("zero\0byte", 9);
  }
  ~Folder() {
    ::unlink((path + "/a").c_str());
    ::unlink((path + "/b").c_str());
    ::rmdir(path.c_str());
  }
  std::string path;
};

}  // namespace

TEST_CASE("what was recorded is told again when the machine has changed", "[outside]") {
  OutsideRecord record;
  std::string path;
  {
    const Folder folder;
    path = folder.path;
    const RecordOutside recording{record};
    CHECK(files_in(path) == std::vector<std::string>{"a", "b"});
    CHECK(kind_of_path(path) == PathKind::Directory);
    CHECK(kind_of_path(path + "/a") == PathKind::File);
    CHECK(read_file(path + "/a") == std::string("zero\0byte", 9));
    CHECK_FALSE(read_file(path + "/none"));
    CHECK(errno == ENOENT);
    CHECK_FALSE(read_file(path));
    CHECK(errno == EISDIR);
    CHECK(user_number("root") == 0U);
    CHECK_FALSE(group_number("no such group"));
    note_unrepeatable("the moon");
  }
  CHECK(record.unrepeatable == std::vector<std::string>{"the moon"});
  const auto copy = OutsideRecord::read(record.text());
  REQUIRE(copy);
  CHECK(copy->answers == record.answers);
  const ReplayOutside replay{*copy};
  CHECK(files_in(path) == std::vector<std::string>{"a", "b"});
  CHECK(kind_of_path(path + "/a") == PathKind::File);
  CHECK(read_file(path + "/a") == std::string("zero\0byte", 9));
  CHECK_FALSE(read_file(path));
  CHECK(errno == EISDIR);
  CHECK(user_number("root") == 0U);
  CHECK_FALSE(group_number("no such group"));
  CHECK_FALSE(read_file("/etc/passwd"));  // nobody had asked
  CHECK(errno == ENOENT);
  CHECK(kind_of_path("/") == PathKind::Nothing);
}

TEST_CASE("without a record the machine itself is asked", "[outside]") {
  const Folder folder;
  CHECK(read_file(folder.path + "/b") == "second");
  CHECK(files_in(folder.path + "/none") == std::nullopt);
  CHECK(errno == ENOENT);
}

TEST_CASE("a text that is no record is refused", "[outside]") {
  OutsideRecord record;
  record.answers["f/etc/a"] = {.text = "text", .error = 0};
  record.answers["f/etc/b"] = {.text = std::nullopt, .error = ENOENT};
  const std::string text = record.text();
  REQUIRE(OutsideRecord::read(text));
  CHECK(OutsideRecord::read("")->answers.empty());
  for (std::size_t size = 1; size < text.size(); ++size) {
    const auto part = OutsideRecord::read(text.substr(0, size));
    if (part) CHECK(part->answers.size() < record.answers.size());
  }
  CHECK_FALSE(OutsideRecord::read("99999999999999999999:x"));
  CHECK_FALSE(OutsideRecord::read("3:fxx1:x1:+"));
  std::mt19937 random{20261122};  // a seed that is its own print
  for (int i = 0; i < 2000; ++i) {
    std::string broken = text;
    broken[random() % broken.size()] = static_cast<char>(random());
    (void)OutsideRecord::read(broken);  // must not crash
  }
}
