// System settings that we change while we need them (VMACs, promote_secondaries): each remembers what it was, and gets it
// back when the last user leaves. A file remembers it, too: who starts after a crash finds only what we set.
#pragma once

#include <map>
#include <string>

#include "lib/base/result.h"

namespace vrrpd::kernel {

/// The number of ours; 0 where the system does not tell.
unsigned long network_namespace();

class Sysctls {
 public:
  Sysctls() = default;
  ~Sysctls() { restore_all(); }
  Sysctls(const Sysctls&) = delete;
  Sysctls& operator=(const Sysctls&) = delete;

  /// From now on `file` has what the settings were. What a killed run left there counts as that, if it was in this network
  /// namespace.
  void remember_in(std::string file);
  /// What a killed run changed and nobody holds again gets its value back.
  void restore_leftovers();

  /// "ipv4/conf/eth0/arp_ignore". Two users of one setting want the same value; each has its release().
  lib::base::Status hold(const std::string& path, int value);
  /// A setting of something that is gone already is forgotten.
  void release(const std::string& path);
  void restore_all();
  /// What it was before we came; nothing when we do not hold it.
  const int* original(const std::string& path) const;

 private:
  struct Held {
    int before = 0;
    unsigned users = 0;
  };
  void save() const;

  std::map<std::string, Held> held_;
  std::map<std::string, int> leftovers_;   // of a killed run
  std::string file_;
};

}  // namespace vrrpd::kernel
