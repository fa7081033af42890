#include "vrrpd/notify/notifier.h"

#include <fmt/format.h>
#include <signal.h>

#include "lib/event/child.h"
#include "lib/mail/smtp.h"
#include "vrrpd/track/launch.h"

namespace vrrpd::notify {

using lib::base::Instant;
using lib::event::ChildExit;
using lib::event::Task;
using lib::event::Waiter;
using parsers::keepalived::Command;
using parsers::keepalived::Notify;
using parsers::keepalived::NotifyFifo;
using parsers::keepalived::VrrpInstance;
using track::Life;

namespace {

constexpr lib::base::Duration kStopPatience{1'000'000};  // keepalived gives stop scripts a second
/// Mails and scripts under way at once; a peer that makes us flap must not fill the process table.
constexpr std::size_t kMostTasks = 512;

bool is_same(const NotifyFifo& a, const NotifyFifo& b) {
  const bool same_script = a.script.has_value() == b.script.has_value() && (!a.script || *a.script == *b.script);
  return a.path == b.path && a.uid == b.uid && a.gid == b.gid && same_script;
}

}  // namespace

Notifier::Notifier(lib::event::Loop& loop, const parsers::keepalived::KeepalivedConfig& config, Log log)
    : loop_{loop}, config_{&config}, log_{std::move(log)} {}

Notifier::~Notifier() { end_readers(); }

void Notifier::end_readers() {
  for (const pid_t reader : readers_) (void)::kill(-reader, SIGTERM);  // gone already is as good
}

void Notifier::use(const parsers::keepalived::KeepalivedConfig& config) {
  const auto& before = std::exchange(config_, &config)->global;
  if (is_same(before.fifo, config.global.fifo) && is_same(before.vrrp_fifo, config.global.vrrp_fifo)) return;
  end_readers();
  fifo_.close();
  vrrp_fifo_.close();
  start();
}

void Notifier::open_fifo(Fifo& fifo, const NotifyFifo& conf) {
  if (conf.path.empty()) return;
  const auto opened = fifo.open(conf);
  if (!opened) return log_(Level::Always, opened.error().message);
  if (!conf.script) return;
  const std::vector<std::string> path{conf.path};
  const auto reader = track::start_script(*conf.script, path);
  if (!reader) return log_(Level::Always, fmt::format("notify FIFO script: {}", reader.error().message));
  readers_.push_back(*reader);
  reader_tasks_.spawn(reap(*reader, conf.script->text, lib::base::kNever));
}

void Notifier::start() {
  open_fifo(fifo_, config_->global.fifo);
  open_fifo(vrrp_fifo_, config_->global.vrrp_fifo);
}

Task<void> Notifier::reap(pid_t child, std::string name, Instant deadline) {
  Waiter waiter{loop_};
  const ChildExit end = co_await lib::event::child_end(waiter, child, deadline, std::chrono::seconds{1});
  std::erase(readers_, child);
  if (end.timed_out) log_(Level::Always, fmt::format("Script {} did not end in time: killed", name));
}

void Notifier::run_script(const Command* command, std::span<const std::string> more, bool is_last) {
  if (command == nullptr) return;
  if (tasks_.size() >= kMostTasks) return log_(Level::Always, fmt::format("Script {} not run: {} are running", command->text, tasks_.size()));
  const auto child = track::start_script(*command, more, is_last ? Life::Outlives : Life::WithUs);
  if (!child) return log_(Level::Always, fmt::format("Notify script {}: {}", command->text, child.error().message));
  tasks_.spawn(reap(*child, command->text, is_last ? loop_.now() + kStopPatience : lib::base::kNever));
}

void Notifier::write_fifos(const Event& event) {
  const std::string line = fifo_line(event);
  fifo_.write(line);
  vrrp_fifo_.write(line);
}

void Notifier::tell(const Notify& notify, const Event& event, State to) {
  const bool is_last = to == State::Stop;
  run_script(script_for(notify, to), {}, is_last);
  if (notify.generic) run_script(&*notify.generic, generic_arguments(event), is_last);
  write_fifos(event);
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
  if (conf.notify.master_rx_lower_pri) run_script(&*conf.notify.master_rx_lower_pri, {}, false);
  write_fifos({.name = conf.name, .word = "MASTER_RX_LOWER_PRI", .priority = priority});
}

void Notifier::priority_changed(const VrrpInstance& conf, State state, std::uint8_t priority) {
  if (!conf.notify.priority_changes || (state != State::Master && state != State::Backup)) return;
  write_fifos({.name = conf.name, .word = std::string{state_name(state)} + "_PRIORITY", .priority = priority});
}

void Notifier::repeat_state(const VrrpInstance& conf, State state, std::uint8_t priority) {
  write_fifos({.name = conf.name, .word = state_name(state), .priority = priority});
}

void Notifier::mail(const Notify& notify, const Event& event, State to) {
  const auto& global = config_->global;
  if (!notify.smtp_alert || global.notification_email.empty() || !global.smtp_server) return;
  if (to == State::Fault && global.no_email_faults) return;
  const State told = told_state(notify, to);
  MailText text = mail_text(global.router_id, event.subject, event.name, told);
  if (text.subject.empty()) return;
  const std::string key = (event.subject == Subject::Group ? "group " : "instance ") + event.name;
  const auto last = mailed_.find(key);
  if (last != mailed_.end() && last->second == told) return;
  mailed_[key] = told;
  if (tasks_.size() >= kMostTasks) return log_(Level::Always, fmt::format("Mail not sent: {}", text.subject));
  tasks_.spawn(send_mail(std::move(text)));
}

Task<void> Notifier::send_mail(MailText text) {
  const auto& global = config_->global;
  lib::mail::Relay relay;
  relay.server = *global.smtp_server;
  relay.helo_name = global.smtp_helo_name;
  relay.timeout = global.smtp_connect_timeout;
  lib::mail::Message message;
  message.from = global.notification_email_from;
  message.to = global.notification_email;
  message.subject = std::move(text.subject);
  message.body = std::move(text.body);
  const lib::base::Status sent = co_await lib::mail::send(loop_, relay, message);
  log_(Level::Always, sent ? std::string{"Remote SMTP server "} + relay.server.text() + " accepted the alert" : sent.error().message);
}

}  // namespace vrrpd::notify
