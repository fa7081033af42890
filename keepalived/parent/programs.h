// Where the programs are that `keepalived` starts: beside itself, or where the suite is installed; never what PATH says.
#pragma once

#include <string>

namespace keepalived::parent {

/// The path of `name` ("vrrpd", "genhash"); empty: it is not there.
std::string find_program(const std::string& name);

}  // namespace keepalived::parent
