#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "parsers/haproxy/files.h"

using namespace parsers::haproxy;
namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path;
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "triad-files-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }
  std::string add(const std::string& name, const std::string& text) const {
    std::ofstream{path / name, std::ios::binary} << text;
    return (path / name).string();
  }
};

}  // namespace

TEST_CASE("a directory stands for its configuration files in byte order", "[haproxy][files]") {
  const Folder folder;
  for (const char* name : {"b.cfg", "a.cfg", "Z.cfg", ".hidden.cfg", "n.txt"}) folder.add(name, "");
  fs::create_directory(folder.path / "d.cfg");
  fs::create_symlink("nowhere", folder.path / "q.cfg");
  parsers::common::Diagnostics diagnostics;
  const std::string at = folder.path.string();
  CHECK(config_files({"x.cfg", at, "y.cfg"}, diagnostics) ==
        std::vector<std::string>{"x.cfg", at + "/Z.cfg", at + "/a.cfg", at + "/b.cfg", "y.cfg"});
  CHECK(diagnostics.all().empty());
}

TEST_CASE("a file is read whole, NUL bytes included", "[haproxy][files]") {
  const Folder folder;
  const std::string text = std::string(200'000, 'x') + std::string(1, '\0') + "\n";
  const auto read = read_config_file(folder.add("big.cfg", text));
  REQUIRE(read);
  CHECK(*read == text);
  CHECK(read_config_file(folder.add("empty.cfg", ""))->empty());
}

TEST_CASE("a file that is not there says so as haproxy does", "[haproxy][files]") {
  const auto read = read_config_file("/nonexistent/missing.cfg");
  REQUIRE_FALSE(read);
  CHECK(read.error().code == ENOENT);
  CHECK(read.error().message ==
        "config : Cannot open configuration file/directory /nonexistent/missing.cfg : No such file "
        "or directory");
}
