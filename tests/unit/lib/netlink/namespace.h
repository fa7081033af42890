// A network namespace of the test's own: nothing that it does reaches the machine. Without the privilege to make one the
// whole program counts as skipped (exit 77).
#pragma once

#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "lib/netlink/netlink.h"

namespace test {

/// From its making on, this thread lives in a fresh namespace with "lo" up.
class Namespace {
 public:
  Namespace() {
    if (::unshare(CLONE_NEWNET) != 0) {
      std::fputs("no privilege to make a network namespace: skipped\n", stderr);
      ::_exit(77);
    }
    run("ip link set lo up");
  }
  /// A veth pair, both ends up; the kernel takes up to a second to say so.
  void add_pair(const std::string& a, const std::string& b) {
    run("ip link add " + a + " type veth peer name " + b);
    run("ip link set " + a + " up && ip link set " + b + " up");
    run("for i in $(seq 250); do ip -o link show " + a + " | grep -q 'state UP' && ip -o link show " + b +
        " | grep -q 'state UP' && exit 0; sleep 0.02; done; exit 1");
  }
  /// A shell command that has to work.
  static void run(const std::string& command) {
    if (std::system(command.c_str()) == 0) return;
    std::fprintf(stderr, "failed: %s\n", command.c_str());
    ::_exit(99);
  }
  static std::string output_of(const std::string& command) {
    std::string out;
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return out;
    char piece[512];
    while (std::fgets(piece, sizeof piece, pipe) != nullptr) out += piece;
    ::pclose(pipe);
    return out;
  }
  static unsigned index_of(lib::netlink::Netlink& kernel, const std::string& name) {
    const auto link = kernel.find_link(name);
    return link ? link->index : 0;
  }
};

}  // namespace test
