// What -dK prints: the words that configurations and the runtime API take, in haproxy's forms, from the tables of the rooms that
// have them.
#pragma once

#include <span>
#include <string>

namespace proxyd {

/// `classes`: all acl cfg cli cnv flt smp svc help, as haproxy's, and "doc", our own: keywords with arguments, places and meanings.
/// Others give nothing, as with haproxy. Ends with a newline unless empty.
std::string keyword_dump(std::span<const std::string> classes);

}  // namespace proxyd
