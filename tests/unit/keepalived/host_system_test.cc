#include "keepalived/host_system.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

using keepalived::HostSystem;
using parsers::keepalived::NameFolders;

namespace {

struct Folder {
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("triad-host-" + std::to_string(::getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string put(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream{path / name} << text;
    return path / name;
  }
};

}  // namespace

TEST_CASE("names of routing tables come from the folders that the file names, what is in etc first", "[host]") {
  const Folder folder;
  folder.put("usr/rt_tables", "# 5 blue\n100 blue\n101\tred\n");
  folder.put("usr/rt_tables.d/extra.conf", "0x66 green\n");
  folder.put("usr/rt_tables.d/extra.old", "7 grey\n");
  folder.put("etc/rt_tables", "200 blue\n");
  const HostSystem host;
  const NameFolders usr{.usr = folder.path / "usr", .etc = folder.path / "none"}, both{.usr = folder.path / "usr", .etc = folder.path / "etc"};
  CHECK(host.find_route_name("rt_tables", "blue", usr) == 100U);
  CHECK(host.find_route_name("rt_tables", "blue", both) == 200U);
  CHECK(host.find_route_name("rt_tables", "red", both) == 101U);
  CHECK(host.find_route_name("rt_tables", "green", both) == 102U);
  CHECK(host.find_route_name("rt_tables", "main", both) == 254U);
  CHECK(host.find_route_name("rt_tables", "77", both) == 77U);
  CHECK_FALSE(host.find_route_name("rt_tables", "grey", both));
  CHECK_FALSE(host.find_route_name("rt_tables", "blue", {}));
}

TEST_CASE("a script's links are followed, and the path as written is kept beside it", "[host]") {
  const Folder folder;
  const std::string script = folder.put("real.sh", "#!/bin/sh\n"), link = folder.path / "link.sh";
  std::filesystem::permissions(script, std::filesystem::perms{0755});
  std::filesystem::create_symlink(script, link);
  const auto facts = HostSystem{}.check_script(link, 0, 0);
  CHECK(facts.path == link);
  CHECK(facts.real_path == script);
  CHECK_FALSE(facts.is_text);
}
