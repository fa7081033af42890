// What a stats file remembers, put into the counters of objects that begin.
#pragma once

#include "lib/base/time.h"
#include "proxyd/listen/frontend.h"
#include "proxyd/session/site.h"

namespace proxyd::stats {

/// Frontends, backends and servers that the site before did not have: what lives on has its counters. Before the site is in use.
void preload_new(session::Site& site, lib::base::Instant now);
/// A socket whose counters were just made.
void preload(listen::Listener& listener);

}  // namespace proxyd::stats
