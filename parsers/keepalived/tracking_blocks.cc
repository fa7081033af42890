#include "parsers/keepalived/tracking_blocks.h"

#include <algorithm>

#include "parsers/keepalived/command.h"
#include "parsers/keepalived/keyword_list.h"

namespace parsers::keepalived {
namespace {

constexpr Duration kSecond{1'000'000};
constexpr Duration kMostSeconds = 4294 * kSecond;
constexpr std::int64_t kMostCount = 2147483647;

/// N [reverse|noreverse] from word `index` on. False: complained. `owner`: whose line this is; nobody's: more words may follow.
bool read_weight(Reader& in, std::size_t index, int most, Weight& to, const std::string& owner = {}) {
  const auto value = in.number(index, -most, most, Numbers::Lenient);
  if (!value) return false;
  to.value = static_cast<int>(*value);
  if (in.word(index + 1) == "reverse") to.reverse = true;
  if (in.word(index + 1) == "noreverse") to.reverse = false;
  const bool is_known = in.size() <= index + 1 || in.word(index + 1) == "reverse" || in.word(index + 1) == "noreverse";
  if (!is_known && !owner.empty()) in.complain(owner + " unknown weight option " + in.text(index + 1), index + 1);
  return true;
}

// ---- vrrp_script

/// 'CMD' 'ARG' ...
std::string shown_command(const Command& command) {
  std::string out;
  for (const std::string& word : command.argv) out += (out.empty() ? "'" : " '") + word + '\'';
  return out;
}

constexpr auto kScriptKeywords = std::to_array<Keyword<VrrpScript>>({
    {"script", 1, [](VrrpScript& to, Reader& in) {
       const Command before = to.command;
       // Unquoted, the whole rest of the line is the command: its user has a keyword of its own.
       to.command = read_script(in);
       if (before.uid != static_cast<uid_t>(-1) && !before.place.source) {  // "user" came first
         to.command.uid = before.uid;
         to.command.gid = before.gid;
       }
     }, "COMMAND", "What to run, without a shell; quotes keep words together. Exit status 0 is good. Needed."},
    {"interval", 1, [](VrrpScript& to, Reader& in) {
       const auto value = parse_decimal_micros(in.word(1));
       if (value && *value == 0) {
         in.complain("(" + to.name + "): vrrp script interval must be greater than 0, setting to 1");
         to.interval = kSecond;
       } else if (!value || Duration{*value} > kMostSeconds || *value < 1000) {
         in.complain("(" + to.name + "): vrrp script interval '" + in.text(1) + "' must be between 0.001 and 4294 - ignoring");
       } else {
         to.interval = Duration{*value};
       }
     }, "SECONDS", "Between two runs, 0.001 to 4294. Default: 1."},
    {"timeout", 1, [](VrrpScript& to, Reader& in) {
       const auto value = parse_decimal_micros(in.word(1));
       if (!value || Duration{*value} > kMostSeconds) in.complain("(" + to.name + "): vrrp script timeout '" + in.text(1) + "' invalid - ignoring");
       else to.timeout = *value == 0 ? kSecond : Duration{*value};
     }, "SECONDS", "When a run is ended and has failed, 0.001 to 4294. Default: the interval."},
    {"weight", 1, [](VrrpScript& to, Reader& in) {
       if (!read_weight(in, 1, 253, to.weight, "vrrp_script " + to.name))
         in.complain("vrrp_script " + to.name + " weight " + in.text(1) + " must be in [-253, 253]");
     }, "NUMBER [reverse]", "Added to the priority, -253 to 253: a positive one while the script is good, a negative one while it fails. 0: failure is a FAULT. Default: 0."},
    {"rise", 1, [](VrrpScript& to, Reader& in) {
       const auto value = in.number(1, 1, kMostCount);
       if (!value) in.complain("(" + to.name + "): vrrp script rise value '" + in.text(1) + "' invalid, defaulting to 1");
       to.rise = static_cast<unsigned>(value.value_or(1));
     }, "NUMBER", "Good runs in a row until it is up. Default: 1."},
    {"fall", 1, [](VrrpScript& to, Reader& in) {
       const auto value = in.number(1, 1, kMostCount);
       if (!value) in.complain("(" + to.name + "): vrrp script fall value '" + in.text(1) + "' invalid, defaulting to 1");
       to.fall = static_cast<unsigned>(value.value_or(1));
     }, "NUMBER", "Failures in a row until it is down. Default: 1."},
    {"user", 1, [](VrrpScript& to, Reader& in) {
       if (read_user(in, 1, to.command)) return;
       in.complain("Unable to set uid/gid for script " + shown_command(to.command));
       to.command.argv.clear();
       to.is_removed = true;
     }, "USER [GROUP]", "Who runs it. Default: script_user."},
    {"init_fail", 0, [](VrrpScript& to, Reader&) { to.init_fail = true; }, "", "Down until it was good."},
});

// ---- track_file

void read_init_file(TrackFile& to, Reader& in) {
  constexpr int kSensible = 254;
  to.initial_value = 0;
  for (std::size_t i = 1; i < in.size(); ++i) {
    if (in.word(i) == "overwrite") {
      to.overwrite = true;
    } else if (!in.word(i).empty() && in.word(i).find_first_not_of("-0123456789.") == std::string_view::npos) {
      const auto value = in.number(i, -kMostCount, kMostCount);
      if (!value) {
        in.complain("Track file " + to.name + " init value " + in.text(i) + " is invalid", i);
        continue;
      }
      to.initial_value = static_cast<int>(*value);
      if (*value < -kSensible || *value > kSensible)
        in.complain("Track file " + to.name + " init value " + in.text(i) + " is outside sensible range [-254, 254]", i);
    } else {
      in.complain("Unknown track file init option " + in.text(i), i);
    }
  }
}

constexpr auto kFileKeywords = std::to_array<Keyword<TrackFile>>({
    {"file", 1, [](TrackFile& to, Reader& in) {
       if (!to.path.empty()) in.complain("File already set for track file " + to.name + " - ignoring " + in.text(1));
       else to.path = in.text(1);
     }, "PATH", "A file that holds one number; its folder must be there. Needed."},
    {"weight", 1, [](TrackFile& to, Reader& in) {
       if (!read_weight(in, 1, 254, to.weight, "track_file " + to.name))
         in.complain("Weight (" + in.text(1) + ") for track_file " + to.name + " must be between [-254..254] inclusive. Ignoring...");
     }, "NUMBER [reverse]", "Times the file's number, added to the priority, -254 to 254; 0: a number other than 0 is a FAULT. Default: 1."},
    {"init_file", 0, &read_init_file, "[NUMBER] [overwrite]", "Make the file at the start with this number, or 0; overwrite: also where there is one."},
});

// ---- vrrp_track_process

void read_delay(Reader& in, const std::string& name, const char* what, Duration& to) {
  if (const auto value = in.seconds(1, Duration{1}, 3600 * kSecond)) to = *value;
  else in.complain(std::string{what} + "delay (" + in.text(1) + ") for vrrp_track_process " + name +
                   " must be between [0.000001..3600] inclusive. Ignoring...");
}

constexpr auto kProcessKeywords = std::to_array<Keyword<TrackProcess>>({
    {"process", 1, [](TrackProcess& to, Reader& in) {
       const auto words = split_command(in.statement().words[1].quoted ? in.word(1) : std::string_view{in.statement().raw});
       if (!to.path.empty()) return in.complain("Process already set for track process " + to.name + " - ignoring " + in.text(1));
       if (words.empty()) return in.complain("track process '" + to.name + "' process name not specified");
       to.path = words.front();
       to.parameters.assign(words.begin() + 1, words.end());
     }, "NAME|PATH [ARGUMENT...]", "The program whose processes count; with arguments, only those with the same. Needed."},
    {"param_match", 0, [](TrackProcess& to, Reader& in) {
       if (in.size() < 2) to.match = TrackProcess::Match::Exact;
       else if (in.word(1) == "initial") to.match = TrackProcess::Match::Initial;
       else if (in.word(1) == "partial") to.match = TrackProcess::Match::Partial;
       else in.complain("Invalid param_match type " + in.text(1) + " - ignoring");
     }, "[initial|partial]", "Arguments must be equal, begin so, or be a part. Default: equal."},
    {"weight", 1, [](TrackProcess& to, Reader& in) {
       if (!read_weight(in, 1, 254, to.weight, "vrrp_track_process " + to.name))
         in.complain("Weight (" + in.text(1) + ") for vrrp_track_process " + to.name + " must be between [-254..254] inclusive. Ignoring...");
     }, "NUMBER [reverse]", "Added to the priority, -254 to 254, as with scripts; 0: too few or too many is a FAULT. Default: 0."},
    {"quorum", 1, [](TrackProcess& to, Reader& in) {
       const auto value = in.number(1, 1, 65535);
       if (!value) return in.complain("Quorum (" + in.text(1) + ") for vrrp_track_process " + to.name + " must be between [1..65535] inclusive. Ignoring...");
       if (*value > to.quorum_max) return in.complain("Quorum is greater than quorum_max - ignoring");
       to.quorum = static_cast<unsigned>(*value);
     }, "NUMBER", "Fewest processes, 1 to 65535. Default: 1."},
    {"quorum_max", 1, [](TrackProcess& to, Reader& in) {
       const auto value = in.number(1, 0, 65535);
       if (!value) return in.complain("Quorum max (" + in.text(1) + ") for vrrp_track_process " + to.name + " must be between [0..65535] inclusive. Ignoring...");
       if (*value != 0 && *value < to.quorum) return in.complain("quorum_max is less than quorum - ignoring");
       to.quorum_max = static_cast<unsigned>(*value);
       if (*value == 0) to.quorum = 0;
     }, "NUMBER", "Most processes, 0 to 65535; 0: none may run. Default: no limit."},
    {"fork_delay", 1, [](TrackProcess& to, Reader& in) { read_delay(in, to.name, "fork ", to.fork_delay); }, "SECONDS", "Before one more counts, 0.000001 to 3600. Default: 0."},
    {"terminate_delay", 1, [](TrackProcess& to, Reader& in) { read_delay(in, to.name, "terminate ", to.terminate_delay); }, "SECONDS", "Before one less counts, 0.000001 to 3600. Default: 0."},
    {"delay", 1, [](TrackProcess& to, Reader& in) {
       read_delay(in, to.name, "", to.fork_delay);
       to.terminate_delay = to.fork_delay;
     }, "SECONDS", "Both."},
    {"full_command", 0, [](TrackProcess& to, Reader&) { to.full_command = true; }, "", "Compare the whole command, not the 15 characters that the kernel keeps."},
});

// ---- bfd_instance

void read_bfd_address(BfdInstance& to, Reader& in, bool is_neighbor) {
  const auto address = Address::parse(in.word(1));
  const char* const what = is_neighbor ? "neighbor" : "source";
  if (!address || !address->is_ip()) {
    to.is_removed = true;
    return in.complain("Configuration error: BFD instance " + to.name + " has malformed " + what + " address " + in.text(1) + ", ignoring instance");
  }
  if (is_neighbor) to.neighbor = *address;
  else to.source = *address;
}

void complain_bfd(const BfdInstance& to, Reader& in, std::string what) {
  in.complain("Configuration error: BFD instance " + to.name + ' ' + std::move(what));
}

void read_bfd_ttl(BfdInstance& to, Reader& in) {
  if (const auto value = in.number(1, 1, 255)) to.ttl = static_cast<int>(*value);
  else complain_bfd(to, in, "ttl/hoplimit value " + in.text(1) + " not valid (must be in range [1-255]), ignoring");
}

void read_milliseconds(BfdInstance& to, Reader& in, std::uint32_t least_ms, std::uint32_t& out) {
  const auto value = parse_decimal_micros(in.word(1));  // thousandths of what is written
  const std::int64_t micros = value.value_or(-1) / 1000;
  if (!value || micros < static_cast<std::int64_t>(least_ms) * 1000 || micros > 4294967LL * 1000)
    return in.complain("Configuration error: BFD instance " + to.name + ' ' + in.text(0) + " value " + in.text(1) +
                       " is not valid (must be in range [" + std::to_string(least_ms) + "-4294967]), ignoring");
  out = static_cast<std::uint32_t>(micros);
  if (least_ms == 1 && micros > 10'000'000) in.log("BFD instance " + to.name + ' ' + in.text(0) + " value " + in.text(1) + " is larger than max sensible");
}

constexpr auto kBfdKeywords = std::to_array<Keyword<BfdInstance>>({
    {"neighbor_ip", 1, [](BfdInstance& to, Reader& in) { read_bfd_address(to, in, true); }, "ADDRESS", "The peer. Needed."},
    {"neighbour_ip", 1, [](BfdInstance& to, Reader& in) { read_bfd_address(to, in, true); }, "ADDRESS", "The same as neighbor_ip."},
    {"source_ip", 1, [](BfdInstance& to, Reader& in) { read_bfd_address(to, in, false); }, "ADDRESS", "Our address. Default: the kernel's choice."},
    {"min_rx", 1, [](BfdInstance& to, Reader& in) { read_milliseconds(to, in, 1, to.min_rx_us); }, "MILLISECONDS", "The shortest interval of the peer's packets that we take, 1 to 4294967. Default: 10."},
    {"min_tx", 1, [](BfdInstance& to, Reader& in) { read_milliseconds(to, in, 1, to.min_tx_us); }, "MILLISECONDS", "The shortest interval of our packets, 1 to 4294967. Default: 10."},
    {"idle_tx", 1, [](BfdInstance& to, Reader& in) { read_milliseconds(to, in, 1000, to.idle_tx_us); }, "MILLISECONDS", "The interval while the session is not up, 1000 to 4294967. Default: 1000."},
    {"multiplier", 1, [](BfdInstance& to, Reader& in) {
       if (const auto value = in.number(1, 1, 255)) to.multiplier = static_cast<std::uint8_t>(*value);
       else complain_bfd(to, in, "multiplier value " + in.text(1) + " not valid (must be in range [1-255]), ignoring");
     }, "NUMBER", "Missing packets after which the session is down, 1 to 255. Default: 5."},
    {"passive", 0, [](BfdInstance& to, Reader&) { to.passive = true; }, "", "Wait for the peer's first packet."},
    {"ttl", 1, &read_bfd_ttl, "NUMBER", "TTL of our packets, 1 to 255. Default: 255 for IPv4, 64 for IPv6."},
    {"hoplimit", 1, &read_bfd_ttl, "NUMBER", "The same as ttl."},
    {"max_hops", 1, [](BfdInstance& to, Reader& in) {
       if (const auto value = in.number(1, -1, 255)) to.max_hops = static_cast<int>(*value);
       else complain_bfd(to, in, "max_hops value " + in.text(1) + " not valid (must be in range [-1-255]), ignoring");
     }, "NUMBER", "How far below our TTL a packet's may be, -1 to 255; -1: any. Default: 0."},
    {"multihop", 0, [](BfdInstance& to, Reader& in) {
       if (const auto value = in.boolean(1)) to.multihop = *value;
       else complain_bfd(to, in, "multihop setting not valid - " + in.text(1));
     }, "[BOOL]", "UDP port 4784 in place of 3784. Default: off."},
    {"weight", 1, [](BfdInstance& to, Reader& in) {
       if (!read_weight(in, 1, 253, to.weight, "Configuration error: BFD instance " + to.name))
         complain_bfd(to, in, "weight value " + in.text(1) + " not valid (must be in range [-253-253]), ignoring");
     }, "NUMBER [reverse]", "Added to the priority, -253 to 253, as with scripts. Default: 0."},
    {"vrrp", 0, [](BfdInstance& to, Reader&) { to.says_vrrp = true; }, "", "VRRP hears of it; without \"checker\" only VRRP."},
    {"checker", 0, [](BfdInstance& to, Reader&) { to.says_checker = true; }, "", "The checkers hear of it; without \"vrrp\" only they."},
});

template <class T>
const T* find_named(const std::vector<T>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <class T>
bool is_for_vrrp(const T&) { return true; }
bool is_for_vrrp(const BfdInstance& bfd) { return bfd.is_for_vrrp(); }

/// NAME [weight N [reverse|noreverse]], one a line.
template <class T>
void read_tracks(const Statement& block, Context& context, const std::string& owner, const char* what, const std::vector<T>& all,
                 std::vector<Track>& to) {
  for (const Statement& line : block.body) {
    Reader in{line, context};
    const T* const thing = find_named(all, in.word(0));
    if (thing == nullptr || !is_for_vrrp(*thing)) {
      in.complain('(' + owner + ") track " + what + ' ' + in.text(0) + " not found, ignoring...", 0);
      continue;
    }
    Track track;
    track.index = static_cast<std::size_t>(thing - all.data());
    track.weight = thing->weight;
    if (std::any_of(to.begin(), to.end(), [&](const Track& each) { return each.index == track.index; })) {
      in.complain('(' + owner + ") duplicate track_" + what + ' ' + in.text(0) + " - ignoring", 0);
      continue;
    }
    for (std::size_t i = 1; i < in.size(); ++i) {
      if (in.word(i) == "weight" && i + 1 < in.size()) (void)read_weight(in, ++i, 254, track.weight);
      else if (in.word(i) == "reverse") track.weight.reverse = true;
      else if (in.word(i) == "noreverse") track.weight.reverse = false;
      else in.complain('(' + owner + ") unknown track " + what + " option " + in.text(i) + " - ignoring", i);
    }
    to.push_back(track);
  }
}

}  // namespace

void read_vrrp_script(const Statement& block, Context& context) {
  VrrpScript script;
  script.name = block.word(1);
  script.place = block.place(1);
  script.command.uid = static_cast<uid_t>(-1);
  read_block(kScriptKeywords, script, block, context);
  if (script.is_removed) return;
  if (script.command.argv.empty()) {
    context.findings.at_end(Complaint::General, block, "No script set for vrrp_script " + script.name + " - removing");
    return;
  }
  context.config.scripts.push_back(std::move(script));
}

void read_track_file(const Statement& block, Context& context) {
  TrackFile file;
  file.name = block.word(1);
  file.place = block.place(1);
  if (block.keyword() == "vrrp_track_file")
    context.findings.at(Complaint::Log, block.whole(), "\"vrrp_track_file\" is deprecated, please use \"track_file\"");
  read_block(kFileKeywords, file, block, context);
  if (file.path.empty())
    return context.findings.at_end(Complaint::General, block, "No file set for track_file " + file.name + " - ignoring");
  context.config.track_files.push_back(std::move(file));
}

void read_track_process(const Statement& block, Context& context) {
  TrackProcess process;
  process.name = block.word(1);
  process.place = block.place(1);
  read_block(kProcessKeywords, process, block, context);
  if (process.path.empty())
    return context.findings.at_end(Complaint::General, block, "track process '" + process.name + "' process name not specified");
  if (!process.parameters.empty() && process.match == TrackProcess::Match::None) process.match = TrackProcess::Match::Exact;
  context.config.track_processes.push_back(std::move(process));
}

void read_bfd_instance(const Statement& block, Context& context) {
  BfdInstance bfd;
  bfd.name = block.word(1);
  bfd.place = block.place(1);
  read_block(kBfdKeywords, bfd, block, context);
  const std::string begin = "Configuration error: BFD instance " + bfd.name;
  if (bfd.is_removed) return;
  if (!bfd.neighbor.is_ip())
    return context.findings.at_end(Complaint::General, block, begin + " has no neighbor address set, disabling instance");
  if (bfd.source && bfd.source->family() != bfd.neighbor.family())
    return context.findings.at_end(Complaint::General, block, begin + " source address " + bfd.source->host() + " and neighbor address " +
                                      bfd.neighbor.host() + " are not of the same family, disabling instance");
  const int ttl = bfd.ttl >= 0 ? bfd.ttl : bfd.neighbor.is_ipv6() ? 64 : 255;
  if (bfd.max_hops != 255 && bfd.max_hops > ttl) {
    context.findings.at_end(Complaint::General, block, "BFD instance " + bfd.name + ": max_hops exceeds ttl/hoplimit - setting to ttl/hoplimit");
    bfd.max_hops = ttl;
  }
  context.config.bfds.push_back(std::move(bfd));
}

void read_track_interfaces(const Statement& block, Context& context, const std::string& owner, std::vector<TrackInterface>& to) {
  for (const Statement& line : block.body) {
    Reader in{line, context};
    TrackInterface track;
    track.interface = in.text(0);
    if (!context.system.find_interface(track.interface) && !context.config.global.dynamic_interfaces) {
      in.complain('(' + owner + ") tracked interface " + track.interface + " doesn't exist", 0, Complaint::BadInterface);
      context.missing_interface = true;
      continue;
    }
    if (std::any_of(to.begin(), to.end(), [&](const auto& each) { return each.interface == track.interface; })) {
      in.complain('(' + owner + ") duplicate track_interface " + track.interface + " - ignoring", 0);
      continue;
    }
    for (std::size_t i = 1; i < in.size(); ++i) {
      if (in.word(i) == "weight" && i + 1 < in.size()) {
        if (!read_weight(in, ++i, 254, track.weight)) in.complain('(' + owner + ") weight " + in.text(i) + " for " + track.interface + " must be between [-253..253] inclusive. Ignoring...", i);
      } else if (in.word(i) == "reverse") {
        track.weight.reverse = true;
      } else {
        in.complain('(' + owner + ") unknown track interface option " + in.text(i) + " - ignoring", i);
      }
    }
    track.weight.value = std::clamp(track.weight.value, -253, 253);
    to.push_back(std::move(track));
  }
}

void read_track_scripts(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to) {
  read_tracks(block, context, owner, "script", context.config.scripts, to);
}
void read_track_files(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to) {
  read_tracks(block, context, owner, "file", context.config.track_files, to);
}
void read_track_processes(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to) {
  read_tracks(block, context, owner, "process", context.config.track_processes, to);
}
void read_track_bfds(const Statement& block, Context& context, const std::string& owner, std::vector<Track>& to) {
  read_tracks(block, context, owner, "bfd", context.config.bfds, to);
}

void list_tracking_keywords(KeywordList& list) {
  list_rows(list, "vrrp_script", kScriptKeywords);
  list_rows(list, "track_file", kFileKeywords);
  list_rows(list, "vrrp_track_process", kProcessKeywords);
  list_rows(list, "bfd_instance", kBfdKeywords);
}

}  // namespace parsers::keepalived
