#include "checkerd/checkers/words.h"

#include <fmt/format.h>

#include <variant>

namespace checkerd::checkers {
namespace {

using namespace parsers::keepalived;
using lib::event::ChildExit;
using lib::probe::Outcome;
using lib::probe::Report;

bool is_timeout(const Report& report) {
  return report.outcome == Outcome::ConnectTimeout || report.outcome == Outcome::TlsTimeout || report.outcome == Outcome::AnswerTimeout;
}

/// "[10.0.0.1]:25", for IPv4, too.
std::string bracketed(const lib::net::Address& address) { return fmt::format("[{}]:{}", address.host(), address.port()); }

bool passed(const Report& report) { return report.outcome == Outcome::Passed; }

/// " after 3 retries", unless it was the very first run, which is not tried again.
std::string after_retries(const Decision& decision, bool was_first) {
  return decision.retries_done != 0 && !was_first ? fmt::format(" after {} retries", decision.retries_done) : std::string{};
}

// ---- the reason of one failed attempt

std::string http_reason(const HttpCheck& check, const Names& names, const Report& report) {
  const auto about = [&](std::string_view what) { return fmt::format("{} server {}.", what, names.server); };
  switch (report.outcome) {
    case Outcome::ConnectTimeout: return about("Timeout connecting");
    case Outcome::ConnectFailed: return about("Connection failed");
    case Outcome::TlsFailed:
    case Outcome::TlsTimeout: return about("SSL handshake/communication error connecting to");
    case Outcome::AnswerTimeout: return about(check.tls ? "Timeout SSL read" : report.has_begun ? "Timeout HTTP read" : "Timeout WEB read");
    case Outcome::NoAnswer:
    case Outcome::InvalidAnswer: return about("Read, no data received from ");
    case Outcome::WrongStatus: return about("HTTP status code error to");
    case Outcome::WrongDigest: return about("MD5 digest error to");
    case Outcome::WrongBody: return about("Regex match failed");
    case Outcome::NoGoodbye: return about("SSL read error from");
    default: return about(check.tls && report.step > 1 ? "SSL read error from" : report.step > 0 ? "Read, no data received from " : "Error connecting");
  }
}

/// Steps of an SMTP_CHECK's plan.
constexpr std::size_t kGreeting = 1, kHelo = 3;

std::string smtp_reason(const CheckTarget& target, const Report& report) {
  const std::string server = bracketed(target.to);
  switch (report.outcome) {
    case Outcome::ConnectTimeout: return "Connection timeout to server " + server;
    case Outcome::ConnectFailed: return "Could not connect to server " + server;
    case Outcome::AnswerTimeout: return "Read timeout from server " + server;
    case Outcome::SocketError:
      return report.step == 0 ? "Error connecting to server " + server : fmt::format("Read error with server {}: {}", server, report.info);
    case Outcome::WrongStatus:
    case Outcome::InvalidAnswer:
      if (report.step <= kGreeting) return "Bad greeting banner from server " + server;
      if (report.step <= kHelo) return "Bad HELO response from server " + server;
      break;
    default: break;
  }
  return "Read failure from server " + server;
}

std::string dns_reason(const Report& report) {
  if (report.outcome == Outcome::AnswerTimeout) return "read timeout from socket";
  if (report.outcome == Outcome::WrongStatus) return fmt::format("read error occurred. (rcode = {})", report.code);
  if (report.outcome == Outcome::SocketError && report.step > 0) return fmt::format("failed to read socket; errno {} ({})", report.system_error, report.info);
  return report.step == 0 ? "connection error." : "read error occurred. (no DNS answer)";
}

struct AttemptLine {
  const Checker& checker;
  const Names& names;
  const Report& report;
  std::string connection(std::string_view protocol, std::string_view address) const {
    return fmt::format("{} connection to {}{} {}.", protocol, address, names.server, is_timeout(report) ? "timeout" : "failed");
  }
  std::string operator()(const TcpCheck&) const { return connection("TCP", ""); }
  std::string operator()(const UdpCheck&) const { return fmt::format("UDP connection to {} failed.", names.server); }
  std::string operator()(const PingCheck&) const { return connection("ICMP", "address "); }
  std::string operator()(const HttpCheck& check) const { return http_reason(check, names, report); }
  std::string operator()(const SmtpCheck&) const { return "SMTP_CHECK " + smtp_reason(checker.target, report); }
  std::string operator()(const DnsCheck&) const { return fmt::format("DNS_CHECK ({}) {}", names.server, dns_reason(report)); }
  std::string operator()(const MiscCheck&) const { return {}; }
  std::string operator()(const BfdCheck&) const { return {}; }
  std::string operator()(const FileCheck&) const { return {}; }
};

struct DownLine {
  const Checker& checker;
  const Names& names;
  const Decision& decision;
  const Report& report;
  bool was_first;
  std::string failed(std::string_view check) const {
    return fmt::format("{} on service {} failed{}.", check, names.server, after_retries(decision, was_first));
  }
  std::string operator()(const TcpCheck&) const { return failed("TCP_CHECK"); }
  std::string operator()(const UdpCheck&) const { return failed("UDP_CHECK"); }
  std::string operator()(const PingCheck&) const {
    const std::string after = after_retries(decision, was_first);
    if (after.empty()) return failed("ICMP CHECK");
    return fmt::format("ICMP CHECK on service {} of {} failed{}.", names.server, names.virtual_server, after);
  }
  /// The first run speaks of retries, too: they count as used up.
  std::string operator()(const HttpCheck& check) const {
    return fmt::format("{} on service {} failed{}.", check.tls ? "SSL_CHECK" : "HTTP_CHECK", names.server, after_retries(decision, false));
  }
  std::string operator()(const SmtpCheck&) const { return "SMTP_CHECK " + smtp_reason(checker.target, report); }
  std::string operator()(const DnsCheck&) const {
    return fmt::format("DNS_CHECK ({}) {}{}", names.server, dns_reason(report), after_retries(decision, was_first));
  }
  std::string operator()(const MiscCheck&) const { return {}; }
  std::string operator()(const BfdCheck&) const { return {}; }
  std::string operator()(const FileCheck&) const { return {}; }
};

struct UpLine {
  const Names& names;
  std::string operator()(const TcpCheck&) const { return fmt::format("TCP connection to {} success.", names.server); }
  std::string operator()(const UdpCheck&) const { return fmt::format("UDP connection to {} success.", names.server); }
  std::string operator()(const PingCheck&) const { return fmt::format("ICMP connection to {} success.", names.server); }
  std::string operator()(const HttpCheck&) const { return fmt::format("Remote Web server {} succeed on service.", names.server); }
  std::string operator()(const SmtpCheck&) const { return fmt::format("Remote SMTP server {} succeed on service.", names.server); }
  std::string operator()(const DnsCheck&) const { return {}; }  // the original says nothing
  std::string operator()(const MiscCheck&) const { return {}; }
  std::string operator()(const BfdCheck&) const { return {}; }
  std::string operator()(const FileCheck&) const { return {}; }
};

struct MailBody {
  const Checker& checker;
  const Report& report;
  bool up = passed(report);
  const char* ended() const { return up ? "succeed" : "failed"; }
  std::string operator()(const TcpCheck&) const { return fmt::format("=> TCP CHECK {} on service <=", ended()); }
  std::string operator()(const UdpCheck&) const { return fmt::format("=> UDP CHECK {} on service <=", ended()); }
  std::string operator()(const PingCheck&) const { return fmt::format("=> ICMP CHECK {} on service <=", ended()); }
  std::string operator()(const HttpCheck&) const {
    return up ? "=> CHECK succeed on service <=" : "=> CHECK failed on service : HTTP/SSL request failed <=";
  }
  std::string operator()(const SmtpCheck&) const {
    return up ? "=> CHECK succeed on service <=" : fmt::format("=> CHECK failed on service : {} <=", smtp_reason(checker.target, report));
  }
  std::string operator()(const DnsCheck&) const { return fmt::format("=> DNS_CHECK: {} on service <=", up ? "succeeded" : "failed"); }
  std::string operator()(const MiscCheck&) const { return {}; }
  std::string operator()(const BfdCheck&) const { return {}; }
  std::string operator()(const FileCheck&) const { return {}; }
};

std::string misc_begin(const Checker& checker, const Names& names) {
  const Command& command = std::get<MiscCheck>(checker.what).command;
  const std::string& program = command.argv.empty() ? command.text : command.argv.front();
  return fmt::format("Misc check for [{} VS {}] by [{}] ", names.server, names.virtual_server, program);
}

std::string retry_count(unsigned count) { return fmt::format("{} {}", count, count == 1 ? "retry" : "retries"); }

std::string how_it_ended(const ChildExit& end) {
  if (end.timed_out) return ".";
  if (end.signal != 0) return fmt::format(" (due to signal {}).", end.signal);
  return fmt::format(" (exited with status {}).", end.code);
}

}  // namespace

std::string verdict_line(const Checker& checker, const Names& names, const Decision& decision, const Report& report, bool was_first) {
  if (passed(report)) return std::visit(UpLine{names}, checker.what);
  return std::visit(DownLine{checker, names, decision, report, was_first}, checker.what);
}

std::string attempt_line(const Checker& checker, const Names& names, const Decision& decision, const Report& report) {
  // While it is down only HTTP goes on telling. SMTP and DNS say the reason with the verdict.
  if (!decision.retries && !decision.is_news && !std::holds_alternative<HttpCheck>(checker.what)) return {};
  const bool is_said = std::holds_alternative<SmtpCheck>(checker.what) || std::holds_alternative<DnsCheck>(checker.what);
  if (is_said && decision.is_news) return {};
  return std::visit(AttemptLine{checker, names, report}, checker.what);
}

std::string page_line(const HttpUrl& url, const Names& names) {
  const char* const what = url.regex ? "Regex match" : url.digest ? "MD5 digest" : "HTTP status code";
  return fmt::format("{} success to {} url({})", what, names.server, url.path);
}

std::string length_line(const HttpUrl& url, const Names& names, const Report& report) {
  if (!report.promised || *report.promised == report.received || report.outcome == Outcome::AnswerTimeout) return {};
  return fmt::format("http_check for RS {} VS {} url {}: content_length ({}) does not match received bytes ({})", names.server,
                     names.virtual_server, url.path, *report.promised, report.received);
}

std::string not_begun_line(const Checker& checker, const Report& report) {
  const bool is_bind = report.outcome == Outcome::BindFailed;
  const auto say = [&](std::string_view who) {
    return is_bind ? fmt::format("{} socket bind failed. Rescheduling.", who) : fmt::format("{} connect fail to create socket. Rescheduling.", who);
  };
  if (std::holds_alternative<TcpCheck>(checker.what)) return say("TCP");
  if (std::holds_alternative<UdpCheck>(checker.what)) return say("UDP");
  if (std::holds_alternative<HttpCheck>(checker.what)) return say("WEB");
  if (std::holds_alternative<PingCheck>(checker.what)) return say(checker.target.to.is_ipv6() ? "ICMPv6" : "ICMP");
  if (std::holds_alternative<SmtpCheck>(checker.what))
    return is_bind ? "SMTP_CHECK socket bind failed. Rescheduling." : "SMTP_CHECK connection failed to create socket. Rescheduling.";
  return is_bind ? "DNS_CHECK socket bind failed. Rescheduling." : "DNS_CHECK failed to create socket. Rescheduling.";
}

std::string mail_body(const Checker& checker, const Report& report) { return std::visit(MailBody{checker, report}, checker.what); }

std::string misc_verdict_line(const Checker& checker, const Names& names, const Decision& decision, const ChildExit& end, bool passed) {
  const std::string begin = misc_begin(checker, names);
  if (passed) return begin + "succeeded.";
  const std::string after = decision.retries_done == 0 ? " with retry disabled" : " after " + retry_count(decision.retries_done);
  return begin + (end.timed_out ? "timed out" : "failed") + after + how_it_ended(end);
}

std::string misc_attempt_line(const Checker& checker, const Names& names, const Decision& decision, const ChildExit& end) {
  if (!decision.retries) return {};  // the verdict says it, or it is down already
  const unsigned number = decision.retries_done, all = checker.times.retry;
  const std::string which = number == 0 ? ", will do " + retry_count(all) : fmt::format(" on retry {}/{}", number, all);
  return misc_begin(checker, names) + (end.timed_out ? "timed out" : "failed") + which + how_it_ended(end);
}

std::string misc_mail_body(const ChildExit& end, bool passed) {
  return fmt::format("=> MISC CHECK {} on service <=", passed ? "succeeded" : end.timed_out ? "timed out" : "failed");
}

std::string bfd_line(const std::string& session, const Names& names, bool up) {
  return fmt::format("BFD check of [{}] RS({}) is {}", session, names.server, up ? "UP" : "DOWN");
}

std::string bfd_mail_body(const std::string& session, bool up) {
  return fmt::format("=> BFD CHECK {} {} on service <=", session, up ? "succeed" : "failed");
}

std::string file_line(const std::string& file, const Names& names, bool up) {
  return fmt::format("({}): tracked file {} {} FAULT state", names.server, file, up ? "leaving" : "now");
}

std::string detail_of(const Report& report, bool is_http) {
  switch (report.outcome) {
    case Outcome::Passed: return {};
    case Outcome::NotStarted:
    case Outcome::BindFailed:
    case Outcome::SocketError:
    case Outcome::ConnectFailed: return report.info;
    case Outcome::ConnectTimeout: return "connection timed out";
    case Outcome::TlsFailed: return "TLS: " + report.info;
    case Outcome::TlsTimeout: return "TLS handshake timed out";
    case Outcome::AnswerTimeout: return report.has_begun ? "timed out within the answer" : "no answer in time";
    case Outcome::NoAnswer: return "closed without an answer";
    case Outcome::InvalidAnswer: return "invalid answer";
    case Outcome::WrongStatus: return fmt::format("{} {}", is_http ? "HTTP status" : "code", report.code);
    case Outcome::WrongDigest: return "another digest";
    case Outcome::WrongBody: return is_http ? "the regex did not decide for it" : "another answer";
    case Outcome::NoGoodbye: return "TLS ended without close_notify";
  }
  return {};
}

}  // namespace checkerd::checkers
