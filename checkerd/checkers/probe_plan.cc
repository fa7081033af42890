#include "checkerd/checkers/probe_plan.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <string>
#include <utility>

#include "lib/probe/dns.h"
#include "lib/probe/icmp.h"

namespace checkerd::checkers {
namespace {

using namespace parsers::keepalived;
namespace probe = lib::probe;

constexpr std::size_t kEchoData = 128;

std::string as_text(const std::vector<std::uint8_t>& bytes) { return {bytes.begin(), bytes.end()}; }

/// The first of `steps`, which are all that the plan will have: thousands may wait at a time.
probe::Connect& add_connect(probe::Plan& plan, std::size_t steps, const CheckTarget& target, probe::Connect::Transport transport) {
  plan.steps.reserve(steps);
  auto& connect = plan.steps.emplace_back().emplace<probe::Connect>();
  connect.where.ip = target.to;
  if (target.from) connect.source = *target.from;
  connect.interface = target.interface;
  connect.fwmark = target.fwmark;
  connect.transport = transport;
  return connect;
}

void add_send(probe::Plan& plan, std::string bytes) { plan.steps.emplace_back().emplace<probe::Send>().bytes = std::move(bytes); }

/// Steps behind the connection.
struct Steps {
  probe::Plan& plan;
  const CheckTarget& target;
  std::size_t url;
  const PlanContext& context;
  using Transport = probe::Connect::Transport;

  void operator()(const TcpCheck&) const { add_connect(plan, 1, target, Transport::Stream); }

  void operator()(const HttpCheck& check) const {
    const HttpUrl& page = check.urls[url];
    add_connect(plan, check.tls ? 4 : 3, target, Transport::Stream);
    if (check.tls) {
      auto& tls = plan.steps.emplace_back().emplace<probe::StartTls>();
      tls.context = context.tls;
      tls.sni = page.sni;
    }
    add_send(plan, http_request(check.version, page.path, page.host, target.to));
    auto& expect = plan.steps.emplace_back().emplace<probe::ExpectHttpPage>();
    expect.statuses = page.status_codes;
    expect.digest = page.digest;
    expect.pattern = context.pattern;
    expect.pattern_must_match = !page.regex || !page.regex->no_match;
    expect.wants_goodbye = page.tls_compliant;
  }

  void operator()(const SmtpCheck& check) const {
    add_connect(plan, 6, target, Transport::Stream);
    plan.steps.emplace_back().emplace<probe::ExpectSmtp>().code = 220;
    add_send(plan, "HELO " + check.helo_name + "\r\n");
    plan.steps.emplace_back().emplace<probe::ExpectSmtp>().code = 250;
    add_send(plan, "QUIT\r\n");
    plan.steps.emplace_back().emplace<probe::ExpectSmtp>();
  }

  void operator()(const DnsCheck& check) const {
    add_connect(plan, 3, target, Transport::Datagram);
    // The parser lets no other name pass than one that can be asked for; without one the answer is awaited in vain.
    add_send(plan, as_text(probe::encode_dns_query(context.number, check.type, check.name).value_or(std::vector<std::uint8_t>{})));
    plan.steps.emplace_back().emplace<probe::ExpectDns>().id = context.number;
  }

  void operator()(const UdpCheck& check) const {
    add_connect(plan, 3, target, Transport::Datagram);
    add_send(plan, as_text(check.payload));
    if (!check.needs_reply) {
      plan.steps.emplace_back().emplace<probe::ExpectNoError>();
      return;
    }
    auto& expect = plan.steps.emplace_back().emplace<probe::ExpectDatagram>();
    expect.bytes = check.reply;
    expect.mask = check.reply_mask;
    expect.smallest = check.min_reply;
    expect.largest = check.max_reply;
  }

  void operator()(const PingCheck&) const {
    probe::Connect& connect = add_connect(plan, 3, target, Transport::Ping);
    connect.where.ip.set_port(0);
    const probe::IcmpFamily family = target.to.is_ipv6() ? probe::IcmpFamily::V6 : probe::IcmpFamily::V4;
    add_send(plan, as_text(probe::encode_echo(family, context.number, kEchoData)));
    plan.steps.emplace_back().emplace<probe::ExpectEcho>().sequence = context.number;
  }

  void operator()(const MiscCheck&) const {}
  void operator()(const BfdCheck&) const {}
  void operator()(const FileCheck&) const {}
};

}  // namespace

std::string http_request(HttpCheck::Version version, const std::string& path, const std::string& host, const lib::net::Address& to) {
  std::string out = "GET " + path + (version == HttpCheck::Version::Http11 ? " HTTP/1.1" : " HTTP/1.0");
  out += "\r\nUser-Agent: KeepAliveClient\r\n";
  if (version != HttpCheck::Version::Http10) out += "Connection: close\r\n";
  out += "Host: " + (host.empty() ? to.text() : host) + "\r\n\r\n";
  return out;
}

lib::probe::Plan make_plan(const Checker& checker, std::size_t url, const PlanContext& context) {
  probe::Plan plan;
  plan.connecting = plan.answering = checker.target.timeout;
  std::visit(Steps{plan, checker.target, url, context}, checker.what);
  return plan;
}

std::uint32_t pcre2_options(const BodyRegex& regex) {
  // In the order of RegexOption.
  constexpr std::array<std::uint32_t, 24> kBits{
      PCRE2_ALLOW_EMPTY_CLASS, PCRE2_ALT_BSUX, PCRE2_AUTO_CALLOUT, PCRE2_CASELESS, PCRE2_DOLLAR_ENDONLY, PCRE2_DOTALL, PCRE2_DUPNAMES,
      PCRE2_EXTENDED, PCRE2_FIRSTLINE, PCRE2_MATCH_UNSET_BACKREF, PCRE2_MULTILINE, PCRE2_NEVER_UCP, PCRE2_NEVER_UTF,
      PCRE2_NO_AUTO_CAPTURE, PCRE2_NO_AUTO_POSSESS, PCRE2_NO_DOTSTAR_ANCHOR, PCRE2_NO_START_OPTIMIZE, PCRE2_UCP, PCRE2_UNGREEDY,
      PCRE2_UTF, PCRE2_NEVER_BACKSLASH_C, PCRE2_ALT_CIRCUMFLEX, PCRE2_ALT_VERBNAMES, PCRE2_USE_OFFSET_LIMIT};
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < kBits.size(); ++i)
    if (regex.has(static_cast<RegexOption>(i))) out |= kBits[i];
  return out;
}

}  // namespace checkerd::checkers
