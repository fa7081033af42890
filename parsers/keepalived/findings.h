// What a configuration check has to say, in the original's words and order.
#pragma once

#include <string>
#include <vector>

#include "parsers/keepalived/load.h"
#include "parsers/keepalived/tree.h"

namespace parsers::keepalived {

class Findings {
 public:
  /// A complaint about a place in a file: "(FILE: Line N) text".
  void at(Complaint complaint, const parsers::common::Place& place, std::string message, std::string hint = {});
  /// About a block as a whole: the original has read it to its end when it says so, and names that line. The place shows
  /// the block's name.
  void at_end(Complaint complaint, const Statement& block, std::string message);
  /// A cross check: it names its object itself. The place is for the caret only.
  void about(Complaint complaint, const parsers::common::Place& place, std::string message, std::string hint = {});
  /// What another daemon tells: read, and not complained about.
  void set_muted(bool muted) { muted_ = muted; }
  std::vector<Finding> take() { return std::move(all_); }
  const std::vector<Finding>& all() const { return all_; }
  /// There are so many that a search for a hint is not worth its time.
  bool are_hopeless() const { return all_.size() >= 100; }

 private:
  void add(Complaint complaint, std::string prefix, const parsers::common::Place& place, std::string message, std::string hint);
  std::vector<Finding> all_;
  std::size_t dropped_ = 0;
  bool muted_ = false;
};

}  // namespace parsers::keepalived
