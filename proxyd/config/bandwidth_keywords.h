// "filter bwlim-in", "filter bwlim-out", and the rules that turn them on.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

/// Alerts about rules that name a filter which is not there.
void check_filters(Draft& draft, const ProxyDraft& about);

}  // namespace proxyd::config
