// What nftables cannot do for a virtual server, in words. Pure.
#pragma once

#include <string>

#include "checkerd/core/table.h"
#include "lib/base/result.h"

namespace checkerd::driver {

/// Why this cannot be had; success: it can.
lib::base::Status nft_refusal(const Change& change);
/// What is done in the place of what is asked for, or why it cannot be had; empty: as asked.
std::string nft_remark(const Service& service);
std::string nft_remark(const Service& service, const Destination& destination);

}  // namespace checkerd::driver
