#include "vrrpd/notify/messages.h"

namespace vrrpd::notify {

using parsers::keepalived::Command;
using parsers::keepalived::Notify;

namespace {

const char* subject_word(Subject subject) { return subject == Subject::Instance ? "INSTANCE" : "GROUP"; }

const Command* pointer_to(const std::optional<Command>& command) { return command ? &*command : nullptr; }

std::string phrase_for(State to) {
  switch (to) {
    case State::Master: return "Entering MASTER state";
    case State::Backup: return "Entering BACKUP state";
    case State::Fault: return "Entering FAULT state";
    case State::Stop: return "Stopping";
    case State::Deleted: return "Deleted";
    case State::Init: return "";
  }
  return "";
}

std::string instance_body(State to) {
  switch (to) {
    case State::Master: return "=> VRRP Instance is now owning VRRP VIPs <=";
    case State::Backup:
    case State::Fault: return "=> VRRP Instance is no longer owning VRRP VIPs <=";
    case State::Stop: return "=> VRRP Instance stopping <=";
    case State::Deleted: return "=> VRRP Deleted at reload <=";
    case State::Init: return "";
  }
  return "";
}

std::string group_body(State to) {
  if (to == State::Stop) return "=> All VRRP group instances are now stopping <=";
  return std::string{"=> All VRRP group instances are now in "} + state_name(to) + " state <=";
}

}  // namespace

std::vector<std::string> generic_arguments(const Event& event) {
  return {subject_word(event.subject), event.name, event.word, std::to_string(event.priority)};
}

std::string fifo_line(const Event& event) {
  return std::string{subject_word(event.subject)} + " \"" + event.name + "\" " + event.word + ' ' +
         std::to_string(event.priority) + '\n';
}

MailText mail_text(std::string_view router_id, Subject subject, std::string_view name, State to) {
  const bool of_group = subject == Subject::Group;
  const std::string phrase = phrase_for(to);
  if (phrase.empty() || (of_group && to == State::Deleted)) return {};
  MailText text;
  text.subject = '[' + std::string{router_id} + (of_group ? "] VRRP Group " : "] VRRP Instance ") + std::string{name} +
                 " - " + phrase;
  text.body = of_group ? group_body(to) : instance_body(to);
  return text;
}

State told_state(const Notify& notify, State to) {
  return to == State::Deleted && !notify.notify_deleted ? State::Fault : to;
}

const Command* script_for(const Notify& notify, State to) {
  switch (told_state(notify, to)) {
    case State::Master: return pointer_to(notify.master);
    case State::Backup: return pointer_to(notify.backup);
    case State::Fault: return pointer_to(notify.fault);
    case State::Stop: return pointer_to(notify.stop);
    case State::Deleted: return pointer_to(notify.deleted);
    case State::Init: return nullptr;
  }
  return nullptr;
}

}  // namespace vrrpd::notify
