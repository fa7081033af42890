#include "vrrpd/notify/notifier.h"

namespace vrrpd::notify {

using parsers::keepalived::Notify;
using parsers::keepalived::VrrpInstance;
using When = keepalived::Messenger::When;

Notifier::Notifier(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Log log)
    : config_{&config}, messenger_{loop, config.global, {config.global.fifo, config.global.vrrp_fifo}, std::move(log)} {}

void Notifier::use(const parsers::keepalived::KeepalivedConfig& config) {
  config_ = &config;
  messenger_.use(config.global, {config.global.fifo, config.global.vrrp_fifo});
}

void Notifier::tell(const Notify& notify, const Event& event, State to) {
  const When when = to == State::Stop ? When::AtStop : When::Running;
  if (const auto* script = script_for(notify, to); script != nullptr) messenger_.run_script(*script, {}, when);
  if (notify.generic) messenger_.run_script(*notify.generic, generic_arguments(event), when);
  messenger_.write_fifos(fifo_line(event));
  mail(notify, event, to);
}

void Notifier::instance_changed(const VrrpInstance& conf, State to, std::uint8_t priority) {
  if (to == State::Init) return;
  tell(conf.notify, {.name = conf.name, .word = state_name(told_state(conf.notify, to)), .priority = priority}, to);
}

void Notifier::group_changed(const parsers::keepalived::SyncGroup& conf, State to) {
  if (to == State::Init) return;
  tell(conf.notify, {.subject = Subject::Group, .name = conf.name, .word = state_name(to), .priority = 0}, to);
}

void Notifier::lower_priority_heard(const VrrpInstance& conf, std::uint8_t priority) {
  if (conf.notify.master_rx_lower_pri) messenger_.run_script(*conf.notify.master_rx_lower_pri, {}, When::Running);
  messenger_.write_fifos(fifo_line({.name = conf.name, .word = "MASTER_RX_LOWER_PRI", .priority = priority}));
}

void Notifier::priority_changed(const VrrpInstance& conf, State state, std::uint8_t priority) {
  if (!conf.notify.priority_changes || (state != State::Master && state != State::Backup)) return;
  messenger_.write_fifos(fifo_line({.name = conf.name, .word = std::string{state_name(state)} + "_PRIORITY", .priority = priority}));
}

void Notifier::repeat_state(const VrrpInstance& conf, State state, std::uint8_t priority) {
  messenger_.write_fifos(fifo_line({.name = conf.name, .word = state_name(state), .priority = priority}));
}

void Notifier::mail(const Notify& notify, const Event& event, State to) {
  if (!notify.smtp_alert || (to == State::Fault && config_->global.no_email_faults)) return;
  const State told = told_state(notify, to);
  MailText text = mail_text(config_->global.router_id, event.subject, event.name, told);
  if (text.subject.empty()) return;
  const std::string key = (event.subject == Subject::Group ? "group " : "instance ") + event.name;
  const auto last = mailed_.find(key);
  if (last != mailed_.end() && last->second == told) return;
  mailed_[key] = told;
  messenger_.send_mail(std::move(text));
}

}  // namespace vrrpd::notify
