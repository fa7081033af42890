// Pattern files and maps of any text, indexed by every method, looked up and changed. The first byte is the method, the
// second the kind of list and the case; then lines to look up, add and take out, an empty line, and the file.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/text.h"
#include "proxyd/patterns/library.h"

namespace {

using namespace proxyd::patterns;

std::string& file_text() {
  static std::string text;  // what the library's reader hands out; one input at a time
  return text;
}

std::optional<std::string> read_file(const std::string&) { return file_text(); }

void look_up(const Table& table, std::string_view text) {
  Workspace workspace;
  (void)table.find(text, workspace);
  if (const auto address = lib::net::Address::parse(text)) (void)table.find(*address);
  if (const auto number = lib::base::parse_number<std::int64_t>(text)) (void)table.find(*number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto method = static_cast<Method>(data[0] % 13);
  const ListKind kind = (data[1] & 1) != 0 ? ListKind::Map : ListKind::Patterns;
  const Case fold = (data[1] & 2) != 0 ? Case::Ignored : Case::Kept;
  std::string_view rest{static_cast<const char*>(static_cast<const void*>(data)) + 2, size - 2};
  const std::size_t gap = rest.find("\n\n");
  const std::string_view words = rest.substr(0, gap);
  file_text() = gap == std::string_view::npos ? std::string_view{} : rest.substr(gap + 2);
  Library library{read_file};
  Library::User user;
  user.place = "by a fuzz target";
  user.is_map = kind == ListKind::Map;
  user.value = user.is_map ? ValueKind::Text : ValueKind::None;
  const auto table = library.load("f", kind, method, fold, nullptr, user);
  if (!table) return 0;
  library.number();
  List& list = (*table)->list();
  for (const std::string_view each : lib::base::split(words, '\n')) look_up(**table, each);
  list.guard();
  const List::Version next = list.prepare();
  for (const std::string_view each : lib::base::split(words, '\n')) {
    (void)list.insert(each, each);
    (void)list.insert(each, "new", next);
    (void)list.set(each, "changed");
    look_up(**table, each);
    if (each.size() % 2 == 0) (void)list.erase(each);
  }
  (void)list.commit(next);
  for (const std::string_view each : lib::base::split(words, '\n')) look_up(**table, each);
  return 0;
}
