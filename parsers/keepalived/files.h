// Reading the files that a configuration names: the only room here that touches the file system.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parsers::keepalived {

/// One file that an include matched.
struct FileText {
  std::string name;          // as messages show it
  std::string text;
  std::string problem;       // "is a directory", "open problem (No such file or directory)"; empty: read
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  struct Match {
    std::vector<FileText> files;
    bool has_wildcard = false;
    bool brace_missing = false;   // one alternative of a brace list is missing
  };
  /// All files of a pattern, relative to `directory` (empty: where we are). Names are sorted.
  virtual Match read(std::string_view pattern, std::string_view directory) const = 0;
};

/// From the disk. `shown` names as the pattern wrote them.
class DiskReader : public FileReader {
 public:
  Match read(std::string_view pattern, std::string_view directory) const override;
};

/// Finds nothing: for texts in memory.
class NoFiles : public FileReader {
 public:
  Match read(std::string_view, std::string_view) const override { return {}; }
};

}  // namespace parsers::keepalived
