#include "checkerd/genhash/options.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "lib/base/text.h"

namespace checkerd::genhash {
namespace {

using lib::base::failure;
using lib::base::Status;
using Version = parsers::keepalived::HttpCheck::Version;

std::string quoted(const char* what, std::string_view value) { return std::string{"invalid "} + what + " '" + std::string{value} + '\''; }

struct Draft {
  Options out;
  std::optional<std::uint16_t> port;
};

Status set_server(Draft& to, std::string_view value) {
  const auto address = lib::net::Address::parse(value);
  if (!address) return failure("server should be an IP, not " + std::string{value});
  to.out.server = *address;
  return {};
}

Status set_port(Draft& to, std::string_view value) {
  to.port = lib::base::parse_number<std::uint16_t>(value);
  if (!to.port || *to.port == 0) return failure(quoted("port number", value));
  return {};
}

Status set_mark(Draft& to, std::string_view value) {
  const auto mark = lib::base::parse_number<std::uint32_t>(value);
  if (!mark) return failure(quoted("fwmark", value));
  to.out.fwmark = *mark;
  return {};
}

Status set_version(Draft& to, std::string_view value) {
  if (value == "1.0") to.out.version = Version::Http10;
  else if (value == "1.0c" || value == "1.0C") to.out.version = Version::Http10Close;
  else if (value == "1.1") to.out.version = Version::Http11;
  else return failure(quoted("HTTP protocol version", value));
  return {};
}

Status set_timeout(Draft& to, std::string_view value) {
  constexpr std::uint32_t kMost = 4294;
  const auto seconds = lib::base::parse_number<std::uint32_t>(value);
  if (!seconds || *seconds == 0 || *seconds > kMost) return failure(quoted("timeout", value));
  to.out.timeout = std::chrono::seconds{*seconds};
  return {};
}

struct Option {
  char letter;
  std::string_view name;
  bool has_value;
  Status (*take)(Draft& to, std::string_view value);
};

constexpr auto kOptions = std::to_array<Option>({
    {'S', "use-ssl", false, [](Draft& to, std::string_view) { to.out.tls = true; return Status{}; }},
    {'I', "use-sni", false, [](Draft& to, std::string_view) { to.out.sni = true; return Status{}; }},
    {'v', "verbose", false, [](Draft& to, std::string_view) { to.out.verbose = true; return Status{}; }},
    {'h', "help", false, [](Draft&, std::string_view) { return Status{failure("")}; }},
    {'s', "server", true, &set_server},
    {'p', "port", true, &set_port},
    {'u', "url", true, [](Draft& to, std::string_view value) { to.out.path = value; return Status{}; }},
    {'V', "use-virtualhost", true, [](Draft& to, std::string_view value) { to.out.virtual_host = value; return Status{}; }},
    {'m', "fwmark", true, &set_mark},
    {'P', "protocol", true, &set_version},
    {'t', "timeout", true, &set_timeout},
});

/// By its whole name, or the beginning of just one.
const Option* find_option(std::string_view name, bool is_long) {
  if (!is_long) {
    const auto found = std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& each) { return each.letter == name[0]; });
    return found == kOptions.end() ? nullptr : &*found;
  }
  const Option* out = nullptr;
  for (const Option& each : kOptions) {
    if (each.name == name) return &each;
    if (!each.name.starts_with(name)) continue;
    if (out != nullptr) return nullptr;
    out = &each;
  }
  return out;
}

/// One word and what belongs to it: "--port 80", "--port=80", "-p 80", "-p80", "-Sv".
Status take_word(Draft& to, std::span<const std::string_view> words, std::size_t& at) {
  std::string_view word = words[at];
  const std::string whole{word};
  const bool is_long = word.starts_with("--");
  word.remove_prefix(is_long ? 2 : 1);
  while (!word.empty()) {
    const std::string_view name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 1);
    const Option* const option = find_option(name, is_long);
    const std::string said = is_long ? whole : '-' + std::string{name};
    word.remove_prefix(name.size());
    if (option == nullptr || (is_long && !option->has_value && !word.empty())) return failure("Unknown option " + said);
    std::string_view value;
    if (option->has_value) {
      if (is_long && word.starts_with('=')) word.remove_prefix(1);
      else if (word.empty() && at + 1 < words.size()) word = words[++at];
      else if (word.empty()) return failure("Missing parameter for option " + said);
      value = std::exchange(word, {});
    }
    const Status taken = option->take(to, value);
    if (!taken) return taken;
  }
  return {};
}

}  // namespace

lib::base::Result<Options> parse_options(std::span<const std::string_view> words) {
  Draft draft;
  std::string others;
  if (words.size() < 2) return failure("");
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (!words[at].starts_with('-') || words[at].size() < 2) {
      others += ' ' + std::string{words[at]};
      continue;
    }
    const Status taken = take_word(draft, words, at);
    if (!taken) return tl::unexpected{taken.error()};
  }
  if (!others.empty()) return failure("Unexpected argument(s):" + others);
  if (!draft.out.server.is_ip() || !draft.port || draft.out.path.empty()) return failure("");
  draft.out.server.set_port(*draft.port);
  return draft.out;
}

std::string_view usage() {
  return "Usage: genhash [OPTIONS] -s ADDRESS -p PORT -u PATH\n"
         "Prints the MD5 of a page, for `digest` in HTTP_GET and SSL_GET.\n\n"
         "  -s, --server ADDRESS         IPv4 or IPv6 address\n"
         "  -p, --port PORT\n"
         "  -u, --url PATH\n"
         "  -S, --use-ssl                HTTPS; certificates are not verified\n"
         "  -I, --use-sni                name the virtual host in the TLS handshake\n"
         "  -V, --use-virtualhost NAME   Host to ask for\n"
         "  -P, --protocol VERSION       1.0, 1.0c (with 'Connection: close') or 1.1\n"
         "  -m, --fwmark MARK            of the packets sent\n"
         "  -t, --timeout SECONDS        to connect, and for the answer (5)\n"
         "  -v, --verbose                show head and body\n"
         "  -h, --help\n";
}

}  // namespace checkerd::genhash
