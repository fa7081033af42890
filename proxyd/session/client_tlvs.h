// What a binary PROXY header tells of the client's TLS.
#pragma once

#include <string>

#include "proxyd/config/connecting.h"
#include "proxyd/session/front.h"

namespace proxyd::session {

/// The value of the TLV for TLS (PROXY protocol, section 2.2.5): of a client without it, too.
std::string tls_tlv(const Front& front, const config::SendProxy& wanted);

}  // namespace proxyd::session
