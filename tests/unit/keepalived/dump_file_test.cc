#include <catch2/catch.hpp>

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "keepalived/dump_file.h"

using namespace keepalived;

TEST_CASE("a dump has keepalived's name, or the configured one with its part", "[keepalived][dump]") {
  parsers::keepalived::KeepalivedConfig config;
  ::setenv("TMPDIR", "/x", 1);
  CHECK(dump_path(config, "", "", "data") == "/x/keepalived.data");
  CHECK(dump_path(config, "", "_check", "stats") == "/x/keepalived_check.stats");
  ::unsetenv("TMPDIR");
  CHECK(dump_path(config, "", "", "json") == "/tmp/keepalived.json");
  CHECK(dump_path(config, "/run/a.b/dump", "_check", "data") == "/run/a.b/dump_check");
  CHECK(dump_path(config, "/run/dump.data", "_check", "data") == "/run/dump_check.data");
  config.instance_name = "main";
  config.net_namespace = "blue";
  config.global.data_use_instance = true;
  CHECK(dump_path(config, "", "_check", "data") == "/tmp/keepalived_check.main.blue.data");
}

TEST_CASE("a dump is private, whole, and never written through a link", "[keepalived][dump]") {
  char folder[] = "/tmp/keepalived-dump-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  const std::string path = std::string{folder} + "/keepalived.data", victim = std::string{folder} + "/victim";
  std::ofstream{victim} << "precious";
  std::filesystem::create_symlink(victim, path);
  std::filesystem::create_symlink(victim, path + ".new");
  REQUIRE(write_dump(path, "text\n"));
  std::ostringstream read;
  read << std::ifstream{victim}.rdbuf();
  CHECK(read.str() == "precious");
  struct stat facts{};
  REQUIRE(::lstat(path.c_str(), &facts) == 0);
  CHECK(S_ISREG(facts.st_mode));
  CHECK((facts.st_mode & 0777) == 0600);
  CHECK_FALSE(write_dump(std::string{folder} + "/no/such/folder", "x").has_value());
  std::filesystem::remove_all(folder);
  if (std::filesystem::exists("/dev/full")) CHECK_FALSE(write_dump("/dev/full/x", "x").has_value());
}
