#include "proxyd/ocsp/updater.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

#include "lib/base/calendar.h"
#include "lib/tls/certificate_text.h"
#include "lib/tls/ocsp_question.h"
#include "proxyd/ocsp/wishes.h"

namespace proxyd::ocsp {
namespace {

using lib::base::Status;
using lib::event::Task;

constexpr std::size_t kMostAtOnce = 4;  // so that one silent responder does not hold up the others
/// The wall clock may be set while we sleep.
constexpr std::int64_t kLongestSleep = 60;

std::int64_t now_s() { return std::chrono::duration_cast<std::chrono::seconds>(lib::base::wall_now().time_since_epoch()).count(); }

std::string date(std::int64_t second, lib::base::Zone zone, const char* format) {
  std::array<char, 64> text;
  return {text.data(), lib::base::format_date(second, zone, format, text)};
}

/// As %tr of log formats: "06/Mar/2023:11:16:52.808".
std::string log_date() {
  const std::int64_t ms = lib::base::to_ms(lib::base::wall_now().time_since_epoch());
  return fmt::format("{}.{:03}", date(ms / 1000, lib::base::Zone::Local, "%d/%b/%Y:%H:%M:%S"), ms % 1000);
}

/// What listeners present. Lists that no listener has are of no use to a client.
std::set<std::string_view> used_names(const certificates::Library& library) {
  std::set<std::string_view> names;
  for (const certificates::Listener& listener : library.listeners)
    for (const certificates::Presented& each : listener.lines) names.insert(each.certificate);
  return names;
}

/// The record's flag while somebody asks; a conversation that is cancelled takes it back, too.
class Running {
 public:
  explicit Running(Record& record) : record_{record} { record_.is_running = true; }
  ~Running() { record_.is_running = false; }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Record& record_;
};

}  // namespace

Updater::Updater(std::shared_ptr<certificates::Library> library, Settings settings, lib::event::Loop& loop, Log log)
    : library_{std::move(library)},
      settings_{std::move(settings)},
      sources_{lib::probe::NameSources::of_system()},
      log_{std::move(log)},
      waiter_{loop} {}

void Updater::start() {
  if (!settings_.is_disabled) tasks_.spawn(run());
}

/// Who is to be asked about, and from when on. What others changed is looked at anew.
void Updater::settle_records(std::int64_t now) {
  std::erase_if(records_, [&](const auto& each) { return !each.second.is_running && library_->find(each.first) == nullptr; });
  for (auto& [name, record] : records_) record.is_automatic = false;
  const std::map<std::string, bool> wishes = wishes_of(*library_);
  const std::set<std::string_view> used = used_names(*library_);
  for (const auto& [name, certificate] : library_->certificates()) {
    const auto wish = wishes.find(name);
    const bool is_wanted = wish == wishes.end() ? settings_.is_default_on : wish->second;
    if (certificate == nullptr || !is_wanted || !used.contains(name)) continue;
    Record& record = records_[name];
    if (record.seen != certificate.get()) {
      record.seen = certificate.get();
      record.can_be_asked = lib::tls::ocsp_question(*certificate).has_value();
      record.failures_in_a_row = 0;
      record.next = first_update(now, lib::tls::ocsp_expiry(*certificate), settings_.delays);
    }
    record.is_automatic = record.can_be_asked;
  }
}

/// Returns when to look again.
lib::base::Instant Updater::start_due(std::int64_t now) {
  std::int64_t next = now + kLongestSleep;
  bool has_any = false;
  std::vector<std::string> due;
  for (const auto& [name, record] : records_) {
    if (!record.is_automatic || record.is_running) continue;
    has_any = true;
    if (record.next > now) next = std::min(next, record.next);
    else if (running_ + due.size() < kMostAtOnce) due.push_back(name);
  }
  for (std::string& name : due) tasks_.spawn(update_in_turn(std::move(name)));
  return has_any ? waiter_.now() + std::chrono::seconds{std::max<std::int64_t>(next - now, 1)} : lib::base::kNever;
}

Task<void> Updater::run() {
  while (true) {
    const std::int64_t now = now_s();
    if (std::exchange(is_stale_, false)) settle_records(now);
    const lib::base::Instant next = start_due(now);
    (void)co_await waiter_.until(next);  // or until somebody notifies
  }
}

Task<void> Updater::update_in_turn(std::string name) {
  ++running_;
  (void)co_await update(std::move(name));  // it was logged, and comes again
  --running_;
  waiter_.notify();
}

Task<Status> Updater::update(std::string name) {
  const std::shared_ptr<const lib::tls::Certificate> certificate = library_->find(name);
  if (certificate == nullptr) co_return lib::base::failure("there is no certificate of that name");
  Record& record = records_[name];
  if (record.is_running) co_return lib::base::failure("an update is under way");
  const Running running{record};
  co_return co_await ask(name, *certificate, record);
}

Task<Status> Updater::ask(std::string name, const lib::tls::Certificate& certificate, Record& record) {
  auto question = lib::tls::ocsp_question(certificate);
  if (!question) co_return tl::unexpected{question.error()};
  lib::event::Waiter waiter{waiter_.loop()};
  const Fetched fetched = co_await fetch(std::move(*question), sources_, settings_.proxy, waiter);
  Status status = take(name, fetched, record);
  note(name, record, fetched, status);
  co_return status;
}

Status Updater::take(const std::string& name, const Fetched& fetched, Record& record) {
  record.outcome = fetched.outcome;
  if (fetched.outcome != Outcome::Updated) return lib::base::failure(fetched.why);
  const std::int64_t now = now_s();
  const auto before = library_->find(name);  // it may be another one by now
  if (before == nullptr) return lib::base::failure("there is no certificate of that name");
  record.outcome = Outcome::BadResponse;
  const auto expires = lib::tls::check_ocsp_answer(*before, fetched.der, now);
  if (!expires) return tl::unexpected{expires.error()};
  using lib::tls::Certificate;
  auto made = Certificate::change(before.get(), name, Certificate::Part::Ocsp, fetched.der, now, library_->tuning.companions);
  if (!made) return tl::unexpected{made.error()};
  record.outcome = Outcome::NotInserted;
  std::size_t places = 0;
  const Certificate* const seen = made->get();
  if (std::string why = library_->replace(name, std::move(*made), places); !why.empty()) return lib::base::failure(std::move(why));
  record.outcome = Outcome::Updated;
  record.seen = seen;
  record.can_be_asked = true;
  record.last = now;
  record.next = update_after_success(now, *expires, settings_.delays);
  return {};
}

/// Counts it, plans the next one after a failure, and logs it.
void Updater::note(const std::string& name, Record& record, const Fetched& fetched, const Status& status) {
  if (status) {
    ++record.successes;
    record.failures_in_a_row = 0;
  } else {
    ++record.failures;
    record.next = update_after_failure(now_s(), ++record.failures_in_a_row, settings_.delays);
  }
  const std::string head = fmt::format("-:- [{}] <OCSP-UPDATE>", log_date());
  log_(fmt::format("{} {} {} \"{}\" {} {}", head, name, static_cast<unsigned>(record.outcome), text_of(record.outcome), record.failures,
                   record.successes));
  if (status) return;
  if (record.outcome == Outcome::HttpError)
    log_(fmt::format("{} -/- {}/0/{}/{}/{} {} {} - - {} 0/0/0/0/0 0/0 {{}} \"{}\"", head, 0, fetched.connect_ms, fetched.response_ms,
                     fetched.total_ms, fetched.status, fetched.bytes, fetched.ending, fetched.request_line));
  log_(fmt::format("OCSP update of '{}' failed: {}.", name, status.error().message));
}

std::string Updater::report_head() {
  return "OCSP Certid | Path | Next Update | Last Update | Successes | Failures | Last Update Status | Last Update Status (str)\n";
}

std::string Updater::report() const {
  std::string out = report_head();
  std::vector<std::pair<std::int64_t, const std::string*>> order;
  for (const auto& [name, record] : records_)
    if (record.is_automatic) order.emplace_back(record.next, &name);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first != b.first ? a.first < b.first : *a.second < *b.second; });
  const auto show = [](std::int64_t second) { return second == 0 ? std::string{"-"} : date(second, lib::base::Zone::Local, "%d/%b/%Y:%H:%M:%S %z"); };
  for (const auto& [next, name] : order) {
    const Record& record = records_.at(*name);
    const auto certificate = library_->find(*name);
    fmt::format_to(std::back_inserter(out), "{} | {} | {} | {} | {} | {} | {} | {}\n",
                   certificate == nullptr ? std::string{} : lib::tls::ocsp_number(*certificate), *name, show(record.next), show(record.last),
                   record.successes, record.failures, static_cast<unsigned>(record.outcome), text_of(record.outcome));
  }
  return out;
}

}  // namespace proxyd::ocsp
