#include "proxyd/command_line.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/text.h"

using proxyd::CommandLine;
using Action = proxyd::CommandLine::Action;

namespace {

CommandLine parse(std::initializer_list<const char*> words) {
  const std::vector<const char*> arguments{words};
  return proxyd::parse_command_line(arguments);
}

/// Words separated by blanks.
CommandLine parse(const std::string& text) {
  std::vector<std::string> words;
  if (!text.empty())
    for (const std::string_view word : lib::base::split(text, ' ')) words.emplace_back(word);
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  return proxyd::parse_command_line(arguments);
}

}  // namespace

TEST_CASE("what is asked for follows from the arguments", "[command_line]") {
  struct Row {
    const char* arguments;
    Action action;
  };
  const Row rows[] = {
      {"", Action::BadUsage},
      {"-c", Action::BadUsage},
      {"-db", Action::BadUsage},
      {"-c --", Action::BadUsage},
      {"-f a", Action::Run},
      {"-- a", Action::Run},
      {"-c -f a", Action::Check},
      {"-f a -c -V", Action::Check},
      {"-v", Action::ShowVersion},
      {"-vv", Action::ShowBuild},
      {"-vq", Action::ShowNumber},
      {"-vqs", Action::ShowShort},
      {"-vqb", Action::ShowBranch},
      {"-h", Action::ShowUsage},
      {"-v -f a", Action::ShowVersion},
      {"-cc defined(X)", Action::Evaluate},
      {"-dKcfg", Action::DumpKeywords},
      {"-dK", Action::DumpKeywords},
      {"-dKcfg -f a", Action::Run},
      {"-dKcfg -c -f a", Action::Check},
      {"--foo", Action::BadUsage},
      {"-f a --foo", Action::BadUsage},
      {"-f a stray", Action::BadUsage},
      {"-dX -f a", Action::BadUsage},
      {"-Vc -f a", Action::BadUsage},
      {"-dbD -f a", Action::BadUsage},
      {"-v --foo", Action::BadUsage},
  };
  for (const Row& row : rows) {
    CAPTURE(row.arguments);
    CHECK(parse(row.arguments).action == row.action);
  }
}

TEST_CASE("an option without its value is refused as haproxy words it", "[command_line]") {
  for (const char* option : {"-f", "-C", "-p", "-L", "-n", "-N", "-m", "-cc"}) {
    CAPTURE(option);
    const CommandLine line = parse(option);
    CHECK(line.action == Action::Refuse);
    CHECK(line.error == "failed to copy argv.");
  }
}

TEST_CASE("what is not built yet is refused by name", "[command_line]") {
  for (const std::string option : {"-dt", "-dth1:error"}) {
    CAPTURE(option);
    const CommandLine line = parse("-f a " + option);
    CHECK(line.action == Action::Refuse);
    CHECK(line.error == "the option '" + option + "' is known but not built yet.");
  }
}

TEST_CASE("what has no meaning for us is taken all the same", "[command_line]") {
  for (const std::string option : {"-4", "-de", "-dp", "-dk", "-dv", "-dG", "-dM", "-dM0x50", "-dF", "-dZ", "-dT"}) {
    CAPTURE(option);
    CHECK(parse(option + " -f a").action == Action::Run);
    CHECK(parse(option + " -f a").files == std::vector<std::string>{"a"});
  }
}

TEST_CASE("master, its socket, and sockets that are taken over", "[command_line]") {
  const CommandLine plain = parse("-W -f a -S /run/m,mode,600 -x /run/s -dV -dL -dI");
  CHECK(plain.may_fork);
  CHECK_FALSE(parse("-f a").may_fork);
  CHECK(plain.master_worker);
  CHECK_FALSE(plain.tells_manager);
  CHECK(plain.master_sockets == std::vector<std::string>{"/run/m,mode,600"});
  CHECK(plain.sockets_from == "/run/s");
  CHECK_FALSE(plain.verifies_servers);
  CHECK(plain.lists_objects);
  const CommandLine told = parse("-Ws -f a");
  CHECK(told.master_worker);
  CHECK(told.tells_manager);
  CHECK(parse("-f a").verifies_servers);
  CHECK_FALSE(parse("-W -f a -db").master_worker);  // -db keeps everything in one process, wherever it stands
  CHECK_FALSE(parse("-db -Ws -f a").master_worker);
  CHECK(parse("-f a -S").action == Action::Refuse);
}

TEST_CASE("under haproxy's name the version is one that scripts can compare", "[command_line]") {
  proxyd::take_name("/usr/sbin/haproxy");
  CHECK(proxyd::version_text().rfind("HAProxy version 3.4.0-triad", 0) == 0);
  CHECK(proxyd::program() == "haproxy");
  proxyd::take_name("./proxyd");
  CHECK(proxyd::version_text().rfind("proxyd version 0.", 0) == 0);
  CHECK(proxyd::program() == "proxyd");
}

TEST_CASE("files come from -f and from behind two dashes, in order", "[command_line]") {
  const CommandLine line = parse({"-f", "a", "-f", "b", "-db", "--", "c", "-f", "-x"});
  CHECK(line.files == std::vector<std::string>{"a", "b", "c", "-f", "-x"});
  CHECK(line.action == Action::Run);
  CHECK(line.foreground);
}

TEST_CASE("values and switches are kept", "[command_line]") {
  const CommandLine line = parse("-f a -C /tmp -p /run/p -n 100 -N 50 -m 64 -L me -dW -dD -dS -dR -dr -D");
  CHECK(line.change_directory == "/tmp");
  CHECK(line.pid_file == "/run/p");
  CHECK(line.maxconn == 100);
  CHECK(line.default_maxconn == 50);
  CHECK(line.memory_limit_mb == 64);
  CHECK(line.local_peer == "me");
  CHECK(line.warnings_are_fatal);
  CHECK(line.diagnostics);
  CHECK(line.no_splice);
  CHECK(line.no_reuse_port);
  CHECK(line.ignore_resolution_failures);
  CHECK(line.daemon);
  CHECK_FALSE(line.foreground);
}

TEST_CASE("numbers that are none count as zero", "[command_line]") {
  CHECK(parse("-f a -n x").maxconn == 0);
  CHECK(parse("-f a -n 12x").maxconn == 12);
  CHECK(parse("-f a -n x").action == Action::Run);
}

TEST_CASE("-V wins over -q, and staying in the foreground over -D, in any order", "[command_line]") {
  CHECK_FALSE(parse("-f a -V -q").quiet);
  CHECK_FALSE(parse("-f a -q -V").quiet);
  CHECK(parse("-f a -q").quiet);
  CHECK_FALSE(parse("-f a -D -db").daemon);
  CHECK_FALSE(parse("-f a -db -D").daemon);
  CHECK_FALSE(parse("-f a -d -D").daemon);
  CHECK(parse("-f a -d").debug);
}

TEST_CASE("old processes are numbers up to the next option", "[command_line]") {
  const CommandLine line = parse("-f a -sf 12 13 -db");
  CHECK(line.old_processes == std::vector<pid_t>{12, 13});
  CHECK(line.old_end == CommandLine::OldEnd::Finish);
  CHECK(line.foreground);
  CHECK(parse("-f a -st 5").old_end == CommandLine::OldEnd::Terminate);
  CHECK(parse("-f a -sf").action == Action::Run);
  CHECK(parse("-f a -sf").old_processes.empty());
  CHECK(parse("-f a -sf x").action == Action::Refuse);
  CHECK(parse("-f a -sf 0").action == Action::Refuse);
}

TEST_CASE("keyword dumps name their classes", "[command_line]") {
  CHECK(parse("-dKcfg,acl").dump_classes == std::vector<std::string>{"cfg", "acl"});
  CHECK(parse("-dK").dump_classes == std::vector<std::string>{"help"});
}

TEST_CASE("the version has four lines and begins with the name and number", "[command_line]") {
  const std::string text = proxyd::version_text();
  CHECK(text.rfind("proxyd version 0.", 0) == 0);
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(text.find("\nStatus: ") != std::string::npos);
  CHECK(text.find("\nRunning on: Linux ") != std::string::npos);
  CHECK(proxyd::build_text().rfind(text, 0) == 0);
  CHECK(proxyd::usage_text("prog").rfind("Usage : prog ", 0) == 0);
}

TEST_CASE("features are those marked present in the build text", "[command_line]") {
  const std::string text = proxyd::build_text();
  CHECK_FALSE(proxyd::features().empty());
  for (const std::string_view name : proxyd::features()) {
    CAPTURE(name);
    CHECK(text.find(" +" + std::string{name}) != std::string::npos);
  }
}

TEST_CASE("conditions on the program see HAProxy's release and OpenSSL's", "[command_line]") {
  CHECK(proxyd::haproxy_version() == "3.4.0");
  CHECK(proxyd::openssl_version().substr(0, 2) == "3.");
  const auto names = proxyd::features();
  for (const char* const name : {"OPENSSL", "PCRE2", "PCRE2_JIT"}) CHECK(std::count(names.begin(), names.end(), name) == 1);
}
