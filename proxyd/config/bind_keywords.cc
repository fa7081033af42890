#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/base/outside.h"
#include "lib/base/text.h"
#include "proxyd/config/address_text.h"
#include "proxyd/config/bind_line.h"
#include "proxyd/config/bind_tls.h"
#include "proxyd/config/connect_options.h"
#include "proxyd/config/guids.h"
#include "proxyd/config/keyword_list.h"
#include "proxyd/config/known_keywords.h"
#include "proxyd/config/line.h"
#include "proxyd/config/number_text.h"
#include "proxyd/config/stats_file.h"
#include "proxyd/config/tls_tuning.h"

namespace proxyd::config {

namespace {

/// What the options of one line fill in; copied to each of its addresses.
struct BindDraft {
  Bind bind;
  std::string_view address;  // as written
  AccessLevel level = AccessLevel::Operator;
  bool exposes_listeners = false;
  std::string_view guid_prefix;
  Line* line = nullptr;
  std::size_t word = 0;      // the option's value
};

/// An option: its argument (empty when there is none) to the draft. Returns what is wrong, or an
/// empty text.
struct BindOption {
  std::string_view name{};
  bool takes_value = false;
  std::string (*parse)(BindDraft& draft, std::string_view value) = nullptr;
  std::string_view usage{};
  std::string_view doc{};
};

std::string parse_name(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'name' : missing name";
  draft.bind.name = value;
  return {};
}

std::string parse_id(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'id' : expects an integer argument";
  const auto id = lib::base::parse_number<std::int64_t>(value);
  if (!id.has_value()) return fmt::format("'id' : expects an integer argument, found '{}'", value);
  if (*id <= 0 || *id > INT32_MAX) return "'id' : custom id has to be > 0";
  if (draft.bind.id != 0)
    return fmt::format("'id' : custom id {} already used at {} ('bind {}')", *id,
                       draft.bind.place.text(), draft.address);
  draft.bind.id = static_cast<std::uint32_t>(*id);
  return {};
}

std::string parse_guid_prefix(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'guid-prefix' : expects the beginning of globally unique IDs as argument";
  if (const std::string fault = fault_of_guid(value); !fault.empty()) return fmt::format("'guid-prefix' : {}", fault);
  draft.guid_prefix = value;
  return {};
}

std::string parse_maxconn(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'maxconn' : missing value";
  const std::int64_t count = leading_number(value);
  if (count < 0) return fmt::format("'maxconn' : invalid value {}, must be >= 0", count);
  draft.bind.maxconn = static_cast<std::uint32_t>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

std::string parse_backlog(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'backlog' : missing value";
  const std::int64_t count = leading_number(value);
  if (count < 0) return fmt::format("'backlog' : invalid value {}, must be > 0", count);
  draft.bind.backlog = static_cast<int>(std::min<std::int64_t>(count, INT32_MAX));
  return {};
}

std::string parse_proto(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'proto' : missing value";
  if (value == "h1") draft.bind.protocol = BindProtocol::Http1;
  else if (value == "h2") draft.bind.protocol = BindProtocol::Http2;
  else if (value == "fcgi" || value == "none") draft.bind.protocol = BindProtocol::Unusable;
  else return fmt::format("'proto' :  unknown MUX protocol '{}'", value);
  draft.bind.protocol_name = value;
  return {};
}

std::string parse_mss(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'mss' : missing MSS value";
  const std::int64_t size = leading_number(value);
  if (size == 0 || size > 65535 || size < -65535)
    return "'mss' : expects an MSS with and absolute value between 1 and 65535";
  draft.bind.max_segment = static_cast<int>(size);
  return {};
}

std::string parse_netscaler(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'accept-netscaler-cip' : missing value";
  const std::int64_t magic = leading_number(value);
  if (magic == 0 || magic > UINT32_MAX)
    return fmt::format("'accept-netscaler-cip' : invalid value {}, must be >= 0", magic);  // as the original words it
  draft.bind.accept_netscaler = true;
  draft.bind.netscaler_magic = static_cast<std::uint32_t>(magic);
  return {};
}

std::string parse_namespace(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'namespace' : missing namespace id";
  draft.bind.name_space = find_namespace(*draft.line->draft.config, value);
  return draft.bind.name_space == nullptr ? fmt::format("Cannot open namespace '{}'.", value) : std::string{};
}

std::string parse_user_timeout(BindDraft& draft, std::string_view) {
  return read_user_timeout(*draft.line, draft.word, draft.bind.user_timeout_ms);
}

std::string parse_nice(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'nice' : missing value";
  const std::int64_t nice = leading_number(value);
  if (nice < -1024 || nice > 1024) return fmt::format("'nice' : invalid value {}, allowed range is -1024..1024", nice);
  draft.bind.nice = static_cast<std::int32_t>(nice);
  return {};
}

std::string parse_interface(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'interface' : missing interface name";
  draft.bind.interface = value;
  return {};
}

std::string parse_mode(BindDraft& draft, std::string_view value) {
  const auto bad = [value] {
    return fmt::format("'mode' : missing or invalid mode '{}' (octal integer expected)", value);
  };
  if (value.empty() || value.size() > 5) return bad();
  int mode = 0;
  for (const char c : value) {
    if (c < '0' || c > '7') return bad();
    mode = mode * 8 + (c - '0');
  }
  draft.bind.unix_mode = mode;
  return {};
}

std::string parse_user(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'user' : missing user name";
  const auto found = lib::base::user_number(value);
  if (!found) return fmt::format("'user' : unknown user name '{}'", value);
  draft.bind.unix_uid = static_cast<int>(*found);
  return {};
}

std::string parse_group(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'group' : missing group name";
  const auto found = lib::base::group_number(value);
  if (!found) return fmt::format("'group' : unknown group name '{}'", value);
  draft.bind.unix_gid = static_cast<int>(*found);
  return {};
}

std::string parse_uid(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'uid' : missing value";
  draft.bind.unix_uid = static_cast<int>(leading_count(value));
  return {};
}

std::string parse_gid(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'gid' : missing value";
  draft.bind.unix_gid = static_cast<int>(leading_count(value));
  return {};
}

std::string parse_level(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'level' : missing level";
  if (value == "user")
    draft.level = AccessLevel::User;
  else if (value == "operator")
    draft.level = AccessLevel::Operator;
  else if (value == "admin")
    draft.level = AccessLevel::Admin;
  else
    return fmt::format("'level' only supports 'user', 'operator', and 'admin' (got '{}')", value);
  return {};
}

std::string parse_expose(BindDraft& draft, std::string_view value) {
  if (value.empty()) return "'expose-fd' : missing fd type";
  if (value != "listeners") return fmt::format("'expose-fd' only supports 'listeners' (got '{}')", value);
  draft.exposes_listeners = true;
  return {};
}

template <bool Bind::*Flag>
std::string set_flag(BindDraft& draft, std::string_view) {
  draft.bind.*Flag = true;
  return {};
}

constexpr auto kOptions = std::to_array<BindOption>({
    {"accept-netscaler-cip", true, parse_netscaler, "<magic number>",
     "Each connection begins with the client IP header that a NetScaler inserts."},
    {"accept-proxy", false, set_flag<&Bind::accept_proxy>, "",
     "Each connection begins with a header of the PROXY protocol."},
    {"proto", true, parse_proto, "<name>", "What clients speak: h1, h2; otherwise they say it."},
    {"name", true, parse_name, "<name>", "Name in statistics."},
    {"id", true, parse_id, "<number>", "Number in statistics."},
    {"guid-prefix", true, parse_guid_prefix, "<prefix>", "Names that nothing else has, by which the stats file counts: prefix-1 for the line's first socket, ..."},
    {"maxconn", true, parse_maxconn, "<number>", "Connections of this socket. 0: no limit. Default: 0."},
    {"backlog", true, parse_backlog, "<number>", "Connections waiting to be accepted. Default: the proxy's."},
    {"mss", true, parse_mss, "<size>", "TCP's segment size."},
    {"namespace", true, parse_namespace, "<name>", "Listen in this network namespace."},
    {"nice", true, parse_nice, "<number>", "How much its connections give way to others: -1024 (none) to 1024. Default: 0."},
    {"tcp-ut", true, parse_user_timeout, "<time>", "How long sent data may stay unacknowledged."},
    {"interface", true, parse_interface, "<name>", "Only from this network interface."},
    {"mode", true, parse_mode, "<octal>", "Permissions of a UNIX socket."},
    {"user", true, parse_user, "<name>", "Owner of a UNIX socket."},
    {"group", true, parse_group, "<name>", "Group of a UNIX socket."},
    {"uid", true, parse_uid, "<number>", "Owner of a UNIX socket."},
    {"gid", true, parse_gid, "<number>", "Group of a UNIX socket."},
    {"level", true, parse_level, "user|operator|admin",
     "What the runtime socket lets its users do. Default: operator."},
    {"expose-fd", true, parse_expose, "listeners", "A process that takes over may fetch the listening sockets here."},
    {"v4v6", false, set_flag<&Bind::v4_v6>, "", "An IPv6 socket that takes IPv4 as well."},
    {"v6only", false, set_flag<&Bind::v6_only>, "", "An IPv6 socket that takes no IPv4."},
    {"transparent", false, set_flag<&Bind::transparent>, "",
     "Addresses that are not this machine's."},
    {"defer-accept", false, set_flag<&Bind::defer_accept>, "", "Accept only when data has come."},
    {"tfo", false, set_flag<&Bind::fast_open>, "", "TCP fast open."},
});

/// The option at word `at`, which moves to its value. What is wrong, or an empty text.
std::string read_tls_option(Line& line, std::size_t& at, const BindTlsOption& option, Bind& bind, std::vector<std::string>& warnings) {
  if (bind.tls == nullptr) bind.tls = std::make_shared<BindTls>();
  if (option.takes_value) ++at;
  TlsReading reading{line.global().tls, library_of(line.draft)};
  std::string fault = option.parse(reading, *bind.tls, option.name, option.takes_value ? line.word(at) : std::string_view{});
  for (std::string& each : reading.alerts) line.draft.alert(line.place(0), std::move(each));
  warnings = std::move(reading.warnings);
  return fault;
}

const BindOption* find_option(std::string_view name) {
  for (const BindOption& each : kOptions)
    if (each.name == name) return &each;
  return nullptr;
}

std::string suggestion(std::string_view word) {
  std::vector<std::string_view> candidates = known_words(KeywordPlace::Bind, "");
  for (const BindOption& each : kOptions) candidates.push_back(each.name);
  for (const BindTlsOption& each : bind_tls_options()) candidates.push_back(each.name);
  return maybe(word, candidates);
}

/// How a line's messages begin, which differs between "bind" and "stats socket".
struct Voice {
  std::string_view address;  // the first address
  std::string_view section;  // empty: stats socket
};

void complain(Line& line, const Voice& voice, std::size_t word, std::string_view message) {
  if (voice.section.empty())
    line.alert(word, fmt::format("'stats socket' : '{}'", message));
  else
    line.alert(
        word, fmt::format("'bind {}' in section '{}' : {}", voice.address, voice.section, message));
}

void complain_unknown(Line& line, const Voice& voice, std::size_t word) {
  const std::string_view name = line.word(word);
  if (is_known(KeywordPlace::Bind, name)) return complain(line, voice, word, not_built_text(name));
  std::string near = suggestion(name);
  if (voice.section.empty()) {
    // "; did you mean" reads ". Did you mean" here.
    if (!near.empty()) near = ". Did" + near.substr(5);
    return line.alert(word, fmt::format("'stats socket' : unknown keyword '{}'{}", name,
                                        near.empty() ? "." : near));
  }
  line.alert(word, fmt::format("'bind {}' in section '{}': unknown keyword '{}'{}", voice.address,
                               voice.section, name, near.empty() ? "." : near));
}

/// Options from word `at` on; false after an alert.
bool read_options(Line& line, std::size_t at, const Voice& voice, BindDraft& draft) {
  for (; at < line.size(); ++at) {
    const BindOption* option = find_option(line.word(at));
    if (option == nullptr && line.word(at) == "process") {
      // 2.6 takes it with this warning and one process has nothing to choose from; 3.4 refuses it.
      const std::string text =
          fmt::format("'process {}' on 'bind' lines is deprecated and will be removed in 2.7.",
                      line.word(at + 1));
      line.warning(at, voice.section.empty() ? fmt::format("'stats socket' : {}", text)
                                             : fmt::format("'bind {}' in section '{}' : {}",
                                                           voice.address, voice.section, text));
      ++at;
      continue;
    }
    const BindTlsOption* const tls = option == nullptr && !voice.section.empty() ? find_bind_tls_option(line.word(at)) : nullptr;
    if (option == nullptr && tls == nullptr) {
      complain_unknown(line, voice, at);
      return false;
    }
    std::string fault;
    if (tls != nullptr) {
      std::vector<std::string> warnings;
      fault = read_tls_option(line, at, *tls, draft.bind, warnings);
      for (const std::string& each : warnings)
        line.warning(at, fmt::format("'bind {}' in section '{}' : {}", voice.address, voice.section, each));
    } else {
      if (option->takes_value) ++at;
      draft.line = &line;
      draft.word = at;
      fault = option->parse(draft, option->takes_value ? line.word(at) : std::string_view{});
    }
    if (fault.empty()) continue;
    complain(line, voice, at, fault);
    return false;
  }
  return true;
}

/// Appends the sockets of one address; an empty text when it is fine.
std::string add_address(const Line& line, std::string_view text, const Bind& options, std::vector<Bind>& binds) {
  AddressRules rules;
  rules.environment = line.draft.options.environment;
  rules.port_required = true;
  rules.range_allowed = true;
  rules.inherited_fd_allowed = true;
  rules.zero_port_allowed = false;
  auto address = parse_address(text, rules);
  if (!address.has_value()) return address.error().message;
  Bind bind = options;
  bind.where = std::move(address->where);
  if (bind.where.kind != lib::net::Endpoint::Kind::Ip) {
    binds.push_back(std::move(bind));
    return {};
  }
  for (std::uint32_t port = bind.where.ip.port(); port <= address->high_port; ++port) {
    bind.where.ip.set_port(static_cast<std::uint16_t>(port));
    binds.push_back(bind);
  }
  return {};
}

/// "prefix-1" for the line's first socket, and so on; false after an alert.
bool name_sockets(Line& line, const Voice& voice, std::string_view prefix, std::vector<Bind>& binds) {
  for (std::size_t i = 0; i < binds.size() && !prefix.empty(); ++i) {
    binds[i].guid = fmt::format("{}-{}", prefix, i + 1);
    const std::string owner = fmt::format("'{} {}'", voice.section.empty() ? "stats socket" : "bind", voice.address);
    const std::string fault = claim_guid(line.draft, binds[i].guid, owner, line.at());
    if (fault.empty()) continue;
    complain(line, voice, 0, fmt::format("'guid-prefix' : {}.", fault));
    return false;
  }
  return true;
}

/// A custom id must be the section's only one.
bool id_is_free(Line& line, const Voice& voice, std::uint32_t id) {
  const std::vector<Bind>& binds = line.proxy().binds;
  for (std::size_t i = 0; i < binds.size(); ++i) {
    if (id == 0 || binds[i].id != id) continue;
    complain(line, voice, 0,
             fmt::format("'id' : custom id {} already used at {} ('bind {}')", id,
                         binds[i].place.text(), line.target->bind_texts[i]));
    return false;
  }
  return true;
}

}  // namespace

void read_bind(Line& line) {
  if (!line.has(1))
    return line.alert(
        1, "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.");
  const Voice voice{line.word(1), line.target->section()};
  std::vector<Bind> binds;
  std::string_view rest = line.word(1);
  while (true) {
    const std::size_t comma = rest.find(',');
    if (const std::string fault = add_address(line, rest.substr(0, comma), Bind{}, binds); !fault.empty())
      return line.alert(1, fmt::format("'bind' : {}", fault));
    if (comma == std::string_view::npos || comma + 1 == rest.size())
      break;  // a comma at the end is tolerated
    rest.remove_prefix(comma + 1);
  }
  BindDraft draft;
  draft.address = voice.address;
  draft.bind.place = line.draft.keep(line.statement.whole());
  if (!read_options(line, 2, voice, draft)) return;
  if (!id_is_free(line, voice, draft.bind.id)) return;
  if (!name_sockets(line, voice, draft.guid_prefix, binds)) return;
  for (Bind& each : binds) {
    Bind bind = draft.bind;
    bind.where = std::move(each.where);
    bind.guid = std::move(each.guid);
    line.proxy().binds.push_back(std::move(bind));
    line.target->bind_texts.push_back(voice.address);
    draft.bind.id = 0;  // a custom id is the first address's
  }
}

void read_stats_socket(Line& line) {
  std::vector<Bind> binds;
  if (const std::string fault = add_address(line, line.word(2), Bind{}, binds); !fault.empty())
    return line.alert(2, fmt::format("parsing [{}] : 'stats socket' : {}", line.at(), fault));
  BindDraft draft;
  const Voice voice{line.word(2), {}};
  if (!read_options(line, 3, voice, draft)) return;
  if (!name_sockets(line, voice, draft.guid_prefix, binds)) return;
  if (!draft.guid_prefix.empty())
    line.draft.diagnostics.notice(line.place(0), "config : 'stats socket' : 'guid-prefix' says nothing here: nothing is counted by these sockets.");
  for (Bind& each : binds) {
    StatsSocket socket;
    socket.place = line.draft.keep(line.statement.whole());
    socket.where = std::move(each.where);
    socket.level = draft.level;
    socket.exposes_listeners = draft.exposes_listeners;
    socket.unix_mode = draft.bind.unix_mode;
    socket.unix_uid = draft.bind.unix_uid;
    socket.unix_gid = draft.bind.unix_gid;
    socket.maxconn = draft.bind.maxconn;
    line.global().stats_sockets.push_back(std::move(socket));
  }
}

void list_bind_options(KeywordList& list) {
  const auto add = [&list](std::string_view name, std::string_view usage, std::string_view doc) {
    list.push_back({ListedKeyword::Of::Bind, std::string{name}, usage, doc, "frontend,listen"});
  };
  for (const BindOption& each : kOptions) add(each.name, each.usage, each.doc);
  for (const BindTlsOption& each : bind_tls_options()) add(each.name, each.usage, each.doc);
}

}  // namespace proxyd::config
