#include "checkerd/table_keeper.h"

#include <fmt/format.h>

#include <algorithm>

namespace checkerd {
namespace {

using Kind = Change::Kind;

constexpr lib::base::Duration kLook{10'000'000}, kFirstRetry{1'000'000};
constexpr std::size_t kMostLines = 20;  // of one kernel that refuses everything

std::string change_text(const Change& change) {
  const std::string service = change.service.key.text();
  switch (change.kind) {
    case Kind::AddService: return "add service " + service;
    case Kind::EditService: return "edit service " + service;
    case Kind::RemoveService: return "remove service " + service;
    case Kind::AddDestination: return "add " + change.destination.address.text() + " to " + service;
    case Kind::EditDestination: return "edit " + change.destination.address.text() + " of " + service;
    case Kind::RemoveDestination: return "remove " + change.destination.address.text() + " from " + service;
  }
  return {};
}

/// IPVS's errors have keepalived's words already, with the service in them.
std::string refusal_text(const Change& change, const std::string& error) {
  return error.starts_with("IPVS cmd ") ? error : fmt::format("Cannot {}: {}", change_text(change), error);
}

bool is_edit(const Change& change) { return change.kind == Kind::EditService || change.kind == Kind::EditDestination; }

}  // namespace

TableKeeper::TableKeeper(lib::event::Loop& loop, driver::Driver& driver, Wanted wanted, Log log)
    : driver_{driver}, wanted_{std::move(wanted)}, log_{std::move(log)}, waiter_{loop} {}

void TableKeeper::begin() { tasks_.spawn(look_after()); }

void TableKeeper::end() {
  tasks_.cancel_all();
  waiter_.abandon();
}

void TableKeeper::complain(std::string text) {
  has_failed_ = true;
  if (complaints_.insert(text).second) log_(text);
}

void TableKeeper::bring_about(const Table& wanted, const lib::base::Result<Table>& actual) {
  if (!actual) complain("The table cannot be read: " + actual.error().message);
  else (void)carry_out(wanted, reconcile(*actual, wanted, owned_));  // what fails is tried again
  if (has_failed_) waiter_.notify();
}

/// Whether all of it could be done.
bool TableKeeper::carry_out(const Table& wanted, const std::vector<Change>& changes) {
  const auto results = driver_.apply(changes);
  std::vector<Change> done;
  std::size_t failed = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (driver::is_as_wanted(changes[i], results[i])) done.push_back(changes[i]);
    else if (++failed <= kMostLines) complain(refusal_text(changes[i], results[i].error().message));
  }
  if (failed > kMostLines) complain(fmt::format("And {} more changes failed", failed - kMostLines));
  owned_.update(wanted, done);
  return done.size() == changes.size();
}

lib::event::Task<void> TableKeeper::look_after() {
  lib::base::Duration retry = kFirstRetry;
  lib::base::Instant next = waiter_.now() + kLook;
  while (true) {
    const lib::event::Wake wake = co_await waiter_.until(next);
    if (wake.notified) {  // a failure: soon again
      next = std::min(next, waiter_.now() + retry);
      continue;
    }
    repair();
    retry = has_failed_ ? std::min(retry * 2, kLook) : kFirstRetry;
    next = waiter_.now() + (has_failed_ ? retry : kLook);
  }
}

void TableKeeper::repair() {
  if (!driver_.is_whole()) log_(fmt::format("Somebody else changed the rules of {}: they are made anew", driver_.name()));
  const auto actual = driver_.read();
  if (!actual) return complain("The table cannot be read: " + actual.error().message);
  const Table wanted = wanted_();
  auto changes = reconcile(*actual, wanted, owned_);
  if (has_failed_) {
    has_failed_ = false;
    if (!carry_out(wanted, changes)) return;
    complaints_.clear();
    return log_("The table is as it should be again");
  }
  // Weights and the like that people change by hand stay until the next change here, as with the original.
  std::erase_if(changes, is_edit);
  for (std::size_t i = 0; i < std::min(changes.size(), kMostLines); ++i) log_(fmt::format("Somebody else changed the table: {} again", change_text(changes[i])));
  if (changes.size() > kMostLines) log_(fmt::format("Somebody else changed the table: {} more changes again", changes.size() - kMostLines));
  (void)carry_out(wanted, changes);  // tried again
}

}  // namespace checkerd
