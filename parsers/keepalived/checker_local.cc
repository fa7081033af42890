// Checkers that ask this host: MISC_CHECK (a script), BFD_CHECK (a session) and FILE_CHECK (a file).
#include <algorithm>

#include "parsers/keepalived/command.h"
#include "parsers/keepalived/config.h"
#include "parsers/keepalived/keyword_list.h"
#include "parsers/keepalived/virtual_server_draft.h"

namespace parsers::keepalived {
namespace {

constexpr std::int64_t kMostWeight = 2147483647;

std::string quoted_words(const Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

// ---- MISC_CHECK

void read_misc_path(CheckerDraft& to, Reader& in) {
  if (in.size() < 2) return;  // said at the block's end
  Command& command = to.as<MiscCheck>().command;
  const Command before = std::move(command);
  command = read_script(in);
  if (!before.place.source && before.uid != static_cast<uid_t>(-1)) {  // "user" came first
    command.uid = before.uid;
    command.gid = before.gid;
  }
}

void read_misc_timeout(CheckerDraft& to, Reader& in) {
  if (const auto value = in.number(1, 0, 4294)) to.misc_timeout = *value * Duration{1'000'000};
  else in.complain("Invalid misc_timeout value '" + in.text(1) + '\'');
}

void read_misc_user(CheckerDraft& to, Reader& in) {
  Command& command = to.as<MiscCheck>().command;
  if (read_user(in, 1, command)) return;
  in.complain("Failed to set uid/gid for misc checker script " + quoted_words(command) + " - removing");
  to.user_failed = true;
}

constexpr auto kMiscKeywords = join(kTimesKeywords, std::to_array<Keyword<CheckerDraft>>({
    {"misc_path", 0, &read_misc_path, "COMMAND", "The command to run, without a shell; quotes keep words together. Needed."},
    {"misc_timeout", 1, &read_misc_timeout, "SECONDS", "When it is ended and has failed, 0 to 4294. Default: delay_loop."},
    {"misc_dynamic", 0, [](CheckerDraft& to, Reader&) { to.as<MiscCheck>().dynamic = true; }, "", "Exit statuses from 2 to 255 set the real server's weight to that number less 2."},
    {"user", 1, &read_misc_user, "USER [GROUP]", "Who runs it. Default: script_user."},
}));

// ---- BFD_CHECK

void read_bfd_name(CheckerDraft& to, Reader& in) {
  const std::string begin = '(' + to.server_name + ") BFD_CHECK - ";
  if (in.size() != 2) return in.complain(begin + "No or too many names specified - skipping checker", 0);
  if (!to.reference.empty()) return in.complain(begin + "BFD " + to.reference + " already specified as " + in.text(1));
  const auto& all = in.context().config.bfds;
  const auto found = std::find_if(all.begin(), all.end(), [&](const BfdInstance& each) { return each.name == in.word(1) && each.is_for_checker(); });
  if (found == all.end()) return in.complain(begin + "BFD " + in.text(1) + " not configured");
  const auto index = static_cast<std::size_t>(found - all.begin());
  if (std::find(to.other_bfds.begin(), to.other_bfds.end(), index) != to.other_bfds.end())
    return in.complain(begin + "RS already monitoring " + in.text(1));
  to.reference = found->name;
  to.as<BfdCheck>().bfd = index;
}

constexpr auto kBfdKeywords = std::to_array<Keyword<CheckerDraft>>({
    {"name", 0, &read_bfd_name, "NAME", "The bfd_instance to follow, which stands above. Needed."},
    {"alpha", 0, [](CheckerDraft& to, Reader& in) { read_checker_flag(to.given.alpha, in); }, "[BOOL]", "Down until the session is up. Default: the real server's."},
});

// ---- FILE_CHECK

void read_file_name(CheckerDraft& to, Reader& in) {
  const auto& all = in.context().config.track_files;
  const auto found = std::find_if(all.begin(), all.end(), [&](const TrackFile& each) { return each.name == in.word(1); });
  if (found == all.end()) return in.complain("track_file " + in.text(1) + " not found");
  to.reference = found->name;
  to.as<FileCheck>().file = static_cast<std::size_t>(found - all.begin());
}

void read_file_weight(CheckerDraft& to, Reader& in) {
  const auto value = in.number(1, -kMostWeight, kMostWeight);
  if (!value) return in.complain("weight for track file must be in [-2147483647..2147483647] inclusive. Ignoring...");
  Weight weight{.value = static_cast<int>(*value), .reverse = false};
  if (in.word(2) == "reverse") weight.reverse = true;
  else if (in.size() > 2 && in.word(2) != "noreverse") return in.complain("unknown track file weight option " + in.text(2) + " - ignoring", 2);
  to.weight = weight;
}

constexpr auto kFileKeywords = std::to_array<Keyword<CheckerDraft>>({
    {"track_file", 1, &read_file_name, "NAME", "The track_file to follow, which stands above. Needed."},
    {"weight", 1, &read_file_weight, "NUMBER [reverse|noreverse]", "Times the file's number, added to the real server's weight; 0: the server is down while the number is not 0. Default: the file's weight."},
});

}  // namespace

bool read_misc_check(CheckerDraft& to, Reader& in) {
  to.out.what = MiscCheck{};
  to.as<MiscCheck>().command.uid = static_cast<uid_t>(-1);
  read_block(kMiscKeywords, to, in.statement(), in.context());
  if (to.user_failed) return false;
  if (!to.as<MiscCheck>().command.argv.empty()) return true;
  in.complain_at_end("No script path has been specified for MISC_CHECKER - skipping");
  return false;
}

bool read_bfd_check(CheckerDraft& to, const std::vector<CheckerDraft>& others, Reader& in) {
  to.out.what = BfdCheck{};
  for (const CheckerDraft& each : others)
    if (const auto* const other = std::get_if<BfdCheck>(&each.out.what)) to.other_bfds.push_back(other->bfd);
  read_block(kBfdKeywords, to, in.statement(), in.context());
  if (!to.reference.empty()) return true;
  const bool tried = std::any_of(in.statement().body.begin(), in.statement().body.end(), [](const Statement& line) { return line.keyword() == "name"; });
  if (!tried) in.complain_at_end('(' + to.server_name + ") No name has been specified for BFD_CHECKER - skipping");
  return false;
}

bool read_file_check(CheckerDraft& to, Reader& in) {
  to.out.what = FileCheck{};
  read_block(kFileKeywords, to, in.statement(), in.context());
  if (to.reference.empty()) {
    in.complain_at_end("FILE_CHECK has no track_file specified - ignoring");
    return false;
  }
  FileCheck& check = to.as<FileCheck>();
  check.weight = to.weight.value_or(in.context().config.track_files[check.file].weight);
  return true;
}

void list_local_checker_keywords(KeywordList& list) {
  list_rows(list, "MISC_CHECK", kMiscKeywords, kTimesKeywords.size());
  list_rows(list, "BFD_CHECK", kBfdKeywords);
  list_rows(list, "FILE_CHECK", kFileKeywords);
}

}  // namespace parsers::keepalived
