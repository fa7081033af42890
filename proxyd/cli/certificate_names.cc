// show ssl sni: which names listeners have certificates for, and until when those are good.
#include <fmt/format.h>

#include <chrono>
#include <iterator>
#include <optional>

#include "lib/tls/certificate_text.h"
#include "proxyd/certificates/library.h"
#include "proxyd/cli/rooms.h"
#include "proxyd/config/number_text.h"

namespace proxyd::cli {
namespace {

/// What of all names is shown.
struct Wanted {
  std::string_view frontend{};                  // empty: all
  std::optional<std::int64_t> past_at{};        // certificates that are past their end then, in seconds; nothing: all
};

std::int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Names that a wildcard is not for, one behind another.
std::string exceptions_of(const std::vector<std::string>& filters, std::string_view name) {
  std::string text;
  if (name.starts_with("*."))
    for (const std::string& each : filters)
      if (each.starts_with('!') && each.ends_with(name.substr(1))) text += (text.empty() ? "" : " ") + each;
  return text.empty() ? "-" : text;
}

std::string_view kind_of(const lib::tls::Certificate& certificate) {
  switch (certificate.kind()) {
    case lib::tls::KeyKind::Rsa: return "rsa";
    case lib::tls::KeyKind::Ecdsa: return "ecdsa";
    case lib::tls::KeyKind::Other: break;
  }
  return "dsa";
}

void append_entry(std::string& out, const std::string& title, const lib::tls::PresentedCertificate& entry, const Wanted& wanted) {
  const lib::tls::Certificate& certificate = *entry.certificate;
  const lib::tls::Validity validity = lib::tls::validity_of(certificate);
  if (wanted.past_at && validity.ends_s >= *wanted.past_at) return;
  const auto append = [&](std::string_view name) {
    fmt::format_to(std::back_inserter(out), "{}\t{}\t{}\t{}\t{}\t{}\t{}\n", title, name, exceptions_of(entry.filters, name),
                   kind_of(certificate), certificate.path(), validity.not_after, validity.not_before);
  };
  bool is_for_all = false;
  for (const std::string& each : entry.filters.empty() ? certificate.names() : entry.filters) {
    if (!each.starts_with('!')) append(each);
    is_for_all = is_for_all || each == "*";
  }
  if (entry.is_default && !is_for_all) append("*");
}

/// False after an answer.
bool read_options(Context& context, Call& call, Wanted& wanted) {
  std::int64_t offset_s = 0;
  bool has_offset = false, only_past = false;
  for (std::size_t at = 0; !call.arg(at).empty(); ++at) {
    const std::string_view option = call.arg(at);
    if (option == "-A") {
      only_past = true;
      continue;
    }
    const std::string_view value = call.arg(at + 1);
    const auto refuse = [&](std::string_view why) {
      call.error(why);
      return false;
    };
    if (option != "-f" && option != "-t") return refuse(fmt::format("'show ssl sni' knows '-f', '-A' and '-t', not '{}'", option));
    if (value.empty()) return refuse(fmt::format("'{}' requires {}", option, option == "-f" ? "a frontend name" : "an offset"));
    ++at;
    if (option == "-f") {
      if (find_frontend(context, value) == nullptr) return refuse("No such frontend.");
      wanted.frontend = value;
      continue;
    }
    const config::Delay delay = config::read_delay(value, config::Duration{1'000'000});
    if (delay.fault != config::DelayFault::None || delay.trailing != '\0') return refuse(fmt::format("'-t' expects a time, not '{}'", value));
    offset_s = delay.value / config::Duration{1'000'000};
    has_offset = true;
  }
  if (has_offset && !only_past) {
    call.error("'-t' says when '-A' is asked for, and goes with it");
    return false;
  }
  if (only_past) wanted.past_at = now_s() + offset_s;
  return true;
}

void show_names(Context& context, Call& call) {
  Wanted wanted;
  if (!read_options(context, call, wanted)) return;
  call.out += "# Frontend/Bind\tSNI\tNegative Filter\tType\tFilename\tNotAfter\tNotBefore\n";
  const auto held = held_library(context);
  for (const certificates::Listener& listener : held->listeners) {
    if (!wanted.frontend.empty() && listener.proxy != wanted.frontend) continue;
    const std::string title = fmt::format("{}/{}", listener.proxy, listener.place);
    const auto table = listener.context->table();
    for (const auto& entry : table->entries()) append_entry(call.out, title, entry, wanted);
  }
}

}  // namespace

std::vector<Command> certificate_name_commands(Context& context) {
  return {bind(context, {"show ssl sni", Level::User, "show ssl sni [-f <frontend>] [-A [-t <offset>]]", "list names with their certificates, or those past their end"}, show_names)};
}

}  // namespace proxyd::cli
