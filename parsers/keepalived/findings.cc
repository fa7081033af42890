#include "parsers/keepalived/findings.h"

namespace parsers::keepalived {

using parsers::common::Place;
using parsers::common::Severity;

namespace {

/// A hopeless file (a binary, a log) must not fill the memory with complaints.
constexpr std::size_t kMostFindings = 10'000;

Severity severity_of(Complaint complaint) {
  switch (complaint) {
    case Complaint::Log:
    case Complaint::Said: return Severity::Notice;
    case Complaint::Warning:
    case Complaint::Deprecated:
    case Complaint::Security: return Severity::Warning;
    default: return Severity::Alert;
  }
}

}  // namespace

void Findings::add(Complaint complaint, std::string prefix, const Place& place, std::string message, std::string hint) {
  if (muted_) return;
  if (all_.size() >= kMostFindings) {
    ++dropped_;
    return;
  }
  Finding finding;
  finding.complaint = complaint;
  finding.prefix = std::move(prefix);
  finding.diagnostic.severity = severity_of(complaint);
  finding.diagnostic.message = std::move(message);
  finding.diagnostic.place = place;
  finding.diagnostic.hint = std::move(hint);
  all_.push_back(std::move(finding));
}

void Findings::at(Complaint complaint, const Place& place, std::string message, std::string hint) {
  std::string prefix;
  if (place.source != nullptr) prefix = '(' + place.source->name() + ": Line " + std::to_string(place.line) + ") ";
  add(complaint, std::move(prefix), place, std::move(message), std::move(hint));
}

void Findings::at_end(Complaint complaint, const Statement& block, std::string message) {
  if (block.source == nullptr || block.end_line == 0) return at(complaint, block.whole(), std::move(message));
  std::string prefix = '(' + block.source->name() + ": Line " + std::to_string(block.end_line) + ") ";
  add(complaint, std::move(prefix), block.place(block.words.size() > 1 ? 1 : 0), std::move(message), {});
}

void Findings::about(Complaint complaint, const Place& place, std::string message, std::string hint) {
  add(complaint, {}, place, std::move(message), std::move(hint));
}

}  // namespace parsers::keepalived
