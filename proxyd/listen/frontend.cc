#include "proxyd/listen/frontend.h"

namespace proxyd::listen {

Frontend::Frontend(const config::Proxy& configuration, unsigned threads, const Frontend* before)
    : conf{configuration}, state{before != nullptr ? before->state : std::make_shared<FrontendState>(threads)} {
  // What was set at run time stays where the files say what they said before.
  if (before == nullptr || before->conf.maxconn != conf.maxconn) maxconn.store(conf.maxconn);
}

std::string stopped_text(const config::Proxy& proxy, const Frontend* frontend, const servers::Backend* backend) {
  using servers::Count;
  const std::uint64_t front = frontend != nullptr ? frontend->counters.sum(Count::ConnTot) : 0;
  const std::uint64_t back = backend != nullptr ? backend->counters.sum(Count::SessTot) : 0;
  return "Proxy " + proxy.name + " stopped (cumulated conns: FE: " + std::to_string(front) +
         ", BE: " + std::to_string(back) + ").";
}

}  // namespace proxyd::listen
