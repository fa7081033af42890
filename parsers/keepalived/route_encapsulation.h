// "encap" of a route or a next hop: mpls, ip, ip6, ila, as ip-route(8) has them.
#pragma once

#include "parsers/keepalived/config.h"
#include "parsers/keepalived/line_words.h"

namespace parsers::keepalived {

/// The word "encap" is at hand; afterwards the last word that belongs to it is.
RouteEncapsulation read_encapsulation(LineWords& words);

}  // namespace parsers::keepalived
