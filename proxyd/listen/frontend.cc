#include "proxyd/listen/frontend.h"

#include "proxyd/logs/logger.h"

namespace proxyd::listen {

Frontend::Frontend(const config::Proxy& configuration, unsigned threads)
    : conf{configuration}, counters{threads}, maxconn{configuration.maxconn} {}

Frontend::~Frontend() = default;

}  // namespace proxyd::listen
