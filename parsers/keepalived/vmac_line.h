// use_vmac and use_ipvlan: the interface that carries an instance's addresses.
#pragma once

#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_vmac(VrrpInstance& to, Reader& in);
void read_ipvlan(VrrpInstance& to, Reader& in);

}  // namespace parsers::keepalived
