// "http-errors" sections: pages that proxies share.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

void read_error_section(Draft& draft, const parsers::haproxy::Section& section);

}  // namespace proxyd::config
