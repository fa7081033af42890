#include "keepalived/messenger.h"

#include <fmt/format.h>
#include <signal.h>

#include <utility>

#include "keepalived/launch.h"
#include "lib/event/child.h"
#include "lib/mail/smtp.h"

namespace keepalived {

using lib::base::Instant;
using lib::event::ChildExit;
using lib::event::Task;
using lib::event::Waiter;
using parsers::keepalived::Command;
using parsers::keepalived::GlobalDefs;
using parsers::keepalived::NotifyFifo;

namespace {

constexpr lib::base::Duration kStopPatience{1'000'000};  // keepalived gives stop scripts a second
/// Mails and scripts under way at once; a peer that makes us flap must not fill the process table.
constexpr std::size_t kMostTasks = 512;

bool is_same(const NotifyFifo& a, const NotifyFifo& b) {
  const bool same_script = a.script.has_value() == b.script.has_value() && (!a.script || *a.script == *b.script);
  return a.path == b.path && a.uid == b.uid && a.gid == b.gid && same_script;
}

}  // namespace

Messenger::Messenger(lib::event::Loop& loop, const GlobalDefs& global, Fifos fifos, Log log)
    : loop_{loop}, global_{&global}, wanted_{std::move(fifos)}, log_{std::move(log)} {}

Messenger::~Messenger() { end_readers(); }

void Messenger::end_readers() {
  for (const pid_t reader : readers_) (void)::kill(-reader, SIGTERM);  // gone already is as good
}

void Messenger::use(const GlobalDefs& global, Fifos fifos) {
  global_ = &global;
  const Fifos before = std::exchange(wanted_, std::move(fifos));
  if (is_same(before[0], wanted_[0]) && is_same(before[1], wanted_[1])) return;
  end_readers();
  for (Fifo& fifo : fifos_) fifo.close();
  start();
}

void Messenger::open_fifo(Fifo& fifo, const NotifyFifo& conf) {
  if (conf.path.empty()) return;
  const auto opened = fifo.open(conf);
  if (!opened) return log_(Level::Always, opened.error().message);
  if (!conf.script || !fifo.is_first()) return;
  const std::vector<std::string> path{conf.path};
  const auto reader = start_script(*conf.script, path);
  if (!reader) return log_(Level::Always, fmt::format("notify FIFO script: {}", reader.error().message));
  readers_.push_back(*reader);
  reader_tasks_.spawn(reap(*reader, conf.script->text, lib::base::kNever));
}

void Messenger::start() {
  for (std::size_t i = 0; i < fifos_.size(); ++i) open_fifo(fifos_[i], wanted_[i]);
}

Task<void> Messenger::reap(pid_t child, std::string name, Instant deadline) {
  Waiter waiter{loop_};
  const ChildExit end = co_await lib::event::child_end(waiter, child, deadline, std::chrono::seconds{1});
  std::erase(readers_, child);
  if (end.timed_out) log_(Level::Always, fmt::format("Script {} did not end in time: killed", name));
}

void Messenger::run_script(const Command& command, std::span<const std::string> more, When when) {
  if (tasks_.size() >= kMostTasks) return log_(Level::Always, fmt::format("Script {} not run: {} are running", command.text, tasks_.size()));
  const bool is_last = when == When::AtStop;
  const auto child = start_script(command, more, is_last ? Life::Outlives : Life::WithUs);
  if (!child) return log_(Level::Always, fmt::format("Notify script {}: {}", command.text, child.error().message));
  tasks_.spawn(reap(*child, command.text, is_last ? loop_.now() + kStopPatience : lib::base::kNever));
}

void Messenger::write_fifos(std::string_view line) {
  for (Fifo& fifo : fifos_) fifo.write(line);
}

void Messenger::send_mail(MailText text) {
  if (global_->notification_email.empty() || !global_->smtp_server) return;
  if (tasks_.size() >= kMostTasks) return log_(Level::Always, fmt::format("Mail not sent: {}", text.subject));
  tasks_.spawn(deliver(std::move(text)));
}

Task<void> Messenger::deliver(MailText text) {
  lib::mail::Relay relay;
  relay.server = *global_->smtp_server;
  relay.helo_name = global_->smtp_helo_name;
  relay.timeout = global_->smtp_connect_timeout;
  lib::mail::Message message;
  message.from = global_->notification_email_from;
  message.to = global_->notification_email;
  message.subject = std::move(text.subject);
  message.body = std::move(text.body);
  const lib::base::Status sent = co_await lib::mail::send(loop_, relay, message);
  log_(Level::Always, sent ? std::string{"Remote SMTP server "} + relay.server.text() + " accepted the alert" : sent.error().message);
}

}  // namespace keepalived
