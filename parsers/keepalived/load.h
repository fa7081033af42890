// From files to a KeepalivedConfig: every error of every file at once, and the original's verdict.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "parsers/common/diagnostic.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/system.h"

namespace parsers::keepalived {

class FileReader;

/// Classes of complaints in rising order; the largest seen decides the exit status (config-syntax, "Exit status of -t").
enum class Complaint : std::uint8_t {
  Log,            // said in the log only: no effect on the verdict
  Said,           // said by -t, too: no effect on the verdict
  FileNotFound,
  BadInterface,
  Fatal,
  MultipleFiles,
  UnknownKeyword,
  Braces,
  Quote,
  MissingParameter,
  Number,
  General,
  Warning,
  Deprecated,
  Security,
  StrictInclude,
};

/// One complaint: what the original says, with our place, caret and hint.
struct Finding {
  Complaint complaint = Complaint::General;
  std::string prefix;    // "(Line 7) ", "(f.conf: Line 7) " or empty, as the original writes it
  parsers::common::Diagnostic diagnostic;
};

/// Not what the original itself calls a warning.
bool is_mistake(const Finding& finding);

struct LoadOptions {
  std::string path;                // -f; may be a glob
  std::string config_id;           // -i; empty: host name up to the first dot
  bool strict_includes = false;    // -e
  bool testing = false;            // -t: lenient numbers are errors, too
  std::size_t budget = 400'000;    // lines that definitions and sequences may make, and files that may be included
  /// What a daemon is not there for it leaves to the other to complain about. Vrrp: virtual servers are counted, but not
  /// read. Checkers: VRRP's blocks are read (lvs_sync_daemon and ha_suspend look at them) without a word.
  enum class Reads : std::uint8_t { Everything, Vrrp, Checkers } reads = Reads::Everything;
};

struct Loaded {
  KeepalivedConfig config;
  std::vector<Finding> findings;   // in the order in which the original says them
  bool stopped = false;            // a keyword without its argument: parsing ended there (exit 2)
  bool refused_vrrp = false;       // the original's VRRP process would exit with CONFIG (2)
  bool refused_lvs = false;
  int test_status() const;         // exit code of -t: 0, 2, 4, 5 or 6
  bool is_broken() const;          // has mistakes, not only warnings: a running daemon does not take it in place of a sound one
};

/// Reads and checks all files. Never fails: what is wrong is in the findings, and the rest of the file still counts.
Loaded load(const LoadOptions& options, const System& system);

/// The same through another reader of files: the pattern is options.path.
Loaded load_with(const FileReader& files, const LoadOptions& options, const System& system);

/// The same from a text in memory, for tests; `include` finds nothing.
Loaded load_text(std::string name, std::string text, const LoadOptions& options, const System& system);

}  // namespace parsers::keepalived
