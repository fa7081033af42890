// What a program learns from the machine while it reads its configuration: files, directories, users, hosts. One process may record
// that, and another one, which a chroot or its rights keep from looking for itself, may read the same configuration from the record.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lib::base {

/// What is asked for; the letter stands in records.
enum class Outside : char { File = 'f', Path = 'p', Directory = 'd', User = 'u', Group = 'g', Host = 'h', Host4 = '4', Host6 = '6' };

/// What a path names.
enum class PathKind : char { Nothing = 'n', File = 'f', Directory = 'd', Other = 'o' };

/// Nothing, with errno saying why: there is no such thing.
using OutsideAnswer = std::optional<std::string>;

/// Asks `real`, unless this thread replays a record; is noted where it records one.
OutsideAnswer ask_outside(Outside kind, std::string_view what, OutsideAnswer (*real)(const std::string& what));
/// Something was learned that no record can tell another process: `what` says what.
void note_unrepeatable(std::string_view what);

PathKind kind_of_path(const std::string& path);
/// Names of the files in a directory, without those of its directories, in the order of their bytes; nothing with errno when it
/// cannot be read.
std::optional<std::vector<std::string>> files_in(const std::string& directory);
/// The number of a user or group.
std::optional<unsigned> user_number(std::string_view name);
std::optional<unsigned> group_number(std::string_view name);

/// All answers and their errno.
struct OutsideRecord {
  struct Answer {
    OutsideAnswer text;
    int error = 0;
    bool operator==(const Answer&) const = default;
  };
  std::map<std::string, Answer, std::less<>> answers;  // by kind and question
  std::vector<std::string> unrepeatable;

  std::string text() const;
  /// Nothing where that is no record's text.
  static std::optional<OutsideRecord> read(std::string_view text);
};

/// While it lives, this thread notes what it asks in `into`.
class RecordOutside {
 public:
  explicit RecordOutside(OutsideRecord& into);
  ~RecordOutside();
  RecordOutside(const RecordOutside&) = delete;
  RecordOutside& operator=(const RecordOutside&) = delete;
};

/// While it lives, this thread asks `from` and nobody else: what is not in there does not exist (ENOENT).
class ReplayOutside {
 public:
  explicit ReplayOutside(const OutsideRecord& from);
  ~ReplayOutside();
  ReplayOutside(const ReplayOutside&) = delete;
  ReplayOutside& operator=(const ReplayOutside&) = delete;
};

}  // namespace lib::base
