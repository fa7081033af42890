// Values that the blocks of VRRP and of virtual servers share.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "parsers/common/diagnostic.h"

namespace parsers::keepalived {

/// A command to run: a parsed argument vector, never a shell (but for text files without #! and "</path" tests).
struct Command {
  std::vector<std::string> argv;
  std::string text;          // as written, for messages and dumps
  bool needs_shell = false;  // a text file without #!, or a redirection idiom
  bool is_insecure = false;  // a part of its path can be written by others than root
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> supplementary;
  parsers::common::Place place;
  bool operator==(const Command& other) const {
    return argv == other.argv && uid == other.uid && gid == other.gid && supplementary == other.supplementary && needs_shell == other.needs_shell;
  }
};

/// Where rt_tables and its like are read (iproute_usr_dir, iproute_etc_dir); empty: where iproute2 has them. What "etc" says wins.
struct NameFolders {
  std::string usr, etc;
  auto operator<=>(const NameFolders&) const = default;
};

/// Weight of something tracked. For VRRP 0 means that its failure is a fault of the instance.
struct Weight {
  int value = 0;           // VRRP: -254 .. 254
  bool reverse = false;    // what is up counts as down
  bool operator==(const Weight&) const = default;
};

}  // namespace parsers::keepalived
