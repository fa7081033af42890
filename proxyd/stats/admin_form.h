// The statistics page's forms as text: the actions they offer and the fields they send. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace proxyd::stats {

/// One row of what can be done to servers. Without a label it is an old word that forms no longer offer.
struct AdminAction {
  std::string_view word, label;
  enum class Kind : std::uint8_t {
    Ready, Drain, Maintain, LeaveMaintenance, ChecksOff, ChecksOn, ForceUp, ForceNoBalance, ForceDown, Agent
  } kind;
};
std::span<const AdminAction> admin_actions();

/// The fields of a form, decoded.
struct AdminForm {
  std::string action, backend;
  std::vector<std::string> servers;
  bool has_action = false;
};
/// Reads application/x-www-form-urlencoded text. Unknown fields are left out.
AdminForm parse_admin_form(std::string_view body);
/// The row of that word; null when there is none.
const AdminAction* find_admin_action(std::string_view word);

}  // namespace proxyd::stats
