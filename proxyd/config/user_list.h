// "userlist" sections: users, their passwords, their groups.
#pragma once

#include "proxyd/config/draft.h"

namespace proxyd::config {

void read_user_list(Draft& draft, const parsers::haproxy::Section& section);

}  // namespace proxyd::config
