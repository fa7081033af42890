#include "proxyd/servers/report.h"

#include <fmt/format.h>

namespace proxyd::servers {

namespace {

bool is_in(const Server& server, std::uint8_t bits) {
  return (server.admin.load(std::memory_order_relaxed) & bits) != 0;
}

/// How far a server that is up has come down: "UP 2/3", or "UP" when it has not.
std::string up_text(const Server& server, std::string_view word) {
  const std::uint32_t health = server.check.health, rise = server.conf.rise, fall = server.conf.fall;
  if (!is_checked(server) || health + 1 >= rise + fall) return std::string{word};
  return fmt::format("{} {}/{}", word, health < rise ? 0 : health - rise + 1, fall);
}

struct Words {
  std::string_view name;
  std::string_view description;
  unsigned number;  // in `show servers state`
};

Words words_of(CheckStatus status) {
  switch (status) {
    case CheckStatus::Unknown: return {"UNK", "Unknown", 0};
    case CheckStatus::Initializing: return {"INI", "Initializing", 1};
    case CheckStatus::SocketError: return {"SOCKERR", "Socket error", 5};
    case CheckStatus::L4Ok: return {"L4OK", "Layer4 check passed", 6};
    case CheckStatus::L4Timeout: return {"L4TOUT", "Layer4 timeout", 7};
    case CheckStatus::L4Connection: return {"L4CON", "Layer4 connection problem", 8};
    case CheckStatus::L6Ok: return {"L6OK", "Layer6 check passed", 9};
    case CheckStatus::L6Timeout: return {"L6TOUT", "Layer6 timeout", 10};
    case CheckStatus::L6Response: return {"L6RSP", "Layer6 invalid response", 11};
    case CheckStatus::L7Ok: return {"L7OK", "Layer7 check passed", 15};
    case CheckStatus::L7Timeout: return {"L7TOUT", "Layer7 timeout", 12};
    case CheckStatus::L7Response: return {"L7RSP", "Layer7 invalid response", 13};
    case CheckStatus::L7Status: return {"L7STS", "Layer7 wrong status", 17};
  }
  return {"UNK", "Unknown", 0};
}

}  // namespace

bool is_checked(const Server& server) { return server.conf.check && server.check.enabled; }

bool shows_check(const Server& server) { return is_checked(server) && !is_in(server, kForcedMaint); }

std::string status_text(const Server& server) {
  if (is_in(server, kForcedMaint)) return "MAINT";
  switch (server.operation.load(std::memory_order_relaxed)) {
    case Operation::Stopped:
      if (!is_checked(server) || server.check.health == 0) return "DOWN";
      return fmt::format("DOWN {}/{}", server.check.health, server.conf.rise);
    case Operation::Stopping: return up_text(server, "NOLB");
    case Operation::Starting:
    case Operation::Running: break;
  }
  if (is_in(server, kForcedDrain)) return up_text(server, "DRAIN");
  return is_checked(server) ? up_text(server, "UP") : "no check";
}

std::string_view check_status_name(CheckStatus status) { return words_of(status).name; }
std::string_view check_description(CheckStatus status) { return words_of(status).description; }
unsigned check_status_number(CheckStatus status) { return words_of(status).number; }

CheckStatus check_status_of(unsigned number) {
  for (unsigned each = 0; each <= static_cast<unsigned>(CheckStatus::L7Status); ++each)
    if (words_of(static_cast<CheckStatus>(each)).number == number) return static_cast<CheckStatus>(each);
  return CheckStatus::Unknown;
}

std::string title(const Server& server) { return fmt::format("{}Server {}", server.conf.backup ? "Backup " : "", server.full_name()); }

std::string check_status_text(const Server& server) {
  if (!shows_check(server)) return {};
  return fmt::format("{}{}", server.check.in_progress ? "* " : "", check_status_name(server.check.status));
}

bool has_code(CheckStatus status) { return status == CheckStatus::L7Ok || status == CheckStatus::L7Status; }

bool is_passed(CheckStatus status) { return status == CheckStatus::L4Ok || status == CheckStatus::L6Ok || status == CheckStatus::L7Ok; }

unsigned check_state_bits(const Server& server) {
  unsigned bits = is_in(server, kForcedMaint) ? 8u : 0u;
  if (!server.conf.check) return bits;
  bits |= 2u;
  if (server.check.enabled) bits |= 4u;
  if (server.check.in_progress) bits |= 1u;
  return bits;
}

std::string check_reason(const CheckReport& report) {
  std::string text = fmt::format(", reason: {}", check_description(report.status));
  if (has_code(report.status)) text += fmt::format(", code: {}", report.code);
  if (!report.info.empty()) text += fmt::format(", info: \"{}\"", report.info);
  if (report.duration_ms >= 0) text += fmt::format(", check duration: {}ms", report.duration_ms);
  return text;
}

}  // namespace proxyd::servers
