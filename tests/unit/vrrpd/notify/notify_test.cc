#include <catch2/catch.hpp>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "vrrpd/notify/notifier.h"

using namespace vrrpd;
using namespace vrrpd::notify;
using namespace std::chrono_literals;
using parsers::keepalived::Command;
using parsers::keepalived::KeepalivedConfig;

namespace {

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return std::string{path} + "/" + name; }
  char path[32] = "/tmp/vrrpd-notify-XXXXXX";
};

Command shell(const std::string& text) {
  Command command;
  command.argv = {"/bin/sh", "-c", text, "script"};
  command.text = text;
  command.uid = ::getuid();
  command.gid = ::getgid();
  return command;
}

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream{path}.rdbuf();
  return out.str();
}

void run_until(lib::event::Loop& loop, const std::function<bool()>& done) {
  const auto deadline = lib::base::monotonic_now() + 20s;
  while (!done() && lib::base::monotonic_now() < deadline) loop.run_once(20ms);
  REQUIRE(done());
}

}  // namespace

TEST_CASE("arguments, FIFO lines and mails in the original's words", "[vrrp][notify]") {
  const Event event{.subject = Subject::Instance, .name = "VI_1", .word = "MASTER", .priority = 100};
  CHECK(generic_arguments(event) == std::vector<std::string>{"INSTANCE", "VI_1", "MASTER", "100"});
  CHECK(fifo_line(event) == "INSTANCE \"VI_1\" MASTER 100\n");
  CHECK(fifo_line({.subject = Subject::Group, .name = "G1", .word = "FAULT", .priority = 0}) == "GROUP \"G1\" FAULT 0\n");
  CHECK(mail_text("LB", Subject::Instance, "VI_1", State::Master).subject ==
        "[LB] VRRP Instance VI_1 - Entering MASTER state");
  CHECK(mail_text("LB", Subject::Instance, "VI_1", State::Fault).body ==
        "=> VRRP Instance is no longer owning VRRP VIPs <=");
  CHECK(mail_text("LB", Subject::Group, "G1", State::Backup).body ==
        "=> All VRRP group instances are now in BACKUP state <=");
  CHECK(mail_text("LB", Subject::Group, "G1", State::Deleted).subject.empty());
}

TEST_CASE("a removed instance is told as FAULT unless notify_deleted is set", "[vrrp][notify]") {
  parsers::keepalived::Notify notify;
  notify.fault = shell("fault");
  notify.deleted = shell("deleted");
  CHECK(script_for(notify, State::Deleted) == &*notify.fault);
  notify.notify_deleted = true;
  CHECK(script_for(notify, State::Deleted) == &*notify.deleted);
}

TEST_CASE("a transition runs the state's script and the generic one, and writes the FIFO", "[vrrp][notify]") {
  const Folder folder;
  KeepalivedConfig config;
  config.instances.resize(1);
  auto& instance = config.instances[0];
  instance.name = "VI_1";
  instance.notify.master = shell("echo master > " + folder.file("one"));
  instance.notify.generic = shell("echo \"$@\" > " + folder.file("two"));
  config.global.vrrp_fifo.path = folder.file("fifo");
  config.global.vrrp_fifo.uid = ::getuid();
  config.global.vrrp_fifo.gid = ::getgid();
  lib::event::Loop loop;
  std::vector<std::string> lines;
  {
    Notifier notifier{loop, config, [&](Level, std::string_view line) { lines.emplace_back(line); }};
    notifier.start();
    const int reader = ::open(folder.file("fifo").c_str(), O_RDONLY | O_NONBLOCK);
    REQUIRE(reader >= 0);
    notifier.instance_changed(config.instances[0], State::Master, 100);
    run_until(loop, [&] { return notifier.is_idle(); });
    CHECK(contents(folder.file("one")) == "master\n");
    CHECK(contents(folder.file("two")) == "INSTANCE VI_1 MASTER 100\n");
    char text[128];
    const ssize_t got = ::read(reader, text, sizeof text);
    REQUIRE(got > 0);
    CHECK(std::string{text, static_cast<std::size_t>(got)} == "INSTANCE \"VI_1\" MASTER 100\n");
    ::close(reader);
  }
  CHECK(lines.empty());
  CHECK_FALSE(std::filesystem::exists(folder.file("fifo")));  // we made it: we take it away
}

TEST_CASE("a full FIFO loses lines and never waits", "[vrrp][notify]") {
  const Folder folder;
  parsers::keepalived::NotifyFifo conf;
  conf.path = folder.file("fifo");
  conf.uid = ::getuid();
  conf.gid = ::getgid();
  keepalived::Fifo fifo;
  REQUIRE(fifo.open(conf));
  for (int i = 0; i < 10'000; ++i) fifo.write("INSTANCE \"VI_1\" MASTER 100\n");
  CHECK(fifo.lost() > 0);
}

TEST_CASE("what stands at a FIFO's place and is none is refused", "[vrrp][notify]") {
  const Folder folder;
  std::ofstream{folder.file("file")} << "precious";
  parsers::keepalived::NotifyFifo conf;
  conf.path = folder.file("file");
  keepalived::Fifo fifo;
  CHECK_FALSE(fifo.open(conf).has_value());
  fifo.close();
  CHECK(contents(folder.file("file")) == "precious");
}

TEST_CASE("a script that is missing is named", "[vrrp][notify]") {
  KeepalivedConfig config;
  config.instances.resize(1);
  config.instances[0].name = "VI_1";
  Command missing;
  missing.argv = {"/nonexistent/mail.sh", "master"};
  missing.text = "/nonexistent/mail.sh master";
  config.instances[0].notify.master = missing;
  lib::event::Loop loop;
  std::vector<std::string> lines;
  Notifier notifier{loop, config, [&](Level, std::string_view line) { lines.emplace_back(line); }};
  notifier.instance_changed(config.instances[0], State::Master, 100);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] == "Notify script /nonexistent/mail.sh master: cannot start /nonexistent/mail.sh: No such file or directory");
}
