// Which certificates' responses are to be kept fresh, as the lines that name the certificates say.
#pragma once

#include <map>
#include <string>

#include "proxyd/certificates/library.h"

namespace proxyd::ocsp {

/// "ocsp-update" of lines of lists, else of whoever else names the certificate. Those without a word are not in it.
std::map<std::string, bool> wishes_of(const certificates::Library& library);
/// A line of a "bind" line or a store. False: another one said the contrary.
bool note_wish(certificates::Library& library, const std::string& name, bool is_on);
/// A certificate of two lists' lines that contradict each other; empty: there is none.
std::string find_contradiction(const certificates::Library& library);

/// Nobody can be asked about a certificate whose issuer is not known: looks for it in the file beside it, as is done for
/// certificates that come with a response. What is wrong with that file, or an empty text.
std::string find_issuer(certificates::Library& library, const std::string& name);

}  // namespace proxyd::ocsp
