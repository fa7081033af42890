#include "checkerd/owned_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace checkerd;

namespace {

/// A folder for one test.
struct Folder {
  Folder() { path = ::mkdtemp(path.data()); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/checkers.pid.table"; }
  void put(const std::string& text) const { std::ofstream{file()} << text; }
  std::string text() const {
    std::stringstream out;
    out << std::ifstream{file()}.rdbuf();
    return out.str();
  }
  std::string path = "/tmp/triad-owned-XXXXXX";
};

Address at(const std::string& host, std::uint16_t port) {
  Address out = *Address::parse(host);
  out.set_port(port);
  return out;
}

TableEntry entry(ServiceKey key, std::vector<Address> servers) {
  TableEntry out;
  out.service.key = key;
  for (const Address& each : servers) {
    Destination server;
    server.address = each;
    out.destinations.push_back(server);
  }
  return out;
}

}  // namespace

TEST_CASE("what was written is read again", "[checkerd][owned]") {
  const Folder folder;
  Table table;
  table.entries.push_back(entry({.family = AF_INET, .protocol = Protocol::Tcp, .address = at("10.0.0.1", 80), .fwmark = 0}, {at("10.0.1.1", 8080), at("10.0.1.2", 0)}));
  table.entries.push_back(entry({.family = AF_INET6, .protocol = Protocol::Udp, .address = at("fd00::1", 53), .fwmark = 0}, {at("fd00::11", 53)}));
  table.entries.push_back(entry({.family = AF_INET6, .protocol = Protocol::None, .address = {}, .fwmark = 4294967295}, {}));
  REQUIRE(write_owned(folder.file(), table));
  const auto read = read_owned(folder.file());
  REQUIRE(read);
  REQUIRE(read->entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read->entries[i].service.key == table.entries[i].service.key);
    REQUIRE(read->entries[i].destinations.size() == table.entries[i].destinations.size());
    for (std::size_t k = 0; k < table.entries[i].destinations.size(); ++k) CHECK(read->entries[i].destinations[k].address == table.entries[i].destinations[k].address);
  }
}

TEST_CASE("without a file nothing is ours", "[checkerd][owned]") {
  const Folder folder;
  const auto read = read_owned(folder.file());
  REQUIRE(read);
  CHECK(read->entries.empty());
}

TEST_CASE("a broken line is named, and nothing is believed", "[checkerd][owned]") {
  const Folder folder;
  const std::string good = "service 2 1 0 10.0.0.1 80\nserver 10.0.1.1 80\n";
  for (const char* const bad : {"nonsense", "", "service", "service 2 1", "service 2 1 0", "service 2 1 0 10.0.0.1", "service 2 9 0 10.0.0.1 80", "service 2 1 0 10.0.0.1 65536", "service 2 1 0 host 80",
                                "service 256 1 0 10.0.0.1 80", "service 2 1 4294967296", "service -2 1 0 10.0.0.1 80", "server 10.0.1.2", "server 10.0.1.2 x", "server x 80"}) {
    INFO(bad);
    folder.put(good + bad + '\n' + good);
    const auto read = read_owned(folder.file());
    REQUIRE_FALSE(read);
    CHECK(read.error().message == folder.file() + ": line 3 makes no sense");
  }
  folder.put("server 10.0.1.1 80\n");
  CHECK_FALSE(read_owned(folder.file()));
}

TEST_CASE("a link in its place is replaced, not followed", "[checkerd][owned]") {
  const Folder folder;
  const std::string precious = folder.path + "/precious";
  std::ofstream{precious} << "mine";
  for (const std::string& place : {folder.file(), folder.file() + ".new"}) REQUIRE(::symlink(precious.c_str(), place.c_str()) == 0);
  REQUIRE(write_owned(folder.file(), {}));
  std::string text;
  std::getline(std::ifstream{precious}, text);
  CHECK(text == "mine");
  struct stat facts {};
  REQUIRE(::lstat(folder.file().c_str(), &facts) == 0);
  CHECK(S_ISREG(facts.st_mode));
  CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a folder that is not there is an error", "[checkerd][owned]") {
  const Folder folder;
  CHECK_FALSE(write_owned(folder.path + "/none/file", {}));
}
