// What is told about a state: script arguments, FIFO lines, mail texts, in the original's words (vrrp-behaviour section
// 9). Pure text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "keepalived/messenger.h"
#include "parsers/keepalived/config.h"
#include "vrrpd/core/engine.h"

namespace vrrpd::notify {

enum class Subject : std::uint8_t { Instance, Group };

/// One event about an instance or a group.
struct Event {
  Subject subject = Subject::Instance;
  std::string name;
  std::string word;              // "MASTER", "BACKUP", "FAULT", "STOP", "DELETED", "MASTER_RX_LOWER_PRI", ...
  std::uint8_t priority = 0;     // 0 for groups
};

/// What a generic notify script gets behind its own words: INSTANCE VI_1 MASTER 100.
std::vector<std::string> generic_arguments(const Event& event);
/// INSTANCE "VI_1" MASTER 100
std::string fifo_line(const Event& event);

using keepalived::MailText;
/// Empty subject: no mail for this state.
MailText mail_text(std::string_view router_id, Subject subject, std::string_view name, State to);

/// The script of a state, or null. DELETED falls back to FAULT's unless notify_deleted is set.
const parsers::keepalived::Command* script_for(const parsers::keepalived::Notify& notify, State to);
/// The word that scripts and FIFOs see: a deleted instance is FAULT unless notify_deleted.
State told_state(const parsers::keepalived::Notify& notify, State to);

}  // namespace vrrpd::notify
