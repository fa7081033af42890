#include "proxyd/config/ring_section.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "lib/base/text.h"
#include "parsers/common/suggest.h"
#include "proxyd/config/cross_checks.h"
#include "proxyd/config/line.h"
#include "proxyd/config/log_target.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/server_line.h"

namespace proxyd::config {

namespace {

/// More than any machine has: the original's allocation fails there.
constexpr std::int64_t kMostBytes = std::int64_t{1} << 40;
/// Of connections to the servers of "log tcp@..." lines.
constexpr Duration kImplicitConnectTimeout{1'000'000}, kImplicitServerTimeout{5'000'000};

/// The section that the line stands in.
Ring& ring_of(Line& line) { return line.draft.config->rings[line.draft.rings.back().index]; }

void parse_description(Line& line) {
  if (!line.has(1)) return line.alert(1, "missing ring description text.");
  ring_of(line).description = line.word(1);
}

void parse_format(Line& line) {
  const auto style = find_log_style(line.word(1));
  if (!style.has_value()) return line.alert(1, fmt::format("unknown format '{}'.", line.word(1)));
  ring_of(line).style = *style;
}

void parse_maxlen(Line& line) {
  const std::int64_t length = leading_number(line.word(1));
  if (length <= 0) return line.alert(1, fmt::format("invalid size '{}' for new sink buffer.", line.word(1)));
  ring_of(line).max_length = static_cast<std::uint32_t>(std::min<std::int64_t>(length, UINT32_MAX));
}

void parse_size(Line& line) {
  Ring& ring = ring_of(line);
  const std::int64_t size = leading_number(line.word(1));
  if (!ring.backing_file.empty())
    return line.alert(1, "cannot resize an already mapped file, please specify 'size' before 'backing-file'.");
  if (size <= 0) return line.alert(1, fmt::format("invalid size '{}' for new sink buffer.", line.word(1)));
  if (static_cast<std::uint64_t>(size) < ring.size) {
    line.warning(1, fmt::format("ignoring new size '{}' that is smaller than current size '{}' for ring '{}'.", size, ring.size,
                                ring.name));
    line.draft.failed = true;  // the original calls it a warning and refuses the file
    return;
  }
  if (size > kMostBytes)
    return line.alert(1, fmt::format("fail to set sink buffer size '{}' for ring '{}'.", ring.size, ring.name));
  ring.size = static_cast<std::uint64_t>(size);
}

/// What a start would say about opening it; empty: it can be opened. Checking a configuration creates no file.
std::string why_not_writable(const std::string& path) {
  if (path.empty()) return std::strerror(ENOENT);
  if (::access(path.c_str(), R_OK | W_OK) == 0) return {};
  if (errno != ENOENT) return std::strerror(errno);
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return ::access(folder.c_str(), W_OK | X_OK) == 0 ? std::string{} : std::strerror(errno);
}

void parse_backing_file(Line& line) {
  Ring& ring = ring_of(line);
  const std::string path{line.word(1)};
  if (!ring.backing_file.empty())
    return line.alert(1, fmt::format("'backing-file' already specified for ring '{}' (was '{}').", ring.name, ring.backing_file));
  if (const std::string fault = why_not_writable(path); !fault.empty())
    return line.alert(1, fmt::format("cannot open backing-file '{}' for ring '{}': {}.", path, ring.name, fault));
  ring.backing_file = path;
}

void parse_ring_timeout(Line& line) {
  const std::string_view which = line.word(1);
  Ring& ring = ring_of(line);
  Duration* const to = which == "connect" ? &ring.connect_timeout : which == "server" ? &ring.server_timeout : nullptr;
  if (to == nullptr)
    return line.warning(1, fmt::format("'timeout {}' says nothing to a ring, which has 'timeout connect' and 'timeout server'.", which));
  if (!line.has(2)) return line.alert(2, fmt::format("'timeout {}' expects <time> as argument.", which));
  const Delay delay = read_delay(line.word(2), std::chrono::milliseconds{1});
  if (delay.fault == DelayFault::UnexpectedCharacter)
    return line.alert_tight(2, fmt::format("unexpected character '{}' in argument to <timeout {}>.", delay.character, which));
  if (delay.fault == DelayFault::Overflow)
    return line.alert_tight(2, fmt::format("timer overflow in argument <{}> to <timeout {}>, maximum value is 2147483647 ms "
                                           "(~24.8 days).",
                                           line.word(2), which));
  if (delay.trailing != '\0')  // without the line's place, as the original's
    line.draft.warning(line.place(2), fmt::format("config : {}", trailing_text(delay.trailing, line.word(2))));
  *to = delay.value;
  // What checks the servers of proxies checks these as well.
  (which == "connect" ? line.proxy().timeouts.connect : line.proxy().timeouts.server) = delay.value;
}

constexpr auto kRows = std::to_array<Keyword>({
    {.name = "backing-file",
     .scope = kRing,
     .parse = parse_backing_file,
     .usage = "<path>",
     .doc = "Keep the ring in a file that survives a crash."},
    {.name = "description", .scope = kRing, .parse = parse_description, .usage = "<text>", .doc = "What \"show events\" calls it."},
    {.name = "format", .scope = kRing, .parse = parse_format, .usage = "<name>", .doc = "Form of its lines' heads; raw by default."},
    {.name = "maxlen", .scope = kRing, .parse = parse_maxlen, .usage = "<length>", .doc = "Longer lines are cut."},
    {.name = "server", .scope = kRing, .parse = read_server, .usage = "<name> <address> [<option>...]", .doc = "Gets all lines over TCP."},
    {.name = "size", .scope = kRing, .parse = parse_size, .usage = "<bytes>", .doc = "How much it keeps; tune.bufsize by default."},
    {.name = "timeout",
     .scope = kRing,
     .parse = parse_ring_timeout,
     .usage = "connect|server <time>",
     .doc = "Reaching a server; waiting for one that takes nothing."},
});

char bad_character(std::string_view name) {
  for (const char c : name)
    if (!((lib::base::to_lower(c) >= 'a' && lib::base::to_lower(c) <= 'z') || lib::base::is_digit(c) ||
          std::string_view{"-_.:"}.find(c) != std::string_view::npos))
      return c;
  return '\0';
}

void check_header(Draft& draft, const Statement& header, std::string_view name) {
  const auto alert = [&](std::size_t word, std::string_view message) {
    draft.alert(header.place(word), fmt::format("config : parsing [{}] : {}", Draft::at(header.whole()), message));
  };
  if (name.empty()) return alert(0, "missing ring name.");
  if (const char bad = bad_character(name); bad != '\0')
    return alert(1, fmt::format("invalid ring name '{}' (character '{}' is not permitted).", name, bad));
  if (find_ring(*draft.config, name) != nullptr || name == "stdout" || name == "stderr")
    alert(1, fmt::format("sink named '{}' already exists.", name));
}

RingDraft& begin_ring(Draft& draft, const Statement& header, std::string_view name) {
  const std::uint32_t size = draft.config->global.bufsize;
  Ring ring;
  ring.name = ring.description = name;
  ring.place = draft.keep(header.whole());
  ring.size = ring.max_length = size;
  RingDraft& about = draft.rings.emplace_back();
  about.index = draft.config->rings.size();
  about.servers.name = name;
  about.draft.kind = ProxyKind::Backend;
  about.draft.proxy = &about.servers;
  about.draft.place = header.place(0);
  about.draft.is_ring = true;
  draft.environment.sinks.emplace_back(name);
  draft.config->rings.push_back(std::move(ring));
  return about;
}

void read_line(Draft& draft, const Statement& statement, RingDraft& about) {
  Line line{draft, statement, &about.draft};
  check_negation(line);
  const std::string_view word = line.word(0);
  const auto row = std::find_if(kRows.begin(), kRows.end(), [word](const Keyword& each) { return each.name == word; });
  if (row != kRows.end()) return row->parse(line);
  std::vector<std::string_view> names;
  for (const Keyword& each : kRows) names.push_back(each.name);
  const std::string_view near = parsers::common::suggest(word, names);
  line.alert(0, fmt::format("unknown statement '{}'.", word), near.empty() ? std::string{} : fmt::format("did you mean '{}' maybe ?", near));
}

}  // namespace

const KeywordTable& ring_keywords() {
  static constexpr KeywordTable kTable{"", kRows};
  return kTable;
}

void read_ring(Draft& draft, const parsers::haproxy::Section& section) {
  const Statement& header = section.header;
  const std::string_view name = header.words.size() > 1 ? header.words[1].text : std::string_view{};
  check_header(draft, header, name);
  RingDraft& about = begin_ring(draft, header, name);
  for (const Statement& each : section.body)
    if (draft.reads_on(each)) read_line(draft, each, about);
  Ring& ring = draft.config->rings[about.index];
  const std::uint64_t room = ring.backing_file.empty() ? ring.size : ring.size - kRingFileHead;
  if (ring.max_length > room) {
    draft.warning(header.place(0), fmt::format("config : ring '{}' event max length '{}' exceeds size, forced to size '{}'.",
                                               ring.name, ring.max_length, room));
    ring.max_length = static_cast<std::uint32_t>(room);
  }
}

std::string add_implicit_ring(Draft& draft, const LogTarget& target) {
  Ring ring;
  ring.name = fmt::format("ring#{}", draft.implicit_rings.size() + 1);
  ring.description =
      fmt::format("created from logserver declared into '{}' at line {}", *target.place.file, target.place.line);
  ring.place = target.place;
  ring.style = target.style;
  ring.max_length = target.length;
  ring.size = std::max<std::uint64_t>(draft.config->global.bufsize, target.length);
  ring.connect_timeout = kImplicitConnectTimeout;
  ring.server_timeout = kImplicitServerTimeout;
  Server server;
  server.name = ring.name;
  server.place = target.place;
  server.where = target.where;
  ring.servers.push_back(std::move(server));
  draft.implicit_rings.push_back(std::move(ring));
  return draft.implicit_rings.back().name;
}

void check_rings(Draft& draft) {
  for (RingDraft& each : draft.rings) {
    check_server_section(draft, each.draft);
    draft.config->rings[each.index].servers = std::move(each.servers.servers);
  }
  for (Ring& each : draft.implicit_rings) draft.config->rings.push_back(std::move(each));
}

void add_debug_ring(Draft& draft) {
  constexpr std::string_view kDebugRing = "buf0";
  constexpr std::uint32_t kDebugRingSize = 1 << 20;
  if (!draft.environment.wants_debug_ring || find_ring(*draft.config, kDebugRing) != nullptr) return;
  Ring ring;
  ring.name = kDebugRing;
  ring.description = "in-memory ring buffer";
  ring.style = LogFormatStyle::Timed;
  ring.size = kDebugRingSize;
  ring.max_length = kDebugRingSize;
  draft.config->rings.push_back(std::move(ring));
}

const Ring* find_ring(const Config& config, std::string_view name) {
  const auto found = std::find_if(config.rings.begin(), config.rings.end(), [name](const Ring& each) { return each.name == name; });
  return found == config.rings.end() ? nullptr : &*found;
}

bool matters_in_ring(std::string_view server_option) {
  constexpr auto kThese = std::to_array<std::string_view>({"disabled", "enabled", "id", "init-addr", "log-proto", "source"});
  return std::find(kThese.begin(), kThese.end(), server_option) != kThese.end();
}

}  // namespace proxyd::config
