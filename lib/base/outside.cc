#include "lib/base/outside.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <utility>

#include "lib/base/text.h"

namespace lib::base {
namespace {

thread_local OutsideRecord* recording = nullptr;
thread_local const OutsideRecord* replayed = nullptr;

std::string key_of(Outside kind, std::string_view what) { return std::string{static_cast<char>(kind)} + std::string{what}; }

OutsideAnswer look_at_path(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  const PathKind kind = S_ISREG(status.st_mode) ? PathKind::File : S_ISDIR(status.st_mode) ? PathKind::Directory : PathKind::Other;
  return std::string{static_cast<char>(kind)};
}

/// Names, each ended by a zero byte.
OutsideAnswer list(const std::string& path) {
  std::vector<std::string> names;
  std::error_code failed;
  for (auto each = std::filesystem::directory_iterator{path, failed}; !failed && each != std::filesystem::directory_iterator{};
       each.increment(failed)) {
    std::error_code unknown;
    if (!each->is_directory(unknown)) names.push_back(each->path().filename().native());
  }
  if (failed) {
    errno = failed.value();
    return std::nullopt;
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += name + '\0';
  return text;
}

OutsideAnswer find_user(const std::string& name) {
  const passwd* const found = ::getpwnam(name.c_str());
  return found != nullptr ? OutsideAnswer{std::to_string(found->pw_uid)} : std::nullopt;
}

OutsideAnswer find_group(const std::string& name) {
  const group* const found = ::getgrnam(name.c_str());
  return found != nullptr ? OutsideAnswer{std::to_string(found->gr_gid)} : std::nullopt;
}

std::optional<unsigned> number_of(const OutsideAnswer& answer) { return answer ? parse_number<unsigned>(*answer) : std::nullopt; }

void append_piece(std::string& out, std::string_view piece) {
  out += std::to_string(piece.size()) + ':';
  out += piece;
}

/// Takes a piece off the front; nothing where there is none.
std::optional<std::string_view> take_piece(std::string_view& text) {
  std::size_t size = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), size);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (fault != std::errc{} || digits == text.size() || *end != ':' || text.size() - digits - 1 < size) return std::nullopt;
  const std::string_view piece = text.substr(digits + 1, size);
  text.remove_prefix(digits + 1 + size);
  return piece;
}

}  // namespace

OutsideAnswer ask_outside(Outside kind, std::string_view what, OutsideAnswer (*real)(const std::string& what)) {
  if (replayed != nullptr) {
    const auto found = replayed->answers.find(key_of(kind, what));
    OutsideAnswer answer = found == replayed->answers.end() ? std::nullopt : found->second.text;
    const int error = found == replayed->answers.end() ? ENOENT : found->second.error;
    if (recording != nullptr) recording->answers.insert_or_assign(key_of(kind, what), OutsideRecord::Answer{answer, error});
    errno = error;
    return answer;
  }
  errno = 0;
  OutsideAnswer answer = real(std::string{what});
  if (recording != nullptr) {
    const int error = errno;
    recording->answers.insert_or_assign(key_of(kind, what), OutsideRecord::Answer{answer, answer ? 0 : error});
    errno = error;
  }
  return answer;
}

void note_unrepeatable(std::string_view what) {
  if (recording != nullptr) recording->unrepeatable.emplace_back(what);
}

PathKind kind_of_path(const std::string& path) {
  const OutsideAnswer answer = ask_outside(Outside::Path, path, look_at_path);
  return answer && !answer->empty() ? static_cast<PathKind>(answer->front()) : PathKind::Nothing;
}

std::optional<std::vector<std::string>> files_in(const std::string& directory) {
  const OutsideAnswer answer = ask_outside(Outside::Directory, directory, list);
  if (!answer) return std::nullopt;
  std::vector<std::string> names;
  for (std::string_view left = *answer; !left.empty(); left.remove_prefix(names.back().size() + 1))
    names.emplace_back(left.substr(0, left.find('\0')));
  return names;
}

std::optional<unsigned> user_number(std::string_view name) { return number_of(ask_outside(Outside::User, name, find_user)); }
std::optional<unsigned> group_number(std::string_view name) { return number_of(ask_outside(Outside::Group, name, find_group)); }

std::string OutsideRecord::text() const {
  std::string out;
  for (const auto& [question, answer] : answers) {
    append_piece(out, question);
    append_piece(out, std::to_string(answer.error));
    append_piece(out, answer.text ? "+" + *answer.text : "-");
  }
  return out;
}

std::optional<OutsideRecord> OutsideRecord::read(std::string_view text) {
  OutsideRecord record;
  while (!text.empty()) {
    const auto question = take_piece(text);
    const auto error = question ? take_piece(text) : std::nullopt;
    const auto answer = error ? take_piece(text) : std::nullopt;
    const auto number = error ? parse_number<int>(*error) : std::nullopt;
    if (!number || !answer || answer->empty()) return std::nullopt;
    Answer& made = record.answers[std::string{*question}];
    made.error = *number;
    if (answer->front() == '+') made.text = answer->substr(1);
  }
  return record;
}

RecordOutside::RecordOutside(OutsideRecord& into) { recording = &into; }
RecordOutside::~RecordOutside() { recording = nullptr; }
ReplayOutside::ReplayOutside(const OutsideRecord& from) { replayed = &from; }
ReplayOutside::~ReplayOutside() { replayed = nullptr; }

}  // namespace lib::base
