#include "proxyd/stats/admin_form.h"

#include <array>

#include "lib/base/text.h"

namespace proxyd::stats {

namespace {

using Kind = AdminAction::Kind;

constexpr auto kActions = std::to_array<AdminAction>({
    {"ready", "Set state to READY", Kind::Ready},
    {"drain", "Set state to DRAIN", Kind::Drain},
    {"maint", "Set state to MAINT", Kind::Maintain},
    {"dhlth", "Health: disable checks", Kind::ChecksOff},
    {"ehlth", "Health: enable checks", Kind::ChecksOn},
    {"hrunn", "Health: force UP", Kind::ForceUp},
    {"hnolb", "Health: force NOLB", Kind::ForceNoBalance},
    {"hdown", "Health: force DOWN", Kind::ForceDown},
    {"enable", "", Kind::LeaveMaintenance},
    {"disable", "", Kind::Maintain},
    {"stop", "", Kind::Drain},
    // no server has an agent: these change nothing
    {"dagent", "", Kind::Agent},
    {"eagent", "", Kind::Agent},
    {"arunn", "", Kind::Agent},
    {"adown", "", Kind::Agent},
});

int hex_digit(char c) {
  const char lower = lib::base::to_lower(c);
  if (lib::base::is_digit(c)) return c - '0';
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Undoes %XX and +. What is not a valid escape stays as it is.
std::string decode_form_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::span<const AdminAction> admin_actions() { return kActions; }

AdminForm parse_admin_form(std::string_view body) {
  AdminForm form;
  for (const std::string_view field : lib::base::split(body, '&')) {
    const std::size_t equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string name = decode_form_text(field.substr(0, equals));
    std::string value = decode_form_text(lib::base::trim(field.substr(equals + 1)));
    if (name == "action") {
      form.has_action = true;
      form.action = std::move(value);
    } else if (name == "b") {
      form.backend = std::move(value);
    } else if (name == "s") {
      form.servers.push_back(std::move(value));
    }
  }
  return form;
}

const AdminAction* find_admin_action(std::string_view word) {
  for (const AdminAction& action : kActions)
    if (action.word == word) return &action;
  return nullptr;
}

}  // namespace proxyd::stats
