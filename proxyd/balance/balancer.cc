#include "proxyd/balance/balancer.h"

namespace proxyd::balance {

void Balancer::on_load(std::uint32_t, std::uint32_t) {}

}  // namespace proxyd::balance
