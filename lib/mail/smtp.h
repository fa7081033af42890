// Sends one mail to a relay: plain SMTP (RFC 5321), no authentication and no TLS, as keepalived's alerts do.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.h"
#include "lib/event/wait.h"
#include "lib/net/address.h"

namespace lib::mail {

struct Relay {
  lib::net::Address server;                                 // with port
  std::string helo_name;
  lib::base::Duration timeout{30'000'000};                  // for the connection and for each answer
};

struct Message {
  std::string from;
  std::vector<std::string> to;
  std::string subject;
  std::string body;                                         // lines end in LF; dots are escaped here
  std::string mailer = "Keepalived";                        // X-Mailer
};

/// The message as it goes behind DATA, CR LF at line ends, with the final dot. `date`: RFC 5322. Control characters in
/// header values are dropped.
std::string render(const Message& message, std::string_view date);
/// "Fri, 20 Nov 2026 22:54:27 +0000"
std::string mail_date(lib::base::WallTime moment);

/// Sends it. The error names the command and the answer as the original does: "Error processing MAIL FROM cmd on SMTP
/// server [10.0.0.1]:25. SMTP status code = 550".
lib::event::Task<lib::base::Status> send(lib::event::Loop& loop, Relay relay, Message message);

}  // namespace lib::mail
