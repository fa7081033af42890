#include "proxyd/listen/frontend.h"

namespace proxyd::listen {

Frontend::Frontend(const config::Proxy& configuration, unsigned threads)
    : conf{configuration}, counters{threads}, maxconn{configuration.maxconn} {}

}  // namespace proxyd::listen
