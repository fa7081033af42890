// What is said about a check, in the original's words: log lines and the bodies of mails. Pure.
#pragma once

#include <string>

#include "checkerd/checkers/verdict.h"
#include "lib/event/child.h"
#include "lib/probe/probe.h"
#include "parsers/keepalived/virtual_server.h"

namespace checkerd::checkers {

/// Of whom we speak.
struct Names {
  const std::string& server;          // "[10.0.0.2]:tcp:80"
  const std::string& virtual_server;  // "[10.0.0.1]:tcp:80"
};

/// The line that goes with a new verdict; empty: none.
std::string verdict_line(const parsers::keepalived::Checker& checker, const Names& names, const Decision& decision,
                         const lib::probe::Report& report, bool was_first);
/// The line about a single failed attempt, with log_all_failures; empty: none, as while it is down already.
std::string attempt_line(const parsers::keepalived::Checker& checker, const Names& names, const Decision& decision,
                         const lib::probe::Report& report);
/// HTTP: a page that was good while the server was down; and a length that was not as promised. Empty: none.
std::string page_line(const parsers::keepalived::HttpUrl& url, const Names& names);
std::string length_line(const parsers::keepalived::HttpUrl& url, const Names& names, const lib::probe::Report& report);
/// A check that could not begin on our side; it is neither good nor bad.
std::string not_begun_line(const parsers::keepalived::Checker& checker, const lib::probe::Report& report);

std::string mail_body(const parsers::keepalived::Checker& checker, const lib::probe::Report& report);

// MISC_CHECK
std::string misc_verdict_line(const parsers::keepalived::Checker& checker, const Names& names, const Decision& decision,
                              const lib::event::ChildExit& end, bool passed);
std::string misc_attempt_line(const parsers::keepalived::Checker& checker, const Names& names, const Decision& decision,
                              const lib::event::ChildExit& end);
std::string misc_mail_body(const lib::event::ChildExit& end, bool passed);

std::string bfd_line(const std::string& session, const Names& names, bool up);
std::string bfd_mail_body(const std::string& session, bool up);
std::string file_line(const std::string& file, const Names& names, bool up);

/// A few words for `show checks`: "HTTP status 503", "Connection refused"; empty when it passed. Never what a peer wrote.
std::string detail_of(const lib::probe::Report& report, bool is_http);

}  // namespace checkerd::checkers
