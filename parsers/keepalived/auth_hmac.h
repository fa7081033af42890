// The auth_hmac block of a vrrp_instance: keys and rules of signed adverts.
#pragma once

#include "parsers/keepalived/keyword.h"

namespace parsers::keepalived {

void read_auth_hmac(VrrpInstance& to, Reader& in);
/// What depends on other keywords; nothing happens without the block.
void check_auth_hmac(VrrpInstance& to, Context& context);

}  // namespace parsers::keepalived
