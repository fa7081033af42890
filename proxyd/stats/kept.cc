#include "proxyd/stats/kept.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "proxyd/stats/fields.h"

namespace proxyd::stats {

using config::KeptColumn;
using config::StatsDomain;

namespace {

bool is_of(StatsDomain domain, const config::KeptName& column) { return domain == StatsDomain::Front ? column.of_front : column.of_back; }

/// Where each kept column stands among the fields of `show stat`.
const std::array<std::size_t, config::kKeptColumns>& positions() {
  static const auto kPositions = [] {
    std::array<std::size_t, config::kKeptColumns> at{};
    const std::span<const lib::metrics::Description> fields = stat_fields();
    for (std::size_t i = 0; i < at.size(); ++i) {
      const auto found = std::find_if(fields.begin(), fields.end(), [i](const auto& field) { return field.name == config::kept_names()[i].name; });
      at[i] = static_cast<std::size_t>(found - fields.begin());
    }
    return at;
  }();
  return kPositions;
}

}  // namespace

void append_kept_header(std::string& out, StatsDomain domain) {
  out += domain == StatsDomain::Front ? "#fe guid" : "#be guid";
  for (const config::KeptName& column : config::kept_names()) {
    if (!is_of(domain, column)) continue;
    out += ',';
    out += column.name;
  }
  out += '\n';
}

void append_kept_row(std::string& out, StatsDomain domain, const ObjectFacts& object) {
  if (object.guid.empty()) return;
  const std::vector<lib::metrics::Value> values = stat_values(object);
  out += object.guid;
  for (std::size_t i = 0; i < config::kKeptColumns; ++i) {
    if (!is_of(domain, config::kept_names()[i])) continue;
    out += ',';
    out += values[positions()[i]].to_text();
  }
  out += '\n';
}

void append_kept_rows(std::string& out, StatsDomain domain, const ProxyFacts& proxy) {
  if (domain == StatsDomain::Front) {
    if (proxy.frontend) append_kept_row(out, domain, *proxy.frontend);
    for (const ObjectFacts& listener : proxy.listeners) append_kept_row(out, domain, listener);
    return;
  }
  if (proxy.backend) append_kept_row(out, domain, *proxy.backend);
  for (const ObjectFacts& server : proxy.servers) append_kept_row(out, domain, server);
}

std::optional<Count> count_of(KeptColumn column) {
  switch (column) {
    case KeptColumn::ConnTot: return Count::ConnTot;
    case KeptColumn::Stot: return Count::SessTot;
    case KeptColumn::ReqTot: return Count::ReqTot;
    case KeptColumn::H1Req: return Count::H1Req;
    case KeptColumn::Bin: return Count::BytesIn;
    case KeptColumn::Bout: return Count::BytesOut;
    case KeptColumn::Dreq: return Count::DeniedReq;
    case KeptColumn::Dresp: return Count::DeniedResp;
    case KeptColumn::Dcon: return Count::DeniedConn;
    case KeptColumn::Dses: return Count::DeniedSess;
    case KeptColumn::Ereq: return Count::ErrReq;
    case KeptColumn::Econ: return Count::ErrConn;
    case KeptColumn::Eresp: return Count::ErrResp;
    case KeptColumn::Wretr: return Count::Retries;
    case KeptColumn::Wredis: return Count::Redispatches;
    case KeptColumn::Wrew: return Count::RewriteErrors;
    case KeptColumn::Eint: return Count::InternalErrors;
    case KeptColumn::Hrsp1xx: return Count::Rsp1xx;
    case KeptColumn::Hrsp2xx: return Count::Rsp2xx;
    case KeptColumn::Hrsp3xx: return Count::Rsp3xx;
    case KeptColumn::Hrsp4xx: return Count::Rsp4xx;
    case KeptColumn::Hrsp5xx: return Count::Rsp5xx;
    case KeptColumn::HrspOther: return Count::RspOther;
    case KeptColumn::Intercepted: return Count::Intercepted;
    case KeptColumn::CliAbrt: return Count::ClientAborts;
    case KeptColumn::SrvAbrt: return Count::ServerAborts;
    case KeptColumn::Lbtot: return Count::LbTot;
    case KeptColumn::Connect: return Count::Connects;
    case KeptColumn::Reuse: return Count::Reuses;
    case KeptColumn::Chkfail: return Count::FailedChecks;
    case KeptColumn::Chkdown: return Count::DownTransitions;
    case KeptColumn::SslSess: return Count::TlsSessions;
    case KeptColumn::SslReusedSess: return Count::TlsResumed;
    case KeptColumn::SslFailedHandshake: return Count::TlsFailed;
    case KeptColumn::Downtime:
    case KeptColumn::Lastsess:
    case KeptColumn::kCount: break;
  }
  return std::nullopt;
}

}  // namespace proxyd::stats
