// Carries out what the statistics page's forms ask for.
#pragma once

#include <string_view>

#include "lib/base/time.h"
#include "proxyd/stats/admin_form.h"

namespace proxyd::session {
struct Site;
}

namespace proxyd::stats {

/// Carries the form out. Returns the code for ";st=": DONE, NONE, PART, ERRP.
std::string_view apply_admin_form(const AdminForm& form, session::Site& site, lib::base::Instant now);

}  // namespace proxyd::stats
